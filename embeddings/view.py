"""How one query looks at what one viewer may search: what it finds, and what speaks for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from embeddings.dense import Rows, unit
from embeddings.lexical import Weighed
from embeddings.machine import cores
from embeddings.postings import highest
from embeddings.sentences import sentences
from embeddings.sight import Piece, Sight
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

_DENSE: Final = {Field.PROBLEM: Signal.DENSE_PROBLEM, Field.RESOLUTION: Signal.DENSE_RESOLUTION}
_FIELD_OF: Final = {
    Signal.DENSE_PROBLEM: Field.PROBLEM,
    Signal.DENSE_RESOLUTION: Field.RESOLUTION,
    Signal.FEEDBACK: Field.PROBLEM,
}
# Reading the vectors of a field is what takes longest: two fields are read by two cores.
_BESIDE: Final = ThreadPoolExecutor(cores(), thread_name_prefix="cosines")
_MORE: Final = 1.25  # times what is asked is sought in a large shelf, where some may be gone
_LEFT: Final = 0.8  # of what is found there; one in twenty is gone at most, or it is packed
_WORTH_A_THREAD: Final = 2_000  # documents
_ROUNDING: Final = 1e-6  # of a cosine in float32


@dataclass(frozen=True, slots=True)
class Asked:
    """One text, as documents are compared with it."""

    text: str
    query: Mapping[Signal, Vectors]  # (dim,) each, whitened
    words: Weighed
    mean: Scores  # (len(Signal),): what the corpus gives this query on average,
    std: Scores  # (len(Signal),): and how widely that varies
    trust: Scores  # (len(Signal),): how much the query gives each signal to go by

    @classmethod
    def of(cls, text: str, encoded: Vectors, statistics: Statistics) -> Asked:
        """`encoded` (1, dim) is `text` as the model encodes it."""
        centre = statistics.query_centre.at(len(text.split()))
        query = {
            signal: statistics.whitening[part].query(encoded, centre)[0]
            for part, signal in _DENSE.items()
        }
        words = statistics.terms.weighed(text)
        mean, std = np.zeros(len(Signal)), np.zeros(len(Signal))
        for signal, vector in query.items():
            mean[signal], std[signal] = statistics.spread[_FIELD_OF[signal]].of_query(vector)
        if len(counted := statistics.reference.scores(words)):
            mean[Signal.LEXICAL], std[Signal.LEXICAL] = counted.mean(), counted.std()
        trust = np.ones(len(Signal))
        trust[Signal.LEXICAL] = len(words) / max(1, len(words) + statistics.recipe.half_trusted)
        return cls(text, query, words, mean, std, trust)

    def with_feedback(self, centre: Vectors, statistics: Statistics) -> Asked:
        """The same, told also by `centre` (dim,), where the cases lie that fit best."""
        mean, std = self.mean.copy(), self.std.copy()
        mean[Signal.FEEDBACK], std[Signal.FEEDBACK] = statistics.spread[Field.PROBLEM].of_query(
            centre
        )
        return replace(self, query={**self.query, Signal.FEEDBACK: centre}, mean=mean, std=std)


@dataclass(frozen=True, slots=True)
class IndexQueryView:
    """Implements :class:`matcher.ports.QueryView`."""

    sight: Sight
    asked: Asked
    on_topic: float
    routed: Mapping[PersonId, float]
    statistics: Statistics
    encoder: Encoder
    _columns: dict[DocumentKind, SignalMatrix] = field(default_factory=dict, repr=False)
    _words: dict[int, Scores] = field(default_factory=dict, repr=False)  # of large pieces, by id()

    @classmethod
    def of(
        cls, sight: Sight, text: str, statistics: Statistics, encoder: Encoder
    ) -> IndexQueryView:
        """The view of `text`, encoded once. Raises EmptyText."""
        encoded = encoder.encode_queries([text])
        asked = Asked.of(text, encoded, statistics)
        return cls(
            sight,
            asked,
            statistics.topic.probability(encoded[0]),
            statistics.routing.above(asked.query[Signal.DENSE_PROBLEM], asked.words),
            statistics,
            encoder,
        )

    def focused(self, cases: Mapping[DocumentId, float]) -> IndexQueryView:
        """Pseudo-relevance feedback (Rocchio 1971), on the vectors of the problem field."""
        places = self.sight.places_of(cases)
        weights = np.array([cases[id_] for id_ in self.sight.ids_at(places)])
        centroid = np.zeros(self.statistics.dimension)
        for piece, own, rows in self.sight.by_piece(places):
            dense = piece.segment.dense[Field.PROBLEM]
            at, has = dense.places(rows)
            centroid += np.einsum("n,nd->d", weights[own][has], dense.vectors[at])
        centre = unit(centroid[None].astype(np.float32))[0]
        return replace(self, asked=self.asked.with_feedback(centre, self.statistics))

    def retrieve(self, kind: DocumentKind, limit: int) -> Signals:
        if not limit:
            return self._signals(np.zeros(0, np.int64))
        pieces = list(self.sight.pieces_of(kind))
        if any(piece.is_large for piece, _ in pieces):
            found = [self._candidates(piece, place, limit) for piece, place in pieces]
        else:
            first, _ = self.sight.of_kind(kind)
            found = [self._best_of(self._of_kind(kind), first, limit)]
        return self._signals(np.unique(np.concatenate([np.zeros(0, np.int64), *found])))

    def score(self, ids: Iterable[DocumentId]) -> Signals:
        return self._signals(self.sight.places_of(set(ids)))

    def evidence(self, without: Collection[DocumentId]) -> EvidenceTable:
        sight, roster, asked = self.sight, self.sight.roster, self.asked
        first, _ = sight.of_kind(DocumentKind.CASE)
        columns = roster.person, roster.document, roster.role, roster.outcome, roster.day
        values = self._of_kind(DocumentKind.CASE)
        signals = Signals(sight.case_ids, values, asked.mean, asked.std, asked.trust)
        if without and len(left_out := sight.places_of(without)):
            kept = ~np.isin(roster.document, left_out - first)
            return EvidenceTable(signals, roster.people, *(column[kept] for column in columns))
        return EvidenceTable(signals, roster.people, *columns)

    def shared_words(
        self, documents: Collection[DocumentId], limit: int
    ) -> Mapping[DocumentId, tuple[str, ...]]:
        terms = self.statistics.terms
        written = terms.analyser.words_by_term(self.asked.text)
        words = self.asked.words
        telling = words.of(at for at, term in enumerate(words.terms) if terms.telling(term))
        found: dict[DocumentId, tuple[str, ...]] = {}
        for piece, _, rows in self.sight.by_piece(self.sight.places_of(documents)):
            shared = piece.postings.shared(telling, rows - piece.start, limit)
            for row, own in zip(rows.tolist(), shared, strict=True):
                named = dict.fromkeys(written.get(term, term) for term in own)
                found[piece.segment.id_at(row)] = tuple(named)
        return found

    def best_sentences(
        self, passages: Mapping[DocumentId, Sequence[str]]
    ) -> Mapping[DocumentId, str]:
        cut = [(id_, sentence) for id_, texts in passages.items() for sentence in sentences(texts)]
        vectors = self.encoder.encode_documents([sentence for _, sentence in cut])
        whitening = self.statistics.whitening[Field.PROBLEM]
        nearness = whitening.documents(vectors) @ self.asked.query[Signal.DENSE_PROBLEM]
        best: dict[DocumentId, tuple[float, str]] = {}
        for (id_, sentence), near in zip(cut, nearness.tolist(), strict=True):
            if id_ not in best or near > best[id_][0]:
                best[id_] = (near, sentence)
        return {id_: sentence for id_, (_, sentence) in best.items()}

    def _of_kind(self, kind: DocumentKind) -> SignalMatrix:
        """Every signal of all documents of `kind`, NaN of what is gone; read once."""
        if kind not in self._columns:
            pieces = [piece for piece, _ in self.sight.pieces_of(kind)]
            self._columns[kind] = self._read(pieces)
        return self._columns[kind]

    def _read(self, pieces: Sequence[Piece]) -> SignalMatrix:
        """Every signal of all documents of `pieces`, one after another."""
        starts = np.cumsum([0, *map(len, pieces)]).tolist()
        values = np.full((len(Signal), starts[-1]), np.nan).T  # each signal lies together
        query = self.asked.query

        def read(signal: Signal) -> None:
            for piece, at in zip(pieces, starts, strict=False):
                dense = piece.segment.dense[_FIELD_OF[signal]]
                own = slice(at, at + len(piece))
                values[own, signal] = dense.scores(query[signal], piece.start, piece.stop)

        if starts[-1] >= _WORTH_A_THREAD:
            beside = [_BESIDE.submit(read, signal) for signal in _DENSE.values()]
        else:
            beside = []
            for signal in _DENSE.values():
                read(signal)
        for piece, at in zip(pieces, starts, strict=False):
            own = slice(at, at + len(piece))
            values[own, Signal.LEXICAL] = piece.postings.scores(self.asked.words)
        for done in beside:
            done.result()
        for piece, at in zip(pieces, starts, strict=False):
            values[at + piece.gone] = np.nan
        return values

    def _candidates(self, piece: Piece, place: int, limit: int) -> Rows:
        """Places of `piece`, which begins at `place`, that one signal or another finds best.

        Of a large one some may be missed; where much of what is found is gone, all of it is
        looked at.
        """
        if not piece.is_large:
            return self._best_of(self._read([piece]), place, limit)
        most = round(_MORE * limit)
        beside = [
            _BESIDE.submit(self._nearest, piece, part, most)
            for part in _DENSE
            if (piece.shelf, part) in piece.segment.approximate
        ]
        words = self._words[id(piece)] = piece.postings.scores(self.asked.words)
        some = [highest(words, most), *(each.result() for each in beside)]
        found = [rows[~np.isin(rows, piece.gone)] for rows in some]
        if any(len(left) < _LEFT * len(rows) for left, rows in zip(found, some, strict=True)):
            return self._best_of(self._read([piece]), place, limit)
        return place + np.unique(np.concatenate(found))

    def _nearest(self, piece: Piece, part: Field, most: int) -> Rows:
        """Rows of `piece` whose vectors of `part` are nearest, about `most`."""
        dense = piece.segment.dense[part]
        clusters = piece.segment.approximate[piece.shelf, part]
        first = dense.between(piece.start, piece.stop).start
        at: Rows = first + clusters.nearest(self.asked.query[_DENSE[part]], most)
        return dense.rows[at] - piece.start

    def _best_of(self, values: SignalMatrix, place: int, limit: int) -> Rows:
        """Places of the best `limit` rows of `values`, which begin at `place`, by each signal."""
        lexical = values[:, Signal.LEXICAL]
        shared = np.where(lexical > 0.0, lexical, np.nan)
        columns = {signal: values[:, signal] for signal in _DENSE.values()}
        columns[Signal.LEXICAL] = shared
        found = [self._best(signal, column, place, limit) for signal, column in columns.items()]
        return np.unique(np.concatenate(found))

    def _best(self, signal: Signal, scores: Scores, place: int, limit: int) -> Rows:
        """Places of the `limit` highest of `scores` (n,), which begin at `place`; none of NaN.

        A product of many vectors rounds each in its own way: those that are as near to the last
        as that may make them are compared again, each by itself, and of equals the first by id
        are there.
        """
        known = len(scores) - np.count_nonzero(np.isnan(scores))
        if known <= limit:
            return place + np.flatnonzero(~np.isnan(scores))
        least = np.partition(scores, known - limit)[known - limit]  # NaN is sorted last
        best = np.flatnonzero(scores >= least - _ROUNDING)
        is_better = scores[best] > least + _ROUNDING
        better, near = place + best[is_better], place + best[~is_better]
        left = limit - len(better)
        if len(near) > left:
            lexical = signal is Signal.LEXICAL
            exact = scores[near - place] if lexical else self._cosines(signal, near)
            near = near[np.lexsort((np.array(self.sight.ids_at(near)), -exact))[:left]]
        return np.concatenate([better, near])

    def _signals(self, places: Rows) -> Signals:
        """The signals at rising `places`, in order of id."""
        ids = np.array(self.sight.ids_at(places), np.object_)
        values = np.full((len(places), len(Signal)), np.nan)
        for signal in self.asked.query:
            values[:, signal] = self._cosines(signal, places)
        for piece, own, rows in self.sight.by_piece(places):
            kind = piece.shelf.kind
            if kind in self._columns:
                first, _ = self.sight.of_kind(kind)
                lexical = self._columns[kind][places[own] - first, Signal.LEXICAL]
            elif id(piece) in self._words:
                lexical = self._words[id(piece)][rows - piece.start]
            else:
                lexical = piece.postings.scores_of(self.asked.words, rows - piece.start)
            values[own, Signal.LEXICAL] = lexical
        order = np.argsort(ids)
        asked = self.asked
        return Signals(tuple(ids[order]), values[order], asked.mean, asked.std, asked.trust)

    def _cosines(self, signal: Signal, places: Rows) -> Scores:
        """Of the documents at rising `places` (n,), each by itself; NaN without the field."""
        found = np.full(len(places), np.nan)
        for piece, own, rows in self.sight.by_piece(places):
            dense = piece.segment.dense[_FIELD_OF[signal]]
            found[own] = dense.scores_of(self.asked.query[signal], rows)
        return found
