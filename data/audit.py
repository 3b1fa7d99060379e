"""The audit: every act of a person as a row, in the transaction of that act, in one chain."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from data.audit_tables import HEAD, AuditHeadRow, AuditRow
from data.chain import Entry, chained
from matcher.policy import Act
from matcher.types import Position, Viewer

# The id of the request within which is acted; empty outside one. The door sets it.
REQUEST: Final[ContextVar[str]] = ContextVar("schakel_request", default="")


class Result(StrEnum):
    """What came of an act; the value is the word in the audit."""

    DONE = "gedaan"
    REFUSED = "geweigerd"
    FAILED = "mislukt"


class Audit:
    """Adds to the audit, within one transaction that writes. Never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self,
        viewer: Viewer,
        act: Act,
        object_: str = "",
        result: Result = Result.DONE,
        position: Position | None = None,
    ) -> int:
        """Add that `viewer` did `act` to `object_`, from `position` or else their main one.

        Gives the number of the row. `object_` is an id that exists, never what was typed. Until
        the transaction ends no other can add: let this be the last thing that it does.
        """
        held = position or next(iter(viewer.positions), None)
        head = self._session.get_one(AuditHeadRow, HEAD, with_for_update=True)
        entry = Entry(
            number=head.count + 1,
            at=datetime.now(UTC).replace(tzinfo=None),
            person=viewer.person,
            role=held.role.value if held else None,
            board=held.board if held else None,
            act=act.value,
            object=object_ or None,
            result=result.value,
            request=REQUEST.get() or None,
        )
        hash_ = chained(entry, head.hash)
        self._session.add(_row(entry, head.hash, hash_))
        self._session.flush()  # before the head goes on: a trigger looks at both
        head.count, head.hash = entry.number, hash_
        self._session.flush()
        return entry.number


def entry_of(row: AuditRow) -> Entry:
    """What `row` says, without its place in the chain."""
    return Entry(
        number=row.number,
        at=row.at,
        person=row.person_id,
        role=row.role,
        board=row.board_id,
        act=row.act,
        object=row.object_id,
        result=row.result,
        request=row.request_id,
    )


def _row(entry: Entry, previous: str, hash_: str) -> AuditRow:
    return AuditRow(
        number=entry.number,
        at=entry.at,
        person_id=entry.person,
        role=entry.role,
        board_id=entry.board,
        act=entry.act,
        object_id=entry.object,
        result=entry.result,
        request_id=entry.request,
        previous=previous,
        hash=hash_,
    )
