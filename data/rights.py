"""Which questions a viewer may see, in SQL: what :mod:`matcher.policy` says of READ, for lists.

On PostgreSQL the database says so too, for whoever forgets to ask (migration 0009). What it does
not show and yet is to be known, it tells in two views.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    CompoundSelect,
    String,
    and_,
    bindparam,
    column,
    or_,
    select,
    table,
)
from sqlalchemy.orm import Session

from data.tables import OrganisationRow, QuestionRow
from matcher.policy import FINDABLE, Placed
from matcher.types import NATIONAL_PARTITION, QuestionStatus, SharingScope, Viewer

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

_place: Final = table(
    "question_place",
    *map(column, ("id", "organisation_id", "board_id", "partnership_id", "scope", "status")),
)
_PLACE: Final = select(_place).where(_place.c.id == bindparam("id"))
_load: Final = table("helper_load", column("person_id"), column("question_id"))
LOADS_IN_VIEW: Final = select(_load.c.person_id, _load.c.question_id)


def place_out_of_sight(session: Session, id_: str) -> Placed | None:
    """Where question `id_` belongs that a viewer's rows do not hold: only of their own boards.

    None where the database holds nothing back.
    """
    if not has_eyes(session):
        return None
    row = session.execute(_PLACE, {"id": id_}).one_or_none()
    if row is None:
        return None
    return Placed(
        row.organisation_id,
        row.board_id,
        row.partnership_id,
        SharingScope(row.scope),
        QuestionStatus(row.status),
    )


def loads(session: Session, carried: CompoundSelect[Any]) -> Counter[str]:
    """What each helper carries, by person: `carried`, or where rows are out of sight the view.

    They are counted here: to group a union the database takes as long as to find it.
    """
    rows = session.execute(LOADS_IN_VIEW if has_eyes(session) else carried)
    return Counter(person for person, _ in rows)


def has_eyes(session: Session) -> bool:
    """Whether the database itself looks through the eyes of a viewer in this transaction."""
    return session.connection().get_execution_options().get("schakel_viewer") is not None


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
