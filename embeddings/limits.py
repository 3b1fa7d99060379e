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
    base = generation.layers[0].segment
    vectors = sum(dense.vectors.nbytes for dense in base.dense.values())
    read = []
    for query in queries:
        words = generation.statistics.terms.weighed(query)
        for postings in base.postings.values():
            places, _ = postings.known(words)
            read.append(int((postings.starts[places + 1] - postings.starts[places]).sum()))
    entry = np.dtype(np.float32).itemsize + np.dtype(np.int32).itemsize
    return float(vectors + entry * sum(read) / len(queries))
