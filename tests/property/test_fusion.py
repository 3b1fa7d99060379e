from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from matcher.fusion import WEIGHTS, Fused, fuse, scores
from matcher.ports import Signal, Signals
from matcher.types import DocumentId
from tests.property.strategies import PROPERTY

WIDTH = len(Signal)
Matrix = npt.NDArray[np.float64]

cosines = st.one_of(st.floats(-1.0, 1.0), st.just(float("nan")))
rows = st.integers(1, 6).flatmap(lambda n: hnp.arrays(np.float64, (n, WIDTH), elements=cosines))
means = hnp.arrays(np.float64, WIDTH, elements=st.floats(-1.0, 1.0))
spreads = hnp.arrays(np.float64, WIDTH, elements=st.floats(0.01, 1.0))
trusts = hnp.arrays(np.float64, WIDTH, elements=st.floats(0.01, 1.0))
scales = hnp.arrays(np.float64, WIDTH, elements=st.floats(0.1, 100.0))
shifts = hnp.arrays(np.float64, WIDTH, elements=st.floats(-10.0, 10.0))


@st.composite
def signals(draw: st.DrawFn) -> Signals:
    values = draw(rows)
    ids = tuple(DocumentId(f"d{row}") for row in range(len(values)))
    return Signals(ids, values, draw(means), draw(spreads), draw(trusts))


@PROPERTY
@given(signals(), scales, shifts)
def test_the_scale_and_the_origin_of_a_raw_signal_make_no_difference(
    given_: Signals, scale: Matrix, shift: Matrix
) -> None:
    moved = replace(
        given_,
        values=given_.values * scale + shift,
        mean=given_.mean * scale + shift,
        std=given_.std * scale,
    )
    np.testing.assert_allclose(fuse(moved).parts, fuse(given_).parts, rtol=1e-7, atol=1e-7)


@PROPERTY
@given(signals())
def test_parts_add_up_to_scores_and_all_is_finite(given_: Signals) -> None:
    fused = fuse(given_)
    np.testing.assert_allclose(fused.parts.sum(axis=1), fused.scores, rtol=0, atol=1e-9)
    assert np.isfinite(fused.parts).all()
    assert fused.ids == given_.ids


@PROPERTY
@given(signals())
def test_a_missing_field_and_one_at_the_mean_score_the_same(given_: Signals) -> None:
    filled = np.where(np.isnan(given_.values), given_.mean, given_.values)
    np.testing.assert_array_equal(fuse(given_).scores, fuse(replace(given_, values=filled)).scores)


@PROPERTY
@given(signals(), st.sampled_from(Signal), st.floats(0.01, 1.0))
def test_a_higher_signal_never_lowers_a_score(given_: Signals, signal: Signal, more: float) -> None:
    raised = given_.values.copy()
    raised[:, signal] += more
    before, after = fuse(given_).scores, fuse(replace(given_, values=raised)).scores
    lacking = np.isnan(given_.values[:, signal])
    assert (after[lacking] == before[lacking]).all()
    assert (after[~lacking] > before[~lacking]).all()


@PROPERTY
@given(st.dictionaries(st.text("ab", min_size=1, max_size=3), st.sampled_from((-1.0, 0.0, 2.0))))
def test_the_order_does_not_depend_on_the_order_of_the_rows(scores: dict[str, float]) -> None:
    def ordered(ids: list[str]) -> list[str]:
        named = tuple(map(DocumentId, ids))
        values = np.array([scores[id_] for id_ in ids])
        none = np.zeros((len(ids), WIDTH))
        fused = Fused(named, values, none, none)
        return [fused.ids[row] for row in fused.best_first()]

    expected = [id_ for _, id_ in sorted((-score, id_) for id_, score in scores.items())]
    assert ordered(sorted(scores)) == expected
    assert ordered(sorted(scores, reverse=True)) == expected


@PROPERTY
@given(signals(), st.sampled_from(Signal), st.floats(0.0, 1.0))
def test_a_signal_that_is_not_trusted_makes_no_difference(
    given_: Signals, signal: Signal, more: float
) -> None:
    trust = given_.trust.copy()
    trust[signal] = 0.0
    raised = given_.values.copy()
    raised[:, signal] += more
    before, after = (
        fuse(replace(given_, trust=trust, values=values)) for values in (given_.values, raised)
    )
    np.testing.assert_array_equal(before.scores, after.scores)
    assert not before.parts[:, signal].any()


@PROPERTY
@given(
    signals(),
    st.lists(st.sampled_from((None, 0.0, 1e-12)), min_size=WIDTH, max_size=WIDTH),
    st.lists(st.floats(0.0, 2.0), min_size=WIDTH, max_size=WIDTH),
)
def test_scores_alone_are_those_of_the_parts_together(
    given_: Signals, flat: list[float | None], weights: list[float]
) -> None:
    """Also where a field is missing, a signal is flat, or the corpus does not have it at all."""
    std = np.array([s if f is None else f for s, f in zip(given_.std, flat, strict=True)])
    mean = np.where([f == 0.0 for f in flat], np.nan, given_.mean)
    for one in (replace(given_, std=std), replace(given_, std=std, mean=mean)):
        for weighing in (WEIGHTS, dict(zip(Signal, weights, strict=True))):
            found = scores(one, weighing)
            np.testing.assert_allclose(found, fuse(one, weighing).scores, rtol=0, atol=1e-9)
    assert scores(given_).shape == (len(given_.ids),)


def test_of_no_documents_there_are_no_scores() -> None:
    one = np.ones(WIDTH)
    assert scores(Signals((), np.empty((0, WIDTH)), one, one, one)).shape == (0,)
