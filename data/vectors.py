"""Vectors by what was encoded: the store behind :class:`matcher.ports.VectorStore`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import numpy as np
from sqlalchemy import bindparam, delete, insert, select

from data.database import Database, in_parts
from data.tables import EmbeddingRow
from matcher.ports import VectorKey
from matcher.types import Vectors

_columns: Final = EmbeddingRow.__table__.c
_STORED: Final = select(
    _columns.content_hash, _columns.model, _columns.role, _columns.vector
).where(
    _columns.content_hash.in_(bindparam("hashes", expanding=True)),
    _columns.model.in_(bindparam("models", expanding=True)),
)
_OLD: Final = delete(EmbeddingRow).where(
    EmbeddingRow.content_hash == bindparam("old_content_hash"),
    EmbeddingRow.model == bindparam("old_model"),
    EmbeddingRow.role == bindparam("old_role"),
)


class SqlVectors:
    """Each save is a transaction of its own: what was encoded stays, whatever follows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, keys: Collection[VectorKey]) -> Mapping[VectorKey, Vectors]:
        wanted = set(keys)
        found: dict[VectorKey, Vectors] = {}
        hashes = {key.content_hash for key in wanted}
        models = sorted({key.model for key in wanted})
        with self._database.read() as session:
            for some in in_parts(hashes):
                rows = session.execute(_STORED, {"hashes": some, "models": models})
                for content_hash, model, role, vector in rows:
                    key = VectorKey(content_hash, model, role)
                    if key in wanted:
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
