"""Keeps what is served true to the database: loads it, follows the outbox, stands in for it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from api.served import ServedIndex
from data.database import Database
from data.documents import SqlDocuments
from embeddings.builder import EXACT_LIMIT, apply, build
from embeddings.caching import CachingEncoder, Progress
from embeddings.generation import IndexGeneration
from embeddings.sentences import sentences
from embeddings.serialisation import deserialised
from embeddings.storage import IndexFolder
from matcher.errors import IndexDamaged, IndexMissing, IndexStateError, ModelError
from matcher.ports import Encoder, VectorStore
from matcher.types import Document, DocumentId

log = logging.getLogger("schakel.index")

UNREADABLE: Final = "?"  # instead of the name of what is current, where that is damaged
STAND_IN: Final = "stand-in"  # what is served while there is no sound generation on disk


@dataclass(frozen=True, slots=True)
class Models:
    """Which model encodes: the one that was asked for, or else the one that made the index."""

    wanted: str | None  # SCHAKEL_MODEL
    opened: Callable[[str | None], Encoder]  # by such a name; None is the bundled one


@dataclass(frozen=True, slots=True)
class Waiting:
    """What was written that the served generation does not know yet."""

    rows: int
    seconds: float  # since the oldest of them was written


class Indexer:
    """Serves the index in this process; other processes may write it at any moment."""

    def __init__(
        self,
        database: Database,
        vectors: VectorStore,
        models: Models,
        folder: IndexFolder,
        served: ServedIndex,
        exact_limit: int = EXACT_LIMIT,
    ) -> None:
        self.database = database
        self.folder = folder
        self.served = served
        self.exact_limit = exact_limit
        self.models = models
        self.encoder, self.model_name = models.opened(models.wanted), models.wanted
        self._vectors = vectors
        self._writing = threading.Lock()
        self._opening = threading.Lock()
        self._passed_over: str | None = None  # a newer index that cannot serve, told once
        self._unquoted: dict[DocumentId, Document] = {}  # of which no sentence was encoded yet
        self._wrote = 0.0  # when something was last written, by the monotonic clock

    def load(self) -> None:
        """Serve the generation on disk, with what was written since.

        A damaged one is put aside, and the one before it taken. Raises IndexMissing when there
        is none that is sound, IndexOfOtherModel when SCHAKEL_MODEL names another model.
        """
        with self._writing:
            generation = self._sound()
            self.served.replace(self._caught_up(generation) or generation)

    def load_or_stand_in(self) -> None:
        """The same; where there is no sound generation, a stand-in is served."""
        try:
            self.load()
        except IndexMissing:
            with self._writing:
                self.served.replace(self._stand_in())

    def catch_up(self) -> int:
        """Apply what was written since; how many outbox rows that were.

        A newer generation, of whichever process, is taken over first, whole: what was found
        before is found after. Where the database was put back from a copy, a stand-in is served.
        Raises IndexMissing while none was loaded.
        """
        newer = self._newer()
        with self._writing:
            known = self.served.current()
            newest = newer or known
            if self.fits(newest.position, newest.anchor):
                self.served.replace(self._caught_up(newest) or newest)
            else:
                self.served.replace(self._stand_in())
            return self.served.current().position - known.position

    def know_sentences(self, quiet: float = 0.0) -> None:
        """Have every sentence encoded that may be quoted, so that explaining a match is quick.

        Only while nothing was written for `quiet` seconds: it takes as long as the document
        itself does, and to be found comes first. A match encodes what it misses.
        """
        while time.monotonic() - self._wrote >= quiet:
            with self._writing:
                if not self._unquoted:
                    return
                _, document = self._unquoted.popitem()
            encode_sentences([document], self.caching())

    def degraded(self) -> bool:
        """Whether a stand-in answers, or who starts now would find no index that is current."""
        try:
            return self.served.name() == STAND_IN or self.folder.current_name() is None
        except IndexDamaged:
            return True

    def base(self) -> str | None:
        """The name of the generation that is served, which changes with its base alone."""
        return self.served.name()

    def waiting(self) -> Waiting:
        position = self.served.current().position
        with self.database.read() as session:
            rows, since = SqlDocuments(session).waiting(position)
        seconds = (datetime.now(UTC) - since).total_seconds() if since else 0.0
        return Waiting(rows, max(0.0, seconds))

    def fits(self, position: int, anchor: str) -> bool:
        """Whether what is true to `position` is of this database: that row is there, and is it."""
        with self.database.read() as session:
            return SqlDocuments(session).anchor(position) == anchor

    def caching(
        self, progress: Progress | None = None, keeps_queries: bool = False
    ) -> CachingEncoder:
        return CachingEncoder(self.encoder, self._vectors, progress, keeps_queries)

    def opened(self, name: str | None = None) -> IndexGeneration:
        """The generation `name` from disk, or the current one, with the model that made it.

        Raises IndexMissing, IndexDamaged, IndexOfOtherModel.
        """
        files = self.folder.open(name)
        encoder = self._encoder_of(files.facts)
        return deserialised(
            files.name, files.facts, files.files, CachingEncoder(encoder, self._vectors)
        )

    def adopt(self) -> None:
        """Encode with the model that made the index, unless SCHAKEL_MODEL names one."""
        if name := self._current_name():
            with suppress(IndexStateError):
                self._encoder_of(self.folder.facts(name))

    def _encoder_of(self, facts: Mapping[str, Any]) -> Encoder:
        """The one that made what `facts` tell of, if SCHAKEL_MODEL leaves that open."""
        name, model = facts.get("model_name"), facts.get("model")
        if self.models.wanted is None and model != self.encoder.fingerprint:
            try:
                other = self.models.opened(name)
            except ModelError as error:  # moved away, say: then it is an index of another model
                log.warning("the model that made the index is not here: %s", error)
                return self.encoder
            if other.fingerprint == model:
                self.encoder, self.model_name = other, name
        return self.encoder

    def _stand_in(self) -> IndexGeneration:
        """All that is stored, searched exactly; in memory alone, until it was indexed again."""
        log.error("no sound index: searching the stored vectors until there is one")
        with self.database.read() as session:
            source = SqlDocuments(session)
            position = source.position()
            anchor, documents = source.anchor(position), source.documents()
        return build(
            documents,
            name=STAND_IN,
            position=position,
            anchor=anchor,
            documents_encoder=self.caching(keeps_queries=True),
            query_encoder=self.caching(),
            exact_limit=len(documents),
        )

    def _sound(self) -> IndexGeneration:
        """The newest generation on disk that is sound and of this database."""
        while True:
            name = self._current_name()
            if name is None:
                raise IndexMissing(str(self.folder.folder))
            try:
                generation = self.opened(name)
            except (IndexDamaged, IndexMissing) as damage:
                log.error("%s", damage)
                with suppress(IndexMissing):  # there may be nothing of it to put away
                    self.folder.quarantine(name)
                continue
            if not self.fits(generation.position, generation.anchor):
                log.error("%s is of another database, or of a copy that was put back", name)
                self.folder.quarantine(name)
                continue
            return generation

    def _current_name(self) -> str | None:
        try:
            return self.folder.current_name()
        except IndexDamaged as damage:
            log.error("%s", damage)
            names = self.folder.names()
            return names[-1] if names else None

    def _newer(self) -> IndexGeneration | None:
        """What became current on disk since, with what was written up to now.

        Opened by one thread, while others go on writing: reading it all takes a while.
        """
        if not self._opening.acquire(blocking=False):
            return None
        name = None
        try:
            name = self.folder.current_name()
            if name in (None, self.served.current().name, self._passed_over):
                return None
            newer = self.opened(name)
            if self.fits(newer.position, newer.anchor):
                newer.encoder.load()  # so that the first who asks need not wait for that
                return self._caught_up(newer) or newer
            self._passed_over = name
        except (IndexStateError, ModelError) as error:  # another model's, say: this still serves
            if self._passed_over != (name or UNREADABLE):
                log.warning("a newer index is not taken over: %s", error)
            self._passed_over = name or UNREADABLE
        finally:
            self._opening.release()
        return None

    def _caught_up(self, generation: IndexGeneration) -> IndexGeneration | None:
        """`generation` with what was written since; None where nothing was."""
        with self.database.read() as session:
            source = SqlDocuments(session)
            position = source.position()
            if position == generation.position:
                return None
            written = source.written_since(generation.position)
            anchor, changes = source.anchor(position), source.documents(written)
        self._wrote = time.monotonic()
        for id_ in written:
            self._unquoted.pop(id_, None)  # of a text that was, or one erased, nothing is kept
        self._unquoted |= {document.id: document for document in changes}
        return followed(generation, changes, written, position, anchor)


def followed(
    generation: IndexGeneration,
    changes: Sequence[Document],
    written: Collection[DocumentId],
    position: int,
    anchor: str,
) -> IndexGeneration:
    """`generation` after `changes`; what was `written` and is not among them is gone."""
    removed = set(written) - {document.id for document in changes}
    return apply(generation, changes, removed, position, generation.encoder, anchor)


def encode_sentences(documents: Collection[Document], encoder: Encoder) -> None:
    encoder.encode_documents([s for document in documents for s in sentences(document.passages)])
