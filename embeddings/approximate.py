"""Searching more vectors than there is time to read: those of the clusters nearest to the query.

FAISS keeps each vector of such a shelf once more, in a byte a dimension, by cluster (an inverted
file: Jegou, Douze and Schmid 2011); what it finds is scored again by the vectors themselves. Beside
a graph (HNSW) it takes twice the time and a fifth of the memory, and is the same whenever it is
made. docs/decisions/006-index.md has the figures.

Of the best by all signals together more is found than by one field alone: what one misses is
among many more that the others find. The gate of :mod:`api.reindexing` asks .98 of those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import faiss
import numpy as np

from embeddings.dense import Rows
from matcher.types import Vectors

RECALL: Final = 0.95  # of the ten nearest by one field, that must be found: see above
_DEPTH: Final = 10
_MOST_CLUSTERS: Final = 4_096
_A_CLUSTER: Final = 40  # vectors from which its centre is learnt
_ROUNDS: Final = 10


@dataclass(frozen=True, slots=True)
class Clusters:
    """Implements the search of one field of one shelf; `index` knows vectors by their place."""

    index: Any  # faiss.IndexIVFScalarQuantizer
    vectors: Vectors  # (n, dim), not copied
    read_from: object = None  # the memory that `index` looks at, where it owns none

    @classmethod
    def of(cls, vectors: Vectors, queries: Vectors) -> Clusters:
        """Learnt from `vectors` (n, dim), n at least 1.

        It looks at as many clusters as it takes to find what `queries` (m, dim) are nearest to.
        """
        count, dimension = vectors.shape
        clusters = max(1, min(_MOST_CLUSTERS, count // _A_CLUSTER))
        index = faiss.IndexIVFScalarQuantizer(
            faiss.IndexFlatIP(dimension),
            dimension,
            clusters,
            faiss.ScalarQuantizer.QT_8bit,
            faiss.METRIC_INNER_PRODUCT,
        )
        index.cp.niter, index.cp.seed = _ROUNDS, 1
        step = max(1, count // (_A_CLUSTER * clusters))
        index.train(np.ascontiguousarray(vectors[::step]))
        index.add(vectors)
        made = cls(index, vectors)
        index.nprobe = made._enough(queries)
        return made

    def nearest(self, query: Vectors, limit: int) -> Rows:
        """Places of about `limit` vectors nearest to `query` (dim,), unordered."""
        _, found = self.index.search(query[None], min(limit, len(self.vectors)))
        return np.asarray(found[0][found[0] >= 0], np.int64)

    def _enough(self, queries: Vectors) -> int:
        """How many clusters must be looked at to find enough of the nearest."""
        exact_found = faiss.knn(queries, self.vectors, _DEPTH, faiss.METRIC_INNER_PRODUCT)[1]
        probed = max(1, self.index.nlist // 256)
        while probed < self.index.nlist:
            self.index.nprobe = probed
            _, found = self.index.search(queries, 5 * _DEPTH)
            hits = sum(len(np.intersect1d(a, b)) for a, b in zip(found, exact_found, strict=True))
            if hits >= RECALL * exact_found.size:
                return int(probed)
            probed += max(1, probed // 4)
        return int(self.index.nlist)
