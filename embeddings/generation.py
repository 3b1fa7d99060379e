"""One immutable state of the index, and how a query looks at it.

A generation is a base segment, a small delta segment with what changed since, and the ids that
are gone from the base. Statistics (centres, spreads, what words weigh) belong to the base: they
move at a rebuild only, so that a score means the same throughout a generation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from embeddings.analysis import words_by_term
from embeddings.dense import QueryCentre, Spread, centred
from embeddings.lexical import TermStatistics
from embeddings.segment import Entry, Item, Segment, lexical_text
from matcher.ports import Encoder, Signal, Signals
from matcher.types import Document, DocumentId, DocumentKind, Field, Scores, SignalMatrix, Vectors

_DENSE = {Field.PROBLEM: Signal.DENSE_PROBLEM, Field.RESOLUTION: Signal.DENSE_RESOLUTION}


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the base of a generation says of texts in general."""

    centre: Mapping[Field, Vectors]  # (dim,) each: mean of the field's vectors
    query_centre: QueryCentre
    spread: Mapping[Field, Spread]
    terms: TermStatistics

    @property
    def dimension(self) -> int:
        return len(self.query_centre.short)

    def item(self, document: Document, vectors: Mapping[Field, Vectors]) -> Item:
        """`document` with its `vectors` as the model gave them, ready for a segment."""
        return Item(
            Entry(document.id, document.kind, document.partition, document.revision),
            {part: centred(v[None], self.centre[part])[0] for part, v in vectors.items()},
            self.terms.weights(lexical_text(document)),
        )


@dataclass(frozen=True, slots=True)
class IndexGeneration:
    """Implements :class:`matcher.ports.Generation`; readers hold one and never lock.

    `position` is the number of the last outbox row that this state is true to.
    """

    name: str
    model: str  # fingerprint of the model that made it
    position: int
    statistics: Statistics
    base: Segment
    delta: Segment
    gone: frozenset[DocumentId]  # ids in the base that were removed or are in the delta now
    encoder: Encoder = field(repr=False)
    delta_items: Mapping[DocumentId, Item] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        """Documents that can be found."""
        return len(self.base) - len(self.gone) + len(self.delta)

    @property
    def base_texts(self) -> int:
        """Texts that people wrote in the base, from which the statistics come."""
        return int(self.base.is_text.sum())

    def view(self, text: str) -> IndexQueryView:
        encoded = self.encoder.encode_queries([text])
        query = centred(encoded, self.statistics.query_centre.at(len(text.split())))[0]
        weights = self.statistics.terms.weights(text)
        terms = self.statistics.terms
        telling = {term: weight for term, weight in weights.items() if terms.telling(term)}
        lexical = tuple(s.lexical.scores(weights) for s, _ in self.segments())
        mean, std = np.zeros(len(Signal)), np.zeros(len(Signal))
        for part, signal in _DENSE.items():
            mean[signal], std[signal] = self.statistics.spread[part].of_query(query)
        counted = lexical[0][self.base.is_text]
        if len(counted):
            mean[Signal.LEXICAL], std[Signal.LEXICAL] = counted.mean(), counted.std()
        return IndexQueryView(self.segments(), text, query, weights, telling, lexical, mean, std)

    def changed(
        self, items: Collection[Item], removed: Collection[DocumentId], position: int
    ) -> IndexGeneration:
        """The state after `items` (new or revised) and removals; this one stays as it is."""
        touched = {item.entry.id for item in items} | set(removed)
        delta = {id_: item for id_, item in self.delta_items.items() if id_ not in touched}
        delta |= {item.entry.id: item for item in items}
        ordered = [delta[id_] for id_ in sorted(delta)]
        return replace(
            self,
            position=position,
            delta=Segment.from_items(ordered, self.statistics.dimension),
            gone=self.gone | (touched & self.base.row_of.keys()),
            delta_items=delta,
        )

    def segments(self) -> tuple[tuple[Segment, frozenset[DocumentId]], ...]:
        """Each segment with the ids in it that are gone."""
        return (self.base, self.gone), (self.delta, frozenset())


@dataclass(frozen=True, slots=True)
class IndexQueryView:
    """Implements :class:`matcher.ports.QueryView`."""

    segments: tuple[tuple[Segment, frozenset[DocumentId]], ...]
    text: str
    query: Vectors  # (dim,), centred
    weights: dict[str, float]  # of the query's terms
    telling: dict[str, float]  # those of them that may be shown as a reason
    lexical: tuple[Scores, ...]  # a segment each: of all its documents
    mean: Scores  # (len(Signal),): what the base gives this query on average,
    std: Scores  # (len(Signal),): and how widely that varies

    def retrieve(self, kind: DocumentKind, partitions: Collection[str], limit: int) -> Signals:
        best: set[DocumentId] = set()
        for (segment, gone), lexical in zip(self.segments, self.lexical, strict=True):
            wanted = segment.within(kind, partitions, gone)
            for part in Field:
                rows = segment.dense[part].best(self.query, wanted, limit)
                best.update(segment.entries[row].id for row in rows)
            worded = np.flatnonzero(wanted & (lexical > 0.0))
            order = np.argsort(-lexical[worded], kind="stable")[:limit]
            best.update(segment.entries[row].id for row in worded[order])
        return self.score(best)

    def score(self, ids: Iterable[DocumentId]) -> Signals:
        wanted = sorted(set(ids))
        found: list[DocumentId] = []
        values: list[SignalMatrix] = []
        for (segment, gone), lexical in zip(self.segments, self.lexical, strict=True):
            here = [id_ for id_ in wanted if id_ in segment.row_of and id_ not in gone]
            rows = np.array([segment.row_of[id_] for id_ in here], dtype=np.int64)
            found.extend(here)
            values.append(self._values(segment, lexical, rows))
        order = sorted(range(len(found)), key=found.__getitem__)
        stacked = np.concatenate(values)[order]
        return Signals(tuple(found[at] for at in order), stacked, self.mean, self.std)

    def shared_words(
        self, documents: Collection[DocumentId], limit: int
    ) -> Mapping[DocumentId, tuple[str, ...]]:
        written = words_by_term(self.text)
        words: dict[DocumentId, tuple[str, ...]] = {}
        for segment, gone in self.segments:
            here = [id_ for id_ in documents if id_ in segment.row_of and id_ not in gone]
            rows = [segment.row_of[id_] for id_ in here]
            shared = segment.lexical.shared_terms(self.telling, rows, limit)
            for id_, terms in zip(here, shared, strict=True):
                words[id_] = tuple(written.get(term, term) for term in terms)
        return words

    def _values(
        self, segment: Segment, lexical: Scores, rows: npt.NDArray[np.int64]
    ) -> SignalMatrix:
        values = np.full((len(rows), len(Signal)), np.nan)
        for part, signal in _DENSE.items():
            values[:, signal] = segment.dense[part].scores(self.query, rows)
        values[:, Signal.LEXICAL] = lexical[rows]
        return values
