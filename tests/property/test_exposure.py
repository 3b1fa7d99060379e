from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.exposure import Exposure, gini
from tests.property.strategies import PROPERTY

amounts = st.lists(st.floats(0.0, 100.0), min_size=2, max_size=12).filter(lambda v: sum(v) > 0.1)
CATALOGUE = list("abcdefgh")
rankings = st.lists(st.permutations([*CATALOGUE, "x", "y"]).map(lambda p: p[:5]), max_size=8)


@PROPERTY
@given(amounts)
def test_gini_is_half_the_mean_difference_over_the_mean(values: list[float]) -> None:
    differences = [abs(one - other) for one, other in combinations(values, 2)]
    expected = np.mean(differences) / 2 / np.mean(values)
    assert gini(np.array(values)) == pytest.approx(expected, abs=1e-12)


@PROPERTY
@given(amounts, st.floats(0.1, 10.0), st.randoms(use_true_random=False))
def test_gini_knows_no_order_and_no_unit(values: list[float], unit: float, rng: object) -> None:
    shuffled = values.copy()
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert gini(unit * np.array(shuffled)) == pytest.approx(gini(np.array(values)), abs=1e-9)


@PROPERTY
@given(amounts)
def test_gini_lies_between_zero_and_one_and_falls_when_all_get_more(values: list[float]) -> None:
    before = gini(np.array(values))
    assert -1e-12 <= before <= 1.0 + 1e-12
    assert gini(np.array(values) + 1.0) <= before + 1e-12


@PROPERTY
@given(amounts, st.data())
def test_taking_from_who_has_more_lowers_gini(values: list[float], data: st.DataObject) -> None:
    """The principle of transfers (Dalton 1920)."""
    poor, rich = sorted(data.draw(st.permutations(range(len(values))))[:2], key=values.__getitem__)
    moved = np.array(values)
    amount = (moved[rich] - moved[poor]) / 2
    moved[rich] -= amount
    moved[poor] += amount
    assert gini(moved) <= gini(np.array(values)) + 1e-12


@PROPERTY
@given(rankings, st.integers(1, 6))
def test_coverage_counts_who_is_seen_and_a_deeper_look_sees_no_less(
    shown: list[list[str]], depth: int
) -> None:
    seen = {item for ranking in shown for item in ranking[:depth]} & set(CATALOGUE)
    exposure = Exposure.of(shown, CATALOGUE, depth)
    assert exposure.coverage == len(seen) / len(CATALOGUE)
    assert Exposure.of(shown, CATALOGUE, depth + 1).shown >= exposure.shown


@PROPERTY
@given(rankings)
def test_exposure_does_not_depend_on_the_order_of_queries_or_catalogue(
    shown: list[list[str]],
) -> None:
    one, other = Exposure.of(shown, CATALOGUE), Exposure.of(shown[::-1], CATALOGUE[::-1])
    assert (one.catalogue, one.shown) == (other.catalogue, other.shown)
    assert one.gini == pytest.approx(other.gini, nan_ok=True)
