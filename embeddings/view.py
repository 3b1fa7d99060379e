"""How one query looks at one state of the index: what it finds, and what speaks for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from embeddings.dense import Rows, unit
from embeddings.machine import cores
from embeddings.participations import Roster
from embeddings.segment import Segment
from embeddings.sentences import sentences
from embeddings.statistics import Statistics
from matcher.ports import Encoder, EvidenceTable, Signal, Signals
from matcher.types import (
    DocumentId,
    DocumentKind,
    Field,
    PersonId,
    Scores,
    SignalMatrix,
    Vectors,
)

Segments = tuple[tuple[Segment, frozenset[DocumentId]], ...]  # each with the ids that are gone

_DENSE: Final = {Field.PROBLEM: Signal.DENSE_PROBLEM, Field.RESOLUTION: Signal.DENSE_RESOLUTION}
_FIELD_OF: Final = {signal: part for part, signal in _DENSE.items()}
# Reading the vectors of a field is what takes longest: two fields are read by two cores.
_BESIDE: Final = ThreadPoolExecutor(cores(), thread_name_prefix="cosines")


@dataclass(frozen=True, slots=True)
class IndexQueryView:
    """Implements :class:`matcher.ports.QueryView`."""

    segments: Segments
    roster: Roster
    text: str
    query: Mapping[Signal, Vectors]  # (dim,) each, whitened: what documents are compared with
    values: tuple[SignalMatrix, ...]  # a segment each: of all its documents, less FEEDBACK
    mean: Scores  # (len(Signal),): what the base gives this query on average,
    std: Scores  # (len(Signal),): and how widely that varies
    trust: Scores  # (len(Signal),): how much the query gives each signal to go by
    on_topic: float
    routed: Mapping[PersonId, float]
    statistics: Statistics
    encoder: Encoder

    @classmethod
    def of(
        cls,
        segments: Segments,
        roster: Roster,
        text: str,
        statistics: Statistics,
        encoder: Encoder,
    ) -> IndexQueryView:
        """The view of `text`: encoded once, and every document scored once. Raises EmptyText."""
        encoded = encoder.encode_queries([text])
        on_topic = statistics.topic.probability(encoded[0])
        centre = statistics.query_centre.at(len(text.split()))
        query = {
            signal: statistics.whitening[part].query(encoded, centre)[0]
            for part, signal in _DENSE.items()
        }
        weights = statistics.terms.weights(text)
        resolution = _BESIDE.submit(_cosines, segments, query, Signal.DENSE_RESOLUTION)
        problem = _cosines(segments, query, Signal.DENSE_PROBLEM)
        lexical = [segment.lexical.scores(weights) for segment, _ in segments]
        mean, std = np.zeros(len(Signal)), np.zeros(len(Signal))
        for signal, vector in query.items():
            mean[signal], std[signal] = statistics.spread[_FIELD_OF[signal]].of_query(vector)
        base, _ = segments[0]
        if len(counted := lexical[0][base.is_text]):
            mean[Signal.LEXICAL], std[Signal.LEXICAL] = counted.mean(), counted.std()
        routed = statistics.routing.above(query[Signal.DENSE_PROBLEM], weights, base.lexical)
        trust = np.ones(len(Signal))
        trust[Signal.LEXICAL] = len(weights) / max(1, len(weights) + statistics.recipe.half_trusted)
        values = tuple(np.full((len(segment), len(Signal)), np.nan) for segment, _ in segments)
        for signal, columns in (
            (Signal.DENSE_PROBLEM, problem),
            (Signal.DENSE_RESOLUTION, resolution.result()),
            (Signal.LEXICAL, lexical),
        ):
            for found, column in zip(values, columns, strict=True):
                found[:, signal] = column
        return cls(
            segments,
            roster,
            text,
            query,
            values,
            mean,
            std,
            trust,
            on_topic,
            routed,
            statistics,
            encoder,
        )

    def focused(self, cases: Mapping[DocumentId, float]) -> IndexQueryView:
        """Pseudo-relevance feedback (Rocchio 1971), on the vectors of the problem field."""
        centroid = np.zeros(self.query[Signal.DENSE_PROBLEM].shape)
        for segment, gone in self.segments:
            dense = segment.dense[Field.PROBLEM]
            here = [id_ for id_ in cases if _holds(segment, gone, id_)]
            rows = np.array([segment.row_of[id_] for id_ in here], np.int64)
            weights = np.array([cases[id_] for id_ in here])
            at, has = dense.places(rows)
            centroid += weights[has] @ dense.vectors[at]
        centre = unit(centroid[None].astype(np.float32))[0]
        mean, std = self.mean.copy(), self.std.copy()
        spread = self.statistics.spread[Field.PROBLEM]
        mean[Signal.FEEDBACK], std[Signal.FEEDBACK] = spread.of_query(centre)
        return replace(self, query={**self.query, Signal.FEEDBACK: centre}, mean=mean, std=std)

    def retrieve(self, kind: DocumentKind, partitions: Collection[str], limit: int) -> Signals:
        picked: list[Rows] = []
        for (segment, gone), values in zip(self.segments, self.values, strict=True):
            wanted = np.flatnonzero(segment.within(kind, partitions, gone))
            best = [_best(values[wanted, signal], limit) for signal in _DENSE.values()]
            lexical = values[wanted, Signal.LEXICAL]
            best.append(_best(np.where(lexical > 0.0, lexical, np.nan), limit))
            picked.append(wanted[np.unique(np.concatenate(best))])
        return self._signals(picked)

    def score(self, ids: Iterable[DocumentId]) -> Signals:
        wanted = set(ids)
        rows: list[Rows] = []
        for segment, gone in self.segments:
            found = [segment.row_of[id_] for id_ in wanted - gone if id_ in segment.row_of]
            rows.append(np.sort(np.array(found, np.int64)))
        return self._signals(rows)

    def evidence(
        self, partitions: Collection[str], without: Collection[DocumentId]
    ) -> EvidenceTable:
        roster = self.roster
        seen = np.concatenate(
            [
                segment.within(DocumentKind.CASE, partitions, [*gone, *without])
                for segment, gone in self.segments
            ]
        )
        columns = roster.person, roster.document, roster.role, roster.outcome, roster.day
        within = seen[roster.document]
        if not within.all():
            columns = tuple(column[within] for column in columns)
        signals = Signals(
            roster.documents,
            np.concatenate(self.values),
            self.mean,
            self.std,
            self.trust,
        )
        return EvidenceTable(signals, roster.people, *columns)

    def shared_words(
        self, documents: Collection[DocumentId], limit: int
    ) -> Mapping[DocumentId, tuple[str, ...]]:
        terms = self.statistics.terms
        written = terms.analyser.words_by_term(self.text)
        weights = terms.weights(self.text)
        telling = {term: weight for term, weight in weights.items() if terms.telling(term)}
        words: dict[DocumentId, tuple[str, ...]] = {}
        for segment, gone in self.segments:
            here = [id_ for id_ in documents if _holds(segment, gone, id_)]
            rows = [segment.row_of[id_] for id_ in here]
            shared = segment.lexical.shared_terms(telling, rows, limit)
            for id_, found in zip(here, shared, strict=True):
                words[id_] = tuple(dict.fromkeys(written.get(term, term) for term in found))
        return words

    def best_sentences(
        self, passages: Mapping[DocumentId, Sequence[str]]
    ) -> Mapping[DocumentId, str]:
        cut = [(id_, sentence) for id_, texts in passages.items() for sentence in sentences(texts)]
        vectors = self.encoder.encode_documents([sentence for _, sentence in cut])
        whitening = self.statistics.whitening[Field.PROBLEM]
        nearness = whitening.documents(vectors) @ self.query[Signal.DENSE_PROBLEM]
        best: dict[DocumentId, tuple[float, str]] = {}
        for (id_, sentence), near in zip(cut, nearness.tolist(), strict=True):
            if id_ not in best or near > best[id_][0]:
                best[id_] = (near, sentence)
        return {id_: sentence for id_, (_, sentence) in best.items()}

    def _signals(self, rows: Sequence[Rows]) -> Signals:
        """The signals of `rows` of each segment, rising, in order of id: as segments are."""
        ids = np.concatenate([s.ids[at] for (s, _), at in zip(self.segments, rows, strict=True)])
        values = np.concatenate([v[at] for v, at in zip(self.values, rows, strict=True)])
        if Signal.FEEDBACK in self.query:
            centre = self.query[Signal.FEEDBACK]
            values[:, Signal.FEEDBACK] = np.concatenate(
                [
                    segment.dense[Field.PROBLEM].scores_of(centre, at)
                    for (segment, _), at in zip(self.segments, rows, strict=True)
                ]
            )
        if sum(len(at) > 0 for at in rows) > 1:
            order = np.argsort(ids)
            ids, values = ids[order], values[order]
        return Signals(tuple(ids), values, self.mean, self.std, self.trust)


def _cosines(segments: Segments, query: Mapping[Signal, Vectors], signal: Signal) -> list[Scores]:
    """Of every document of each segment, with the query of `signal`."""
    part = _FIELD_OF[signal]
    return [segment.dense[part].scores(query[signal], len(segment)) for segment, _ in segments]


def _holds(segment: Segment, gone: Collection[DocumentId], id_: DocumentId) -> bool:
    return id_ in segment.row_of and id_ not in gone


def _best(scores: Scores, limit: int) -> Rows:
    """Where the `limit` highest of `scores` (n,) are, of equals the first; NaN is never there."""
    known = np.flatnonzero(~np.isnan(scores))
    if not limit or len(known) <= limit:
        return known[:limit]
    least = np.partition(scores[known], -limit)[-limit]
    better, equal = np.flatnonzero(scores > least), np.flatnonzero(scores == least)
    return np.concatenate([better, equal[: limit - len(better)]])
