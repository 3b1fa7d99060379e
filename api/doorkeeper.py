"""Lets people in and out: signing in, second steps, links, sessions and tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from api.passwords import Passwords, code_address, new_code_secret, step_of
from api.refusals import Refused, Why
from data.account_tables import LinkPurpose
from data.accounts import Account, Accounts, normal
from data.audit import Audit, Result
from data.clock import utc_now
from data.database import Database, Transaction
from data.directory import SqlDirectory
from data.keys import Keys, OpenSession, Token, TokenScope, to_be_noted
from data.secrets import hash_of
from matcher.entities import Person
from matcher.errors import NotFound
from matcher.policy import Act
from matcher.types import PersonId, Role, Viewer

WINDOW: Final = timedelta(minutes=15)
OF_ACCOUNT: Final = 10  # tries in that time: a person mistypes less, guessing takes years
FROM_ANYWHERE: Final = 50  # so that a stranger does not easily lock someone out
OF_RESET: Final = 3  # mails
OF_ADDRESS: Final = 60  # a school is behind one address

Invite = Callable[[Transaction, PersonId, LinkPurpose], object]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and by what they were let in; `secret` is that of the session's cookie."""

    person: Person
    session: OpenSession | None = None
    secret: str = ""
    token: Token | None = None
    needs_code: Why | None = None

    @property
    def csrf(self) -> str:
        return csrf_of(self.secret)


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was opened now; `secret` goes into the cookie, and is kept nowhere."""

    secret: str
    session: OpenSession
    person: Person
    needs_code: Why | None

    @property
    def csrf(self) -> str:
        return csrf_of(self.secret)


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """`invite` sends a person a link to choose a password with."""

    database: Database
    invite: Invite
    now: Callable[[], datetime] = utc_now
    passwords: Passwords = field(default_factory=Passwords)

    def sign_in(self, email: str, password: str, address: str, device: str, old: str) -> Opened:
        """Open a session; the one of cookie `old` ends. Raises Refused."""
        own, everyone = f"account:{normal(email)}|{address}", f"account:{normal(email)}"
        here = f"sign-in:{address}"
        self._try([(own, OF_ACCOUNT), (everyone, FROM_ANYWHERE), (here, OF_ADDRESS)])
        with self.database.read() as session:
            account = Accounts(session).by_email(email)
        usable = account and not account.closed
        hashed = account.password_hash if account and usable else None
        right, anew = self.passwords.check(password, hashed)
        if account is None or not right:
            self._note_refused(account.person if account else None, Act.SIGN_IN)
            raise Refused(401, Why.WRONG)
        with self.database.write() as session:
            accounts = Accounts(session)
            current = accounts.by_email(email)  # it may be closed or reset meanwhile
            if current is None or current.closed or current.password_hash != hashed:
                raise Refused(401, Why.WRONG)
            accounts.succeeded(own)
            accounts.give_back([everyone, here])
            if anew:
                accounts.rehash(account.person, anew)
            return self._open(session, account.person, device, old)

    def let_in(self, person: PersonId, device: str, old: str = "") -> Opened:
        """Open a session for who proved elsewhere who they are. Raises Refused if closed."""
        with self.database.write() as session:
            if _account(session, person) is None:
                raise Refused(403, Why.CLOSED)
            return self._open(session, person, device, old)

    def person_of_invitation(self, session: Transaction, link: str) -> PersonId | None:
        """For whom an invitation is, used up by this; None where it may not be used any more."""
        return Accounts(session).use_link(link, self.now(), LinkPurpose.INVITATION)

    def by_session(self, secret: str) -> Caller | None:
        """Who has this cookie; None where it is over."""
        now = self.now()
        with self.database.read() as session:
            found = Keys(session).session(secret, now)
            if found is None:
                return None
            person = SqlDirectory(session).person(found.person)
            needs = _needs_code(_account(session, found.person), person, found)
        self._note(found, now)
        return Caller(person, found, secret, needs_code=needs)

    def by_token(self, secret: str) -> Caller | None:
        """Whose program has this token; None where it is over."""
        now = self.now()
        with self.database.read() as session:
            found = Keys(session).token(secret, now)
            if found is None:
                return None
            person = SqlDirectory(session).person(found.person)
            account = _account(session, found.person)
        self._note(found, now)
        stepped = not _is_admin(person) or bool(account and account.code_confirmed)
        return Caller(person, token=found, needs_code=None if stepped else Why.CODE_TO_SET)

    def begin_code(self, caller: Caller) -> tuple[str, str]:
        """A secret for a second step, and how an app reads it; it counts once it is used."""
        secret = new_code_secret()
        with self.database.write() as session:
            Accounts(session).begin_code(caller.person.id, secret)
            email = Accounts(session).of(caller.person.id).email
            Audit(session).add(caller.person.viewer, Act.SET_CODE)
        return secret, code_address(secret, email)

    def give_code(self, caller: Caller, code: str, device: str) -> Opened:
        """Go on with a code: a new session in place of this one. Raises Refused."""
        self._check_code(caller.person.id, code)
        with self.database.write() as session:
            if Keys(session).session(caller.secret, self.now()) is None:  # ended meanwhile
                raise Refused(401, Why.NOT_SIGNED_IN)
            return self._open(session, caller.person.id, device, caller.secret, code_given=True)

    def forget_code(self, caller: Caller, password: str) -> None:
        """No second step any more. Raises Refused for an admin, or for another password."""
        self._check_password(caller.person.id, password)
        if _is_admin(caller.person):
            raise Refused(403, Why.CODE_KEPT)
        with self.database.write() as session:
            Accounts(session).forget_code(caller.person.id)
            Audit(session).add(caller.person.viewer, Act.SET_CODE)

    def change_password(self, caller: Caller, old: str, new: str, device: str) -> Opened:
        """Another password; every other session ends, this one goes on as a new one."""
        self._check_password(caller.person.id, old)
        hashed = self.passwords.hash(new)
        given = caller.session is not None and caller.session.code_given
        with self.database.write() as session:
            if Keys(session).session(caller.secret, self.now()) is None:  # ended meanwhile
                raise Refused(401, Why.NOT_SIGNED_IN)
            Accounts(session).set_password(caller.person.id, hashed)
            Audit(session).add(caller.person.viewer, Act.SET_PASSWORD)
            return self._open(session, caller.person.id, device, caller.secret, code_given=given)

    def forgot(self, email: str, address: str) -> None:
        """Send a link to who has this address; it shows in nothing whether anyone has."""
        self._try([(f"reset:{normal(email)}", OF_RESET), (f"reset-at:{address}", OF_ADDRESS)])
        with self.database.write() as session:
            account = Accounts(session).by_email(email)
            if account is not None and not account.closed:
                self.invite(session, account.person, LinkPurpose.RESET)
            Audit(session).add(Viewer(), Act.FORGET_PASSWORD)  # whoever it is: it takes as long

    def choose_password(self, link: str, password: str, address: str) -> PersonId:
        """Use a link. Raises Refused where it is over."""
        self._try([(f"link:{address}", OF_ADDRESS)])
        with self.database.read() as session:
            if Accounts(session).person_of_link(link, self.now()) is None:
                raise Refused(400, Why.LINK_OVER)
        hashed = self.passwords.hash(password)
        with self.database.write() as session:
            person = Accounts(session).use_link(link, self.now())
            if person is None:  # another was first
                raise Refused(400, Why.LINK_OVER)
            Accounts(session).set_password(person, hashed)
            Keys(session).revoke_tokens(person)  # who else was in is out
            Audit(session).add(SqlDirectory(session).person(person).viewer, Act.SET_PASSWORD)
        return person

    def sessions(self, caller: Caller) -> list[OpenSession]:
        with self.database.read() as session:
            return Keys(session).sessions(caller.person.id, self.now())

    def end_session(self, caller: Caller, id_: str) -> None:
        """Raises NotFound for a session of someone else."""
        with self.database.write() as session:
            Keys(session).end(id_, caller.person.id)
            current = caller.session is not None and caller.session.id == id_
            act = Act.SIGN_OUT if current else Act.REVOKE_SESSION
            Audit(session).add(caller.person.viewer, act, id_)

    def tokens(self, caller: Caller) -> list[Token]:
        with self.database.read() as session:
            return Keys(session).tokens(caller.person.id)

    def make_token(
        self, person: PersonId, name: str, scopes: Sequence[TokenScope], lifetime: timedelta
    ) -> tuple[str, Token]:
        """A token for a program that acts for `person`, with its secret: this once."""
        now = self.now()
        with self.database.write() as session:
            made = Keys(session).make_token(person, name, scopes, now + lifetime, now)
            viewer = SqlDirectory(session).person(person).viewer
            Audit(session).add(viewer, Act.MAKE_TOKEN, made[1].id)
            return made

    def revoke_token(self, caller: Caller, id_: str) -> None:
        """Raises NotFound for a token of someone else."""
        with self.database.write() as session:
            Keys(session).revoke_token(id_, caller.person.id)
            Audit(session).add(caller.person.viewer, Act.REVOKE_TOKEN, id_)

    def account(self, caller: Caller) -> Account | None:
        with self.database.read() as session:
            return _account(session, caller.person.id)

    def _open(
        self, session: Transaction, id_: PersonId, device: str, old: str, code_given: bool = False
    ) -> Opened:
        keys, now = Keys(session), self.now()
        keys.end_old(now)
        before = keys.session(old, now)
        if before is not None:
            keys.end(before.id, before.person)
        secret, opened = keys.open(id_, device, now, code_given)
        person = SqlDirectory(session).person(id_)
        needs = _needs_code(_account(session, id_), person, opened)
        Audit(session).add(person.viewer, Act.SIGN_IN, opened.id)
        return Opened(secret, opened, person, needs)

    def _check_password(self, person: PersonId, password: str) -> None:
        self._try([(f"password:{person}", OF_ACCOUNT)])
        with self.database.read() as session:
            hashed = Accounts(session).of(person).password_hash
        if not self.passwords.check(password, hashed)[0]:
            self._note_refused(person, Act.SET_PASSWORD)
            raise Refused(403, Why.WRONG_PASSWORD)
        self._succeeded(f"password:{person}")

    def _check_code(self, person: PersonId, code: str) -> None:
        self._try([(f"code:{person}", OF_ACCOUNT)])
        with self.database.write() as session:
            account = Accounts(session).of(person)
            step = step_of(account.code_secret, code, self.now()) if account.code_secret else None
            right = step is not None and Accounts(session).use_code(person, step)
            if right:
                Accounts(session).succeeded(f"code:{person}")
        if not right:
            self._note_refused(person, Act.SIGN_IN)
            raise Refused(403, Why.CODE_WRONG)

    def _try(self, keys: Sequence[tuple[str, int]]) -> None:
        """Note a try before it is looked at, so that many at once are not more than the limit."""
        with self.database.write() as session:
            noted = Accounts(session).attempt(keys, self.now(), WINDOW)
        if not noted:
            raise Refused(429, Why.TOO_OFTEN, int(WINDOW.total_seconds()))

    def _note_refused(self, person: PersonId | None, act: Act) -> None:
        """A row either way: from the time it takes one cannot tell whether anyone is meant."""
        with self.database.write() as session:
            viewer = SqlDirectory(session).person(person).viewer if person else Viewer()
            Audit(session).add(viewer, act, result=Result.REFUSED)

    def _succeeded(self, key: str) -> None:
        with self.database.write() as session:
            Accounts(session).succeeded(key)

    def _note(self, found: OpenSession | Token, now: datetime) -> None:
        if to_be_noted(found, now):
            with self.database.write() as session:
                Keys(session).seen(found, now)


def csrf_of(secret: str) -> str:
    """What a page must send along: who has it cannot tell the cookie, nor another site either."""
    return hash_of(f"csrf {secret}")


def _account(session: Transaction, person: PersonId) -> Account | None:
    try:
        account = Accounts(session).of(person)
    except NotFound:
        return None
    return None if account.closed else account


def _needs_code(account: Account | None, person: Person, opened: OpenSession) -> Why | None:
    if opened.code_given:
        return None
    if account is not None and account.code_confirmed:
        return Why.CODE_NEEDED
    return Why.CODE_TO_SET if _is_admin(person) else None


def _is_admin(person: Person) -> bool:
    return any(position.role is Role.ADMIN for position in person.viewer.positions)
