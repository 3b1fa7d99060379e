"""The least that one search can cost on this machine: reading what it must look at."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np

from embeddings.generation import IndexGeneration
from embeddings.machine import cores

_FLOATS: Final = 1 << 26  # 256 MB: more than any cache holds
_ROUNDS: Final = 7


def read_rate() -> float:
    """Bytes a second that all cores together read from memory, at best: a sum of floats."""
    shares = np.array_split(np.ones(_FLOATS, np.float32), cores())
    seconds = []
    with ThreadPoolExecutor(len(shares)) as pool:
        for _ in range(_ROUNDS):
            begin = time.perf_counter()
            list(pool.map(np.sum, shares))
            seconds.append(time.perf_counter() - begin)
    return _FLOATS * np.dtype(np.float32).itemsize / min(seconds)


def bytes_read(generation: IndexGeneration, queries: Sequence[str]) -> float:
    """Bytes of the base that an exact search reads once for one of `queries`, on average.

    All vectors of every field, and the postings of the words of the query.
    """
    base = generation.base
    vectors = sum(dense.vectors.nbytes for dense in base.dense.values())
    matrix = base.lexical.matrix
    entry = matrix.data.itemsize + matrix.indices.itemsize
    postings = dict(zip(base.lexical.vocabulary, np.diff(matrix.indptr).tolist(), strict=True))
    read = [
        sum(postings.get(term, 0) for term in generation.statistics.terms.weights(query))
        for query in queries
    ]
    return float(vectors + entry * np.mean(read))
