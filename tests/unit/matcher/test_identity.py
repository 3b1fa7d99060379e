"""Who is named, and what is told of the others: checked against an independent count."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.identity import AT_LEAST, identified, size_of
from matcher.matches import Described, Description, Evidence, Hint, PersonMatch
from matcher.ports import Unnamed
from matcher.types import (
    ContactPreference,
    DocumentId,
    Expert,
    OrganisationKind,
    Outcome,
    ParticipationRole,
    Position,
    Role,
    Sector,
    SizeClass,
    Viewer,
)
from tests.property.strategies import PROPERTY
from tests.unit.matcher.builders import person
from tests.unit.matcher.world import FakeDirectory

LIKE = Description(
    Role.SCHOOL_LEADER,
    OrganisationKind.SCHOOL,
    Sector.PRIMARY,
    SizeClass.SMALL,
    "kern",
    "Kern Noord",
)
VIEWER = Viewer(None, (Position(Role.SCHOOL_LEADER, "mine", "b", "w"),))
SOLVED = Evidence(
    DocumentId("c1"),
    "Een titel",
    1.236,
    ParticipationRole.SOLVER,
    Outcome.SOLVED,
    date(2024, 5, 6),
)


def expert(like: Description = LIKE, contact: ContactPreference | None = None) -> Expert:
    return replace(
        person("p", role=like.role, organisation="theirs"),
        contact=contact or ContactPreference.THROUGH_ADVISER,
        kind=like.kind,
        sector=like.sector,
        size=like.size,
        region=like.region,
        region_name=like.region_name,
    )


def crowd(count: int, like: Description = LIKE) -> list[Unnamed]:
    return [Unnamed(f"o{number}", like) for number in range(count)]


def told(
    found: Collection[Unnamed],
    *evidence: Evidence,
    who: Expert | None = None,
    viewer: Viewer = VIEWER,
    others: int = 0,
    others_share: float = 0.0,
    history: float = 0.0,
) -> Described | None:
    pieces = evidence or (SOLVED,)
    value = sum(one.share for one in pieces) + others_share + history
    match = PersonMatch(who or expert(), value, pieces, 1, others, others_share, history)
    (one,) = identified([match], viewer, FakeDirectory(crowd=list(found)))
    assert replace(one, described=None) == match
    return one.described


def described(found: Collection[Unnamed], *evidence: Evidence, **changes: float) -> Described:
    shown = told(found, *evidence, **changes)  # type: ignore[arg-type]
    assert shown is not None
    return shown


def test_who_wants_to_be_reached_directly_is_named() -> None:
    assert told(crowd(9), who=expert(contact=ContactPreference.DIRECT)) is None


@pytest.mark.parametrize("contact", [ContactPreference.THROUGH_ADVISER, ContactPreference.NOT])
def test_everyone_else_is_described(contact: ContactPreference) -> None:
    shown = told(crowd(AT_LEAST), who=expert(contact=contact))
    assert shown is not None
    assert shown.description == LIKE


def test_of_four_like_them_nothing_is_said_and_of_five_it_is() -> None:
    assert AT_LEAST == 5
    assert described(crowd(4)).description is None
    assert described(crowd(5)).description == LIKE


def test_two_people_of_one_organisation_are_one_place() -> None:
    assert described([*crowd(4), *crowd(4)]).description is None


@pytest.mark.parametrize(
    "other",
    [
        replace(LIKE, role=Role.ADVISER),
        replace(LIKE, kind=OrganisationKind.HEALTH),
        replace(LIKE, sector=Sector.SPECIAL),
        replace(LIKE, size=None),
        replace(LIKE, region="elders"),
    ],
)
def test_who_is_described_otherwise_does_not_count(other: Description) -> None:
    found = [*crowd(4), Unnamed("o9", other)]
    assert described(found).description is None


def test_the_viewer_s_own_organisations_do_not_count_whatever_they_do_there() -> None:
    positions = (*VIEWER.positions, Position(Role.ADMIN, "o3", "b", "w"))
    shown = told(crowd(5), viewer=Viewer(None, positions))
    assert shown is not None
    assert shown.description is None


@pytest.mark.parametrize("unknown", [{"kind": None}, {"region": None}])
def test_of_whom_too_little_is_known_nothing_is_said(unknown: dict[str, None]) -> None:
    shown = told(crowd(9), who=replace(expert(), **unknown))
    assert shown is not None
    assert shown.description is None


def test_of_the_best_case_role_outcome_and_year_are_told_and_of_the_others_nothing() -> None:
    second = replace(SOLVED, document=DocumentId("c2"), share=0.5, outcome=Outcome.NOT)
    shown = described(crowd(5), SOLVED, second, others=7, others_share=0.25, history=0.125)
    assert shown.hint == Hint(1.24, ParticipationRole.SOLVER, Outcome.SOLVED, 2024)
    assert (shown.affinity, shown.rest) == (2.11, 0.87)


def test_how_many_cases_count_besides_leaves_no_trace() -> None:
    few = described(crowd(5), SOLVED, others=1, others_share=0.5)
    many = described(crowd(5), SOLVED, others=40, others_share=0.5)
    assert few == many


def test_a_case_of_their_own_board_says_nothing_of_who_they_are_or_what_they_did() -> None:
    """Whose case it is can be read in the case, so that five schools would be one again."""
    own = replace(SOLVED, own_board=True)
    assert described(crowd(9), own) == Described(None, 1.24, Hint(1.24), 0.0)


def test_a_declared_theme_is_not_named_either() -> None:
    theme = Evidence(DocumentId("thema:nt2"), "NT2", 0.4)
    assert described(crowd(5), theme).hint == Hint(0.4, self_declared=True)


def test_where_everyone_is_named_the_store_is_not_asked() -> None:
    class Unasked(FakeDirectory):
        def unnamed(self, regions: Collection[str]) -> list[Unnamed]:
            raise AssertionError(regions)

    direct = expert(contact=ContactPreference.DIRECT)
    match = PersonMatch(direct, 1.0, (SOLVED,))
    assert identified([match], VIEWER, Unasked()) == [match]


@pytest.mark.parametrize(
    ("sector", "pupils", "size"),
    [
        (Sector.PRIMARY, 149, SizeClass.SMALL),
        (Sector.PRIMARY, 150, SizeClass.MIDDLE),
        (Sector.PRIMARY, 349, SizeClass.MIDDLE),
        (Sector.PRIMARY, 350, SizeClass.LARGE),
        (Sector.SECONDARY, 499, SizeClass.SMALL),
        (Sector.SECONDARY, 1200, SizeClass.LARGE),
        (Sector.SPECIAL, 100, SizeClass.MIDDLE),
        (Sector.PRIMARY, None, None),
        (None, 300, None),
    ],
)
def test_a_size_is_that_beside_others_of_the_sector(
    sector: Sector | None, pupils: int | None, size: SizeClass | None
) -> None:
    assert size_of(sector, pupils) is size


_descriptions = st.builds(
    Description,
    st.sampled_from([Role.SCHOOL_LEADER, Role.PARTNER]),
    st.just(OrganisationKind.SCHOOL),
    st.sampled_from([Sector.PRIMARY, None]),
    st.sampled_from([SizeClass.SMALL, None]),
    st.sampled_from(["kern", "dorp"]),
    st.just("Kern"),
)
_places = st.lists(
    st.builds(Unnamed, st.sampled_from([f"o{n}" for n in range(9)]), _descriptions), max_size=40
)
_owned = st.lists(st.sampled_from([f"o{n}" for n in range(9)]), max_size=3)
_shares = st.lists(st.floats(0.0001, 20.0), min_size=1, max_size=10)


@PROPERTY
@given(_places, _descriptions, _owned, _shares, st.floats(0.0, 5.0))
def test_whoever_is_described_is_one_of_five_and_the_figures_add_up(
    places: Sequence[Unnamed],
    like: Description,
    own: Sequence[str],
    shares: Sequence[float],
    more: float,
) -> None:
    viewer = Viewer(None, tuple(Position(Role.PARTNER, id_, None, "w") for id_ in own))
    pieces = [replace(SOLVED, share=share) for share in sorted(shares, reverse=True)]
    shown = told(places, *pieces, who=expert(like), viewer=viewer, others_share=more)
    assert shown is not None
    indistinguishable = {p.organisation for p in places if p.description == like} - {*own}
    assert (shown.description is not None) is (len(indistinguishable) >= 5)
    assert shown.rest >= 0.0
    assert shown.hint.share + shown.rest == pytest.approx(shown.affinity, abs=1e-9)
    for figure in (shown.affinity, shown.hint.share, shown.rest):
        assert figure == round(figure, 2)
