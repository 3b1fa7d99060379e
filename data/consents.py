"""What people allow, and how far boards share: theirs to read and to change."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import BoardRow, PersonRow, ThemeRow
from matcher.entities import Board, Consent
from matcher.errors import NotFound, UnknownReference
from matcher.policy import Act, own_board, require_manager
from matcher.types import SharingScope, Viewer


class Consents:
    """The consent of who looks, within one transaction. Never commits.

    It is no part of the index: people are re-selected at every match, so that it works at once.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def own(self, viewer: Viewer) -> Consent:
        """What `viewer` allows. Raises NotFound for who is no person."""
        return _consent(self._row(viewer))

    def replace(self, viewer: Viewer, consent: Consent) -> Consent:
        """From now on `viewer` allows what `consent` says, and nothing else.

        Raises NotFound for who is no person, UnknownReference for a theme.
        """
        row = self._row(viewer)
        row.found_for = self._themes(consent.themes)
        row.findable, row.contact = consent.findable, consent.contact
        row.capacity, row.away_until = consent.capacity, consent.away_until
        self._session.flush()
        return _consent(row)

    def _row(self, viewer: Viewer) -> PersonRow:
        row = self._session.get(PersonRow, viewer.person) if viewer.person else None
        if row is None:
            raise NotFound("person")
        return row

    def _themes(self, ids: tuple[str, ...]) -> list[ThemeRow]:
        rows = self._session.scalars(
            select(ThemeRow).where(ThemeRow.id.in_(ids)).order_by(ThemeRow.id)
        ).all()
        if len(rows) < len(set(ids)):
            raise UnknownReference("theme")
        return list(rows)


class Boards:
    """The board of who looks, within one transaction. Never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def own(self, viewer: Viewer) -> Board:
        """Raises NotFound for who works at no board."""
        return _board(self._row(viewer))

    def share_by_default(self, viewer: Viewer, scope: SharingScope) -> Board:
        """How far questions that are asked from now on are shared, where the asker does not say.

        Raises NotFound for who works at no board, Forbidden for who does not manage it.
        """
        row = self._row(viewer)
        require_manager(viewer, Act.SET_DEFAULT_SCOPE, row.id)
        row.default_scope = scope
        self._session.flush()
        return _board(row)

    def _row(self, viewer: Viewer) -> BoardRow:
        board = own_board(viewer)
        row = self._session.get(BoardRow, board) if board else None
        if row is None:
            raise NotFound("board")
        return row


def _consent(row: PersonRow) -> Consent:
    return Consent(
        findable=row.findable,
        contact=row.contact,
        themes=tuple(theme.id for theme in row.found_for),
        capacity=row.capacity,
        away_until=row.away_until,
    )


def _board(row: BoardRow) -> Board:
    return Board(row.id, row.name, row.default_scope)
