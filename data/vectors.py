"""Vectors by what was encoded: the store behind :class:`matcher.ports.VectorStore`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from sqlalchemy import Integer, String, bindparam, delete, func, insert, select
from sqlalchemy.orm import Session

from data.database import Database, in_parts
from data.tables import EmbeddingRow
from matcher.ports import VectorKey
from matcher.text import content_hash
from matcher.types import Vectors

# Looking a vector up takes as long as reading three that lie one after another, measured on
# 200,000 of 384 numbers in SQLite.
_LOOK_UP: Final = 3
_AT_ONCE: Final = 1_000  # rows held besides what is found
_FORGOTTEN_AT_ONCE: Final = 500  # texts, between which others can write
_TOLD_BY: Final = 16  # hexadecimals of a hash that tell it from millions of others

_columns: Final = EmbeddingRow.__table__.c
_OF_MODELS: Final = select(
    _columns.content_hash, _columns.model, _columns.role, _columns.vector
).where(_columns.model.in_(bindparam("models", expanding=True)))
_STORED: Final = _OF_MODELS.where(_columns.content_hash.in_(bindparam("hashes", expanding=True)))
_COUNT: Final = select(func.count()).select_from(
    select(_columns.model)
    .where(_columns.model.in_(bindparam("models", expanding=True)))
    .limit(bindparam("most", type_=Integer))
    .subquery()
)
_OLD: Final = delete(EmbeddingRow).where(
    EmbeddingRow.content_hash == bindparam("old_content_hash"),
    EmbeddingRow.model == bindparam("old_model"),
    EmbeddingRow.role == bindparam("old_role"),
)
_NEXT_HASHES: Final = (
    select(_columns.content_hash)
    .distinct()
    .where(_columns.content_hash > bindparam("last", type_=String))
    .order_by(_columns.content_hash)
    .limit(_FORGOTTEN_AT_ONCE)
)
_OF_HASHES: Final = delete(EmbeddingRow).where(
    EmbeddingRow.content_hash.in_(bindparam("hashes", expanding=True))
)


class SqlVectors:
    """Each save is a transaction of its own: what was encoded stays, whatever follows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, keys: Collection[VectorKey]) -> Mapping[VectorKey, Vectors]:
        wanted: dict[tuple[str, str, str], VectorKey] = {key: key for key in keys}
        found: dict[VectorKey, Vectors] = {}
        with self._database.read() as session:
            for content, model, role, vector in _stored(session, wanted.values()):
                key = wanted.get((content, model, role))
                if key is not None:
                    found[key] = np.frombuffer(vector, dtype="<f4")
        return found

    def save(self, vectors: Mapping[VectorKey, Vectors]) -> None:
        """In two statements however many there are; a vector that was there is replaced."""
        if not vectors:
            return
        rows = [
            {
                "content_hash": key.content_hash,
                "model": key.model,
                "role": key.role,
                "vector": np.ascontiguousarray(vector, dtype="<f4").tobytes(),
            }
            for key, vector in vectors.items()
        ]
        own = [
            {f"old_{column}": row[column] for column in ("content_hash", "model", "role")}
            for row in rows
        ]
        with self._database.write() as session:
            session.connection().execute(_OLD, own)
            session.execute(insert(EmbeddingRow), rows)

    def forget_unused(self, used: Iterable[str]) -> int:
        """Delete the vectors of every content hash that is not `used`; how many hashes that were.

        Those of what is used stay, of other models as well: who goes back to one encodes nothing.
        A few at a time, so that nobody waits long to write. A text that is first encoded meanwhile
        may lose its vector, which is made again when asked for. Raises ValueError for what is no
        hash.
        """
        kept = np.unique(np.fromiter(map(_number, used), np.uint64))
        forgotten, last = 0, ""
        while some := self._hashes_after(last):
            numbers = np.fromiter(map(_number, some), np.uint64)
            at = np.searchsorted(kept, numbers)
            is_kept = np.append(kept, np.uint64(0))[at] == numbers
            unused = [some[row] for row in np.flatnonzero(~is_kept).tolist()]
            if unused:
                with self._database.write() as session:
                    session.connection().execute(_OF_HASHES, {"hashes": unused})
            forgotten, last = forgotten + len(unused), some[-1]
        return forgotten

    def _hashes_after(self, last: str) -> list[str]:
        """The next few that are stored, in order."""
        with self._database.read() as session:
            return list(session.scalars(_NEXT_HASHES, {"last": last}))


def forget(session: Session, texts: Iterable[str]) -> None:
    """Delete the vectors of `texts`, of whichever model, within the transaction of `session`.

    Those that equal texts elsewhere share with them as well: they are made again when asked for.
    """
    for some in in_parts({content_hash(text) for text in texts}):
        session.connection().execute(_OF_HASHES, {"hashes": some})


def _number(content: str) -> int:
    """What tells a content hash from others, in 8 bytes: there may be millions to remember."""
    return int(content[:_TOLD_BY], 16)


def _stored(session: Session, keys: Collection[VectorKey]) -> Iterator[Sequence[Any]]:
    """Rows among which are those of `keys`; where that is most of them, all of their models."""
    hashes = {key.content_hash for key in keys}
    of = {"models": sorted({key.model for key in keys})}
    most = _LOOK_UP * len(hashes)
    if (session.scalar(_COUNT, of | {"most": most + 1}) or 0) <= most:
        asked = [(_OF_MODELS, of)]
    else:
        asked = [(_STORED, of | {"hashes": some}) for some in in_parts(hashes)]
    for statement, given in asked:
        rows = session.execute(statement, given, execution_options={"yield_per": _AT_ONCE})
        for some in rows.partitions():
            yield from some
