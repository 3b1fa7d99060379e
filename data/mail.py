"""Letters that are to be sent: ids only, never a text or an address; those are made at sending.

A letter is added in the transaction of the act that it tells of, and stays until it was handed
over. Who sends one takes it for a while: should they die, another takes it when that has passed,
so that it may be sent twice but is never lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Enum, ForeignKey, Index, String, exists, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from data.moments import aware, naive
from data.tables import Base
from matcher.letters import Letter
from matcher.types import PersonId


class MailEnd(StrEnum):
    """What became of a letter."""

    SENT = "verstuurd"
    MOOT = "vervallen"  # what it would tell does not hold any more
    NO_ADDRESS = "geen-adres"
    REFUSED = "geweigerd"  # by the receiving side, for good
    GAVE_UP = "opgegeven"


def _stored(words: type[StrEnum], length: int) -> Enum:
    """Not checked by the database: a new word needs no migration."""
    return Enum(
        words,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=False,
        length=length,
    )


class MailRow(Base):
    __tablename__ = "mail"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    letter: Mapped[Letter] = mapped_column(_stored(Letter, 40))
    to_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    about: Mapped[str] = mapped_column(String(36))
    created_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end: Mapped[MailEnd | None] = mapped_column(_stored(MailEnd, 24))


_WAITING = MailRow.__table__.c.ended_at.is_(None)
Index("ix_mail_waiting", MailRow.next_try_at, sqlite_where=_WAITING, postgresql_where=_WAITING)

# Attempts after 1, 2, 4 … minutes, at most half a day apart: four days in all, so that a mail
# server that is down over a long weekend costs nobody a letter.
_FIRST_RETRY: Final = timedelta(minutes=1)
_LONGEST_RETRY: Final = timedelta(hours=12)
MOST_ATTEMPTS: Final = 17
LEASE: Final = timedelta(minutes=5)  # well above the minute that sending may take


@dataclass(frozen=True, slots=True)
class Mail:
    """A letter that was taken to be sent; `attempts` counts this one."""

    id: int
    key: str
    letter: Letter
    to: PersonId
    about: str
    attempts: int
    created_at: datetime


class MailOutbox:
    """The letters, within one transaction. Never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self, letter: Letter, to: PersonId, about: str, key: str, now: datetime | None = None
    ) -> None:
        """Have `letter` sent; with a `key` that was given before nothing is added."""
        if self._session.scalar(select(exists().where(MailRow.key == key))):
            return
        moment = naive(now or datetime.now(UTC))
        self._session.add(
            MailRow(
                key=key,
                letter=letter,
                to_id=to,
                about=about,
                created_at=moment,
                next_try_at=moment,
            )
        )
        self._session.flush()

    def is_due(self, now: datetime) -> bool:
        waits = exists().where(_WAITING, MailRow.next_try_at <= naive(now))
        return bool(self._session.scalar(select(waits)))

    def take(self, now: datetime) -> Mail | None:
        """The letter that waits longest, to be sent by the caller alone until LEASE has passed."""
        row = self._session.scalar(
            select(MailRow)
            .where(_WAITING, MailRow.next_try_at <= naive(now))
            .order_by(MailRow.next_try_at, MailRow.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return None
        row.attempts += 1
        row.next_try_at = naive(now + LEASE)
        self._session.flush()
        return Mail(
            row.id,
            row.key,
            row.letter,
            PersonId(row.to_id),
            row.about,
            row.attempts,
            aware(row.created_at),
        )

    def ended(self, mail: Mail, end: MailEnd, now: datetime) -> None:
        """`mail` needs no more attempts."""
        row = self._taken(mail)
        if row is not None:
            row.end, row.ended_at = end, naive(now)
            self._session.flush()

    def failed(self, mail: Mail, now: datetime) -> None:
        """`mail` was not sent: later again, unless it was tried often enough."""
        if mail.attempts >= MOST_ATTEMPTS:
            self.ended(mail, MailEnd.GAVE_UP, now)
            return
        row = self._taken(mail)
        if row is not None:
            row.next_try_at = naive(now + retry_after(mail.attempts))
            self._session.flush()

    def waiting(self) -> int:
        """How many letters have not been sent yet."""
        return self._session.scalar(select(func.count()).where(_WAITING)) or 0

    def _taken(self, mail: Mail) -> MailRow | None:
        """The row of `mail`, unless another has taken it since, or it is gone."""
        return self._session.scalar(
            select(MailRow)
            .where(MailRow.id == mail.id, MailRow.attempts == mail.attempts, _WAITING)
            .with_for_update()
        )


def retry_after(attempts: int) -> timedelta:
    """How long after so many attempts in vain the next one comes."""
    return min(_FIRST_RETRY * (1 << min(attempts - 1, 12)), _LONGEST_RETRY)
