"""What people do with introductions, and what time does: each a transaction, then the letters."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from api.postman import utc_now
from api.references import References
from api.texts_introductions import AMSTERDAM
from data.acting import Acted, acted
from data.audit import Audit
from data.database import Database
from data.introductions import Introductions
from matcher.entities import Person
from matcher.errors import NotFound
from matcher.introduction_records import ACT_OF, Deed, NewIntroduction
from matcher.introduction_sight import SeenIntroduction
from matcher.policy import Act
from matcher.types import DocumentId, PersonId, Viewer

log = logging.getLogger("schakel.introductions")


def whom(references: References, new: NewIntroduction, viewer: PersonId) -> NewIntroduction:
    """`new`, with whom the viewer means: by the reference they were given, or by an id."""
    try:
        helper = references.open(new.helper, viewer, DocumentId(new.question))
    except NotFound:
        return new
    return replace(new, helper=helper, referred=True)


@dataclass(frozen=True, slots=True)
class Introducing:
    """Where two people are brought together.

    `follow` brings the index up to date; `wake` has letters sent at once. `meant` puts in whom
    viewer means with what they gave for a question.
    """

    database: Database
    follow: Callable[[], Any]
    wake: Callable[[], Any]
    meant: Callable[[NewIntroduction, PersonId], NewIntroduction]
    now: Callable[[], datetime] = utc_now

    def all(self, person: Person) -> list[SeenIntroduction]:
        """Without the texts of the questions: those are read one by one."""
        with self.database.read() as session:
            found = Introductions(session).all(person.viewer, self.now())
        return [replace(one, question=replace(one.question, texts=None)) for one in found]

    def get(self, person: Person, id_: str) -> SeenIntroduction:
        with acted(self.database, person.viewer, Act.SEE_INTRODUCTION) as doing:
            seen = Introductions(doing.session).get(id_, person.viewer, self.now())
            doing.about = seen.sight.id
            _note_read(doing, person, seen)
            return seen

    def propose(self, actor: Person, new: NewIntroduction) -> SeenIntroduction:
        now = self.now()
        today = now.astimezone(AMSTERDAM).date()
        meant = self.meant(new, actor.id)
        with acted(self.database, actor.viewer, Act.PROPOSE) as doing:
            repository = Introductions(doing.session)
            seen = repository.propose(meant, actor, today, now)
            doing.about = seen.sight.id
        self.wake()
        return seen

    def do(self, actor: Person, id_: str, deed: Deed) -> SeenIntroduction:
        with acted(self.database, actor.viewer, ACT_OF[type(deed)]) as doing:
            seen = Introductions(doing.session).do(id_, deed, actor.viewer, self.now())
            doing.about = seen.sight.id
            _note_read(doing, actor, seen)
        self.follow()
        self.wake()
        return seen

    def run_due(self, now: datetime) -> int:
        """Remind and let lapse what is due; how many. One that fails does not hold up the rest."""
        with self.database.read() as session:
            waiting = Introductions(session).due(now)
        done = 0
        for id_ in waiting:
            try:
                with self.database.write() as session:
                    act = Introductions(session).elapse(id_, now)
                    if act is not None:
                        Audit(session).add(Viewer(), act, id_)
                done += act is not None
            except Exception as error:  # the clock goes on
                log.error("time stood still for introduction %s: %s", id_, type(error).__name__)
        return done


def _note_read(doing: Acted, person: Person, seen: SeenIntroduction) -> None:
    """The owner of a question sees who read it by way of an introduction."""
    if seen.question.texts is not None:
        Audit(doing.session).add(person.viewer, Act.READ, seen.question.texts.question)
