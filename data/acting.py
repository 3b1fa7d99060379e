"""The transaction in which a person acts on anything but a question: what comes of it is noted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from data.audit import Audit, Result
from data.database import Database
from matcher.errors import Forbidden, NotFound
from matcher.policy import Act
from matcher.types import Position, Role, Viewer

_MANAGING: Final = (Act.SEE_PEOPLE, Act.MANAGE_PEOPLE, Act.SET_DEFAULT_SCOPE)


@dataclass(slots=True)
class Acted:
    """An act under way. `about` is the id of what it is done to, once that is known to exist."""

    session: Session
    about: str = ""


@contextmanager
def acted(database: Database, viewer: Viewer, act: Act) -> Iterator[Acted]:
    """A transaction in which `viewer` does `act`; noted with it, or on its own where it failed."""
    about = ""
    try:
        with database.write() as session:
            doing = Acted(session)
            yield doing
            about = doing.about
            Audit(session).add(viewer, act, about, position=_position(viewer, act))
    except Exception as error:
        refused = isinstance(error, Forbidden | NotFound)
        result = Result.REFUSED if refused else Result.FAILED
        with database.write() as session:
            Audit(session).add(viewer, act, about, result, _position(viewer, act))
        raise


def _position(viewer: Viewer, act: Act) -> Position | None:
    """The one that an admin manages from; of other acts the main one is noted."""
    if act not in _MANAGING:
        return None
    return next((p for p in viewer.positions if p.role is Role.ADMIN), None)
