"""Coming in at the door, as a person with a token of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from fastapi.testclient import TestClient

from api.bootstrap import Schakel
from api.server import create_app
from data.clock import utc_now
from data.database import Database
from data.keys import TokenScope, tokens_for

_AS: Final = "Test-As"  # taken off before it is sent


def as_(person: str) -> dict[str, str]:
    """Headers for who acts; the clients below make them a token of that person."""
    return {_AS: person}


def bearer(database: Database, person: str) -> dict[str, str]:
    """Headers with which `person` may read and write."""
    with database.write() as session:
        made = tokens_for(session, [person], "test", list(TokenScope), utc_now())
    return {"Authorization": f"Bearer {made[person]}"}


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
