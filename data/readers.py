"""Who saw a question: what its owner may read of the audit, and no more than that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.audit import Result
from data.audit_tables import AuditRow, BreakGlassRow
from data.tables import BoardRow, OrganisationRow, PersonRow, QuestionRow
from matcher.policy import Act
from matcher.types import ContactPreference, Role

MOST: Final = 500  # the newest; who wants more asks the admin
# The acts that show a text to who does them, and looking here.
_SEEING: Final = (
    Act.READ,
    Act.MATCH,
    Act.RESOLVE,
    Act.WITHDRAW,
    Act.SHARE,
    Act.BREAK_GLASS,
    Act.SEE_READERS,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One time that a question was seen. `at` is UTC, without saying so.

    `name` is there for who is of the question's own board or may be named to anyone, `reason`
    where an admin broke the glass.
    """

    at: datetime
    act: Act
    role: Role | None
    board_name: str | None
    name: str | None
    reason: str | None


def readings(session: Session, question: str) -> list[Reading]:
    """The times that `question` was seen, the last first. Whose question it is may read them."""
    board = session.scalar(
        select(OrganisationRow.board_id)
        .join(QuestionRow, QuestionRow.organisation_id == OrganisationRow.id)
        .where(QuestionRow.id == question)
    )
    seen = (
        select(AuditRow, BoardRow.name, PersonRow, BreakGlassRow.reason)
        .outerjoin(BoardRow, BoardRow.id == AuditRow.board_id)
        .outerjoin(PersonRow, PersonRow.id == AuditRow.person_id)
        .outerjoin(BreakGlassRow, BreakGlassRow.number == AuditRow.number)
        .where(
            AuditRow.object_id == question,
            AuditRow.result == Result.DONE.value,
            AuditRow.act.in_([act.value for act in _SEEING]),
        )
        .order_by(AuditRow.number.desc())
        .limit(MOST)
    )
    return [
        Reading(
            at=row.at,
            act=Act(row.act),
            role=Role(row.role) if row.role else None,
            board_name=board_name,
            name=person.name if person and _named(row, person, board) else None,
            reason=reason,
        )
        for row, board_name, person, reason in session.execute(seen)
    ]


def keep_reason(session: Session, number: int, question: str, reason: str) -> None:
    """Keep why the glass was broken, beside the row of the audit with that number."""
    session.add(BreakGlassRow(number=number, question_id=question, reason=reason))
    session.flush()


def _named(row: AuditRow, person: PersonRow, board: str | None) -> bool:
    if board is not None and row.board_id == board:
        return True
    return person.findable and person.contact is ContactPreference.DIRECT
