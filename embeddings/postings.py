"""Which of some documents hold which terms, and how much that weighs: an inverted index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from embeddings.lexical import TermNumbers, Weighed
from matcher.types import Scores

Rows = npt.NDArray[np.int64]

_ONE_IN: Final = 64  # scores tells how high the highest are, about
_SPARE: Final = 8  # of those are taken besides: few tell little


@dataclass(frozen=True, slots=True)
class Postings:
    """Of `size` documents; `documents[starts[i]:starts[i + 1]]` hold the term `terms[i]`.

    Terms are numbers as :class:`TermStatistics` gives them, rising, and so are the documents of
    each term. `weights` run parallel to `documents`.
    """

    terms: TermNumbers  # (t,)
    starts: Rows  # (t + 1,), from 0
    documents: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]
    size: int

    @classmethod
    def of(cls, numbers: TermNumbers, matrix: sp.csr_array) -> Postings:
        """From weights (documents, t) of terms with these `numbers` (t,)."""
        order = np.argsort(numbers, kind="stable")
        place = np.empty(len(order), np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        placed = matrix.data, place[matrix.indices], matrix.indptr
        by_term = sp.csc_array(sp.csr_array(placed, shape=matrix.shape))
        counts = np.diff(by_term.indptr)
        return cls(
            numbers[order][counts > 0],
            np.concatenate([[0], np.cumsum(counts[counts > 0])]).astype(np.int64),
            by_term.indices.astype(np.int32, copy=False),
            by_term.data.astype(np.float32, copy=False),
            matrix.shape[0],
        )

    def wide(self, known: int) -> sp.csr_array:
        """Weights (size, known) of the terms with a number from 0 on, each in its own column."""
        first = int(np.searchsorted(self.terms, 0))
        counts = np.zeros(known + 1, np.int64)
        counts[self.terms[first:] + 1] = np.diff(self.starts[first:])
        taken = slice(int(self.starts[first]), None)
        columns = self.weights[taken], self.documents[taken], np.cumsum(counts)
        return sp.csr_array(sp.csc_array(columns, shape=(self.size, known)))

    def known(self, query: Weighed) -> tuple[Rows, Scores]:
        """Places of the terms of `query` that some document holds, and their weights (n,)."""
        if not len(self.terms) or not len(query):
            return np.zeros(0, np.int64), np.zeros(0)
        at = np.minimum(np.searchsorted(self.terms, query.numbers), len(self.terms) - 1)
        here = self.terms[at] == query.numbers
        return at[here], query.weights[here]

    def scores(self, query: Weighed) -> Scores:
        """Cosine of every document with `query`, float64 (size,)."""
        return self._added(*self.known(query))

    def scores_of(self, query: Weighed, rows: Rows) -> Scores:
        """Cosine of the documents `rows` (n,), rising: to the last bit what `scores` gives."""
        scores = np.zeros(len(rows), np.float32)
        places, weights = self.known(query)
        for at, weight in zip(places.tolist(), weights.astype(np.float32), strict=True):
            scores += weight * self._of_term(at, rows)
        return scores.astype(np.float64)

    def shared(self, query: Weighed, rows: Rows, limit: int) -> list[list[str]]:
        """For each of `rows` (n,) the terms that make most of its score, heaviest first."""
        known = np.flatnonzero(np.isin(query.numbers, self.terms))
        if not len(known) or not len(rows):
            return [[] for _ in rows]
        known = known[np.argsort([query.terms[at] for at in known], kind="stable")]
        places = np.searchsorted(self.terms, query.numbers[known]).tolist()
        made = np.array(
            [query.weights[k] * self._of_term(p, rows) for k, p in zip(known, places, strict=True)]
        )
        heaviest = np.argsort(-made, axis=0, kind="stable")[:limit]
        return [
            [query.terms[known[row]] for row in heaviest[:, at] if made[row, at] > 0.0]
            for at in range(len(rows))
        ]

    def _added(self, places: Sequence[int] | Rows, weights: Scores) -> Scores:
        """What the terms at `places` add to every document."""
        if not len(places):
            return np.zeros(self.size)
        bounds = list(self._bounds(places))
        found = sp.csc_array(
            (
                np.concatenate([self.weights[b:e] for b, e in bounds]),
                np.concatenate([self.documents[b:e] for b, e in bounds]),
                np.cumsum([0, *(e - b for b, e in bounds)]),
            ),
            shape=(self.size, len(bounds)),
        )
        return np.asarray(found @ weights.astype(np.float32), dtype=np.float64)

    def _bounds(self, places: Sequence[int] | Rows) -> Iterator[tuple[int, int]]:
        return zip(
            self.starts[places].tolist(), self.starts[np.asarray(places) + 1].tolist(), strict=True
        )

    def _of_term(self, place: int, rows: Rows) -> npt.NDArray[np.float32]:
        """Weights of the term at `place` in `rows` (n,); 0 where it is not."""
        begin, end = self.starts[place : place + 2].tolist()
        held = self.documents[begin:end]
        at = np.minimum(np.searchsorted(held, rows), len(held) - 1)
        return np.where(held[at] == rows, self.weights[begin:end][at], np.float32(0.0))


def highest(scores: Scores, limit: int) -> Rows:
    """Where the `limit` highest of `scores` (n,) above 0 are, rising; of equals the first.

    Of many, some tell how high that must be about, so that no more is sorted than it takes.
    """
    rows = np.flatnonzero(scores > _about(scores, limit))
    if len(rows) < limit:
        rows = np.flatnonzero(scores > 0.0)
    if len(rows) <= limit:
        return rows
    found = scores[rows]
    least = np.partition(found, -limit)[-limit]
    better, equal = rows[found > least], rows[found == least]
    return np.sort(np.concatenate([better, equal[: limit - len(better)]]))


def _about(scores: Scores, limit: int) -> float:
    """What some more than `limit` of `scores` are above, or 0, as one in _ONE_IN of them tells."""
    some = scores[::_ONE_IN]
    rank = 2 * limit // _ONE_IN + _SPARE
    return max(0.0, float(np.partition(some, -rank)[-rank])) if rank < len(some) else 0.0
