"""Who is shown by name, and how the others are described: so that no one is told apart by it.

Only who wants to be reached directly is named. The others are described, where the description is
true of people at several organisations of which the viewer can rule out none: an organisation
whose people are all shown by name does not count, nor one where the viewer works. Else they are
reached through an adviser, and nothing is said of who they are.

Nor may what speaks for them give them away. Of all their cases one is told, by role, outcome and
year: a list of them, or their number, would be the same at every question. Which case it was is
not told, and nothing of it where it is of their own school or board, for the case says whose it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from matcher.matches import Described, Description, Evidence, Hint, PersonMatch
from matcher.ports import Directory, Unnamed
from matcher.types import ContactPreference, Expert, Sector, SizeClass, Viewer

AT_LEAST: Final = 5  # organisations that a description fits: what is usual for small numbers
DECIMALS: Final = 2  # of the figures of who is described: they order, and are no fingerprint

# From how many pupils a school is of middle size, and from how many it is large. By judgement,
# around the middle of each sector: classes so wide that several schools of a region share one.
_BOUNDS: Final[Mapping[Sector, tuple[int, int]]] = {
    Sector.PRIMARY: (150, 350),
    Sector.SECONDARY: (500, 1200),
    Sector.SPECIAL: (100, 200),
}


def size_of(sector: Sector | None, pupils: int | None) -> SizeClass | None:
    """How large a school is beside others of its sector; None where that is not known."""
    if sector is None or pupils is None:
        return None
    middle, large = _BOUNDS[sector]
    if pupils < middle:
        return SizeClass.SMALL
    return SizeClass.MIDDLE if pupils < large else SizeClass.LARGE


def identified(
    matches: Sequence[PersonMatch], viewer: Viewer, directory: Directory
) -> list[PersonMatch]:
    """`matches`, of which those who may not be named are described."""
    descriptions = {
        match.expert.id: description
        for match in matches
        if not named(match.expert) and (description := _description(match.expert))
    }
    regions = {description.region for description in descriptions.values()}
    crowd = directory.unnamed(regions) if regions else []
    return [
        match
        if named(match.expert)
        else replace(
            match, described=_described(match, descriptions.get(match.expert.id), crowd, viewer)
        )
        for match in matches
    ]


def named(expert: Expert) -> bool:
    """Whether `expert` is shown by name before both sides have accepted."""
    return expert.contact is ContactPreference.DIRECT


def alike(description: Description, crowd: Collection[Unnamed], viewer: Viewer) -> int:
    """How many organisations of `crowd` it fits, but for those where `viewer` works."""
    own = {position.organisation for position in viewer.positions}
    return len({one.organisation for one in crowd if one.description == description} - own)


def _description(expert: Expert) -> Description | None:
    """None where it would fit more than a part of the country, or nobody knows whom."""
    if expert.kind is None or expert.region is None:
        return None
    return Description(
        expert.role, expert.kind, expert.sector, expert.size, expert.region, expert.region_name
    )


def _described(
    match: PersonMatch,
    description: Description | None,
    crowd: Collection[Unnamed],
    viewer: Viewer,
) -> Described:
    first = match.evidence[0]
    told = description
    if first.own_board or (description and alike(description, crowd, viewer) < AT_LEAST):
        told = None
    affinity = round(match.affinity, DECIMALS)
    hint = _hint(first)
    return Described(told, affinity, hint, round(affinity - hint.share, DECIMALS))


def _hint(evidence: Evidence) -> Hint:
    share = round(evidence.share, DECIMALS)
    if evidence.own_board or evidence.happened_on is None:
        return Hint(share, self_declared=evidence.self_declared)
    return Hint(share, evidence.role, evidence.outcome, evidence.happened_on.year)
