"""Making a new generation of the index, beside the one that serves: the nightly job.

plan ─ encode what changed ─ build or add ─ save ─ check ─ make current ─ purge ─ prune

It can be killed at any moment and run again: vectors are stored as they are made, a generation
is current or it is not, and the one that serves goes on serving until then.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from api.erasing import encoded_texts
from api.indexing import Indexer, encode_sentences, followed
from data.documents import SqlDocuments
from data.vectors import SqlVectors
from embeddings.builder import build, compact
from embeddings.caching import Progress
from embeddings.checking import RECALL, found_again, golden, recall
from embeddings.generation import IndexGeneration
from embeddings.lease import Lease
from embeddings.serialisation import deserialised, serialised
from embeddings.topic import everyday
from matcher.errors import (
    IndexBusy,
    IndexDamaged,
    IndexOfOtherModel,
    IndexRefused,
    IndexStateError,
    ModelError,
)
from matcher.text import content_hash
from matcher.types import Document, DocumentId

log = logging.getLogger("schakel.index")

# Texts in a base below which its means and spreads are those of these texts, not of texts in
# general; building so small an index again costs less than a second once encoded.
SMALLEST_BASE: Final = 50
MOVED: Final = 0.05  # part of the texts that may be written before all is learnt, or packed, anew
WORSE: Final = 0.05  # how much less well cases may be found again than before
_BETWEEN_TRIES: Final = 0.2  # seconds
_SAMPLE: Final = 16  # cases by which an addition is checked: most of it is as it was


class Why(StrEnum):
    """Why an index is learnt anew from all texts."""

    ASKED = "gevraagd"
    NONE = "er is nog geen goede index"
    MODEL = "een ander model"
    DATABASE = "een andere database, of een teruggezette kopie"
    SMALL = "nog maar weinig teksten"
    MOVED = "veel is nieuw of veranderd"
    ERASED = "er is iets gewist"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done: all anew for a reason, or what changed added to what there is."""

    why: Why | None
    before: IndexGeneration | None  # what serves, if it is sound
    position: int
    anchor: str
    written: Sequence[DocumentId]  # since `before`
    ids: Sequence[DocumentId]  # of all that belongs in the index

    @property
    def nothing(self) -> bool:
        return self.why is None and not self.written


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it. `name` is None where nothing was made; checks are NaN without cases."""

    plan: Plan
    name: str | None
    documents: int
    recall: float = math.nan
    found_again: float = math.nan
    found_before: float = math.nan
    seconds: float = 0.0


def plan(indexer: Indexer, full: bool) -> Plan:
    """What there is to do. Opens what serves, and changes nothing."""
    indexer.adopt()
    why = Why.ASKED if full else None
    before: IndexGeneration | None = None
    try:
        before = indexer.opened()
    except IndexStateError as error:
        why = why or (Why.MODEL if isinstance(error, IndexOfOtherModel) else Why.NONE)
    if before and not indexer.fits(before.position, before.anchor):
        before, why = None, why or Why.DATABASE
    with indexer.database.read() as session:
        source = SqlDocuments(session)
        position, ids = source.position(), source.ids()
        anchor = source.anchor(position)
        written = source.written_since(before.position) if before else []
        learnt = source.written_since(before.statistics.position) if before else []
        erased = source.erased(written)
    if before and why is None:
        if erased:  # its words and where it lay were learnt from, and are to be learnt without it
            why = Why.ERASED
        elif before.statistics.texts < SMALLEST_BASE and written:
            why = Why.SMALL
        elif len(learnt) > MOVED * before.statistics.texts:
            why = Why.MOVED
    return Plan(why, before, position, anchor, written, ids)


def reindex(
    indexer: Indexer, *, full: bool = False, wait: float = 0.0, progress: Progress | None = None
) -> Done:
    """Bring the index on disk up to date and make it current, if it passes the checks.

    Raises IndexBusy when another process is at it for more than `wait` seconds, IndexRefused
    when the new one is less good than it should be, IndexNotWritten when it cannot be written;
    what served goes on serving.
    """
    begin = time.perf_counter()
    with _leased(indexer, wait) as lease:
        todo = plan(indexer, full)
        if todo.nothing and todo.before:
            _purge(indexer, lease, todo.before.name)
            return Done(todo, None, len(todo.before), seconds=time.perf_counter() - begin)
        name = indexer.folder.next_name()
        if todo.before and todo.why is None:
            made, cases = _added(indexer, todo, todo.before, name, progress)
        else:
            made, cases = _anew(indexer, name, progress)
        facts, files = serialised(made)
        indexer.folder.save(lease, name, facts | {"model_name": indexer.model_name}, files)
        try:
            checked = _checked(indexer, todo, made, cases)
        except (IndexDamaged, IndexRefused):
            indexer.folder.quarantine(name)  # one at a time is kept, to be looked at
            raise
        indexer.folder.make_current(lease, name)
        _purge(indexer, lease, name)
        _prune(indexer)
    return replace(checked, name=name, seconds=time.perf_counter() - begin)


@contextmanager
def _leased(indexer: Indexer, wait: float) -> Iterator[Lease]:
    until = time.monotonic() + wait
    with ExitStack() as held:
        while True:
            try:
                lease = held.enter_context(indexer.folder.lease("schakel reindex"))
                break
            except IndexBusy:
                if time.monotonic() >= until:
                    raise
                time.sleep(_BETWEEN_TRIES)
        yield lease


def _anew(
    indexer: Indexer, name: str, progress: Progress | None
) -> tuple[IndexGeneration, list[Document]]:
    """A generation that is learnt from all texts, and cases to check it by."""
    with indexer.database.read() as session:
        source = SqlDocuments(session)
        position = source.position()
        anchor, documents = source.anchor(position), source.documents()
    made = build(
        documents,
        name=name,
        position=position,
        anchor=anchor,
        documents_encoder=indexer.caching(progress, keeps_queries=True),
        query_encoder=indexer.caching(),
        exact_limit=indexer.exact_limit,
    )
    encode_sentences(documents, indexer.caching(progress))
    _forget_vectors(indexer, documents, position)
    return made, golden(documents)


def _forget_vectors(indexer: Indexer, documents: Sequence[Document], position: int) -> None:
    """Those of texts that are in no document any more: what was revised, withdrawn or erased."""
    with indexer.database.read() as session:
        source = SqlDocuments(session)
        since = source.documents(source.written_since(position))
    texts = (text for document in (*documents, *since) for text in encoded_texts(document))
    used = {content_hash(text) for text in (*everyday(), *texts)}
    if forgotten := SqlVectors(indexer.database).forget_unused(used):
        log.info("the vectors of %d texts that are no more were removed", forgotten)


def _added(
    indexer: Indexer, todo: Plan, before: IndexGeneration, name: str, progress: Progress | None
) -> tuple[IndexGeneration, list[Document]]:
    """What serves, with what changed since; packed together when that has become much."""
    with indexer.database.read() as session:
        source = SqlDocuments(session)
        changes = source.documents(todo.written)
        cases = golden(source.documents(_some(todo.ids)))
    caching = indexer.caching(progress)
    encode_sentences(changes, caching)
    made = followed(
        replace(before, encoder=caching), changes, todo.written, todo.position, todo.anchor
    )
    if made.moved > MOVED:
        return compact(made, name, indexer.exact_limit), cases
    return replace(made, name=name), cases


def _some(ids: Collection[DocumentId]) -> list[DocumentId]:
    ordered = sorted(ids)
    return ordered[:: max(1, len(ordered) // (4 * _SAMPLE))]


def _checked(
    indexer: Indexer, todo: Plan, made: IndexGeneration, cases: Sequence[Document]
) -> Done:
    """What was saved, opened again and asked. Raises IndexRefused."""
    saved = indexer.opened(made.name)
    if saved.digest != made.digest:
        raise IndexRefused(made.name, "digest", made.digest, saved.digest)
    with indexer.database.read() as session:
        source = SqlDocuments(session)
        expected, written = set(source.ids()), set(source.written_since(made.position))
    differing = (saved.found ^ expected) - written
    if differing:
        raise IndexRefused(made.name, "documents", "none amiss", f"{len(differing)} amiss")
    found = recall(saved, cases)
    if found < RECALL:
        raise IndexRefused(made.name, "recall", f"{RECALL:.3f}", f"{found:.3f}")
    before = todo.before or _of_another_model(indexer)
    both = [case for case in cases if before is None or case.id in before.found]
    again = found_again(saved, both)
    earlier = found_again(before, both) if before else math.nan
    if again < earlier - WORSE:
        raise IndexRefused(made.name, "found again", f"{earlier - WORSE:.3f}", f"{again:.3f}")
    return Done(todo, made.name, len(saved), found, again, earlier)


def _of_another_model(indexer: Indexer) -> IndexGeneration | None:
    """What serves, asked with the model that made it; None where either is not to be had."""
    try:
        files = indexer.folder.open()
        encoder = indexer.models.opened(files.facts["model_name"])
        before = deserialised(files.name, files.facts, files.files, encoder)
    except (IndexStateError, ModelError) as error:
        log.info("what served is not compared with: %s", error)
        return None
    return before if indexer.fits(before.position, before.anchor) else None


def _purge(indexer: Indexer, lease: Lease, current: str) -> None:
    """Remove what was put away, and each generation that may hold what was erased since."""
    folder = indexer.folder
    for name in folder.names():
        if name != current and not _may_be_kept(indexer, name):
            folder.remove(lease, name)
    folder.forget_quarantined(lease)


def _may_be_kept(indexer: Indexer, name: str) -> bool:
    """Whether a generation is there to go back to: of this database, and nothing of it erased."""
    try:
        facts = indexer.folder.facts(name)
    except IndexDamaged as damage:
        log.error("%s", damage)
        return False
    if not indexer.fits(facts["position"], facts["anchor"]):
        return False
    with indexer.database.read() as session:
        source = SqlDocuments(session)
        return not source.erased(source.written_since(facts["position"]))


def _prune(indexer: Indexer) -> None:
    """Forget outbox rows that no generation that is kept will ask for."""
    folder = indexer.folder
    oldest = min(folder.facts(name)["position"] for name in folder.names())
    with indexer.database.write() as session:
        SqlDocuments(session).prune(oldest)
    indexer.database.forget_log()
