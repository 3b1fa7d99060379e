from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import label_ranking_average_precision_score, ndcg_score

from matcher.metrics import Figure, ndcg, precision_at_1, recall, reciprocal_rank
from tests.property.strategies import PROPERTY

ITEMS = list("abcdefgh")

grades = st.fixed_dictionaries({item: st.integers(-1, 3) for item in ITEMS}).filter(
    lambda judged: any(grade > 0 for grade in judged.values())
)
rankings = st.permutations(ITEMS)
depths = st.integers(1, 10)


@PROPERTY
@given(rankings, grades, depths)
def test_ndcg_agrees_with_scikit_learn(
    ranking: list[str], judged: dict[str, int], depth: int
) -> None:
    gains = [[max(0, judged[item]) for item in ranking]]
    falling = [[-place for place in range(len(ranking))]]
    expected = ndcg_score(gains, falling, k=depth)
    assert ndcg(ranking, judged, depth) == pytest.approx(expected)


@PROPERTY
@given(rankings, grades)
def test_reciprocal_rank_agrees_with_scikit_learn(
    ranking: list[str], judged: dict[str, int]
) -> None:
    """With one relevant item, average precision is the reciprocal rank."""
    first = next(item for item in ranking if judged[item] > 0)
    only = [[int(item == first) for item in ranking]]
    falling = [[-place for place in range(len(ranking))]]
    expected = label_ranking_average_precision_score(only, falling)
    assert reciprocal_rank(ranking, judged) == pytest.approx(expected)


@PROPERTY
@given(rankings, grades, depths, st.integers(0, 8))
def test_figures_lie_between_zero_and_one(
    ranking: list[str], judged: dict[str, int], depth: int, length: int
) -> None:
    short = ranking[:length]
    figures = [
        ndcg(short, judged, depth),
        reciprocal_rank(short, judged),
        precision_at_1(short, judged),
        recall(short, judged, depth),
    ]
    assert all(0.0 <= figure <= 1.0 + 1e-12 for figure in figures)


@PROPERTY
@given(rankings, grades, depths)
def test_a_deeper_look_never_finds_less(
    ranking: list[str], judged: dict[str, int], depth: int
) -> None:
    assert recall(ranking, judged, depth) <= recall(ranking, judged, depth + 1)
    assert recall(ranking, judged, len(ITEMS)) == 1.0


@PROPERTY
@given(grades, depths)
def test_the_order_of_the_grades_is_the_best(judged: dict[str, int], depth: int) -> None:
    best = sorted(judged, key=lambda item: -judged[item])
    assert ndcg(best, judged, depth) == 1.0
    assert reciprocal_rank(best, judged) == 1.0
    assert precision_at_1(best, judged) == 1.0


@PROPERTY
@given(st.lists(st.one_of(st.just(math.nan), st.floats(0.0, 1.0)), max_size=20), st.integers(0, 9))
def test_a_figure_counts_every_query_once_and_is_as_wide_as_its_values(
    values: list[float], seed: int
) -> None:
    figure = Figure.of(np.array(values, np.float64), np.random.default_rng(seed))
    defined = [value for value in values if not math.isnan(value)]
    assert figure.queries == len(defined)
    assert figure.queries + figure.undefined == len(values)
    if defined:
        assert figure.mean == pytest.approx(math.fsum(defined) / len(defined))
        assert min(defined) - 1e-12 <= figure.low <= figure.high <= max(defined) + 1e-12
    else:
        assert math.isnan(figure.mean)
