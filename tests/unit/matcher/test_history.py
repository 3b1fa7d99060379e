"""What is added to an affinity where a question is more like what an adviser advises on."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from matcher.affinity import HISTORY
from matcher.matches import Matches, PersonMatch
from matcher.people import SHORTLISTED, Aggregations
from matcher.pipeline import Matcher
from matcher.types import Depth, ParticipationRole, Query, Role, Viewer
from tests.unit.matcher.builders import TODAY, Helper, person, took_part
from tests.unit.matcher.world import FakeDirectory, FakeIndex, Scored, scored, theme

QUERY = Query(situation="Ouders zijn boos over het pesten.", today=TODAY)


def adviser(id_: str, *cases: str, declared: tuple[str, ...] = ()) -> Helper:
    parts = [took_part(case, ParticipationRole.ADVISER) for case in cases]
    return person(id_, *parts, role=Role.ADVISER, declared=declared)


def match(
    documents: list[Scored],
    helpers: list[Helper],
    routed: Mapping[str, float],
    history: float = HISTORY,
    people: int = 5,
) -> Matches:
    directory = FakeDirectory(experts=helpers, themes={"t1": "Pesten"})
    index = FakeIndex(documents, directory.all_experts, routed=routed)
    aggregations = Aggregations(history=history)
    matcher = Matcher(index, Depth(people=people), aggregations=aggregations)
    return matcher.match(QUERY, Viewer(), directory)


def ids(found: Matches) -> list[str]:
    return [match.expert.id for match in found.advisers]


def shares(match: PersonMatch) -> float:
    named = [evidence.share for evidence in match.evidence]
    return math.fsum([*named, match.others_share, match.history_share])


def test_it_is_added_by_its_weight_and_is_a_share_of_its_own() -> None:
    documents, helpers = [scored("c1", 1.0)], [adviser("a1", "c1")]
    (without,) = match(documents, helpers, {}).advisers
    (found,) = match(documents, helpers, {"a1": 1.5}, history=2.0).advisers
    assert found.history_share == 3.0
    assert found.affinity == pytest.approx(without.affinity + 3.0)
    assert found.evidence == without.evidence
    assert (without.history_share, shares(found)) == (0.0, pytest.approx(found.affinity))


def test_it_is_added_for_advisers_alone() -> None:
    """What it is worth was measured for them, and one who solves is known by what they solved."""
    parts = [took_part("c1", ParticipationRole.ADVISER)]
    leader = person("p1", *parts)
    with_it, without = (match([scored("c1", 1.0)], [leader], r) for r in ({"p1": 2.0}, {}))
    assert with_it.peers == without.peers
    assert with_it.peers[0].history_share == 0.0


def test_it_decides_between_those_whose_cases_are_as_near() -> None:
    documents = [scored("c1", 1.0), scored("c2", 1.1)]
    helpers = [adviser("a1", "c1"), adviser("a2", "c2")]
    assert ids(match(documents, helpers, {})) == ["a2", "a1"]
    assert ids(match(documents, helpers, {"a1": 1.0})) == ["a1", "a2"]
    assert ids(match(documents, helpers, {"a1": 1.0}, history=0.0)) == ["a2", "a1"]


def test_who_has_no_case_within_sight_gets_nothing_of_it() -> None:
    documents = [scored("c1", 1.0), scored("c2", 5.0, partition="board:x"), theme("t1", 1.0)]
    helpers = [adviser("a1", "c1"), adviser("a2", "c2"), adviser("a3", declared=("t1",))]
    found = match(documents, helpers, {"a2": 3.0, "a3": 3.0, "stranger": 3.0})
    assert ids(found) == ["a1", "a3"]
    assert [a.history_share for a in found.advisers] == [0.0, 0.0]


def test_it_is_added_to_a_declared_theme_that_says_more_than_the_cases() -> None:
    documents = [scored("c1", -9.0), theme("t1", 5.0)]
    helpers = [adviser("a1", "c1", declared=("t1",))]
    (without,) = match(documents, helpers, {}).advisers
    (found,) = match(documents, helpers, {"a1": 1.5}).advisers
    assert [evidence.document for evidence in found.evidence] == ["t1"]
    assert found.affinity == pytest.approx(without.affinity + 1.5 * HISTORY) == shares(found)


def test_it_counts_before_the_store_is_asked_after_the_first() -> None:
    """Or else who stands out would not be among those who are asked after."""
    names = [f"c{number:02d}" for number in range(SHORTLISTED + 4)]
    documents = [scored(name, 3.0 - at / 100) for at, name in enumerate(names)]
    helpers = [adviser(f"a{name}", name) for name in names]
    last = helpers[-1].id
    assert ids(match(documents, helpers, {}, people=1)) == ["ac00"]
    assert ids(match(documents, helpers, {last: 2.0}, people=1)) == [last]


def test_an_adviser_who_solves_is_found_by_all_they_did() -> None:
    """Who is asked after goes by the formula of the list they turn out to belong in."""
    few = [person(f"a{at:02d}", took_part(f"g{at:02d}"), role=Role.ADVISER) for at in range(30)]
    good = [scored(f"g{at:02d}", 2.0) for at in range(30)]
    fair = [scored(f"f{at:02d}", 1.5) for at in range(60)]
    known = person("zz", *(took_part(case.id) for case in fair), role=Role.ADVISER)
    for people in (1, 2, 5):
        assert ids(match([*good, *fair], [*few, known], {}, people=people))[0] == "zz"
