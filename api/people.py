"""What an admin does with the people of a board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.doorkeeper import Invite
from data.account_tables import LinkPurpose
from data.accounts import Account, Accounts
from data.database import Database, Transaction
from data.people import People
from matcher.entities import Held, NewPerson, Person
from matcher.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class Known:
    """A person, with their account if there is one."""

    person: Person
    account: Account | None


@dataclass(frozen=True, slots=True)
class PeopleDesk:
    database: Database
    invite: Invite

    def everyone(self, admin: Person) -> list[Known]:
        with self.database.read() as session:
            people = People(session).of(admin.viewer)
            return [_known(session, person) for person in people]

    def person(self, admin: Person, id_: str) -> Known:
        with self.database.read() as session:
            return _known(session, People(session).get(id_, admin.viewer))

    def add(self, admin: Person, new: NewPerson, email: str) -> Known:
        """Someone who comes, with an account and an invitation to it."""
        with self.database.write() as session:
            person = People(session).add(new, admin.viewer)
            Accounts(session).make(person.id, email)
            self.invite(session, person.id, LinkPurpose.INVITATION)
            return _known(session, person)

    def change(
        self,
        admin: Person,
        id_: str,
        *,
        name: str | None,
        function: str | None,
        positions: Sequence[Held] | None,
        closed: bool | None,
    ) -> Known:
        """Change what is given. Raises Conflict for who would shut themselves out."""
        if closed and id_ == admin.id:
            raise Conflict("account", "own-account")
        with self.database.write() as session:
            person = People(session).change(
                id_, admin.viewer, name=name, function=function, positions=positions
            )
            if closed is not None:
                Accounts(session).close(person.id, closed)
            return _known(session, person)

    def invite_again(self, admin: Person, id_: str) -> None:
        """Raises NotFound for who has no account."""
        with self.database.write() as session:
            person = People(session).get(id_, admin.viewer)
            Accounts(session).of(person.id)
            self.invite(session, person.id, LinkPurpose.INVITATION)


def _known(session: Transaction, person: Person) -> Known:
    try:
        return Known(person, Accounts(session).of(person.id))
    except NotFound:
        return Known(person, None)
