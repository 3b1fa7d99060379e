"""On PostgreSQL a position is given before it is committed; who follows must not miss one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest
from sqlalchemy import text

from data.database import Database
from data.documents import SqlDocuments
from data.outbox import announce

pytestmark = pytest.mark.databases("postgres")

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory'")
ADD = text("INSERT INTO outbox (document_id, written_at) VALUES ('b', now())")


class Undone(Exception):
    """Raised by a test in the middle of a transaction."""


@contextmanager
def _beside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as threads:
        yield threads


def _add(database: Database) -> None:
    with database.write() as session:
        announce(session, "b")


def _add_by_hand(database: Database) -> None:
    """As someone does who knows nothing of `Database.write`."""
    with database._engine.begin() as connection:
        connection.execute(ADD)


def _until_it_waits(database: Database, other: Future[None]) -> None:
    while not other.done():
        with database.read() as session:
            if session.scalar(WAITING):
                return


def _seen(database: Database) -> list[str]:
    with database.read() as session:
        return list(SqlDocuments(session).written_since(0))


@pytest.mark.parametrize("add", [_add, _add_by_hand])
@pytest.mark.parametrize("undone", [False, True])
def test_who_adds_to_the_outbox_waits_until_the_one_before_is_done(
    database: Database, add: Callable[[Database], None], undone: bool
) -> None:
    with _beside() as threads:
        with suppress(Undone), database.write() as first:
            announce(first, "a")
            second = threads.submit(add, database)
            _until_it_waits(database, second)
            assert not second.done()
            assert _seen(database) == []
            if undone:
                raise Undone
        second.result()
    assert _seen(database) == (["b"] if undone else ["a", "b"])
    with database.read() as session:
        assert SqlDocuments(session).position() == 2


def test_who_follows_while_many_write_misses_nothing(database: Database) -> None:
    """Each remembers where it was, as an index does; a third of what is written is undone."""

    def write(thread: int) -> list[str]:
        kept = []
        for number in range(30):
            with suppress(Undone), database.write() as session:
                announce(session, id_ := f"{thread}-{number:02}")
                if number % 3 == 0:
                    raise Undone
                kept.append(id_)
        return kept

    followed: list[str] = []
    with _beside() as threads:
        writers = [threads.submit(write, thread) for thread in range(3)]
        position, over = 0, False
        while not over:
            over = all(writer.done() for writer in writers)
            with database.read() as session:
                documents = SqlDocuments(session)
                followed += documents.written_since(position)
                position = documents.position()
        expected = [id_ for writer in writers for id_ in writer.result()]
    assert len(expected) == 60
    assert sorted(followed) == sorted(expected)
