"""The transaction in which a person acts on questions: what comes of it is in the audit.

What was done is noted in the transaction itself, so that there is no act without its row. What
was refused or failed is undone and noted in a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from data.audit import Audit, Result
from data.database import Database
from data.questions import placed
from data.tables import QuestionRow
from matcher.errors import Forbidden, NotFound
from matcher.policy import Act, Placed, Verdict, acting_as, may
from matcher.types import Viewer


@dataclass(slots=True)
class Doing:
    """An act under way, and the transaction it is done in."""

    session: Session
    viewer: Viewer
    act: Act
    noted: bool = False

    def note(self, question: str = "", place: Placed | None = None) -> int:
        """Note now that it is done, rather than at the end: the number of the row."""
        self.noted = True
        position = acting_as(self.viewer, self.act, place or _place(self.session, question))
        return Audit(self.session).add(self.viewer, self.act, question, position=position)


@contextmanager
def noted(database: Database, viewer: Viewer, act: Act, question: str = "") -> Iterator[Doing]:
    """A transaction in which `viewer` does `act` to `question`, be it to read or to write.

    The id of a question may be one that was typed: it is noted only where it exists, and there
    is a row where it does not, so that one cannot tell from the time which it was.
    """
    try:
        with database.write(viewer) as session:
            place = _place(session, question)  # before: it may be erased
            doing = Doing(session, viewer, act)
            yield doing
            if not doing.noted:
                doing.note(question, place)
    except Exception as error:
        with database.write() as session:
            _note_undone(session, viewer, act, question, error)
        raise


def _note_undone(
    session: Session, viewer: Viewer, act: Act, question: str, error: Exception
) -> None:
    place = _place(session, question)
    refused = isinstance(error, Forbidden | NotFound)
    if place is not None and may(viewer, act, place) is Verdict.ALLOWED:
        refused = False  # no case yet, say
    Audit(session).add(
        viewer,
        act,
        question if place else "",
        Result.REFUSED if refused else Result.FAILED,
        acting_as(viewer, act, place),
    )


def _place(session: Session, question: str) -> Placed | None:
    row = session.get(QuestionRow, question) if question else None
    return placed(row) if row else None
