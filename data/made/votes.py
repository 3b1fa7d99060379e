"""What the plain contender of `schakel bench match` asks of the database: one query."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.tables import ParticipationRow, PersonRow
from matcher.types import DocumentId, PersonId


def votes(
    session: Session, cases: Collection[DocumentId], limit: int
) -> list[tuple[PersonId, str, int]]:
    """The `limit` people with most parts in `cases`, with their name and how many that are."""
    count = func.count(ParticipationRow.id)
    query = (
        select(PersonRow.id, PersonRow.name, count)
        .join(ParticipationRow, ParticipationRow.person_id == PersonRow.id)
        .where(ParticipationRow.question_id.in_(cases))
        .group_by(PersonRow.id, PersonRow.name)
        .order_by(count.desc(), PersonRow.id)
        .limit(limit)
    )
    return [(PersonId(id_), name, number) for id_, name, number in session.execute(query)]
