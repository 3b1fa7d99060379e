from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import delete, func, inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, InternalError

from data.database import Database
from data.documents import SqlDocuments
from data.tables import OutboxRow, PartnershipRow, PersonRow
from matcher.types import Role


class Stop(Exception):
    """Raised by a test in the middle of a transaction."""


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1)],
)
def test_sqlite_is_safe_in_every_transaction(
    database: Database, pragma: str, value: str | int
) -> None:
    for transaction in (database.read, database.write):
        with transaction() as session:
            assert session.scalar(text(f"PRAGMA {pragma}")) == value


@pytest.mark.databases("sqlite")
def test_a_connection_opened_beside_another_is_safe_too(database: Database) -> None:
    with database.write(), database.read() as second:
        assert second.scalar(text("PRAGMA foreign_keys")) == 1


def test_what_a_write_block_stored_is_seen_afterwards(database: Database) -> None:
    with database.write() as session:
        session.add(PartnershipRow(id="noord", name="Noord"))
    with database.read() as session:
        assert session.get_one(PartnershipRow, "noord").name == "Noord"


def _write_and_stop(database: Database) -> None:
    with database.write() as session:
        session.add(PartnershipRow(id="noord", name="Noord"))
        session.add(OutboxRow(document_id="x"))
        session.flush()
        raise Stop


def test_a_write_block_that_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(Stop):
        _write_and_stop(database)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(PartnershipRow)) == 0
        assert session.scalar(select(func.count()).select_from(OutboxRow)) == 0


def test_what_a_read_block_adds_is_not_kept(database: Database) -> None:
    with suppress(InternalError), database.read() as session:  # PostgreSQL will not take it
        session.add(PartnershipRow(id="noord", name="Noord"))
        session.flush()
    with database.read() as session:
        assert session.get(PartnershipRow, "noord") is None


def test_a_read_block_sees_one_state(database: Database) -> None:
    count = select(func.count()).select_from(PartnershipRow)
    with database.read() as reader:
        before = reader.scalar(count)
        with database.write() as writer:
            writer.add(PartnershipRow(id="noord", name="Noord"))
        assert reader.scalar(count) == before == 0


def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    with database.write() as writer, database.read() as reader:
        writer.add(PartnershipRow(id="noord", name="Noord"))
        writer.flush()
        assert reader.get(PartnershipRow, "noord") is None


def test_concurrent_writes_are_neither_lost_nor_refused(database: Database) -> None:
    """Each reads before it writes, the very thing that a deferred BEGIN fails on under load."""
    start = Barrier(4)

    def write(thread: int) -> list[int]:
        start.wait()
        seen = []
        for number in range(25):
            with database.write() as session:
                seen.append(session.scalar(select(func.count()).select_from(OutboxRow)) or 0)
                session.add(OutboxRow(document_id=f"{thread}-{number}"))
        return seen

    with ThreadPoolExecutor(4) as threads:
        seen = [count for counts in threads.map(write, range(4)) for count in counts]
    assert sorted(seen) == list(range(100))
    with database.read() as session:
        stored = session.scalars(select(OutboxRow.document_id)).all()
    assert sorted(stored) == sorted(f"{t}-{n}" for t in range(4) for n in range(25))


def test_an_outbox_position_is_never_given_again(database: Database) -> None:
    with database.write() as session:
        session.add_all([OutboxRow(document_id="a"), OutboxRow(document_id="b")])
    with database.write() as session:
        session.execute(delete(OutboxRow))
    with database.write() as session:
        session.add(OutboxRow(document_id="c"))
    with database.read() as session:
        assert SqlDocuments(session).position() == 3


def test_an_outbox_row_knows_when_it_was_written(database: Database) -> None:
    before = datetime.now(UTC).replace(tzinfo=None)
    with database.write() as session:
        session.add(OutboxRow(document_id="a"))
    with database.read() as session:
        written = session.scalars(select(OutboxRow.written_at)).one()
    assert before <= written.replace(tzinfo=None)


def test_an_error_of_the_database_holds_no_personal_data(database: Database) -> None:
    with pytest.raises(IntegrityError) as refused, database.write() as session:
        session.add(
            PersonRow(
                id="p1",
                name="Geheime Naam",
                role=Role.PARTNER,
                function="vertrouwenspersoon",
                organisation_id="bestaat-niet",
            )
        )
    text_of_error = f"{refused.value} {refused.value!r}"
    assert "INSERT INTO person" in text_of_error
    for value in ("Geheime", "vertrouwenspersoon", "bestaat-niet"):
        assert value not in text_of_error


@pytest.mark.databases("postgres")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE question SET status = 'geheim' WHERE id = 'c01'",  # the server shows the row
        "UPDATE question SET title = repeat('geheim', 50) WHERE id = 'c01'",
        "SELECT CAST('geheim' AS integer)",
        "INSERT INTO board SELECT * FROM board",
    ],
)
def test_what_the_server_adds_to_an_error_is_left_out(sample: Database, statement: str) -> None:
    with sample.read() as session:
        said = session.scalar(text("SELECT title FROM question WHERE id = 'c01'"))
    with pytest.raises(DBAPIError) as refused, sample.write() as session:
        session.execute(text(statement))
    error = refused.value
    shown = f"{error.args} {error.orig} {error.orig!r}"
    assert "22" in shown or "23" in shown  # the class of the error, of the server
    for value in ("geheim", said, "bestuur"):
        assert value not in shown


def test_a_word_that_is_in_no_enum_is_refused_by_the_database(sample: Database) -> None:
    with pytest.raises(IntegrityError), sample.write() as session:
        session.execute(text("UPDATE question SET status = 'kwijt' WHERE id = 'c01'"))


def test_deleting_a_person_deletes_their_participations(sample: Database) -> None:
    count = text("SELECT count(*) FROM participation WHERE person_id = 'p32'")
    with sample.write() as session:
        assert session.scalar(count)
        session.execute(delete(PersonRow).where(PersonRow.id == "p32"))
        assert session.scalar(count) == 0


def _holding(folder: Path, text: bytes) -> list[str]:
    """The files in which `text` stands."""
    return sorted(file.name for file in folder.iterdir() if text in file.read_bytes())


@pytest.mark.databases("sqlite")
def test_what_was_deleted_stands_in_no_file_once_the_log_is_forgotten(
    database: Database, tmp_path: Path
) -> None:
    with database.write() as session:
        session.add(PartnershipRow(id="noord", name="Vliegenzwam"))
    with database.write() as session:
        session.execute(delete(PartnershipRow))
    assert _holding(tmp_path, b"Vliegenzwam") == ["schakel.db-wal"]
    assert database.forget_log()
    assert _holding(tmp_path, b"Vliegenzwam") == []


@pytest.mark.databases("sqlite")
def test_the_log_is_not_forgotten_while_someone_reads_what_was_before(
    database: Database, tmp_path: Path
) -> None:
    count = select(func.count()).select_from(PartnershipRow)
    with database.write() as session:
        session.add(PartnershipRow(id="noord", name="Vliegenzwam"))
    with database.read() as reader:
        assert reader.scalar(count) == 1
        with database.write() as session:
            session.execute(delete(PartnershipRow))
        assert not database.forget_log()
        assert reader.scalar(count) == 1
    assert database.forget_log()
    assert _holding(tmp_path, b"Vliegenzwam") == []


@pytest.mark.databases("sqlite")
def test_a_connection_waits_for_others_as_long_as_before_once_the_log_is_forgotten(
    database: Database,
) -> None:
    with database.read() as session:
        before = session.scalar(text("PRAGMA busy_timeout"))
    database.forget_log()
    with database.read() as session:
        assert session.scalar(text("PRAGMA busy_timeout")) == before


def test_a_database_for_vectors_holds_nothing_else(tmp_path: Path) -> None:
    database = Database.for_vectors(tmp_path / "new" / "vectors.db")
    with database.read() as session:
        assert inspect(session.connection()).get_table_names() == ["embedding"]
    database.close()


def test_a_database_for_vectors_is_opened_again_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "vectors.db"
    for expected in (0, 1):
        database = Database.for_vectors(file)
        with database.write() as session:
            assert session.scalar(text("SELECT count(*) FROM embedding")) == expected
            session.execute(text(f"INSERT INTO embedding VALUES ('h{expected}', 'm', 'r', x'00')"))
        database.close()
