"""Accounts to try Schakel with: one a role and board, over the sample set, never elsewhere."""

from __future__ import annotations

import os
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from api.bootstrap import Schakel
from api.passwords import new_code_secret
from data.accounts import Accounts
from data.csv_files import read_rows
from data.database import Database, Transaction
from data.directory import SqlDirectory
from data.importer import SAMPLE
from data.keys import Keys, TokenScope
from matcher.entities import Person
from matcher.errors import Conflict
from matcher.types import PersonId, Role

_TOKEN: Final = "demo"  # noqa: S105 (its name)
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # what cannot be misread


@dataclass(frozen=True, slots=True)
class DemoAccount:
    person: Person
    email: str
    needs_code: bool


@dataclass(frozen=True, slots=True)
class Demo:
    accounts: list[DemoAccount]
    password: str
    token: str  # of the first school leader, to search with


def prepare_demo(schakel: Schakel) -> Demo:
    """Accounts that can be used at once, with one password, the same every time it is started."""
    password = _password(schakel.settings.home / "demo-wachtwoord")
    hashed = schakel.doorkeeper.passwords.hash(password)
    now = schakel.doorkeeper.now()
    with schakel.database.write() as session:
        chosen = _one_a_role_and_board(_of_sample(SqlDirectory(session).people()))
        accounts = [_account(session, person, hashed) for person in chosen]
        leaders = [a.person for a in accounts if a.person.role is Role.SCHOOL_LEADER]
        asker = min(leaders, key=lambda person: person.id, default=None)
        token = ""
        if asker is not None:
            keys = Keys(session)
            for old in keys.tokens(asker.id):
                if old.name == _TOKEN:
                    keys.revoke_token(old.id, asker.id)
            until = now + timedelta(days=7)
            token, _ = keys.make_token(asker.id, _TOKEN, [TokenScope.READ], until, now)
    return Demo(accounts, password, token)


def _of_sample(people: list[Person]) -> list[Person]:
    """Those that are made up: nobody else gets an account by itself."""
    rows = read_rows(SAMPLE / "personen.csv", ("code", "naam"), [])
    made_up = {(row.values["code"], row.values["naam"]) for row in rows}
    return [person for person in people if (person.id, person.name) in made_up]


def _one_a_role_and_board(people: list[Person]) -> list[Person]:
    """Of each board the first of each role, and of each partner without one the first."""
    first: dict[tuple[str, str], Person] = {}
    for person in people:
        main = person.viewer.positions[0]
        first.setdefault((main.board or main.organisation, main.role), person)
    return [first[key] for key in sorted(first)]


def _account(session: Transaction, person: Person, hashed: str) -> DemoAccount:
    accounts = Accounts(session)
    account = accounts.make(person.id, _email(accounts, person))
    if account.password_hash is None:
        accounts.set_password(person.id, hashed)
    else:
        accounts.rehash(person.id, hashed)
    is_admin = person.role is Role.ADMIN
    if is_admin and not account.code_confirmed:
        accounts.begin_code(person.id, new_code_secret())
        accounts.use_code(person.id, 1)
    return DemoAccount(person, account.email, is_admin)


def _email(accounts: Accounts, person: Person) -> str:
    """An address at which nobody gets mail: the domain is set apart for examples."""
    plain = unicodedata.normalize("NFKD", person.name).encode("ascii", "ignore").decode()
    name = ".".join(plain.lower().replace("-", " ").split())
    taken = accounts.by_email(f"{name}@schakel.example")
    return f"{name}{'.' + person.id if taken and taken.person != person.id else ''}@schakel.example"


def code_secret_of(database: Database, demo: bool, person: PersonId) -> str:
    """Raises NotFound without an account, Conflict outside a demonstration or without a code."""
    with database.read() as session:
        secret = Accounts(session).of(person).code_secret
    if not demo or secret is None:
        raise Conflict("account", "no-demo")
    return secret


def _password(file: Path) -> str:
    if not file.exists():
        made = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            opened.write(made)
    return file.read_text()
