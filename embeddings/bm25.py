"""BM25, the baseline everyone knows, as an index: the same Matcher runs over it.

From the library bm25s (Lucene's variant, k1 1.5, b 0.75), over the same stems. It is there to
be compared with, not to serve.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import bm25s
import numpy as np

from embeddings.analysis import stems
from embeddings.participations import Participations, Roster, participations
from matcher.ports import EvidenceTable, Signal, Signals
from matcher.types import Document, DocumentId, DocumentKind, PersonId, Scores


@dataclass(frozen=True, slots=True)
class Bm25Index:
    """Implements :class:`matcher.ports.Index` and, being one state only, its Generation."""

    ids: tuple[DocumentId, ...]
    roster: Roster = field(repr=False)
    model: Any = field(repr=False)
    name: str = "bm25"

    @classmethod
    def from_documents(cls, documents: Sequence[Document]) -> Bm25Index:
        """An index of the problem field alone, as the shared table's baseline."""
        model = bm25s.BM25(method="lucene")
        model.index([stems(d.problem) for d in documents], show_progress=False)
        parts = Participations.from_documents([participations(d) for d in documents])
        roster = Roster.of([(parts, np.arange(len(documents)))])
        return cls(tuple(d.id for d in documents), roster, model)

    def current(self) -> Bm25Index:
        return self

    def view(self, text: str, partitions: Collection[str]) -> Bm25View:
        asked = [term for term in stems(text) if term in self.model.vocab_dict]
        scores = self.model.get_scores(asked) if asked else np.zeros(len(self.ids))
        return Bm25View(self.ids, self.roster, np.asarray(scores, dtype=np.float64))


@dataclass(frozen=True, slots=True)
class Bm25View:
    """Implements :class:`matcher.ports.QueryView`: one signal, the others say nothing."""

    ids: tuple[DocumentId, ...]
    roster: Roster
    scores: Scores
    on_topic: float = 1.0
    routed: Mapping[PersonId, float] = field(default_factory=dict)

    def focused(self, cases: Mapping[DocumentId, float]) -> Bm25View:
        return self

    def evidence(self, without: Collection[DocumentId]) -> EvidenceTable:
        roster = self.roster
        gone = [at for at, id_ in enumerate(self.ids) if id_ in without]
        kept = ~np.isin(roster.document, gone)
        columns = roster.person, roster.document, roster.role, roster.outcome, roster.day
        return EvidenceTable(
            self.score(self.ids), roster.people, *(column[kept] for column in columns)
        )

    def retrieve(self, kind: DocumentKind, limit: int) -> Signals:
        if kind is not DocumentKind.CASE:
            return self.score([])
        best = np.argsort(-self.scores, kind="stable")[:limit]
        return self.score(self.ids[at] for at in best)

    def score(self, ids: Iterable[DocumentId]) -> Signals:
        wanted = set(ids)
        rows = [at for at, id_ in enumerate(self.ids) if id_ in wanted]
        values = np.full((len(rows), len(Signal)), np.nan)
        values[:, Signal.LEXICAL] = self.scores[rows]
        mean, std = np.zeros(len(Signal)), np.zeros(len(Signal))
        mean[Signal.LEXICAL], std[Signal.LEXICAL] = self.scores.mean(), self.scores.std()
        return Signals(tuple(self.ids[at] for at in rows), values, mean, std, np.ones(len(Signal)))

    def shared_words(
        self,
        documents: Collection[DocumentId],
        limit: int,
    ) -> Mapping[DocumentId, tuple[str, ...]]:
        return {}

    def best_sentences(
        self, passages: Mapping[DocumentId, Sequence[str]]
    ) -> Mapping[DocumentId, str]:
        return {}
