"""How people come in: accounts, links, sessions and tokens. Of every secret only a hash is kept.

The secret of a second step is the exception: a code is computed from it.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from data.clock import utc_now
from data.tables import ID_LENGTH, Base, words

HASH_LENGTH = 64


class LinkPurpose(StrEnum):
    INVITATION = "uitnodiging"
    RESET = "herstel"


def _person(primary: bool = False) -> Mapped[str]:
    return mapped_column(
        String(ID_LENGTH),
        ForeignKey("person.id", ondelete="CASCADE"),
        primary_key=primary,
        index=not primary,
    )


class AccountRow(Base):
    """With which address and password a person signs in; without a password only otherwise."""

    __tablename__ = "account"
    person_id: Mapped[str] = _person(primary=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)  # in lower case
    password_hash: Mapped[str | None]
    code_secret: Mapped[str | None] = mapped_column(String(64))  # of the second step
    code_confirmed: Mapped[bool] = mapped_column(default=False)
    code_step: Mapped[int] = mapped_column(default=0)  # of the last code: none counts twice
    closed: Mapped[bool] = mapped_column(default=False)


class LinkRow(Base):
    """A link that may be used once, to choose a password."""

    __tablename__ = "account_link"
    hash: Mapped[str] = mapped_column(String(HASH_LENGTH), primary_key=True)
    person_id: Mapped[str] = _person()
    purpose: Mapped[LinkPurpose] = mapped_column(words(LinkPurpose))
    expires_at: Mapped[datetime]


class SessionRow(Base):
    __tablename__ = "session"
    hash: Mapped[str] = mapped_column(String(HASH_LENGTH), primary_key=True)  # of the cookie
    id: Mapped[str] = mapped_column(String(ID_LENGTH), unique=True)  # as its owner sees it
    person_id: Mapped[str] = _person()
    device: Mapped[str] = mapped_column(String(60))
    code_given: Mapped[bool] = mapped_column(default=False)  # of the second step
    opened_at: Mapped[datetime] = mapped_column(default=utc_now)
    seen_at: Mapped[datetime] = mapped_column(default=utc_now)


class TokenRow(Base):
    """What a program shows instead of a cookie; it acts for the person who made it."""

    __tablename__ = "token"
    hash: Mapped[str] = mapped_column(String(HASH_LENGTH), primary_key=True)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), unique=True)
    person_id: Mapped[str] = _person()
    name: Mapped[str] = mapped_column(String(60))
    scopes: Mapped[str] = mapped_column(String(100))  # words, with a space between
    made_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class AttemptRow(Base):
    """A try that failed, or has not succeeded yet; by account and by address, as hashes."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_key_at", "key", "at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(HASH_LENGTH))
    at: Mapped[datetime] = mapped_column(index=True)
