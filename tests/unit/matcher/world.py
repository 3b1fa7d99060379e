"""An index and a directory in memory, in which every score is known beforehand.

The corpus' mean is 0 and its spread 1 for every signal, so that a document's fused score is the
sum of its signals, each times its weight: `weighed`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.errors import EmptyText
from matcher.fusion import WEIGHTS
from matcher.ports import Signal, Signals
from matcher.text import has_words
from matcher.types import (
    NATIONAL_PARTITION,
    DocumentId,
    DocumentKind,
    Expert,
    Outcome,
    SharingScope,
    Viewer,
    VisibleDocument,
)
from tests.unit.matcher.builders import TODAY


@dataclass(frozen=True, slots=True)
class Scored:
    """A document of the index with the signals that it gives every query."""

    id: DocumentId
    kind: DocumentKind
    values: tuple[float, float, float]
    partition: str
    words: tuple[str, ...]


def scored(
    id_: str,
    problem: float,
    resolution: float = 0.0,
    lexical: float = 0.0,
    kind: DocumentKind = DocumentKind.CASE,
    partition: str = NATIONAL_PARTITION,
    words: tuple[str, ...] = (),
) -> Scored:
    return Scored(DocumentId(id_), kind, (problem, resolution, lexical), partition, words)


def weighed(problem: float, resolution: float = 0.0, lexical: float = 0.0) -> float:
    """The fused score of a document with these signals."""
    return (
        WEIGHTS[Signal.DENSE_PROBLEM] * problem
        + WEIGHTS[Signal.DENSE_RESOLUTION] * resolution
        + WEIGHTS[Signal.LEXICAL] * lexical
    )


def question(id_: str, problem: float) -> Scored:
    """An open question: it has no resolution."""
    return scored(id_, problem, resolution=math.nan, kind=DocumentKind.QUESTION)


def theme(id_: str, problem: float) -> Scored:
    return scored(id_, problem, resolution=math.nan, kind=DocumentKind.THEME)


class FakeIndex:
    """Implements Index, with one generation; `asked` keeps the texts it was asked with."""

    def __init__(self, documents: Sequence[Scored]) -> None:
        self.documents = sorted(documents, key=lambda document: document.id)
        self.asked: list[str] = []

    def current(self) -> FakeGeneration:
        return FakeGeneration(self)


class FakeGeneration:
    """Implements Generation."""

    name = "generation-7"

    def __init__(self, index: FakeIndex) -> None:
        self._index = index

    def view(self, text: str) -> FakeView:
        if not has_words(text):
            raise EmptyText(0)
        self._index.asked.append(text)
        return FakeView(self._index.documents)


class FakeView:
    """Implements QueryView."""

    def __init__(self, documents: Sequence[Scored]) -> None:
        self._documents = documents

    def retrieve(self, kind: DocumentKind, partitions: Collection[str], limit: int) -> Signals:
        found = [d for d in self._documents if d.kind is kind and d.partition in partitions]
        best: set[DocumentId] = set()
        for signal in Signal:
            have = [d for d in found if not math.isnan(d.values[signal])]
            have.sort(key=lambda d: (-d.values[signal], d.id))
            best.update(d.id for d in have[:limit])
        return self.score(best)

    def score(self, ids: Iterable[DocumentId]) -> Signals:
        wanted = set(ids)
        found = [d for d in self._documents if d.id in wanted]
        return Signals(
            ids=tuple(d.id for d in found),
            values=np.array([d.values for d in found], np.float64).reshape(-1, len(Signal)),
            mean=np.zeros(len(Signal)),
            std=np.ones(len(Signal)),
        )

    def shared_words(
        self, documents: Collection[DocumentId], limit: int
    ) -> Mapping[DocumentId, tuple[str, ...]]:
        return {d.id: d.words[:limit] for d in self._documents if d.id in documents and d.words}


class FakeDirectory:
    """Implements Directory: shows `shown` and what the experts took part in, less `hidden`."""

    def __init__(
        self,
        shown: Collection[str] = (),
        experts: Sequence[Expert] = (),
        themes: Mapping[str, str] | None = None,
        hidden: Collection[str] = (),
    ) -> None:
        took_part_in = {x.case for expert in experts for x in expert.experiences}
        self._shown = {*shown, *took_part_in} - {*hidden}
        self._experts = sorted(experts, key=lambda expert: expert.id)
        self._themes = themes or {}

    def visible(
        self, ids: Collection[DocumentId], viewer: Viewer
    ) -> Mapping[DocumentId, VisibleDocument]:
        return {
            id_: VisibleDocument(
                id_, f"title of {id_}", SharingScope.NATIONAL, TODAY, Outcome.SOLVED
            )
            for id_ in ids
            if id_ in self._shown
        }

    def experts(self, cases: Collection[DocumentId], viewer: Viewer) -> list[Expert]:
        return [
            expert
            for expert in self._experts
            if expert.declared or any(x.case in cases for x in expert.experiences)
        ]

    def theme_names(self, themes: Collection[DocumentId]) -> Mapping[DocumentId, str]:
        return {id_: self._themes[id_] for id_ in themes if id_ in self._themes}
