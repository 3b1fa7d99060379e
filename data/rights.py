"""Which questions a viewer may see, in SQL: what :mod:`matcher.policy` says of READ, for lists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import BindParameter, Boolean, ColumnElement, String, and_, bindparam, or_, select

from data.tables import OrganisationRow, QuestionRow
from matcher.policy import FINDABLE
from matcher.types import NATIONAL_PARTITION, SharingScope, Viewer

_FOUND: Final = QuestionRow.status.in_(sorted(FINDABLE))


def visible_to(viewer: Viewer) -> ColumnElement[bool]:
    """True for questions that `viewer` may see: findable ones that are shared with them."""
    seen = seen_by(viewer)
    return and_(
        _FOUND,
        _shared(
            _among(seen["viewer_organisations"]),
            _among(seen["viewer_boards"]),
            _among(seen["viewer_partnerships"]),
            bindparam(None, seen["viewer_national"], type_=Boolean),
        ),
    )


def seen_by(viewer: Viewer) -> dict[str, Any]:
    """What a statement with `VISIBLE` in it is executed with."""
    return {
        "viewer_organisations": sorted(viewer.organisations),
        "viewer_boards": sorted(viewer.boards),
        "viewer_partnerships": sorted(viewer.partnerships),
        "viewer_national": viewer.sees_national,
    }


def _shared(
    organisations: BindParameter[Any],
    boards: BindParameter[Any],
    partnerships: BindParameter[Any],
    national: BindParameter[Any],
) -> ColumnElement[bool]:
    schools = select(OrganisationRow.id)
    of_boards = schools.where(OrganisationRow.board_id.in_(boards))
    of_partnerships = schools.where(OrganisationRow.partnership_id.in_(partnerships))
    return or_(
        and_(QuestionRow.scope == SharingScope.NATIONAL, national),
        QuestionRow.organisation_id.in_(organisations),
        and_(
            QuestionRow.scope == SharingScope.BOARD,
            QuestionRow.organisation_id.in_(of_boards),
        ),
        and_(
            QuestionRow.scope == SharingScope.PARTNERSHIP,
            QuestionRow.organisation_id.in_(of_partnerships),
        ),
    )


def _among(ids: Iterable[str]) -> BindParameter[Any]:
    return bindparam(None, list(ids), type_=String, expanding=True)


# The same for whom `seen_by` says, for statements that are made once: making one takes longer
# than the database does to answer it.
VISIBLE: Final = and_(
    _FOUND,
    _shared(
        bindparam("viewer_organisations", type_=String, expanding=True),
        bindparam("viewer_boards", type_=String, expanding=True),
        bindparam("viewer_partnerships", type_=String, expanding=True),
        bindparam("viewer_national", type_=Boolean),
    ),
)


def partition_of(
    scope: SharingScope, organisation: str, board: str | None, partnership: str
) -> str:
    """The index partition of a question: its scope. Without a board, 'bestuur' is the school."""
    if scope is SharingScope.NATIONAL:
        return NATIONAL_PARTITION
    if scope is SharingScope.PARTNERSHIP:
        return f"partnership:{partnership}"
    if scope is SharingScope.BOARD and board:
        return f"board:{board}"
    return f"school:{organisation}"
