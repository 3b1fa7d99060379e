"""The small world of this room's tests, in a database of either kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from data.database import Database
from tests.databases import POSTGRES, Databases
from tests.unit.data.walled import fill
from tests.unit.data.world import build


@pytest.fixture
def world(database: Database) -> Database:
    """A database with the small world of `tests/unit/data/world.py`, without questions."""
    with database.write() as session:
        build(session)
    return database


@pytest.fixture(scope="module")
def full(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """On PostgreSQL, what `tests/unit/data/walled.py` makes; a test leaves it as it is."""
    with databases.migrated(POSTGRES, tmp_path_factory.mktemp("walls")) as database:
        with database.write() as session:
            fill(session)
        yield database
