"""What an admin does with the people of a board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.doorkeeper import Invite
from data.account_tables import LinkPurpose
from data.accounts import Account, Accounts
from data.acting import acted
from data.database import Database, Transaction
from data.people import People
from matcher.entities import Held, NewPerson, Person
from matcher.errors import Conflict, NotFound
from matcher.policy import Act


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
        with acted(self.database, admin.viewer, Act.SEE_PEOPLE) as doing:
            people = People(doing.session).of(admin.viewer)
            return [_known(doing.session, person) for person in people]

    def person(self, admin: Person, id_: str) -> Known:
        with acted(self.database, admin.viewer, Act.SEE_PEOPLE) as doing:
            known = _known(doing.session, People(doing.session).get(id_, admin.viewer))
            doing.about = known.person.id
            return known

    def add(self, admin: Person, new: NewPerson, email: str) -> Known:
        """Someone who comes, with an account and an invitation to it."""
        with acted(self.database, admin.viewer, Act.MANAGE_PEOPLE) as doing:
            person = People(doing.session).add(new, admin.viewer)
            Accounts(doing.session).make(person.id, email)
            self.invite(doing.session, person.id, LinkPurpose.INVITATION)
            doing.about = person.id
            return _known(doing.session, person)

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
        """Change what is given. Raises Conflict for one's own account or positions.

        Another admin is asked for that: nobody gives themselves sight of texts.
        """
        if id_ == admin.id and (closed or positions is not None):
            raise Conflict("account", "own-account")
        with acted(self.database, admin.viewer, Act.MANAGE_PEOPLE) as doing:
            person = People(doing.session).change(
                id_,
                admin.viewer,
                name=name,
                function=function,
                positions=positions,
                wholly=closed is not None,
            )
            if closed is not None:
                Accounts(doing.session).close(person.id, closed)
            doing.about = person.id
            return _known(doing.session, person)

    def invite_again(self, admin: Person, id_: str) -> None:
        """Raises NotFound for who has no account."""
        with acted(self.database, admin.viewer, Act.MANAGE_PEOPLE) as doing:
            person = People(doing.session).get(id_, admin.viewer)
            Accounts(doing.session).of(person.id)
            self.invite(doing.session, person.id, LinkPurpose.INVITATION)
            doing.about = person.id


def _known(session: Transaction, person: Person) -> Known:
    try:
        return Known(person, Accounts(session).of(person.id))
    except NotFound:
        return Known(person, None)
