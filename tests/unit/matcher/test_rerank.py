from __future__ import annotations

from dataclasses import replace

import pytest

from matcher.affinity import Affinity
from matcher.rerank import MOST_OF_ONE_SCHOOL, rerank
from matcher.types import ContactPreference
from tests.unit.matcher.builders import person, valued


def known(id_: str, value: float, *, organisation: str = "") -> Affinity:
    """Someone who has helped in two cases: no newcomer."""
    return valued(person(id_, helped=2, organisation=organisation), value)


def newcomer(id_: str, value: float, *, organisation: str = "") -> Affinity:
    """Someone who has helped in one case."""
    return valued(person(id_, helped=1, organisation=organisation), value)


def busy(id_: str, value: float, load: int, capacity: int | None) -> Affinity:
    return valued(person(id_, helped=2, load=load, capacity=capacity), value)


def ids(affinities: list[Affinity]) -> list[str]:
    return [affinity.expert.id for affinity in affinities]


def order(*affinities: Affinity, limit: int = 10, most: int | None = None) -> list[str]:
    return ids(rerank(affinities, limit, most))


def test_people_stand_by_falling_affinity() -> None:
    assert order(known("a", 0.2), known("b", 0.9), known("c", 0.5)) == ["b", "c", "a"]


def test_equal_people_stand_by_id() -> None:
    assert order(known("c", 0.5), known("a", 0.5), known("b", 0.5)) == ["a", "b", "c"]


def test_of_equals_who_is_not_named_comes_last_so_that_their_place_tells_no_id() -> None:
    """People who declared the same theme are equals; ids may be known, or counted up to."""
    hidden = known("b", 0.5)
    veiled = replace(hidden.expert, contact=ContactPreference.THROUGH_ADVISER)
    assert order(replace(hidden, expert=veiled), known("a", 0.5), known("c", 0.5)) == [
        "a",
        "c",
        "b",
    ]


def test_no_more_people_are_chosen_than_asked_for() -> None:
    assert order(*(known(id_, 1.0) for id_ in "abcd"), limit=3) == ["a", "b", "c"]


def test_load_pulls_a_person_below_someone_a_little_weaker() -> None:
    assert order(busy("a", 1.0, 3, 4), known("b", 0.8)) == ["b", "a"]


def test_load_does_not_pull_a_person_below_someone_far_weaker() -> None:
    assert order(busy("a", 1.0, 4, 4), known("b", 0.69)) == ["a", "b"]


def test_load_beyond_capacity_pulls_no_further() -> None:
    assert order(busy("a", 1.0, 40, 4), known("b", 0.69)) == ["a", "b"]


def test_the_fuller_of_two_equals_stands_lower() -> None:
    assert order(busy("a", 1.0, 3, 4), busy("b", 1.0, 1, 4)) == ["b", "a"]


def test_without_a_capacity_load_does_not_pull() -> None:
    assert order(busy("a", 1.0, 50, None), known("b", 0.99)) == ["a", "b"]


def test_load_leaves_affinities_as_they_are() -> None:
    given = [busy("a", 1.0, 3, 4), known("b", 0.8)]
    assert [a.value for a in rerank(given, 10, None)] == [0.8, 1.0]
    assert rerank(given, 10, None) == [given[1], given[0]]


def test_at_most_two_of_one_organisation_are_suggested() -> None:
    found = order(
        *(known(id_, 1.0, organisation="s1") for id_ in "abc"),
        known("d", 0.5, organisation="s2"),
        most=MOST_OF_ONE_SCHOOL,
    )
    assert found == ["a", "b", "d"]


def test_the_best_of_an_organisation_are_the_ones_that_stay() -> None:
    values = {"a": 1.0, "b": 3.0, "c": 2.0}
    affinities = [known(id_, value, organisation="s1") for id_, value in values.items()]
    assert order(*affinities, most=2) == ["b", "c"]


def test_people_without_an_organisation_are_not_limited() -> None:
    assert order(*(known(id_, 1.0) for id_ in "abcd"), most=2) == ["a", "b", "c", "d"]


def test_without_a_limit_an_organisation_may_fill_the_list() -> None:
    affinities = [known(id_, 1.0, organisation="office") for id_ in "abcd"]
    assert order(*affinities, most=None) == ["a", "b", "c", "d"]


def test_a_near_newcomer_takes_the_last_place() -> None:
    known_ones = [known(id_, 1.0) for id_ in "abcd"]
    assert order(*known_ones, newcomer("n", 0.6), limit=3) == ["a", "b", "n"]


def test_a_newcomer_who_is_not_near_takes_no_place() -> None:
    known_ones = [known(id_, 1.0) for id_ in "abcd"]
    assert order(*known_ones, newcomer("n", 0.59), limit=3) == ["a", "b", "c"]


def test_the_best_of_several_newcomers_takes_the_place() -> None:
    given = [*(known(id_, 1.0) for id_ in "abc"), newcomer("m", 0.7), newcomer("n", 0.9)]
    assert order(*given, limit=3) == ["a", "b", "n"]


def test_no_place_is_made_when_a_newcomer_is_in_the_list_already() -> None:
    given = [newcomer("a", 2.0), known("b", 1.0), known("c", 1.0), newcomer("n", 0.9)]
    assert order(*given, limit=3) == ["a", "b", "c"]


def test_a_newcomer_stays_at_their_own_rank_when_all_fit() -> None:
    assert order(known("a", 1.0), newcomer("n", 0.9), known("b", 0.8)) == ["a", "n", "b"]


def test_a_newcomer_whose_school_has_its_two_places_takes_no_third() -> None:
    given = [
        known("a", 1.0, organisation="s1"),
        known("b", 1.0, organisation="s1"),
        known("c", 1.0, organisation="s2"),
        known("d", 1.0, organisation="s3"),
        newcomer("n", 0.9, organisation="s1"),
    ]
    assert order(*given, limit=3, most=2) == ["a", "b", "c"]


@pytest.mark.parametrize(("helped", "last"), [(0, "n"), (1, "n"), (2, "b")])
def test_a_newcomer_is_who_helped_in_one_case_at_most(helped: int, last: str) -> None:
    candidate = valued(person("n", helped=helped), 0.9)
    assert order(known("a", 1.0), known("b", 1.0), candidate, limit=2) == ["a", last]


@pytest.mark.parametrize("most", [None, MOST_OF_ONE_SCHOOL])
def test_with_no_places_no_one_is_chosen_and_nothing_fails(most: int | None) -> None:
    assert order(known("a", 1.0), newcomer("n", 0.9), limit=0, most=most) == []
    assert order(limit=0, most=most) == []


@pytest.mark.parametrize("value", [0.6, 0.99, 1.0])
def test_of_one_place_no_newcomer_displaces_the_best(value: float) -> None:
    assert order(known("a", 1.0), newcomer("n", value), limit=1) == ["a"]


def test_one_place_goes_to_a_newcomer_who_is_the_best() -> None:
    assert order(known("a", 1.0), newcomer("n", 1.1), limit=1) == ["n"]


def test_of_no_one_no_one_is_chosen() -> None:
    assert order() == []
