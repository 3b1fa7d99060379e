"""The people of a board, as its admin manages them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from data.directory import person_of
from data.tables import OrganisationRow, PersonRow, PositionRow
from matcher.entities import Held, NewPerson, Person
from matcher.errors import Conflict, Forbidden, NotFound, UnknownReference
from matcher.policy import Act, at_home, manages
from matcher.types import Position, Role, Viewer


class People:
    """People within one transaction. Never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, viewer: Viewer) -> list[Person]:
        """Everyone who holds a position where `viewer` is an admin, by name.

        Raises Forbidden for who manages none.
        """
        _require_admin(viewer, Act.SEE_PEOPLE)
        admin = [p for p in viewer.positions if p.role is Role.ADMIN]
        of_boards = select(OrganisationRow.id).where(
            or_(
                OrganisationRow.board_id.in_([p.board for p in admin if p.board]),
                OrganisationRow.id.in_([p.organisation for p in admin]),
            )
        )
        also = select(PositionRow.person_id).where(PositionRow.organisation_id.in_(of_boards))
        rows = self._session.scalars(
            select(PersonRow)
            .options(selectinload(PersonRow.positions))
            .where(or_(PersonRow.organisation_id.in_(of_boards), PersonRow.id.in_(also)))
            .order_by(PersonRow.name, PersonRow.id)
        )
        return [person_of(row) for row in rows]

    def get(self, id_: str, viewer: Viewer) -> Person:
        """Raises NotFound for someone of another board, Forbidden for who manages nobody."""
        return person_of(self._managed(id_, viewer, Act.SEE_PEOPLE))

    def add(self, new: NewPerson, viewer: Viewer) -> Person:
        """Someone who may not be found by anyone yet.

        Raises Forbidden for who manages nobody, UnknownReference for a position elsewhere.
        """
        _require_admin(viewer, Act.MANAGE_PEOPLE)
        first, *others = self._positions(new.positions, viewer)
        row = PersonRow(
            id=str(uuid.uuid4()),
            name=new.name,
            role=first[0],
            function=new.function,
            organisation=first[1],
        )
        row.positions = [PositionRow(role=role, organisation=at) for role, at in others]
        self._session.add(row)
        self._session.flush()
        return person_of(row)

    def change(
        self,
        id_: str,
        viewer: Viewer,
        *,
        name: str | None = None,
        function: str | None = None,
        positions: Sequence[Held] | None = None,
        wholly: bool = False,
    ) -> Person:
        """Change what is given. Positions in boards of others stay as they are.

        Raises NotFound, Forbidden and UnknownReference as the others do; Forbidden also where
        the person as such is changed (`wholly`, or by name) of who works in other boards too,
        Conflict for who would be left without any position.
        """
        row = self._managed(id_, viewer, Act.MANAGE_PEOPLE)
        if wholly or name or function:
            self._require_alone(row, viewer)
        row.name = name or row.name
        row.function = function or row.function
        if positions is not None:
            self._place(row, self._positions(positions, viewer), viewer)
        self._session.flush()
        return person_of(row)

    def _place(
        self, row: PersonRow, wanted: list[tuple[Role, OrganisationRow]], viewer: Viewer
    ) -> None:
        held = [(row.role, row.organisation), *((p.role, p.organisation) for p in row.positions)]
        elsewhere = [(role, at) for role, at in held if not _manages(viewer, at)]
        theirs = held[0] in elsewhere  # the main one stays: it is not this admin's to move
        placed = dict.fromkeys([*elsewhere, *wanted] if theirs else [*wanted, *elsewhere])
        if not placed:
            raise Conflict("person", "no-position")
        (row.role, row.organisation), *others = placed
        kept = {(p.role, p.organisation_id): p for p in row.positions}
        row.positions = [
            kept.get((role, at.id)) or PositionRow(role=role, organisation=at)
            for role, at in others
        ]

    def _managed(self, id_: str, viewer: Viewer, act: Act) -> PersonRow:
        row = self._session.get(PersonRow, id_)
        if row is None:
            raise NotFound("person")
        places = [row.organisation, *(p.organisation for p in row.positions)]
        if any(_manages(viewer, at) for at in places):
            return row
        if any(at_home(viewer, at.id, at.board_id) for at in places):
            raise Forbidden(act)
        raise NotFound("person")

    def _require_alone(self, row: PersonRow, viewer: Viewer) -> None:
        places = [row.organisation, *(p.organisation for p in row.positions)]
        if not all(_manages(viewer, at) for at in places):
            raise Forbidden(Act.MANAGE_PEOPLE)

    def _positions(
        self, wanted: Sequence[Held], viewer: Viewer
    ) -> list[tuple[Role, OrganisationRow]]:
        found: list[tuple[Role, OrganisationRow]] = []
        for held in dict.fromkeys(wanted):
            at = self._session.get(OrganisationRow, held.organisation)
            if at is None or not _manages(viewer, at):
                raise UnknownReference("organisation")
            found.append((held.role, at))
        return found


def shown_to(person: Person, viewer: Viewer) -> tuple[Position, ...]:
    """The positions of `person` that `viewer` manages."""
    return tuple(p for p in person.viewer.positions if manages(viewer, p.organisation, p.board))


def _manages(viewer: Viewer, at: OrganisationRow) -> bool:
    return manages(viewer, at.id, at.board_id)


def _require_admin(viewer: Viewer, act: Act) -> None:
    if not any(p.role is Role.ADMIN for p in viewer.positions):
        raise Forbidden(act)
