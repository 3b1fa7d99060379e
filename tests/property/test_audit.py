"""Whatever is done to the audit behind its back is found, and at the right number.

The triggers are taken away for it, as who owns the database can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from data.audit import Audit, Result
from data.audit_check import FaultKind, Verified, verify
from data.chain import GENESIS
from data.database import Database
from matcher.policy import Act
from matcher.types import PersonId, Position, Role, Viewer
from tests.property.strategies import PROPERTY

ROWS = 12
TRIGGERS = (
    "audit_kept_update",
    "audit_kept_delete",
    "audit_kept_replace",
    "audit_head_forward",
    "audit_head_kept",
)
FIELDS = (
    "at",
    "person_id",
    "role",
    "board_id",
    "act",
    "object_id",
    "result",
    "request_id",
    "previous",
    "hash",
)
numbers = st.integers(1, ROWS)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A dozen acts of four people."""
    file: Path = tmp_path_factory.mktemp("chain") / "schakel.db"
    database = Database.open(f"sqlite:///{file}")
    database.migrate()
    with database.write() as session:
        for number in range(ROWS):
            position = Position(Role.SCHOOL_LEADER, "a1", f"bestuur-{number % 2}", "noord")
            viewer = Viewer(PersonId(f"p{number % 4}"), (position,))
            result = list(Result)[number % 3]
            Audit(session).add(viewer, list(Act)[number % 5], f"v{number}", result)
    yield database
    database.close()


class _Undone(Exception):
    """Nothing of it stays."""


def _found(chain: Database, tamper: Callable[[Session], object]) -> Verified:
    found = Verified()
    try:
        with chain.write() as session:
            for trigger in TRIGGERS:
                session.execute(text(f"DROP TRIGGER {trigger}"))
            tamper(session)
            found = verify(session)
            raise _Undone
    except _Undone:
        return found


def _run(*statements: str, **values: object) -> Callable[[Session], object]:
    def tamper(session: Session) -> None:
        for statement in statements:
            session.execute(text(statement), values)

    return tamper


def _head(chain: Database) -> str:
    with chain.read() as session:
        return verify(session).head


def test_a_chain_that_was_not_touched_is_sound(chain: Database) -> None:
    found = _found(chain, lambda _session: None)
    assert (found.count, found.wrong) == (ROWS, 0)
    with chain.read() as session:
        assert verify(session, found.head).wrong == verify(session, GENESIS).wrong == 0


@PROPERTY
@given(number=numbers, column=st.sampled_from(FIELDS), data=st.data())
def test_a_changed_field_is_found_where_it_is(
    chain: Database, number: int, column: str, data: st.DataObject
) -> None:
    value = {
        "at": "2020-01-01 00:00:00.000001",
        "result": "anders",
        "previous": "f" * 64,
        "hash": "f" * 64,
    }.get(column, data.draw(st.sampled_from(["anders", "", "v1 "])))
    found = _found(chain, _run(f"UPDATE audit SET {column} = :v WHERE number = {number}", v=value))
    kind = FaultKind.MISPLACED if column == "previous" else FaultKind.CHANGED
    assert (found.faults[0].number, found.faults[0].kind) == (number, kind)


@PROPERTY
@given(number=numbers, column=st.sampled_from(["person_id", "object_id", "board_id", "role"]))
def test_a_field_that_was_emptied_is_found_where_it_is(
    chain: Database, number: int, column: str
) -> None:
    found = _found(chain, _run(f"UPDATE audit SET {column} = NULL WHERE number = {number}"))
    assert [(f.number, f.kind) for f in found.faults] == [(number, FaultKind.CHANGED)]


@PROPERTY
@given(removed=st.sets(numbers, min_size=1))
def test_removed_rows_are_found_also_the_last_and_all(chain: Database, removed: set[int]) -> None:
    gone = ", ".join(map(str, removed))
    found = _found(chain, _run(f"DELETE FROM audit WHERE number IN ({gone})"))
    assert [(f.number, f.kind) for f in found.faults] == [
        (number, FaultKind.MISSING) for number in sorted(removed)
    ]
    assert found.count == ROWS - len(removed)


@PROPERTY
@given(number=numbers)
def test_a_removed_row_of_which_the_gap_was_closed_is_found(chain: Database, number: int) -> None:
    closed = f"UPDATE audit SET number = number - 1 WHERE number > {number}"
    found = _found(chain, _run(f"DELETE FROM audit WHERE number = {number}", closed))
    assert found.faults[0].number == number
    assert found.wrong > 0


@PROPERTY
@given(pair=st.sets(numbers, min_size=2, max_size=2))
def test_two_rows_in_each_other_s_place_are_found(chain: Database, pair: set[int]) -> None:
    first, second = sorted(pair)
    swap = (
        f"UPDATE audit SET number = -1 WHERE number = {first}",
        f"UPDATE audit SET number = {first} WHERE number = {second}",
        f"UPDATE audit SET number = {second} WHERE number = -1",
    )
    found = _found(chain, _run(*swap))
    assert (found.faults[0].number, found.faults[0].kind) == (first, FaultKind.MISPLACED)
    assert second in [fault.number for fault in found.faults]


@PROPERTY
@given(number=st.integers(1, ROWS + 1), of=numbers)
def test_a_row_put_between_is_found(chain: Database, number: int, of: int) -> None:
    """A copy of another row; those after it are numbered on."""
    columns = ", ".join(FIELDS)
    made_room = (
        f"CREATE TEMP TABLE copied AS SELECT {columns} FROM audit WHERE number = {of}",
        f"UPDATE audit SET number = -number WHERE number >= {number}",
        "UPDATE audit SET number = 1 - number WHERE number < 0",
        f"INSERT INTO audit (number, {columns}) SELECT {number}, {columns} FROM copied",
    )
    found = _found(chain, _run(*made_room))
    beside_itself = number == of  # the copy is what stood there: the row itself has moved on
    assert found.faults[0].number == number + beside_itself


@PROPERTY
@given(number=st.sampled_from([0, -1, ROWS + 1, ROWS + 5]))
def test_a_row_outside_of_the_count_is_found(chain: Database, number: int) -> None:
    columns = ", ".join(FIELDS)
    copied = f"INSERT INTO audit (number, {columns}) SELECT {number}, {columns} FROM audit LIMIT 1"
    found = _found(chain, _run(copied))
    assert [(f.number, f.kind) for f in found.faults] == [(number, FaultKind.INSERTED)]


@PROPERTY
@given(kept=st.integers(0, ROWS - 1))
def test_an_end_that_was_cut_off_head_and_all_is_found_by_a_head_noted_elsewhere(
    chain: Database, kept: int
) -> None:
    noted, last = _head(chain), f"SELECT hash FROM audit WHERE number = {kept}"
    cut = (
        f"DELETE FROM audit WHERE number > {kept}",
        f"UPDATE audit_head SET count = {kept}, hash = coalesce(({last}), '{GENESIS}')",
    )
    assert _found(chain, _run(*cut)).wrong == 0  # by itself it is sound

    def tamper(session: Session) -> None:
        nonlocal with_noted
        _run(*cut)(session)
        with_noted = verify(session, noted)

    with_noted = Verified()
    _found(chain, tamper)
    assert [fault.kind for fault in with_noted.faults] == [FaultKind.NOT_NOTED]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("UPDATE audit_head SET hash = 'ff'", FaultKind.HEAD),
        ("UPDATE audit_head SET count = count - 1", FaultKind.INSERTED),
        ("UPDATE audit_head SET count = count + 1", FaultKind.MISSING),
        ("DELETE FROM audit_head", FaultKind.NO_HEAD),
    ],
)
def test_a_head_that_was_changed_is_found(chain: Database, change: str, kind: FaultKind) -> None:
    assert _found(chain, _run(change)).faults[0].kind is kind


def test_of_very_many_faults_the_first_are_told_and_all_counted(chain: Database) -> None:
    found = _found(chain, _run("UPDATE audit_head SET count = 1000000000"))
    assert found.wrong == 1_000_000_000 - ROWS
    assert len(found.faults) == 20
    assert found.faults[0].number == ROWS + 1
