"""What people do with introductions, and what time does: each a transaction, then the letters."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from api.postman import utc_now
from api.texts_introductions import AMSTERDAM
from data.database import Database
from data.introductions import Introductions
from matcher.entities import Person
from matcher.errors import NotFound, UnknownReference
from matcher.introduction_records import Deed, NewIntroduction
from matcher.introduction_sight import SeenIntroduction
from matcher.types import DocumentId, PersonId

log = logging.getLogger("schakel.introductions")


def by_id(person: str, _viewer: PersonId, _question: DocumentId) -> PersonId:
    """For as long as there are no references."""
    return PersonId(person)


@dataclass(frozen=True, slots=True)
class Introducing:
    """Where two people are brought together.

    `follow` brings the index up to date; `wake` has letters sent at once. `meant` says whom a
    viewer means with what they gave for a question; raises NotFound.
    """

    database: Database
    follow: Callable[[], Any]
    wake: Callable[[], Any]
    now: Callable[[], datetime] = utc_now
    meant: Callable[[str, PersonId, DocumentId], PersonId] = by_id

    def all(self, person: Person) -> list[SeenIntroduction]:
        with self.database.read() as session:
            return Introductions(session).all(person.viewer, self.now())

    def get(self, person: Person, id_: str) -> SeenIntroduction:
        with self.database.read() as session:
            return Introductions(session).get(id_, person.viewer, self.now())

    def propose(self, actor: Person, new: NewIntroduction) -> SeenIntroduction:
        now = self.now()
        today = now.astimezone(AMSTERDAM).date()
        try:
            helper = self.meant(new.helper, actor.id, DocumentId(new.question))
        except NotFound:
            raise UnknownReference("helper") from None
        with self.database.write() as session:
            seen = Introductions(session).propose(replace(new, helper=helper), actor, today, now)
        self.wake()
        return seen

    def do(self, actor: Person, id_: str, deed: Deed) -> SeenIntroduction:
        with self.database.write() as session:
            seen = Introductions(session).do(id_, deed, actor.viewer, self.now())
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
                done += act is not None
            except Exception as error:  # the clock goes on
                log.error("time stood still for introduction %s: %s", id_, type(error).__name__)
        return done
