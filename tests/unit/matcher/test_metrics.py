"""Figures by hand: gains are the grades, discounts 1, log2(3) = 1.58496…, 2, …"""

from __future__ import annotations

import math

import numpy as np
import pytest

from matcher.metrics import Figure, ndcg, precision_at_1, recall, reciprocal_rank

GRADES = {"a": 3, "b": 1, "x": 0}
DISCOUNT_2 = 1.584962500721156  # log2(3)


def test_ndcg_of_the_ideal_ranking_is_one() -> None:
    assert ndcg(["a", "b", "x"], GRADES, 10) == 1.0


def test_ndcg_discounts_graded_gains_by_rank() -> None:
    # (0 + 1/1.585 + 3/2) / (3 + 1/1.585)
    assert ndcg(["x", "b", "a"], GRADES, 10) == pytest.approx(2.1309297536 / 3.6309297536)


def test_ndcg_takes_grades_for_gains_not_their_powers_of_two() -> None:
    assert ndcg(["b", "a"], GRADES, 10) == pytest.approx((1 + 3 / DISCOUNT_2) / 3.6309297536)


def test_ndcg_counts_an_unjudged_item_as_not_relevant() -> None:
    assert ndcg(["unjudged", "a"], {"a": 1}, 10) == pytest.approx(1 / DISCOUNT_2)


def test_ndcg_sees_nothing_below_its_depth() -> None:
    assert ndcg(["x", "y", "a"], {"a": 1}, 2) == 0.0


def test_ndcg_at_a_depth_asks_no_more_than_fits_in_it() -> None:
    assert ndcg(["a"], {"a": 1, "b": 1, "c": 1}, 1) == 1.0


def test_ndcg_of_an_empty_ranking_is_zero() -> None:
    assert ndcg([], GRADES, 10) == 0.0


def test_ndcg_does_not_punish_a_negative_grade() -> None:
    assert ndcg(["bad", "a"], {"bad": -2, "a": 1}, 10) == pytest.approx(1 / DISCOUNT_2)


@pytest.mark.parametrize(
    ("ranking", "expected"),
    [
        (["a", "b"], 1.0),
        (["x", "b", "a"], 0.5),
        (["x", "y", "z", "a"], 0.25),
        (["x", "y"], 0.0),
        ([], 0.0),
    ],
)
def test_reciprocal_rank_is_that_of_the_first_relevant_item(
    ranking: list[str], expected: float
) -> None:
    assert reciprocal_rank(ranking, GRADES) == expected


def test_reciprocal_rank_passes_over_a_negative_grade() -> None:
    assert reciprocal_rank(["bad", "a"], {"bad": -1, "a": 1}) == 0.5


@pytest.mark.parametrize(
    ("ranking", "expected"),
    [(["b", "x"], 1.0), (["x", "a"], 0.0), (["unjudged", "a"], 0.0), ([], 0.0)],
)
def test_precision_at_1_looks_at_the_first_item_only(ranking: list[str], expected: float) -> None:
    assert precision_at_1(ranking, GRADES) == expected


def test_precision_at_1_is_zero_for_a_negative_grade() -> None:
    assert precision_at_1(["bad"], {"bad": -1, "a": 1}) == 0.0


@pytest.mark.parametrize(
    ("ranking", "depth", "expected"),
    [
        (["a", "x", "b"], 3, 1.0),
        (["a", "x", "b"], 2, 0.5),
        (["x", "y"], 2, 0.0),
        ([], 5, 0.0),
    ],
)
def test_recall_is_the_part_of_the_relevant_found_within_the_depth(
    ranking: list[str], depth: int, expected: float
) -> None:
    assert recall(ranking, GRADES, depth) == expected


def test_recall_does_not_count_a_negative_grade_as_relevant() -> None:
    assert recall(["a"], {"a": 1, "bad": -1}, 10) == 1.0


@pytest.mark.parametrize("grades", [{}, {"x": 0}, {"x": 0, "bad": -1}])
def test_every_figure_is_undefined_without_a_relevant_item(grades: dict[str, int]) -> None:
    ranking = ["x", "bad"]
    assert math.isnan(ndcg(ranking, grades, 10))
    assert math.isnan(reciprocal_rank(ranking, grades))
    assert math.isnan(precision_at_1(ranking, grades))
    assert math.isnan(recall(ranking, grades, 10))


def test_a_figure_counts_undefined_queries_apart_from_the_mean() -> None:
    figure = Figure.of(np.array([1.0, math.nan, 0.5, math.nan, 0.0]), np.random.default_rng(1))
    assert figure.mean == 0.5
    assert (figure.queries, figure.undefined) == (3, 2)


def test_a_figure_without_any_defined_query_is_undefined_itself() -> None:
    figure = Figure.of(np.array([math.nan, math.nan]), np.random.default_rng(1))
    assert all(math.isnan(value) for value in (figure.mean, figure.low, figure.high))
    assert (figure.queries, figure.undefined) == (0, 2)


def test_a_figure_of_no_query_at_all_is_undefined() -> None:
    figure = Figure.of(np.array([]), np.random.default_rng(1))
    assert math.isnan(figure.mean)
    assert (figure.queries, figure.undefined) == (0, 0)


def test_the_interval_lies_around_the_mean() -> None:
    figure = Figure.of(np.arange(50) / 50, np.random.default_rng(1))
    assert figure.low < figure.mean < figure.high


def test_the_interval_is_the_95_percent_interval_of_the_mean() -> None:
    # 400 zeros and ones, half and half: standard error .5 / √400 = .025, interval ± 1.96 of it.
    figure = Figure.of(np.tile([0.0, 1.0], 200), np.random.default_rng(1))
    assert figure.low == pytest.approx(0.5 - 1.96 * 0.025, abs=0.006)
    assert figure.high == pytest.approx(0.5 + 1.96 * 0.025, abs=0.006)


def test_the_interval_of_equal_values_has_no_width() -> None:
    figure = Figure.of(np.full(8, 0.25), np.random.default_rng(1))
    assert (figure.low, figure.mean, figure.high) == (0.25, 0.25, 0.25)


def test_a_figure_is_the_same_again_with_the_same_seed() -> None:
    values = np.random.default_rng(5).random(30)
    first, again, other = (Figure.of(values, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert first == again
    assert (first.low, first.high) != (other.low, other.high)
