"""From start to ready, and the room that an index takes: one is saved, and a new process opens it.

What the process spends on imports is told apart, and a model it has none. Memory is Pss: what of
the files was read counts, although the system may take it back. That of a process with an index
of few cases is taken off.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from api.bench_index_parts import Made, Material, Sizes
from api.bench_index_targets import judged
from data.made.corpus import Sharing
from embeddings.serialisation import serialised
from embeddings.storage import IndexFolder
from matcher.types import Field

START_STEPS: Final = 4
ASKED: Final = 50  # queries before memory is read again
FEW: Final = 50  # cases, in the index that is taken off

_READ: Final = 0.9  # part of the files that comes from the disk where they are not in memory

Run = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Saved:
    """An index on disk, and the queries that are asked of it."""

    folder: Path
    queries: Path

    def run(self) -> Run:
        """What a new process tells of it."""
        child = [sys.executable, "-m", "api.bench_index_child"]
        words = [*child, str(self.folder), str(self.queries), repr(time.monotonic())]
        done = subprocess.run(words, check=True, stdout=subprocess.PIPE)  # noqa: S603
        told: dict[str, float] = json.loads(done.stdout)
        return told

    def files(self) -> list[Path]:
        folder = IndexFolder(self.folder)
        return sorted((self.folder / str(folder.current_name())).iterdir())

    def forget(self) -> None:
        """Have the system read its files from disk again, where it can be told to."""
        if not hasattr(os, "posix_fadvise"):
            return
        for path in self.files():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def start(material: Material, sizes: Sizes, step: Callable[[], None]) -> dict[str, Any]:
    """Figures at `sizes.beside` cases that everyone sees, so that a query looks at all of them."""
    cases = sizes.beside
    made = Made.of(material.corpus, material.kept, ASKED)
    with tempfile.TemporaryDirectory(prefix="schakel-bench-") as place:
        queries = Path(place) / "queries.npz"
        asked = list(made.queries[-ASKED:])
        np.savez(queries, texts=np.array(asked), vectors=made.encoder.encode_queries(asked))
        large = _saved(made, cases, Path(place) / "large", queries)
        few = _saved(made, FEW, Path(place) / "few", queries)
        step()
        cached = [large.run() for _ in range(sizes.rounds)]
        step()
        uncached = [_from_disk(large) for _ in range(sizes.rounds)]
        step()
        least = few.run()
        disk = _on_disk(large.files())
    step()
    more = len(Field) * (cases - FEW)
    memory = {
        name: (cached[-1][name] - least[name]) / more
        for name in ("memory_opened", "memory_asked", "memory_of_files")
    }
    seconds = {"cached": _median(cached), "uncached": _median(uncached)}
    return {
        "cases": cases,
        "seconds": seconds,
        "really_uncached": seconds["uncached"]["bytes_from_disk"] >= _READ * sum(disk.values()),
        "memory_bytes_a_case_and_field": memory,
        "disk_bytes_a_case_and_field": {
            kind: size / (len(Field) * cases) for kind, size in disk.items()
        },
        "targets": judged(
            {
                "ready_seconds_cached": seconds["cached"]["ready_seconds"],
                "ready_seconds_uncached": seconds["uncached"]["ready_seconds"],
                "memory_bytes": memory["memory_asked"],
            }
        ),
    }


def _saved(made: Made, cases: int, folder: Path, queries: Path) -> _Saved:
    """As `schakel reindex` saves it."""
    sharing = Sharing(10)
    built = made.built(list(made.corpus.cases(cases, sharing)), sharing)
    index = IndexFolder(folder)
    with index.lease("schakel bench index") as lease:
        name = index.next_name()
        index.save(lease, name, *serialised(replace(built.generation, name=name)))
        index.make_current(lease, name)
    return _Saved(folder, queries)


def _from_disk(saved: _Saved) -> Run:
    saved.forget()
    return saved.run()


def _median(runs: Sequence[Run]) -> dict[str, float]:
    """The run of which the time until ready is the median."""
    ordered = sorted(runs, key=lambda run: run["ready_seconds"])
    return dict(ordered[len(ordered) // 2])


def _on_disk(files: Sequence[Path]) -> dict[str, int]:
    """Bytes by kind of file."""
    found: dict[str, int] = {}
    for path in files:
        kind = _kind(path.name)
        found[kind] = found.get(kind, 0) + path.stat().st_size
    return found


def _kind(file: str) -> str:
    """What a file holds, by its name: see :mod:`embeddings.serialisation`."""
    if file.endswith(".faiss"):
        return "clusters" if "-clusters-" in file else "vectors"
    if file.startswith("segment-"):
        return "documents_and_words"
    return "statistics" if file.startswith("statistics-") else "other"
