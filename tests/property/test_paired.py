from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import permutation_test

from matcher.metrics import Figure
from matcher.paired import RANDOMISATION_ROUNDS, Difference, randomisation_p
from tests.property.strategies import PROPERTY

SURE = 4 * math.sqrt(0.25 / RANDOMISATION_ROUNDS)  # four standard deviations of a part of rounds

tenths = st.integers(-10, 10).map(lambda tenth: tenth / 10)
values = st.lists(st.one_of(st.just(math.nan), st.floats(0.0, 1.0)), max_size=20)


def _p(differences: list[float], seed: int = 0) -> float:
    return randomisation_p(np.array(differences, np.float64), np.random.default_rng(seed))


def _exact_p(differences: list[float]) -> float:
    """Every way to give the differences a sign, in whole tenths, so that nothing is rounded."""
    whole = [round(10 * difference) for difference in differences]
    seen = abs(sum(whole))
    means = [
        abs(sum(s * d for s, d in zip(signs, whole, strict=True)))
        for signs in product((-1, 1), repeat=len(whole))
    ]
    return sum(mean >= seen for mean in means) / len(means)


@pytest.mark.parametrize(
    ("differences", "p"),
    [
        ([0.5], 1.0),
        ([0.1, 0.2, 0.3], 2 / 8),  # only all plus and all minus lie as far
        ([-0.1, -0.2, -0.3], 2 / 8),
        ([0.3, 0.3, 0.3, -0.1], 4 / 16),  # 0.8; as far: all three, whatever the last
        ([0.1] * 8, 2 / 256),
        ([0.1] * 7 + [0.0] * 5, 2 / 128),  # ties say nothing either way
        ([0.2, -0.2], 1.0),
    ],
)
def test_p_is_that_of_every_sign_tried(differences: list[float], p: float) -> None:
    assert _exact_p(differences) == p
    assert _p(differences) == pytest.approx(p, abs=SURE)


@PROPERTY
@given(st.lists(tenths, min_size=1, max_size=8))
def test_p_is_near_that_of_every_sign_tried(differences: list[float]) -> None:
    assert _p(differences) == pytest.approx(_exact_p(differences), abs=SURE)


def test_p_agrees_with_scipy_on_many_queries() -> None:
    rng = np.random.default_rng(3)
    for shift in (0.0, 0.02, 0.05):
        differences = rng.normal(shift, 0.3, size=300)
        found = permutation_test(
            (differences,), np.mean, permutation_type="samples", n_resamples=5000, rng=rng
        )
        assert _p(differences.tolist()) == pytest.approx(found.pvalue, abs=0.03)


def test_p_is_never_zero_and_one_without_any_difference() -> None:
    assert _p([0.5] * 200) == 1 / (RANDOMISATION_ROUNDS + 1)
    assert _p([0.0] * 9) == 1.0
    assert math.isnan(_p([]))


def test_equal_runs_seldom_seem_to_differ() -> None:
    """Under the null, p is below .05 in one of twenty trials: here, 10 ± 3 of 200."""
    rng = np.random.default_rng(11)
    low = sum(randomisation_p(rng.normal(size=40), rng) < 0.05 for _ in range(200))
    assert 2 <= low <= 20


@PROPERTY
@given(values, values, st.integers(0, 9))
def test_the_other_way_about_everything_is_mirrored(
    ours: list[float], other: list[float], seed: int
) -> None:
    shared = min(len(ours), len(other))
    one, two = np.array(ours[:shared]), np.array(other[:shared])
    there = Difference.of(one, two, np.random.default_rng(seed))
    back = Difference.of(two, one, np.random.default_rng(seed))
    assert (there.better, there.worse) == (back.worse, back.better)
    assert there.p == pytest.approx(back.p, nan_ok=True)
    assert there.figure.mean == pytest.approx(-back.figure.mean, nan_ok=True)
    assert there.figure.low == pytest.approx(-back.figure.high, nan_ok=True)


@PROPERTY
@given(values)
def test_only_queries_with_a_value_in_both_count(ours: list[float]) -> None:
    other = np.zeros(len(ours))
    other[::2] = math.nan
    difference = Difference.of(np.array(ours, np.float64), other, np.random.default_rng(0))
    kept = np.array(ours, np.float64)[1::2]
    assert difference.figure.queries == np.count_nonzero(~np.isnan(kept))
    assert difference.figure.queries + difference.figure.undefined == len(ours)
    assert difference.better == np.count_nonzero(kept > 0)


def test_the_interval_is_of_queries_drawn_for_both_runs_at_once() -> None:
    """A run that is better by the same on every query is so in every resample."""
    ours = np.random.default_rng(5).random(50)
    difference = Difference.of(ours + 0.25, ours, np.random.default_rng(0))
    assert difference.figure.low == pytest.approx(0.25)
    assert difference.figure.high == pytest.approx(0.25)
    apart = Figure.of(ours, np.random.default_rng(0))
    assert apart.high - apart.low > 0.1


def test_values_of_other_queries_are_refused() -> None:
    with pytest.raises(ValueError, match="3 queries beside those of 2"):
        Difference.of(np.zeros(3), np.zeros(2), np.random.default_rng(0))
