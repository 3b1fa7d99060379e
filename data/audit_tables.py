"""The audit as it is stored: rows that are only ever added, and the head of their chain.

The migration adds triggers that refuse to change or delete what stands here. A later migration
must not copy these tables (batch mode on SQLite): a copy has no triggers.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from data.chain import GENESIS
from data.tables import ID_LENGTH, Base

HASH_LENGTH = 64
HEAD = 1  # the id of the only head


class AuditRow(Base):
    """One act. Refers to nothing: it stays when the person or the object is erased."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_object_id", "object_id"),)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    person_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    role: Mapped[str | None] = mapped_column(String(24))
    board_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    act: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str | None] = mapped_column(String(64))
    result: Mapped[str] = mapped_column(String(12))
    request_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    previous: Mapped[str] = mapped_column(String(HASH_LENGTH))
    hash: Mapped[str] = mapped_column(String(HASH_LENGTH))


class AuditHeadRow(Base):
    """How many rows there are, and the hash of the last; who adds a row holds this one."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint(f"id = {HEAD}", name="only_one"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=HEAD)
    count: Mapped[int] = mapped_column(default=0)
    hash: Mapped[str] = mapped_column(String(HASH_LENGTH), default=GENESIS)


class BreakGlassRow(Base):
    """Why an admin read a text after all, in their words; it goes when the question goes."""

    __tablename__ = "break_glass"
    number: Mapped[int] = mapped_column(
        ForeignKey("audit.number"), primary_key=True, autoincrement=False
    )
    question_id: Mapped[str] = mapped_column(
        ForeignKey("question.id", ondelete="CASCADE"), index=True
    )
    reason: Mapped[str] = mapped_column(Text)
