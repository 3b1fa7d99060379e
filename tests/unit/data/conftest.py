"""The small world of this room's tests, in a database of either kind."""

from __future__ import annotations

import pytest

from data.database import Database
from tests.unit.data.world import build


@pytest.fixture
def world(database: Database) -> Database:
    """A database with the small world of `tests/unit/data/world.py`, without questions."""
    with database.write() as session:
        build(session)
    return database
