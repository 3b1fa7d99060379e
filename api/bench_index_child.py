"""A new process that opens a saved index and answers from it; :mod:`api.bench_index_start` asks.

`python -m api.bench_index_child INDEX QUERIES MOMENT` prints figures as JSON. QUERIES: texts and
their vectors, so that no model is loaded. MOMENT: when it was started, by the monotonic clock.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from api.bench_index_search import Search
from embeddings.serialisation import deserialised
from embeddings.storage import IndexFolder
from matcher.types import NATIONAL_PARTITION, Vectors

_IMPORTED: Final = time.monotonic()
_PROC: Final = Path("/proc/self")


@dataclass(frozen=True, slots=True)
class _Known:
    """Implements :class:`matcher.ports.Encoder` for queries that were encoded before."""

    fingerprint: str
    dimension: int
    vectors: Mapping[str, Vectors]
    loaded: bool = True

    def load(self) -> object:
        return None

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self.vectors[text] for text in texts])

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        raise NotImplementedError


def main(index: str, asked: str, moment: str) -> dict[str, Any]:
    """Seconds and bytes of opening the index, of the first answer and of all of them."""
    with np.load(asked) as kept:
        texts, vectors = kept["texts"].tolist(), kept["vectors"]
    known = dict(zip(texts, vectors, strict=True))
    folder, read = IndexFolder(Path(index)), _told("io", "read_bytes")
    begin = time.perf_counter()
    files = folder.open()
    checked = time.perf_counter()
    encoder = _Known(files.facts["model"], vectors.shape[1], known)
    generation = deserialised(files.name, files.facts, files.files, encoder)
    opened = time.perf_counter()
    memory = _told("smaps_rollup", "Pss")
    search = Search(generation, texts, [frozenset({NATIONAL_PARTITION})] * len(texts))
    asking = time.perf_counter()
    first = search(0)
    answered = time.perf_counter()
    read = _told("io", "read_bytes") - read
    answers = [first, *map(search, range(1, len(texts)))]
    return {
        "import_seconds": _IMPORTED - float(moment),
        "check_seconds": checked - begin,
        "open_seconds": opened - checked,
        "answer_seconds": answered - asking,
        "ready_seconds": opened - begin + answered - asking,
        "bytes_from_disk": read,
        "memory_opened": memory,
        "memory_asked": _told("smaps_rollup", "Pss"),
        "memory_of_files": _told("smaps_rollup", "Pss_File"),
        "answered": sum(map(bool, answers)),
    }


def _told(file: str, name: str) -> float:
    """What the system tells of this process, in bytes; NaN where it tells nothing."""
    try:
        told = (_PROC / file).read_text()
    except OSError:
        return float("nan")
    found = re.search(rf"^{name}:\s*(\d+)( kB)?$", told, re.MULTILINE)
    return int(found[1]) * (1024 if found[2] else 1) if found else float("nan")


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout)
