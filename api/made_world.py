"""A made database with an index of it, in a folder of its own: a whole Schakel to measure."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from api.indexing import Indexer, Progress, ServedIndex
from api.questions import Desk
from data.database import Database
from data.made.fill import Made, fill
from data.made.questions import LAST_DAY, Shares
from data.vectors import SqlVectors
from embeddings.storage import IndexFolder
from matcher.entities import Person
from matcher.pipeline import Matcher
from matcher.ports import Encoder, VectorKey, VectorStore
from matcher.types import DocumentKind, Vectors

SEED: Final = 1
_AT_ONCE: Final = 4_000


class KeptBack:
    """A VectorStore that saves in bulk when told to: one transaction for thousands of vectors.

    What an interruption loses does not matter here, and a transaction for every sixteen took
    most of the time. After :meth:`release` it saves at once again.
    """

    def __init__(self, store: VectorStore) -> None:
        self._store = store
        self._kept: dict[VectorKey, Vectors] | None = {}

    def load(self, keys: Collection[VectorKey]) -> Mapping[VectorKey, Vectors]:
        kept = self._kept or {}
        found = dict(self._store.load([key for key in keys if key not in kept]))
        return found | {key: kept[key] for key in keys if key in kept}

    def save(self, vectors: Mapping[VectorKey, Vectors]) -> None:
        if self._kept is None:
            self._store.save(vectors)
        else:
            self._kept |= vectors

    def release(self) -> None:
        kept = list((self._kept or {}).items())
        for at in range(0, len(kept), _AT_ONCE):
            self._store.save(dict(kept[at : at + _AT_ONCE]))
        self._kept = None


@dataclass(frozen=True, slots=True)
class World:
    """Made rows, the index that is served, and the desk where it is asked."""

    database: Database
    made: Made
    served: ServedIndex
    desk: Desk
    build_seconds: float

    @classmethod
    def build(
        cls,
        folder: Path,
        cases: int,
        people: int,
        shares: Shares,
        encoder: Encoder,
        stored: VectorStore | None,
        progress: Progress | None,
    ) -> World:
        """Migrated, filled, indexed and saved, as `schakel migrate` and `reindex` would.

        Vectors come from `stored`; without it they are made first, and kept in this database.
        """
        folder.mkdir()
        database = Database.open(f"sqlite:///{folder / 'schakel.db'}")
        database.migrate()
        with database.write() as session:
            made = fill(session, cases, people, shares, np.random.default_rng(SEED))
        served = ServedIndex()
        vectors = KeptBack(stored or SqlVectors(database))
        indexer = Indexer(database, vectors, encoder, IndexFolder(folder / "index"), served)
        begin = time.perf_counter()
        indexer.rebuild(progress)
        seconds = time.perf_counter() - begin
        vectors.release()
        desk = Desk(database, Matcher(served), lambda: None, lambda: LAST_DAY)
        return cls(database, made, served, desk, seconds)

    def viewer(self, rng: np.random.Generator) -> Person:
        """Someone who asks."""
        return self.desk.person(self.made.helpers[int(rng.integers(len(self.made.helpers)))])

    def cases_seen(self, viewer: Person) -> int:
        base = self.served.current().base
        return int(base.within(DocumentKind.CASE, viewer.viewer.partitions, ()).sum())
