"""What a person sets for themselves, and an admin for their board: each a transaction."""

from __future__ import annotations

from dataclasses import dataclass

from data.acting import acted
from data.consents import Boards, Consents
from data.database import Database
from matcher.entities import Board, Consent, Person
from matcher.policy import Act
from matcher.types import SharingScope


@dataclass(frozen=True, slots=True)
class ConsentDesk:
    """Where people say what they allow; it counts when these return."""

    database: Database

    def consent(self, person: Person) -> Consent:
        with self.database.read() as session:
            return Consents(session).own(person.viewer)

    def replace(self, person: Person, consent: Consent) -> Consent:
        """Raises UnknownReference for a theme."""
        with acted(self.database, person.viewer, Act.CONSENT) as doing:
            doing.about = person.id
            return Consents(doing.session).replace(person.viewer, consent)

    def board(self, person: Person) -> Board:
        """Raises NotFound for who works at no board."""
        with self.database.read() as session:
            return Boards(session).own(person.viewer)

    def share_by_default(self, person: Person, scope: SharingScope) -> Board:
        """Raises NotFound for who works at no board, Forbidden for who does not manage it."""
        with acted(self.database, person.viewer, Act.SET_DEFAULT_SCOPE) as doing:
            board = Boards(doing.session).share_by_default(person.viewer, scope)
            doing.about = board.id
            return board
