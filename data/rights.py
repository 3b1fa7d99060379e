"""Which questions a viewer may see, in SQL: the one place where sharing scopes become rows."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, String, and_, bindparam, or_, select

from data.tables import OrganisationRow, QuestionRow
from matcher.types import NATIONAL_PARTITION, QuestionStatus, SharingScope, Viewer

FINDABLE = (QuestionStatus.OPEN, QuestionStatus.IN_CONVERSATION, QuestionStatus.SOLVED)
_FOUND: Final = QuestionRow.status.in_(FINDABLE)


def visible_to(viewer: Viewer) -> ColumnElement[bool]:
    """True for questions that `viewer` may see: findable ones that are shared with them."""
    return and_(_FOUND, shared_with(viewer))


def shared_with(viewer: Viewer) -> ColumnElement[bool]:
    """True for questions within whose scope `viewer` is, drafts and withdrawn ones as well."""
    return _shared(viewer.organisation, viewer.board, viewer.partnership)


def seen_by(viewer: Viewer) -> dict[str, str | None]:
    """What a statement with `VISIBLE` in it is executed with."""
    return {
        "viewer_organisation": viewer.organisation,
        "viewer_board": viewer.board,
        "viewer_partnership": viewer.partnership,
    }


def _shared(organisation: Any, board: Any, partnership: Any) -> ColumnElement[bool]:
    """Of who is in nothing, = NULL is never true: they see what is national."""
    schools = select(OrganisationRow.id)
    of_board = schools.where(OrganisationRow.board_id == _given(board))
    of_partnership = schools.where(OrganisationRow.partnership_id == _given(partnership))
    return or_(
        QuestionRow.scope == SharingScope.NATIONAL,
        QuestionRow.organisation_id == _given(organisation),
        and_(
            QuestionRow.scope == SharingScope.BOARD,
            QuestionRow.organisation_id.in_(of_board),
        ),
        and_(
            QuestionRow.scope == SharingScope.PARTNERSHIP,
            QuestionRow.organisation_id.in_(of_partnership),
        ),
    )


def _given(value: Any) -> Any:
    """`value` as a parameter, so that None is compared as NULL: `= NULL`, not `IS NULL`."""
    return value if isinstance(value, BindParameter) else bindparam(None, value, type_=String)


# The same for whom `seen_by` says, for statements that are made once: making one takes longer
# than the database does to answer it.
VISIBLE: Final = and_(
    _FOUND,
    _shared(
        *(bindparam(f"viewer_{o}", type_=String) for o in ("organisation", "board", "partnership"))
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
