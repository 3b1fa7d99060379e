"""Which questions a viewer may see, in SQL: the one place where sharing scopes become rows."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_, select

from data.tables import OrganisationRow, QuestionRow
from matcher.types import NATIONAL_PARTITION, QuestionStatus, SharingScope, Viewer

FINDABLE = (QuestionStatus.OPEN, QuestionStatus.IN_CONVERSATION, QuestionStatus.SOLVED)


def visible_to(viewer: Viewer) -> ColumnElement[bool]:
    """True for questions that `viewer` may see: findable ones within their scope."""
    schools = select(OrganisationRow.id)
    allowed = [QuestionRow.scope == SharingScope.NATIONAL]
    if viewer.organisation:
        allowed.append(QuestionRow.organisation_id == viewer.organisation)
    if viewer.board:
        allowed.append(
            and_(
                QuestionRow.scope == SharingScope.BOARD,
                QuestionRow.organisation_id.in_(
                    schools.where(OrganisationRow.board_id == viewer.board)
                ),
            )
        )
    if viewer.partnership:
        allowed.append(
            and_(
                QuestionRow.scope == SharingScope.PARTNERSHIP,
                QuestionRow.organisation_id.in_(
                    schools.where(OrganisationRow.partnership_id == viewer.partnership)
                ),
            )
        )
    return and_(QuestionRow.status.in_(FINDABLE), or_(*allowed))


def partition_of(question: QuestionRow) -> str:
    """The index partition of a question: its scope. Without a board, 'bestuur' is the school."""
    organisation = question.organisation
    if question.scope is SharingScope.NATIONAL:
        return NATIONAL_PARTITION
    if question.scope is SharingScope.PARTNERSHIP:
        return f"partnership:{organisation.partnership_id}"
    if question.scope is SharingScope.BOARD and organisation.board_id:
        return f"board:{organisation.board_id}"
    return f"school:{organisation.id}"
