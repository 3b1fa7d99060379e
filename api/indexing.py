"""Keeps the index true to the database: builds it, serves it, follows the outbox."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable, Collection
from typing import Final

from threadpoolctl import threadpool_limits

from data.database import Database
from data.documents import SqlDocuments
from embeddings.builder import apply, build
from embeddings.caching import CachingEncoder
from embeddings.generation import IndexGeneration
from embeddings.sentences import sentences
from embeddings.storage import IndexFolder
from matcher.errors import IndexMissing, IndexStateError
from matcher.ports import Encoder, VectorStore
from matcher.types import Document

Progress = Callable[[int, int], None]

# Texts in a base below which its means and spreads are those of these texts, not of texts in
# general; building so small an index again costs less than a second once encoded.
SMALLEST_BASE: Final = 50

log = logging.getLogger("schakel.index")


class ServedIndex:
    """Implements :class:`matcher.ports.Index`: the generation of this moment, never locked.

    Replacing it is one assignment; a match keeps the generation that it began with.
    """

    def __init__(self) -> None:
        self._generation: IndexGeneration | None = None

    def current(self) -> IndexGeneration:
        """Raises IndexMissing while none was loaded."""
        if self._generation is None:
            raise IndexMissing("memory")
        return self._generation

    def name(self) -> str | None:
        return self._generation.name if self._generation else None

    def replace(self, generation: IndexGeneration) -> None:
        self._generation = generation


class Indexer:
    """The one writer of the index in this process."""

    def __init__(
        self,
        database: Database,
        vectors: VectorStore,
        encoder: Encoder,
        folder: IndexFolder,
        served: ServedIndex,
    ) -> None:
        self._database = database
        self._vectors = vectors
        self._encoder = encoder
        self._folder = folder
        self._served = served
        self._writing = threading.Lock()
        self._refused: str | None = None  # why a newer index is not taken over, told once

    def load(self) -> None:
        """Serve the generation on disk. Raises IndexMissing, IndexOfOtherModel, IndexDamaged."""
        with self._writing:
            self._served.replace(self._folder.load(self._caching(None)))

    def rebuild(self, progress: Progress | None = None) -> IndexGeneration:
        """Build a new generation from the database, save it and serve it."""
        with self._writing:
            return self._rebuild(progress)

    def catch_up(self) -> int:
        """Apply what was written since; how many documents that were.

        A newer generation that another process made is taken over first. Where the index stands
        ahead of the database (which then was put back from a copy), or where so few texts are
        in its base that they say nothing of texts in general, it is built anew.
        """
        with self._writing:
            generation = self._newest()
            with self._database.read() as session:
                source = SqlDocuments(session)
                position = source.position()
                if position == generation.position:
                    return 0
                written = source.written_since(generation.position)
                changes = source.documents(written)
            if position < generation.position or generation.base_texts < SMALLEST_BASE:
                self._rebuild(None)
                return len(written)
            removed = set(written) - {document.id for document in changes}
            encoder = self._caching(None)
            _know_sentences(changes, encoder)
            self._served.replace(apply(generation, changes, removed, position, encoder))
            return len(written)

    def base(self) -> str | None:
        """The name of the generation that is served, which changes with its base alone."""
        return self._served.name()

    def behind(self) -> int:
        """Outbox rows that the served generation does not know yet."""
        with self._database.read() as session:
            return SqlDocuments(session).position() - self._served.current().position

    def _newest(self) -> IndexGeneration:
        generation = self._served.current()
        try:
            if self._folder.current_name() in (None, generation.name):
                return generation
            generation = self._folder.load(self._caching(None))
        except IndexStateError as error:  # made by another model, say: this one still serves
            if self._refused != str(error):
                self._refused = str(error)
                log.warning("a newer index is not taken over: %s", error)
            return generation
        self._served.replace(generation)
        return generation

    def _rebuild(self, progress: Progress | None) -> IndexGeneration:
        with self._folder.writing():
            with self._database.read() as session:
                source = SqlDocuments(session)
                position, documents = source.position(), source.documents()
            _know_sentences(documents, self._caching(progress))
            generation = build(
                documents,
                name=self._folder.next_name(),
                position=position,
                documents_encoder=self._caching(progress, keeps_queries=True),
                query_encoder=self._caching(None),
            )
            self._folder.save(generation)
        self._served.replace(generation)
        return generation

    def _caching(self, progress: Progress | None, keeps_queries: bool = False) -> CachingEncoder:
        return CachingEncoder(self._encoder, self._vectors, progress, keeps_queries)


def _know_sentences(documents: Collection[Document], encoder: Encoder) -> None:
    """Have every sentence encoded that may be quoted, so that explaining a match is quick."""
    encoder.encode_documents([s for document in documents for s in sentences(document.passages)])


def settle() -> None:
    """From building to answering: have nothing in the way of one query after another.

    What is in memory now stays, so the collector need not look through it. And BLAS keeps to the
    thread that asks: its workers go on spinning for a while, on the cores that encode.
    """
    gc.collect()
    gc.freeze()
    threadpool_limits(1, user_api="blas")


class Follower:
    """A thread that catches up twice a second, or at once when poked."""

    INTERVAL_SECONDS: Final = 0.5

    def __init__(self, indexer: Indexer) -> None:
        self._indexer = indexer
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=10)

    def follow(self) -> None:
        """Bring the index up to date now, so that what was committed is found at once.

        A failure is logged and left to the thread: the write itself is safe in the database.
        """
        try:
            self._indexer.catch_up()
        except Exception as error:  # the loop must outlive any single failure
            log.error("following the outbox failed: %s", type(error).__name__)

    def _run(self) -> None:
        self.follow()
        settled = self._indexer.base()
        while not self._stopped.wait(self.INTERVAL_SECONDS):
            self.follow()
            if self._indexer.base() != settled:
                settled = self._indexer.base()
                settle()
