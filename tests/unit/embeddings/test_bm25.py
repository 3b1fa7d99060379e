"""The baseline behind the same ports: one signal, and no more than it knows."""

from __future__ import annotations

import numpy as np
import pytest

from embeddings.bm25 import Bm25Index
from matcher.ports import Signal
from matcher.types import DocumentId, DocumentKind
from tests.unit.embeddings.cases import NATIONAL, PEOPLED

CASES = sorted((d for d in PEOPLED if d.kind is DocumentKind.CASE), key=lambda d: d.id)
VIEW = Bm25Index.from_documents(CASES).view("zorg voor een leerling met diabetes", NATIONAL)


def test_the_case_with_the_most_words_in_common_is_the_best() -> None:
    (best,) = VIEW.retrieve(DocumentKind.CASE, 1).ids
    assert best == "i"


def test_only_cases_are_found() -> None:
    assert VIEW.retrieve(DocumentKind.QUESTION, 9).ids == ()


def test_words_are_its_only_signal() -> None:
    signals = VIEW.score(d.id for d in CASES)
    assert signals.ids == tuple(d.id for d in CASES)
    assert np.isfinite(signals.values[:, Signal.LEXICAL]).all()
    others = [signal for signal in Signal if signal is not Signal.LEXICAL]
    assert np.isnan(signals.values[:, others]).all()
    assert signals.std[others].tolist() == [0.0] * len(others)


@pytest.mark.parametrize("without", ["", "a", "aci"])
def test_evidence_is_everyones_part_in_the_cases_that_are_not_left_out(without: str) -> None:
    table = VIEW.evidence([DocumentId(id_) for id_ in without])
    found = {
        (table.people[person], table.signals.ids[row])
        for person, row in zip(table.person, table.document, strict=True)
    }
    expected = {(p.person, d.id) for d in CASES if d.id not in without for p in d.parts}
    assert found == expected


def test_a_question_of_unknown_words_scores_nothing() -> None:
    signals = Bm25Index.from_documents(CASES).view("xylofoon", NATIONAL).score([CASES[0].id])
    assert signals.values[0, Signal.LEXICAL] == 0.0
