"""The order in which people are suggested: affinity, and that helpers are not worn out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from matcher.affinity import Affinity
from matcher.identity import named

LOAD_PULL: Final = 0.3  # a person about to be full stands this much lower
MOST_OF_ONE_SCHOOL: Final = 2
NEWCOMER_HELPED_AT_MOST: Final = 1  # cases in which one helped
NEWCOMER_NEAR: Final = 0.6  # of the affinity of the one who makes room


def rerank(
    affinities: Sequence[Affinity], limit: int, most_of_one_organisation: int | None
) -> list[Affinity]:
    """At most `limit` people: by affinity and load, spread over schools, with one newcomer.

    `most_of_one_organisation` is None where people of one office are the rule (advisers). The
    last place goes to the best newcomer when no one in the list is new and the newcomer comes
    near; affinities themselves are not changed. Of equals who are named come first: where someone
    stands among them would tell of an id that is not shown.
    """
    ordered = sorted(
        affinities, key=lambda a: (-a.value * _freedom(a), not named(a.expert), a.expert.id)
    )
    spread = ordered
    if most_of_one_organisation is not None:
        spread = _spread(ordered, most_of_one_organisation)
    chosen, rest = spread[:limit], spread[limit:]
    if len(chosen) > 1 and rest and not any(_is_newcomer(a) for a in chosen):
        newcomer = next((a for a in rest if _is_newcomer(a)), None)
        if newcomer is not None and newcomer.value >= NEWCOMER_NEAR * chosen[-1].value:
            chosen[-1] = newcomer
    return chosen


def _freedom(affinity: Affinity) -> float:
    expert = affinity.expert
    if not expert.capacity:
        return 1.0
    return 1.0 - LOAD_PULL * min(1.0, expert.load / expert.capacity)


def _spread(ordered: Sequence[Affinity], most: int) -> list[Affinity]:
    seen: Counter[str] = Counter()
    kept: list[Affinity] = []
    for affinity in ordered:
        organisation = affinity.expert.organisation
        if organisation and seen[organisation] >= most:
            continue
        seen[organisation] += 1
        kept.append(affinity)
    return kept


def _is_newcomer(affinity: Affinity) -> bool:
    return affinity.helped <= NEWCOMER_HELPED_AT_MOST
