"""The right answer of a hybrid search, without an index: every text that is visible, compared.

For measuring how much an index finds of it. Of the index it takes what a generation has learnt
of texts in general, and nothing that it stores of a document.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
import scipy.sparse as sp

from embeddings.counting import batched
from embeddings.lexical import lexical_text
from embeddings.statistics import Statistics
from matcher.fusion import scores
from matcher.ports import Encoder, Signal, Signals
from matcher.types import Document, DocumentId, Field, Scores, SignalMatrix, Vectors

_CHUNK: Final = 5_000  # documents at a time
_DENSE: Final = {Field.PROBLEM: Signal.DENSE_PROBLEM, Field.RESOLUTION: Signal.DENSE_RESOLUTION}


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, and what it may see; `scale` is what its generation gave with its answer."""

    text: str
    partitions: frozenset[str]
    scale: Signals  # mean, std and trust of it are used


@dataclass(frozen=True, slots=True)
class Exact:
    """The best documents for one query, best first."""

    fused: list[DocumentId]  # by their whole score, of all
    retrieved: list[DocumentId]  # likewise, of those among the best of some signal


class Best:
    """The `limit` highest of what it is given."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._found: list[tuple[float, DocumentId, float]] = []

    def add(self, by: Scores, ids: Sequence[DocumentId], fused: Scores) -> None:
        known = np.flatnonzero(~np.isnan(by))
        if len(known) > self._limit:
            highest = np.partition(by[known], -self._limit)[-self._limit]
            known = known[by[known] >= highest]
        new = [(float(by[at]), ids[at], float(fused[at])) for at in known.tolist()]
        self._found = sorted(self._found + new, key=lambda one: (-one[0], one[1]))[: self._limit]

    def with_score(self) -> dict[DocumentId, float]:
        return {id_: score for _, id_, score in self._found}


def exact(
    documents: Iterable[Document],
    encoder: Encoder,
    statistics: Statistics,
    asked: Sequence[Asked],
    limit: int,
    depth: int,
) -> list[Exact]:
    """The `limit` best for each of `asked`, `depth` being how many of each signal are retrieved.

    A line that returns in many texts is read once.
    """
    words = _Words(statistics, [query.text for query in asked])
    dense = {
        part: np.concatenate([_whitened(statistics, part, q.text, encoder) for q in asked])
        for part in Field
    }
    best: list[dict[Signal | None, Best]] = [
        {None: Best(limit)} | {signal: Best(depth) for signal in _COLUMNS} for _ in asked
    ]
    for some in batched(documents, _CHUNK):
        ids = np.array([document.id for document in some], np.object_)
        partitions = np.array([document.partition for document in some], np.object_)
        cosines = {part: _cosines(some, part, dense[part], statistics, encoder) for part in Field}
        lexical = words.cosines(some)
        for at, query in enumerate(asked):
            rows = np.flatnonzero(np.isin(partitions, list(query.partitions)))
            values = np.full((len(rows), len(Signal)), np.nan)
            for part, signal in _DENSE.items():
                values[:, signal] = cosines[part][rows, at]
            values[:, Signal.LEXICAL] = lexical[rows, at]
            _add(best[at], values, ids[rows].tolist(), query)
    return [_ordered(one, limit) for one in best]


_COLUMNS: Final = (*_DENSE.values(), Signal.LEXICAL)


def _add(
    best: dict[Signal | None, Best], values: SignalMatrix, ids: list[DocumentId], query: Asked
) -> None:
    scale = query.scale
    fused = scores(Signals(tuple(ids), values, scale.mean, scale.std, scale.trust))
    best_by = {None: fused} | {signal: values[:, signal] for signal in _COLUMNS}
    lexical = values[:, Signal.LEXICAL]
    best_by[Signal.LEXICAL] = np.where(lexical > 0.0, lexical, np.nan)
    for signal, by in best_by.items():
        best[signal].add(by, ids, fused)


def _ordered(best: dict[Signal | None, Best], limit: int) -> Exact:
    union: dict[DocumentId, float] = {}
    for signal in _COLUMNS:
        union |= best[signal].with_score()
    falling = sorted(union, key=lambda id_: (-union[id_], id_))
    return Exact(list(best[None].with_score()), falling[:limit])


def _whitened(statistics: Statistics, part: Field, text: str, encoder: Encoder) -> Vectors:
    centre = statistics.query_centre.at(len(text.split()))
    return statistics.whitening[part].query(encoder.encode_queries([text]), centre)


def _cosines(
    documents: Sequence[Document],
    part: Field,
    queries: Vectors,
    statistics: Statistics,
    encoder: Encoder,
) -> SignalMatrix:
    """Of each document with each query (documents, queries)."""
    vectors = encoder.encode_documents([document.text(part) for document in documents])
    return np.asarray(statistics.whitening[part].documents(vectors) @ queries.T, np.float64)


class _Words:
    """TF-IDF cosines as :mod:`embeddings.lexical` says, from the words of each line."""

    def __init__(self, statistics: Statistics, queries: Sequence[str]) -> None:
        self._terms = statistics.terms
        self._titles = statistics.recipe.title_counts
        self._columns: dict[str, int] = {}  # of terms
        self._lines: dict[str, tuple[list[int], list[int]]] = {}  # columns and counts
        self._queries = [self._terms.weighed(query) for query in queries]

    def cosines(self, documents: Sequence[Document]) -> SignalMatrix:
        """Of each document with each query (documents, queries)."""
        counts = self._counts([lexical_text(d, self._titles).split("\n") for d in documents])
        idf = np.array([self._idf(term) for term in self._columns])
        counts.data = (1.0 + np.log(counts.data)) * idf[counts.indices]
        lengths = np.sqrt(np.asarray((counts**2).sum(axis=1)))
        queries = np.zeros((len(self._columns), len(self._queries)))
        for at, query in enumerate(self._queries):
            for term, weight in zip(query.terms, query.weights, strict=True):
                if term in self._columns:
                    queries[self._columns[term], at] = weight
        return np.asarray(counts @ queries) / lengths[:, None]

    def _counts(self, texts: Sequence[Sequence[str]]) -> sp.csr_array:
        """How often each text has each term (texts, terms)."""
        columns, counts, ends = [], [], [0]
        for lines in texts:
            read = [self._line(line) for line in lines]
            columns.append(list(chain.from_iterable(column for column, _ in read)))
            counts.append(list(chain.from_iterable(count for _, count in read)))
            ends.append(ends[-1] + len(columns[-1]))
        found = sp.csr_array(
            (np.array([*chain(*counts)], np.float64), np.array([*chain(*columns)]), ends),
            shape=(len(texts), len(self._columns)),
        )
        found.sum_duplicates()
        return found

    def _line(self, line: str) -> tuple[list[int], list[int]]:
        if line not in self._lines:
            found = Counter(self._terms.analyser.terms(line))
            columns = [self._columns.setdefault(term, len(self._columns)) for term in found]
            self._lines[line] = columns, list(found.values())
        return self._lines[line]

    def _idf(self, term: str) -> float:
        known = self._terms.frequency.get(term, 0)
        return float(np.log((1 + self._terms.documents) / (1 + known)) + 1.0)
