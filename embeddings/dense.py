"""Meaning in common: whitened unit vectors in FAISS, as one immutable segment of one field.

e5 and its kin put all texts in a narrow cone, so that raw cosines say little. The corpus' mean
is taken out of every vector, and the mean of queries out of the query; then the directions in
which all texts of the corpus differ a lot are drawn in a little (partial whitening): "all but
the top" (Mu and Viswanath 2018), without a hard cut. docs/decisions/005-ranking.md has figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import faiss
import numpy as np
import numpy.typing as npt
from sklearn.covariance import ledoit_wolf

from matcher.types import Scores, Vectors

Rows = npt.NDArray[np.int64]  # (n,) of a segment's documents

_AT_ONCE: Final = 10_000  # vectors that are whitened: of a million no copies are made
_SMALLEST: Final = 1e-6  # a vector this near to the mean has no direction left
_FEWEST: Final = 2  # vectors of which a mean or spread says something


def unit(vectors: Vectors) -> Vectors:
    """Each row of `vectors` (n, dim) scaled to unit length; 0 for one without a direction."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled = np.where(length > _SMALLEST, vectors / np.maximum(length, _SMALLEST), 0.0)
    return np.ascontiguousarray(scaled, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Whitening:
    """How the vectors of one field are seen: less their mean, their spread evened out in part."""

    centre: Vectors  # (dim,)
    matrix: Vectors  # (dim, dim)

    @classmethod
    def of(cls, vectors: Vectors, power: float) -> Whitening:
        """From the vectors (n, dim) of a corpus, covariance C: x → C^(-power/2) · (x - mean).

        C is shrunk to a multiple of the identity, the more the fewer texts there are (Ledoit
        and Wolf 2004): of twenty texts little more is learnt than their mean. Of fewer than two
        nothing is learnt, and nothing is taken away.
        """
        dimension = vectors.shape[1]
        if len(vectors) < _FEWEST:
            return cls(np.zeros(dimension, np.float32), np.eye(dimension, dtype=np.float32))
        centre = vectors.mean(axis=0, dtype=np.float64)
        spread, _ = ledoit_wolf(unit(vectors - centre).astype(np.float64))
        variances, directions = np.linalg.eigh(spread)
        if variances[-1] < _SMALLEST**2:  # all texts alike
            return cls(centre.astype(np.float32), np.eye(dimension, dtype=np.float32))
        relative = np.maximum(variances / variances[-1], _SMALLEST)
        matrix = (directions * relative ** (-power / 2)) @ directions.T
        return cls(centre.astype(np.float32), matrix.astype(np.float32))

    def documents(self, vectors: Vectors) -> Vectors:
        """`vectors` (n, dim) of documents as they are compared, unit length."""
        return self.query(vectors, self.centre)

    def query(self, vectors: Vectors, centre: Vectors) -> Vectors:
        """`vectors` (n, dim) of queries that lie around `centre` (dim,), unit length."""
        return unit(unit(vectors - centre) @ self.matrix)


@dataclass(frozen=True, slots=True)
class QueryCentre:
    """Where queries lie: the mean of short ones and of long ones, and how long those are.

    The direction that texts share changes with their length, so a query is centred on texts of
    its own length: between the two, in proportion to its number of words.
    """

    short: Vectors  # (dim,)
    long: Vectors  # (dim,)
    short_words: float
    long_words: float

    def at(self, words: int) -> Vectors:
        """The centre for a query of `words` words, float32 (dim,)."""
        between = max(1.0, self.long_words - self.short_words)
        part = np.float32(np.clip((words - self.short_words) / between, 0.0, 1.0))
        return np.asarray(self.short + part * (self.long - self.short), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Spread:
    """First and second moments of a field's whitened vectors: what any query's cosines average.

    For documents x and query q the mean of q·x is q·mean, its variance qᵀ·covariance·q: exact
    over the whole corpus at the cost of one small product, however large the corpus.
    """

    mean: npt.NDArray[np.float64]  # (dim,)
    covariance: npt.NDArray[np.float64]  # (dim, dim)

    @classmethod
    def of(cls, vectors: Vectors) -> Spread:
        if not len(vectors):
            dimension = vectors.shape[1]
            return cls(np.zeros(dimension), np.zeros((dimension, dimension)))
        mean = vectors.mean(axis=0, dtype=np.float64)
        moved = vectors - mean
        return cls(mean, moved.T @ moved / len(vectors))

    def of_query(self, query: Vectors) -> tuple[float, float]:
        """Mean and standard deviation of the cosine of `query` (dim,) with the corpus."""
        variance = float(query @ self.covariance @ query)
        return float(query @ self.mean), float(np.sqrt(max(variance, 0.0)))


@dataclass(frozen=True, slots=True)
class DenseSegment:
    """One field's vectors. `rows` (m,) are the segment's documents that have the field, rising."""

    rows: Rows
    index: faiss.Index
    read_from: object = None  # the memory that `index` looks at, where it owns none

    @classmethod
    def of(cls, rows: Rows, given: Vectors, order: Rows, whitening: Whitening) -> DenseSegment:
        """Of `rows` (m,) the vectors `given[order]` as the model gave them; whitened in parts."""
        index = faiss.IndexFlatIP(given.shape[1])
        for start in range(0, len(order), _AT_ONCE):
            index.add(whitening.documents(given[order[start : start + _AT_ONCE]]))
        return cls(rows, index)

    @classmethod
    def from_vectors(cls, rows: Sequence[int] | Rows, vectors: Vectors) -> DenseSegment:
        """`vectors` (len(rows), dim) are whitened already."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors))
        return cls(np.asarray(rows, dtype=np.int64), index)

    @property
    def vectors(self) -> Vectors:
        """The vectors (m, dim) where FAISS keeps them, not copied; not to be written to."""
        size = self.index.ntotal * self.index.d
        if not size:
            return np.empty((0, self.index.d), np.float32)
        flat = faiss.rev_swig_ptr(self.index.get_xb(), size)  # type: ignore[attr-defined]
        found: Vectors = flat.reshape(self.index.ntotal, self.index.d)
        return found

    def between(self, start: int, stop: int) -> slice:
        """Which vectors are of documents from `start` to `stop`."""
        return slice(*np.searchsorted(self.rows, [start, stop]).tolist())

    def scores(self, query: Vectors, start: int, stop: int) -> Scores:
        """Cosine of `query` (dim,) with documents from `start` to `stop`; NaN without the field."""
        own = self.between(start, stop)
        found: Scores = (self.vectors[own] @ query).astype(np.float64)
        if len(found) == stop - start:
            return found
        scores = np.full(stop - start, np.nan)
        scores[self.rows[own] - start] = found
        return scores

    def places(self, rows: Rows) -> tuple[Rows, npt.NDArray[np.bool_]]:
        """Where the vectors of documents `rows` (n,) are, and which of them have one (n,)."""
        if not len(self.rows):
            return np.zeros(0, np.int64), np.zeros(len(rows), np.bool_)
        at = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        has = self.rows[at] == rows
        return at[has], has

    def scores_of(self, query: Vectors, rows: Rows) -> Scores:
        """Cosine of `query` (dim,) with documents `rows` (n,); NaN without the field.

        Of each by itself, so that it is the same to the last bit whatever it is asked with.
        """
        scores = np.full(len(rows), np.nan)
        at, has = self.places(rows)
        scores[has] = np.einsum("nd,d->n", self.vectors[at], query)
        return scores
