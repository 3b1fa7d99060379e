"""A made database with an index of it, in a folder of its own: a whole Schakel to measure."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from api.indexing import Indexer, Models
from api.questions import Desk
from api.reindexing import reindex
from api.served import ServedIndex
from data.database import Database
from data.made.fill import Made, fill
from data.made.questions import LAST_DAY, Shares
from data.vectors import SqlVectors
from embeddings.caching import Progress
from embeddings.sight import Sight
from embeddings.storage import IndexFolder
from matcher.entities import Person
from matcher.pipeline import Matcher
from matcher.ports import Encoder, VectorStore
from matcher.types import DocumentKind

SEED: Final = 1


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
        vectors = stored or SqlVectors(database)
        models = Models(None, lambda _: encoder)
        indexer = Indexer(database, vectors, models, IndexFolder(folder / "index"), served)
        begin = time.perf_counter()
        reindex(indexer, progress=progress)
        indexer.load()
        seconds = time.perf_counter() - begin
        desk = Desk(database, Matcher(served), lambda: None, lambda: LAST_DAY)
        return cls(database, made, served, desk, seconds)

    def viewer(self, rng: np.random.Generator) -> Person:
        """Someone who asks."""
        return self.desk.person(self.made.helpers[int(rng.integers(len(self.made.helpers)))])

    def cases_seen(self, viewer: Person) -> int:
        sight = Sight.of(self.served.current().layers, viewer.viewer.partitions)
        first, last = sight.of_kind(DocumentKind.CASE)
        return last - first
