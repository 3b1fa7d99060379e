"""How far an index is true to the database: where the outbox is, and whose it is."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from data.database import Database
from data.documents import ABSENT, SqlDocuments
from data.tables import OutboxRow
from matcher.types import DocumentId
from tests.databases import Databases

MORNING, NOON = datetime(2026, 9, 1, 8, 0), datetime(2026, 9, 1, 12, 30, 15, 250)


def _write(database: Database, *ids: str, at: datetime | None = None) -> None:
    given = {"written_at": at} if at else {}
    with database.write() as session:
        for id_ in ids:
            session.add(OutboxRow(document_id=id_, **given))
            session.flush()


def _anchor(database: Database, position: int) -> str:
    with database.read() as session:
        return SqlDocuments(session).anchor(position)


def _waiting(database: Database, position: int) -> tuple[int, datetime | None]:
    with database.read() as session:
        return SqlDocuments(session).waiting(position)


def _prune(database: Database, before: int) -> list[int]:
    with database.write() as session:
        SqlDocuments(session).prune(before)
    with database.read() as session:
        return list(session.scalars(select(OutboxRow.position).order_by(OutboxRow.position)))


def test_before_the_first_row_the_anchor_is_empty(database: Database) -> None:
    assert _anchor(database, 0) == ""
    _write(database, "a")
    assert _anchor(database, 0) == ""


def test_a_position_without_a_row_has_no_anchor(database: Database) -> None:
    _write(database, "a")
    assert _anchor(database, 2) == ABSENT


def test_an_anchor_stays_the_same_however_much_is_written_after_it(database: Database) -> None:
    _write(database, "a", "b")
    before = _anchor(database, 1)
    _write(database, "a", "c")
    assert _anchor(database, 1) == before
    assert len(before) == 64


def test_every_row_has_an_anchor_of_its_own(database: Database) -> None:
    _write(database, "a", "a", at=MORNING)
    _write(database, "b", at=MORNING)
    assert len({_anchor(database, position) for position in (1, 2, 3)}) == 3


@pytest.mark.parametrize(
    ("id_", "at"), [("b", MORNING), ("a", MORNING.replace(microsecond=1)), ("b", NOON)]
)
def test_the_same_position_of_another_database_has_another_anchor(
    database: Database,
    database_kind: str,
    databases: Databases,
    tmp_path: Path,
    id_: str,
    at: datetime,
) -> None:
    _write(database, "a", at=MORNING)
    with databases.migrated(database_kind, tmp_path / "other.db") as other:
        _write(other, id_, at=at)
        assert _anchor(database, 1) != _anchor(other, 1)


@pytest.mark.databases("sqlite")
def test_a_copy_that_was_put_back_has_the_anchors_up_to_it_and_no_others(
    database: Database, tmp_path: Path
) -> None:
    _write(database, "a")
    assert database.forget_log()  # all of it is in the one file now
    shutil.copy(tmp_path / "schakel.db", tmp_path / "back.db")
    _write(database, "b")
    back = Database.open(f"sqlite:///{tmp_path / 'back.db'}")
    assert _anchor(back, 1) == _anchor(database, 1)
    assert _anchor(back, 2) == ABSENT
    _write(back, "b")
    assert _anchor(back, 2) not in (ABSENT, _anchor(database, 2))
    back.close()


def test_what_waits_is_counted_from_the_position_on(database: Database) -> None:
    _write(database, "a", at=MORNING)
    _write(database, "b", "a", at=NOON)
    assert _waiting(database, 0) == (3, MORNING.replace(tzinfo=UTC))
    assert _waiting(database, 1) == (2, NOON.replace(tzinfo=UTC))


@pytest.mark.parametrize("position", [1, 7])
def test_where_nothing_waits_there_is_no_oldest(database: Database, position: int) -> None:
    _write(database, "a")
    assert _waiting(database, position) == (0, None)


def test_what_waits_was_written_just_now_in_utc(database: Database) -> None:
    before = datetime.now(UTC)
    _write(database, "a")
    _, oldest = _waiting(database, 0)
    assert oldest is not None
    assert before <= oldest <= datetime.now(UTC)


def test_pruning_deletes_the_rows_before_a_position_and_not_the_one_at_it(
    database: Database,
) -> None:
    _write(database, "a", "b", "c", "d")
    anchor = _anchor(database, 3)
    assert _prune(database, 3) == [3, 4]
    assert _anchor(database, 3) == anchor
    assert _anchor(database, 2) == ABSENT


@pytest.mark.parametrize("before", [0, 1])
def test_pruning_before_the_first_row_deletes_nothing(database: Database, before: int) -> None:
    _write(database, "a", "b")
    assert _prune(database, before) == [1, 2]


def test_the_last_row_is_never_pruned(database: Database) -> None:
    _write(database, "a", "b")
    assert _prune(database, 100) == [2]
    with database.read() as session:
        assert SqlDocuments(session).position() == 2


def test_pruning_an_empty_outbox_is_nothing(database: Database) -> None:
    assert _prune(database, 5) == []


def test_after_pruning_what_was_written_since_is_as_before(database: Database) -> None:
    _write(database, "a", "b", "c")
    _prune(database, 2)
    _write(database, "a")
    with database.read() as session:
        documents = SqlDocuments(session)
        assert documents.written_since(2) == [DocumentId("a"), DocumentId("c")]
        assert documents.position() == 4
