"""Coming in at the door, as a person with a token of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from fastapi.testclient import TestClient

from api.bootstrap import Schakel
from api.server import create_app
from data.accounts import Accounts
from data.clock import utc_now
from data.database import Database, Transaction
from data.directory import SqlDirectory
from data.keys import TokenScope, tokens_for
from matcher.types import PersonId, Role

_AS: Final = "Test-As"  # taken off before it is sent


def as_(person: str) -> dict[str, str]:
    """Headers for who acts; the clients below make them a token of that person."""
    return {_AS: person}


def bearer(database: Database, person: str) -> dict[str, str]:
    """Headers with which `person` may read and write."""
    with database.write() as session:
        second_step(session, person)
        made = tokens_for(session, [person], "test", list(TokenScope), utc_now())
    return {"Authorization": f"Bearer {made[person]}"}


def second_step(session: Transaction, person: str) -> None:
    """An admin's tokens wait for one: an account with it, if they have none."""
    accounts, id_ = Accounts(session), PersonId(person)
    positions = SqlDirectory(session).person(person).viewer.positions
    if accounts.email_of(person) is None and any(p.role is Role.ADMIN for p in positions):
        accounts.make(id_, f"{person}@bestuur.example")
        accounts.use_code(id_, 1)


class Tokens:
    """Gives each person a token once, and lets every request show that of who acts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._made: dict[str, dict[str, str]] = {}

    def __call__(self, request: Any) -> Any:
        person = request.headers.pop(_AS, None)
        if person is not None:
            if person not in self._made:
                self._made[person] = bearer(self._database, person)
            request.headers.update(self._made[person])
        return request


@contextmanager
def opened(schakel: Schakel) -> Iterator[TestClient]:
    """The doors of `schakel`, while it serves; asked from the machine itself."""
    app = create_app(schakel)
    with TestClient(app, "http://localhost", raise_server_exceptions=False) as client:
        client.auth = Tokens(schakel.database)
        yield client
