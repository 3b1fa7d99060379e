"""Accounts, the links to them, and how often was tried to come in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from data.account_tables import (
    AccountRow,
    AttemptRow,
    LinkPurpose,
    LinkRow,
    SessionRow,
    TokenRow,
)
from data.secrets import hash_of, new_secret
from data.tables import PersonRow
from matcher.errors import Conflict, NotFound
from matcher.types import PersonId

LIFETIME: Final = {
    LinkPurpose.INVITATION: timedelta(days=14),  # over a holiday
    LinkPurpose.RESET: timedelta(hours=2),
}


@dataclass(frozen=True, slots=True)
class Account:
    """`code_secret` is set once a second step was begun, and counts once it was confirmed."""

    person: PersonId
    email: str
    password_hash: str | None
    code_secret: str | None
    code_confirmed: bool
    code_step: int
    closed: bool


class Accounts:
    """Accounts within one transaction. Never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, person: str) -> Account:
        """Raises NotFound."""
        row = self._session.get(AccountRow, person)
        if row is None:
            raise NotFound("account")
        return _account(row)

    def by_email(self, email: str) -> Account | None:
        row = self._session.scalar(select(AccountRow).where(AccountRow.email == normal(email)))
        return _account(row) if row else None

    def all(self) -> list[Account]:
        """In order of person."""
        rows = self._session.scalars(select(AccountRow).order_by(AccountRow.person_id))
        return [_account(row) for row in rows]

    def email_of(self, person: str) -> str | None:
        """Where mail for `person` goes; None without an account, or with one that is closed."""
        row = self._session.get(AccountRow, person)
        return None if row is None or row.closed else row.email

    def make(self, person: PersonId, email: str) -> Account:
        """An account without a password; of who has one, its address.

        Raises NotFound for an unknown person, Conflict for the address of another.
        """
        if self._session.get(PersonRow, person) is None:
            raise NotFound("person")
        other = self.by_email(email)
        if other is not None and other.person != person:
            raise Conflict("account", "email-taken")
        row = self._session.get(AccountRow, person)
        if row is None:
            row = AccountRow(person_id=person, email=normal(email))
            self._session.add(row)
        elif row.email != normal(email):  # what went to the former address is void
            self._session.execute(delete(LinkRow).where(LinkRow.person_id == person))
            self.sign_out_everywhere(person)
        row.email = normal(email)
        self._session.flush()
        return _account(row)

    def set_password(self, person: PersonId, password_hash: str) -> None:
        """From now on; who was signed in with the one before is not any more."""
        self._row(person).password_hash = password_hash
        self._session.execute(delete(LinkRow).where(LinkRow.person_id == person))
        self.sign_out_everywhere(person)

    def begin_code(self, person: PersonId, secret: str) -> None:
        """A second step that counts once a code of it was given. Raises Conflict if one counts."""
        row = self._row(person)
        if row.code_confirmed:
            raise Conflict("account", "code-set")
        row.code_secret, row.code_step = secret, 0

    def use_code(self, person: PersonId, step: int) -> bool:
        """Note that the code of `step` was given; False where it, or a later one, was before."""
        row = self._row(person)
        if step <= row.code_step:
            return False
        row.code_step, row.code_confirmed = step, True
        return True

    def forget_code(self, person: PersonId) -> None:
        row = self._row(person)
        row.code_secret, row.code_confirmed, row.code_step = None, False, 0

    def close(self, person: PersonId, closed: bool = True) -> None:
        """Keep `person` out, wherever they are signed in; or let them in again."""
        self._row(person).closed = closed
        if closed:
            self.sign_out_everywhere(person)
            for table in (TokenRow, LinkRow):
                self._session.execute(delete(table).where(table.person_id == person))

    def sign_out_everywhere(self, person: PersonId, but: str = "") -> None:
        """End every session, but the one with id `but`."""
        ended = delete(SessionRow).where(SessionRow.person_id == person, SessionRow.id != but)
        self._session.execute(ended)

    def make_link(self, person: PersonId, purpose: LinkPurpose, now: datetime) -> str:
        """A secret that may be used once to choose a password.

        Invitations before it count no more; links that were asked for do, or anyone could take
        them away by asking again.
        """
        secret = new_secret()
        if purpose is LinkPurpose.INVITATION:
            former = LinkRow.person_id == person, LinkRow.purpose == purpose
            self._session.execute(delete(LinkRow).where(*former))
        until = now + LIFETIME[purpose]
        self._session.add(
            LinkRow(hash=hash_of(secret), person_id=person, purpose=purpose, expires_at=until)
        )
        self._session.flush()
        return secret

    def person_of_link(self, secret: str, now: datetime) -> PersonId | None:
        """For whom a link is that may still be used."""
        row = self._session.get(LinkRow, hash_of(secret))
        if row is None or row.expires_at <= now:
            return None
        account = self._session.get(AccountRow, row.person_id)
        return None if account is None or account.closed else PersonId(row.person_id)

    def use_link(
        self, secret: str, now: datetime, purpose: LinkPurpose | None = None
    ) -> PersonId | None:
        """The same, of a link for `purpose` or for any, and it may not be used again."""
        person = self.person_of_link(secret, now)
        used = delete(LinkRow).where(LinkRow.hash == hash_of(secret)).returning(LinkRow.hash)
        if purpose is not None:
            used = used.where(LinkRow.purpose == purpose)
        return person if self._session.scalar(used) else None

    def attempt(self, keys: Sequence[tuple[str, int]], now: datetime, window: timedelta) -> bool:
        """Note a try under each of `keys`; False, and none noted, where one has had its number.

        A key is any text, with how many tries it may have in `window`; it is kept as a hash.
        """
        self._session.execute(delete(AttemptRow).where(AttemptRow.at < now - window))
        for key, most in keys:
            tried = (
                select(func.count()).select_from(AttemptRow).where(AttemptRow.key == hash_of(key))
            )
            if (self._session.scalar(tried) or 0) >= most:
                return False
        self._session.add_all(AttemptRow(key=hash_of(key), at=now) for key, _ in keys)
        self._session.flush()
        return True

    def succeeded(self, key: str) -> None:
        """The tries under `key` are no longer held against it."""
        self._session.execute(delete(AttemptRow).where(AttemptRow.key == hash_of(key)))

    def give_back(self, keys: Sequence[str]) -> None:
        """The last try under each of `keys` was a good one, and does not count."""
        for key in keys:
            last = select(func.max(AttemptRow.id)).where(AttemptRow.key == hash_of(key))
            self._session.execute(delete(AttemptRow).where(AttemptRow.id == last.scalar_subquery()))

    def rehash(self, person: PersonId, password_hash: str) -> None:
        """Keep the same password in the way of today."""
        self._session.execute(
            update(AccountRow)
            .where(AccountRow.person_id == person)
            .values(password_hash=password_hash)
        )

    def _row(self, person: PersonId) -> AccountRow:
        row = self._session.get(AccountRow, person)
        if row is None:
            raise NotFound("account")
        return row


def normal(email: str) -> str:
    """One spelling of an address: the domain has no case, and mailboxes in practice neither."""
    return email.strip().lower()


def _account(row: AccountRow) -> Account:
    return Account(
        PersonId(row.person_id),
        row.email,
        row.password_hash,
        row.code_secret,
        row.code_confirmed,
        row.code_step,
        row.closed,
    )
