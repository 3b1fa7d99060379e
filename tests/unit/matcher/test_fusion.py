from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from matcher.fusion import WEIGHTS, Fused, fuse
from matcher.ports import Signal, Signals
from matcher.types import DocumentId

NAN = math.nan
EQUAL = dict.fromkeys(Signal, 1.0)
Four = tuple[float, float, float, float]  # one a signal


def signals(
    *rows: Four,
    mean: Four = (0.0, 0.0, 0.0, 0.0),
    std: Four = (1.0, 1.0, 1.0, 1.0),
    trust: Four = (1.0, 1.0, 1.0, 1.0),
) -> Signals:
    """Signals of documents d0, d1, …"""
    return Signals(
        ids=tuple(DocumentId(f"d{row}") for row in range(len(rows))),
        values=np.array(rows, np.float64).reshape(-1, len(Signal)),
        mean=np.array(mean),
        std=np.array(std),
        trust=np.array(trust),
    )


def fused(ids: tuple[str, ...], scores: tuple[float, ...]) -> Fused:
    none = np.zeros((len(ids), len(Signal)))
    return Fused(tuple(map(DocumentId, ids)), np.array(scores), none, none)


def test_a_signal_counts_in_standard_deviations_above_the_corpus() -> None:
    found = signals((0.9, 0.5, 0.1, 0.4), mean=(0.8, 0.5, 0.3, 0.3), std=(0.05, 0.1, 0.1, 0.1))
    result = fuse(found, EQUAL)
    assert result.parts[0] == pytest.approx([2.0, 0.0, -2.0, 1.0])


def test_deviations_are_told_without_weight_or_trust() -> None:
    found = signals((0.9, NAN, 0.1, 0.4), mean=(0.8, 0.5, 0.3, 0.3), std=(0.05, 0.1, 0.1, 0.1))
    for trust in (1.0, 0.3, 0.0):
        result = fuse(replace(found, trust=np.full(4, trust)))
        assert result.deviations[0] == pytest.approx([2.0, 0.0, -2.0, 1.0])


def test_a_signal_counts_as_far_as_it_is_trusted() -> None:
    result = fuse(signals((1.0, 2.0, 3.0, 4.0), trust=(1.0, 0.0, 0.5, 0.25)), EQUAL)
    assert result.parts[0].tolist() == [1.0, 0.0, 1.5, 1.0]
    assert result.scores.tolist() == [3.5]


def test_each_signal_has_its_own_weight() -> None:
    weights = dict(zip(Signal, (1.0, 10.0, 100.0, 1000.0), strict=True))
    assert fuse(signals((1.0, 2.0, 3.0, 4.0)), weights).scores == pytest.approx([4321.0])


def test_the_default_weights_are_those_that_were_measured() -> None:
    result = fuse(signals((1.0, 1.0, 1.0, 1.0)))
    assert result.parts[0] == pytest.approx([WEIGHTS[signal] for signal in Signal])


def test_a_missing_field_counts_as_the_mean() -> None:
    result = fuse(
        signals(
            (0.9, NAN, 0.4, 0.1),
            (0.9, 0.3, 0.4, 0.1),
            mean=(0.5, 0.3, 0.2, 0.1),
            std=(0.1, 0.1, 0.1, 0.1),
        )
    )
    assert result.parts[0, Signal.DENSE_RESOLUTION] == 0.0
    assert result.scores[0] == result.scores[1]


def test_a_missing_field_beats_one_below_the_mean_and_loses_from_one_above() -> None:
    rows = [(0.0, value, 0.0, 0.0) for value in (0.2, NAN, 0.4)]
    result = fuse(signals(*rows, mean=(0.0, 0.3, 0.0, 0.0)))
    assert result.best_first() == [2, 1, 0]


def test_a_flat_signal_says_nothing() -> None:
    result = fuse(signals((0.9, 0.2, 1.0, 0.0), (0.1, 0.2, 5.0, 0.0), std=(1.0, 1.0, 0.0, 1.0)))
    assert result.parts[:, Signal.LEXICAL].tolist() == [0.0, 0.0]


def test_a_spread_of_rounding_errors_is_flat() -> None:
    result = fuse(signals((0.0, 0.0, 1e-12, 0.0), std=(1.0, 1.0, 1e-12, 1.0)))
    assert result.scores.tolist() == [0.0]


def test_a_field_that_no_document_of_the_corpus_has_says_nothing() -> None:
    row = (2.0, NAN, 0.0, 0.0)
    result = fuse(signals(row, mean=(0.0, NAN, 0.0, 0.0), std=(1.0, NAN, 1.0, 1.0)))
    assert result.scores.tolist() == [2.0 * WEIGHTS[Signal.DENSE_PROBLEM]]


def test_parts_add_up_to_scores() -> None:
    result = fuse(signals((0.9, NAN, 0.4, 0.2), (0.2, 0.3, -0.4, 0.1), mean=(0.5, 0.1, 0.2, 0.0)))
    assert result.parts.sum(axis=1) == pytest.approx(result.scores)
    parts = dict(zip(Signal, (-0.3, 0.2, -0.6, 0.1), strict=True))
    expected = math.fsum(WEIGHTS[signal] * part for signal, part in parts.items())
    assert result.scores[1] == pytest.approx(expected)


def test_no_documents_give_no_scores() -> None:
    result = fuse(signals())
    assert result.ids == ()
    assert result.scores.shape == (0,)
    assert result.best_first() == []


def test_the_best_come_first() -> None:
    assert fused(("a", "b", "c"), (0.5, 2.0, -1.0)).best_first() == [1, 0, 2]


def test_ties_are_broken_by_id_whatever_the_order_of_the_rows() -> None:
    assert fused(("c", "a", "b", "z"), (1.0, 1.0, 1.0, 2.0)).best_first() == [3, 1, 2, 0]
