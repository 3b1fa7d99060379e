"""How introductions are stored; moments in UTC, without saying so (see OutboxRow)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from data.tables import ID_LENGTH, Base, PersonRow, QuestionRow
from matcher.introduction_records import AnswerKind, DeclineReason, IntroductionState, Party
from matcher.types import Outcome, SupportRole


class IntroductionRow(Base):
    __tablename__ = "introduction"
    __table_args__ = (Index("ix_introduction_pair", "question_id", "helper_id", "state"),)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    question_id: Mapped[str] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"))
    asker_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    helper_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    adviser_id: Mapped[str | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    proposed_by: Mapped[Party]
    proposed_at: Mapped[datetime]
    state: Mapped[IntroductionState]
    since: Mapped[datetime]
    revealed: Mapped[bool]
    reminded: Mapped[bool]
    due_at: Mapped[datetime | None] = mapped_column(index=True)  # when time does something to it
    carried: Mapped[bool]  # whether it counts as load of the helper
    talk_at: Mapped[datetime | None]
    talk_minutes: Mapped[int | None]
    talk_place: Mapped[str | None]
    talk_sequence: Mapped[int | None]
    outcome: Mapped[Outcome | None]
    outcome_note: Mapped[str] = mapped_column(Text, default="")
    as_case: Mapped[bool | None]
    revision: Mapped[int] = mapped_column(default=1)

    question: Mapped[QuestionRow] = relationship()
    asker: Mapped[PersonRow] = relationship(foreign_keys=asker_id)
    helper: Mapped[PersonRow] = relationship(foreign_keys=helper_id)
    adviser: Mapped[PersonRow | None] = relationship(foreign_keys=adviser_id)
    answers: Mapped[list[AnswerRow]] = relationship(cascade="all, delete-orphan", lazy="selectin")


# What helpers carry now is counted at every match, of everyone; those that count are few.
CARRIED = IntroductionRow.__table__.c.carried.is_(True)
Index(
    "ix_introduction_carried",
    IntroductionRow.question_id,
    IntroductionRow.helper_id,
    sqlite_where=CARRIED,
    postgresql_where=CARRIED,
)


class AnswerRow(Base):
    """What one side said."""

    __tablename__ = "introduction_answer"
    introduction_id: Mapped[str] = mapped_column(
        ForeignKey("introduction.id", ondelete="CASCADE"), primary_key=True
    )
    side: Mapped[Party] = mapped_column(primary_key=True)
    kind: Mapped[AnswerKind]
    at: Mapped[datetime]
    role: Mapped[SupportRole | None]
    brings: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[DeclineReason | None]
    note: Mapped[str] = mapped_column(Text, default="")
