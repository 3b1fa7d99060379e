"""What lets a person in again: sessions of a browser and tokens of a program."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from data.account_tables import AccountRow, SessionRow, TokenRow
from data.secrets import hash_of, new_secret
from matcher.errors import NotFound
from matcher.types import PersonId

IDLE: Final = timedelta(days=3)  # a weekend between two lessons
LONGEST: Final = timedelta(days=30)
LONGEST_TOKEN: Final = timedelta(days=366)
_PREFIX: Final = "schakel_"  # by which a token that got out can be recognised
_NOTED: Final = timedelta(minutes=5)  # how exact it is kept when one was last used


class TokenScope(StrEnum):
    """What a token may do of what its maker may."""

    READ = "lezen"
    WRITE = "schrijven"


@dataclass(frozen=True, slots=True)
class OpenSession:
    id: str
    person: PersonId
    device: str
    code_given: bool
    opened_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Token:
    id: str
    person: PersonId
    name: str
    scopes: tuple[TokenScope, ...]
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None


class Keys:
    """Sessions and tokens within one transaction. Never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def open(
        self, person: PersonId, device: str, now: datetime, code_given: bool = False
    ) -> tuple[str, OpenSession]:
        """A new session of `person`, with the secret that its cookie holds."""
        secret = new_secret()
        row = SessionRow(
            hash=hash_of(secret),
            id=str(uuid.uuid4()),
            person_id=person,
            device=device,
            code_given=code_given,
            opened_at=now,
            seen_at=now,
        )
        self._session.add(row)
        self._session.flush()
        return secret, _session(row)

    def session(self, secret: str, now: datetime) -> OpenSession | None:
        """The session with this secret, unless it is over or its account is closed."""
        row = self._session.get(SessionRow, hash_of(secret))
        over = row is None or row.seen_at + IDLE <= now or row.opened_at + LONGEST <= now
        if row is None or over or self._closed(row.person_id):
            return None
        return _session(row)

    def sessions(self, person: PersonId, now: datetime) -> list[OpenSession]:
        """Those that are not over, the last opened first."""
        rows = self._session.scalars(
            select(SessionRow)
            .where(
                SessionRow.person_id == person,
                SessionRow.seen_at > now - IDLE,
                SessionRow.opened_at > now - LONGEST,
            )
            .order_by(SessionRow.opened_at.desc(), SessionRow.id)
        )
        return [_session(row) for row in rows]

    def end(self, id_: str, person: PersonId) -> None:
        """End one session of `person`. Raises NotFound."""
        ended = delete(SessionRow).where(SessionRow.id == id_, SessionRow.person_id == person)
        if self._session.scalar(ended.returning(SessionRow.id)) is None:
            raise NotFound("session")

    def end_old(self, now: datetime) -> None:
        """Delete the sessions and tokens that are over."""
        self._session.execute(delete(SessionRow).where(SessionRow.seen_at <= now - IDLE))
        self._session.execute(delete(SessionRow).where(SessionRow.opened_at <= now - LONGEST))
        self._session.execute(delete(TokenRow).where(TokenRow.expires_at <= now))

    def seen(self, found: OpenSession | Token, now: datetime) -> None:
        """Note that it was used now."""
        if isinstance(found, Token):
            token = self._session.scalar(select(TokenRow).where(TokenRow.id == found.id))
            if token is not None:
                token.used_at = now
        else:
            row = self._session.scalar(select(SessionRow).where(SessionRow.id == found.id))
            if row is not None:
                row.seen_at = now

    def make_token(
        self,
        person: PersonId,
        name: str,
        scopes: Sequence[TokenScope],
        expires_at: datetime,
        now: datetime,
    ) -> tuple[str, Token]:
        """A new token of `person`, with its secret: this once."""
        secret = _PREFIX + new_secret()
        row = TokenRow(
            hash=hash_of(secret),
            id=str(uuid.uuid4()),
            person_id=person,
            name=name,
            scopes=" ".join(dict.fromkeys(scopes)),
            made_at=now,
            expires_at=expires_at,
        )
        self._session.add(row)
        self._session.flush()
        return secret, _token(row)

    def token(self, secret: str, now: datetime) -> Token | None:
        """The token with this secret, unless it is over or its account is closed."""
        row = self._session.get(TokenRow, hash_of(secret))
        if row is None or row.expires_at <= now or self._closed(row.person_id):
            return None
        return _token(row)

    def tokens(self, person: PersonId) -> list[Token]:
        """The last made first."""
        rows = self._session.scalars(
            select(TokenRow)
            .where(TokenRow.person_id == person)
            .order_by(TokenRow.made_at.desc(), TokenRow.id)
        )
        return [_token(row) for row in rows]

    def revoke_token(self, id_: str, person: PersonId) -> None:
        """Raises NotFound."""
        revoked = delete(TokenRow).where(TokenRow.id == id_, TokenRow.person_id == person)
        if self._session.scalar(revoked.returning(TokenRow.id)) is None:
            raise NotFound("token")

    def revoke_tokens(self, person: PersonId) -> None:
        self._session.execute(delete(TokenRow).where(TokenRow.person_id == person))

    def _closed(self, person: str) -> bool:
        account = self._session.get(AccountRow, person)
        return account is not None and account.closed


def to_be_noted(found: OpenSession | Token, now: datetime) -> bool:
    """Whether it is long enough ago that `found` was noted as used."""
    last = found.used_at if isinstance(found, Token) else found.seen_at
    return last is None or last + _NOTED <= now


def _session(row: SessionRow) -> OpenSession:
    return OpenSession(
        row.id,
        PersonId(row.person_id),
        row.device,
        row.code_given,
        row.opened_at,
        row.seen_at,
    )


def _token(row: TokenRow) -> Token:
    return Token(
        row.id,
        PersonId(row.person_id),
        row.name,
        tuple(TokenScope(word) for word in row.scopes.split()),
        row.made_at,
        row.expires_at,
        row.used_at,
    )


def tokens_for(
    session: Session, people: Iterable[str], name: str, scopes: Sequence[TokenScope], now: datetime
) -> dict[str, str]:
    """A token of each of `people`, for a day: what measures and tests a service needs many."""
    keys, until = Keys(session), now + timedelta(days=1)
    return {
        person: keys.make_token(PersonId(person), name, scopes, until, now)[0] for person in people
    }
