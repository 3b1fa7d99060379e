"""An index and a directory in memory, in which every score is known beforehand.

The corpus' mean is 0, its spread and the trust 1 for every signal, so that a document's fused
score is the sum of its signals, each times its weight: `weighed`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from matcher.errors import EmptyText
from matcher.fusion import WEIGHTS
from matcher.ports import EvidenceTable, Signal, Signals, Unnamed
from matcher.text import has_words
from matcher.types import (
    NATIONAL_PARTITION,
    DocumentId,
    DocumentKind,
    Expert,
    Outcome,
    PersonId,
    SharingScope,
    Viewer,
    VisibleDocument,
)
from tests.unit.matcher.builders import TODAY, Helper, table


@dataclass(frozen=True, slots=True)
class Scored:
    """A document of the index with the signals that it gives every query.

    The last is seen by a focused view only.
    """

    id: DocumentId
    kind: DocumentKind
    values: tuple[float, float, float, float]
    partition: str
    words: tuple[str, ...]


def scored(
    id_: str,
    problem: float,
    resolution: float = 0.0,
    lexical: float = 0.0,
    feedback: float = 0.0,
    kind: DocumentKind = DocumentKind.CASE,
    partition: str = NATIONAL_PARTITION,
    words: tuple[str, ...] = (),
) -> Scored:
    values = (problem, resolution, lexical, feedback)
    return Scored(DocumentId(id_), kind, values, partition, words)


def weighed(
    problem: float, resolution: float = 0.0, lexical: float = 0.0, feedback: float = 0.0
) -> float:
    """The fused score of a document with these signals."""
    return (
        WEIGHTS[Signal.DENSE_PROBLEM] * problem
        + WEIGHTS[Signal.DENSE_RESOLUTION] * resolution
        + WEIGHTS[Signal.LEXICAL] * lexical
        + WEIGHTS[Signal.FEEDBACK] * feedback
    )


def question(id_: str, problem: float) -> Scored:
    """An open question: it has no resolution."""
    return scored(id_, problem, resolution=math.nan, kind=DocumentKind.QUESTION)


def theme(id_: str, problem: float) -> Scored:
    return scored(id_, problem, resolution=math.nan, kind=DocumentKind.THEME)


class FakeIndex:
    """Implements Index, with one generation.

    It knows what `experts` did in its cases. `asked` keeps the texts it was asked with,
    `focused_on` the cases that views were focused on, and `retrieved` the kinds that were
    retrieved, each with whether by a focused view.
    """

    def __init__(
        self,
        documents: Sequence[Scored],
        experts: Sequence[Helper] = (),
        on_topic: float = 1.0,
        routed: Mapping[str, float] | None = None,
    ) -> None:
        self.documents = sorted(documents, key=lambda document: document.id)
        self.experts = sorted(experts, key=lambda expert: expert.id)
        self.on_topic = on_topic
        self.routed = {PersonId(person): above for person, above in (routed or {}).items()}
        self.asked: list[str] = []
        self.focused_on: list[Mapping[DocumentId, float]] = []
        self.retrieved: list[tuple[DocumentKind, bool]] = []

    def current(self) -> FakeGeneration:
        return FakeGeneration(self)


class FakeGeneration:
    """Implements Generation."""

    name = "generation-7"

    def __init__(self, index: FakeIndex) -> None:
        self._index = index

    def view(self, text: str, partitions: Collection[str]) -> FakeView:
        if not has_words(text):
            raise EmptyText(0)
        self._index.asked.append(text)
        return FakeView(self._index, frozenset(partitions))


@dataclass(frozen=True)
class FakeView:
    """Implements QueryView. The sentence nearest to any query is the longest."""

    _index: FakeIndex
    _partitions: frozenset[str]
    _focused: bool = False

    @property
    def on_topic(self) -> float:
        return self._index.on_topic

    @property
    def routed(self) -> Mapping[PersonId, float]:
        return self._index.routed

    def focused(self, cases: Mapping[DocumentId, float]) -> FakeView:
        self._index.focused_on.append(cases)
        return replace(self, _focused=True)

    def evidence(self, without: Collection[DocumentId]) -> EvidenceTable:
        documents = self._within_sight()
        seen = {d.id for d in documents if d.kind is DocumentKind.CASE and d.id not in without}
        return table(self._index.experts, self.score(d.id for d in documents), seen)

    def retrieve(self, kind: DocumentKind, limit: int) -> Signals:
        found = [d for d in self._within_sight() if d.kind is kind]
        self._index.retrieved.append((kind, self._focused))
        best: set[DocumentId] = set()
        for signal in (Signal.DENSE_PROBLEM, Signal.DENSE_RESOLUTION, Signal.LEXICAL):
            have = [d for d in found if not math.isnan(self._values(d)[signal])]
            have.sort(key=lambda d: (-self._values(d)[signal], d.id))
            best.update(d.id for d in have[:limit])
        return self.score(best)

    def score(self, ids: Iterable[DocumentId]) -> Signals:
        wanted = set(ids)
        found = [d for d in self._within_sight() if d.id in wanted]
        return Signals(
            ids=tuple(d.id for d in found),
            values=np.array([self._values(d) for d in found], np.float64).reshape(-1, len(Signal)),
            mean=np.zeros(len(Signal)),
            std=np.ones(len(Signal)),
            trust=np.ones(len(Signal)),
        )

    def shared_words(
        self, documents: Collection[DocumentId], limit: int
    ) -> Mapping[DocumentId, tuple[str, ...]]:
        known = self._within_sight()
        return {d.id: d.words[:limit] for d in known if d.id in documents and d.words}

    def best_sentences(
        self, passages: Mapping[DocumentId, Sequence[str]]
    ) -> Mapping[DocumentId, str]:
        return {id_: max(texts, key=len) for id_, texts in passages.items() if texts}

    def _within_sight(self) -> list[Scored]:
        return [d for d in self._index.documents if d.partition in self._partitions]

    def _values(self, document: Scored) -> tuple[float, ...]:
        return document.values if self._focused else (*document.values[:-1], math.nan)


class FakeDirectory:
    """Implements Directory: shows `shown` and what the experts took part in, less `hidden`.

    What experts did is for the index to tell, not for the store: they come without it.
    `asked_after` keeps the people that it was asked after, `looked_up` the documents.
    """

    def __init__(
        self,
        shown: Collection[str] = (),
        experts: Sequence[Helper] = (),
        themes: Mapping[str, str] | None = None,
        hidden: Collection[str] = (),
        written: Mapping[str, Sequence[str]] | None = None,
        crowd: Sequence[Unnamed] = (),
    ) -> None:
        took_part_in = {x.case for expert in experts for x in expert.experiences}
        self._shown = {*shown, *took_part_in} - {*hidden}
        self.all_experts = sorted(experts, key=lambda expert: expert.id)
        self._themes = themes or {}
        self._written = written or {}
        self.crowd = crowd
        self.asked_after: list[list[PersonId]] = []
        self.looked_up: list[DocumentId] = []

    def visible(
        self, ids: Collection[DocumentId], viewer: Viewer
    ) -> Mapping[DocumentId, VisibleDocument]:
        self.looked_up += ids
        return {
            id_: VisibleDocument(
                id_, f"title of {id_}", SharingScope.NATIONAL, TODAY, Outcome.SOLVED
            )
            for id_ in ids
            if id_ in self._shown
        }

    def passages(
        self, ids: Collection[DocumentId], viewer: Viewer
    ) -> Mapping[DocumentId, Sequence[str]]:
        return {id_: self._written.get(id_, ()) for id_ in ids if id_ in self._shown}

    def experts(
        self, people: Collection[PersonId], themes: Collection[DocumentId], viewer: Viewer
    ) -> list[Expert]:
        self.asked_after.append(list(people))
        return [
            Expert(**{each.name: getattr(e, each.name) for each in fields(Expert)})
            for e in self.all_experts
            if e.id in people or any(theme in themes for theme in e.declared)
        ]

    def unnamed(self, regions: Collection[str]) -> list[Unnamed]:
        return [one for one in self.crowd if one.description.region in regions]

    def theme_names(self, themes: Collection[DocumentId]) -> Mapping[DocumentId, str]:
        return {id_: self._themes[id_] for id_ in themes if id_ in self._themes}
