"""Databases for the tests of this room: real files, copied from one that was migrated once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.database import Database
from tests.unit.data.world import build


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of an empty database, its tables up to date."""
    file = tmp_path_factory.mktemp("migrated") / "schakel.db"
    database = Database.open(f"sqlite:///{file}")
    database.migrate()
    database.close()
    return file.read_bytes()


@pytest.fixture
def database(tmp_path: Path, migrated: bytes) -> Iterator[Database]:
    """An empty database, its tables up to date."""
    file = tmp_path / "schakel.db"
    file.write_bytes(migrated)
    database = Database.open(f"sqlite:///{file}")
    yield database
    database.close()


@pytest.fixture
def world(database: Database) -> Database:
    """A database with the small world of `tests/unit/data/world.py`, without questions."""
    with database.write() as session:
        build(session)
    return database
