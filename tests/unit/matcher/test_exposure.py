from __future__ import annotations

import math

import numpy as np
import pytest

from matcher.exposure import Exposure, gini


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, 1.0, 1.0, 1.0], 0.0),
        ([0.0, 0.0, 5.0, 0.0], 1.0),
        # pairs differ by 1, 2 and 1: 4/3 on average; half of that over a mean of 2
        ([3.0, 1.0, 2.0], 1 / 3),
        # of ten pairs four differ by 1, two by 4 and two by 3: 18/10; the mean is 11/5
        ([1.0, 1.0, 2.0, 2.0, 5.0], (18 / 10) / 2 / (11 / 5)),
    ],
)
def test_gini_by_hand(values: list[float], expected: float) -> None:
    assert gini(np.array(values)) == pytest.approx(expected)


@pytest.mark.parametrize("values", [[], [1.0], [0.0, 0.0]])
def test_nothing_to_spread_has_no_gini(values: list[float]) -> None:
    assert math.isnan(gini(np.array(values, dtype=np.float64)))


def test_what_is_shown_counts_by_its_rank() -> None:
    """a: first twice, 2; b: second once, 1 / log2 3; c never: pairs differ by 2 - x, 2 and x."""
    shown = Exposure.of([["a", "b"], ["a"]], ["a", "b", "c"])
    assert (shown.catalogue, shown.shown) == (3, 2)
    assert shown.coverage == pytest.approx(2 / 3)
    second = 1 / math.log2(3)
    assert shown.gini == pytest.approx((4 / 3) / 2 / ((2 + second) / 3))


def test_places_below_the_depth_show_nothing() -> None:
    ranking = [f"i{n:02}" for n in range(12)]
    assert Exposure.of([ranking], ranking).shown == 10
    assert Exposure.of([ranking], ranking, depth=1).gini == 1.0


def test_an_item_outside_the_catalogue_does_not_count() -> None:
    assert Exposure.of([["x", "a"], ["x"]], ["a", "b"]) == Exposure.of([["y", "a"]], ["a", "b"])


def test_an_empty_catalogue_has_no_coverage() -> None:
    empty = Exposure.of([["a"]], [])
    assert (empty.catalogue, empty.shown) == (0, 0)
    assert math.isnan(empty.coverage)
    assert math.isnan(empty.gini)


def test_when_nothing_is_shown_coverage_is_zero_and_there_is_no_gini() -> None:
    none = Exposure.of([[], []], ["a", "b"])
    assert none.coverage == 0.0
    assert math.isnan(none.gini)
