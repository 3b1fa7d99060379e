"""Meaning in common: centred unit vectors in FAISS, as one immutable segment of one field.

e5 and its kin put all texts in a narrow cone, so that raw cosines say little. The corpus' mean
is taken out of every vector, and the mean of queries out of the query, before both are scaled
to unit length again ("all but the top", Mu and Viswanath 2018, without its second step):
nDCG@10 .32 to .41 on dekamer-dev, docs/decisions/002-signals-and-weights.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import faiss
import numpy as np
import numpy.typing as npt

from matcher.types import Scores, Vectors

_SMALLEST = 1e-6  # a vector this near to the mean has no direction left


def centred(vectors: Vectors, centre: Vectors) -> Vectors:
    """`vectors` (n, dim) less `centre` (dim,), each scaled to unit length; 0 if it is the mean."""
    moved = vectors - centre
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    scaled = np.where(length > _SMALLEST, moved / np.maximum(length, _SMALLEST), 0.0)
    return np.ascontiguousarray(scaled, dtype=np.float32)


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
    """First and second moments of a field's centred vectors: what any query's cosines average.

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

    rows: npt.NDArray[np.int64]
    index: faiss.Index

    @classmethod
    def from_vectors(cls, rows: Sequence[int], vectors: Vectors) -> DenseSegment:
        """`vectors` (len(rows), dim) are centred already."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors))
        return cls(np.asarray(rows, dtype=np.int64), index)

    def best(self, query: Vectors, wanted: npt.NDArray[np.bool_], limit: int) -> list[int]:
        """Rows of the `limit` documents nearest to `query` (dim,) among `wanted` (documents,)."""
        allowed = np.flatnonzero(wanted[self.rows])
        limit = min(limit, len(allowed))
        if limit == 0:
            return []
        selector = faiss.IDSelectorBatch(allowed)
        _, found = self.index.search(
            query[None],
            limit,
            params=faiss.SearchParameters(sel=selector),  # type: ignore[call-arg]
        )
        return [int(self.rows[at]) for at in found[0] if at >= 0]  # -1 pads a short answer

    def scores(self, query: Vectors, rows: npt.NDArray[np.int64]) -> Scores:
        """Cosine of `query` (dim,) with the documents `rows` (n,); NaN for one without field."""
        at = np.searchsorted(self.rows, rows)
        has = at < len(self.rows)
        has[has] = self.rows[at[has]] == rows[has]
        scores = np.full(len(rows), np.nan)
        if has.any():
            scores[has] = self.index.reconstruct_batch(at[has]) @ query
        return scores
