from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from matcher.affinity import Affinity
from matcher.rerank import rerank
from tests.property.strategies import PROPERTY
from tests.unit.matcher.builders import person, valued


@st.composite
def candidates(draw: st.DrawFn) -> list[Affinity]:
    """Up to twelve people, each of another id, of few schools, new or not, busy or not."""
    found = []
    for number in range(draw(st.integers(0, 12))):
        expert = person(
            f"p{number}",
            helped=draw(st.integers(0, 3)),
            organisation=draw(st.sampled_from(("", "s1", "s2"))),
            capacity=draw(st.sampled_from((None, 2, 4))),
            load=draw(st.integers(0, 3)),
        )
        found.append(valued(expert, draw(st.floats(0.1, 5.0))))
    return draw(st.permutations(found))


limits = st.integers(0, 6)
mosts = st.sampled_from((None, 1, 2))


@PROPERTY
@given(candidates(), limits, mosts)
def test_those_chosen_are_candidates_each_once_and_untouched(
    given_: list[Affinity], limit: int, most: int | None
) -> None:
    chosen = rerank(given_, limit, most)
    assert len(chosen) <= limit
    assert len({affinity.expert.id for affinity in chosen}) == len(chosen)
    assert all(any(affinity is other for other in given_) for affinity in chosen)


@PROPERTY
@given(candidates(), limits, st.integers(1, 3))
def test_no_school_gets_more_places_than_allowed(
    given_: list[Affinity], limit: int, most: int
) -> None:
    schools = Counter(a.expert.organisation for a in rerank(given_, limit, most))
    del schools[""]
    assert all(count <= most for count in schools.values())


@PROPERTY
@given(candidates(), limits, mosts, st.randoms(use_true_random=False))
def test_the_order_of_the_candidates_makes_no_difference(
    given_: list[Affinity], limit: int, most: int | None, random: Random
) -> None:
    shuffled = list(given_)
    random.shuffle(shuffled)
    assert rerank(shuffled, limit, most) == rerank(given_, limit, most)


@PROPERTY
@given(candidates(), mosts)
def test_one_place_goes_to_the_best(given_: list[Affinity], most: int | None) -> None:
    assert rerank(given_, 1, most) == rerank(given_, len(given_), most)[:1]


@PROPERTY
@given(candidates(), limits)
def test_no_place_is_left_empty_while_someone_may_have_it(
    given_: list[Affinity], limit: int
) -> None:
    assert len(rerank(given_, limit, None)) == min(limit, len(given_))
