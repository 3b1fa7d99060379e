"""Questions and cases in the store; every write adds an outbox row in the same transaction."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.rights import visible_to
from data.tables import (
    OutboxRow,
    ParticipationRow,
    PersonRow,
    QuestionRow,
    ResolutionRow,
    ThemeRow,
)
from matcher.entities import NewQuestion, Participant, Person, Question, Resolution, Theme
from matcher.errors import Conflict, NotFound, UnknownReference
from matcher.types import (
    DocumentId,
    ParticipationRole,
    PersonId,
    QuestionStatus,
    Role,
    Viewer,
)


class Questions:
    """Questions as one viewer may see them, within one transaction. Never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, id_: str, viewer: Viewer) -> Question:
        """The question or case `id_`. Raises NotFound, also when it is out of sight."""
        return _question(self._row(id_, viewer))

    def case(self, id_: str, viewer: Viewer) -> Question:
        """The case `id_`. Raises NotFound, also for a question that is not solved yet."""
        row = self._row(id_, viewer)
        if row.resolution is None:
            raise NotFound("case")
        return _question(row)

    def ask(self, new: NewQuestion, asker: Person, today: date) -> Question:
        """Store an open question of `asker`. Raises UnknownReference for a theme."""
        themes = self._themes(new.themes)
        row = QuestionRow(
            id=str(uuid.uuid4()),
            title=new.title,
            situation=new.situation,
            tried=new.tried,
            goal=new.goal,
            form=new.form,
            support_role=new.support_role,
            sector=new.sector or asker.sector,
            scope=new.scope,
            status=QuestionStatus.OPEN,
            organisation_id=asker.viewer.organisation,
            asked_on=today,
            themes=themes,
        )
        row.participations = [ParticipationRow(person_id=asker.id, role=ParticipationRole.ASKER)]
        self._session.add(row)
        self._session.add(OutboxRow(document_id=row.id))
        self._session.flush()
        self._session.refresh(row)
        return _question(row)

    def resolve(
        self, id_: str, resolution: Resolution, participants: Sequence[Participant], actor: Person
    ) -> Question:
        """Record how `id_` was resolved and by whom; from now on it is a case.

        Raises NotFound when `actor` may not see it or is neither of the asking school nor an
        adviser of its board, UnknownReference for a participant, Conflict when it is solved
        already.
        """
        row = self._row(id_, actor.viewer)
        if not _may_resolve(row, actor):
            raise NotFound("question")
        if row.status not in (QuestionStatus.OPEN, QuestionStatus.IN_CONVERSATION):
            raise Conflict("question", f"status-{row.status.value}")
        row.resolution = ResolutionRow(
            approach=resolution.approach,
            worked=resolution.worked,
            did_not_work=resolution.did_not_work,
            outcome=resolution.outcome,
            recorded_on=resolution.recorded_on,
        )
        row.status = QuestionStatus.SOLVED
        row.revision += 1
        self._add_participants(row, participants, actor)
        self._session.add(OutboxRow(document_id=row.id))
        self._session.flush()
        return _question(row)

    def _row(self, id_: str, viewer: Viewer) -> QuestionRow:
        query = select(QuestionRow).where(QuestionRow.id == id_, visible_to(viewer))
        row = self._session.scalar(query)
        if row is None:
            raise NotFound("question")
        return row

    def _themes(self, ids: Collection[str]) -> list[ThemeRow]:
        found = self._session.scalars(select(ThemeRow).where(ThemeRow.id.in_(ids))).all()
        if len(found) < len(set(ids)):
            raise UnknownReference("theme")
        return list(found)

    def _add_participants(
        self, row: QuestionRow, participants: Sequence[Participant], actor: Person
    ) -> None:
        """Add who took part; a person can only be named who is within the actor's partnership."""
        present = {(p.person_id, p.role) for p in row.participations}
        for participant in dict.fromkeys(participants):
            person = self._session.get(PersonRow, participant.person)
            within = person and person.organisation.partnership_id == actor.viewer.partnership
            if not within:
                raise UnknownReference("person")
            if (participant.person, participant.role) not in present:
                row.participations.append(
                    ParticipationRow(person_id=participant.person, role=participant.role)
                )


def _may_resolve(row: QuestionRow, actor: Person) -> bool:
    if row.organisation_id == actor.viewer.organisation:
        return True
    own_board = row.organisation.board_id is not None and (
        row.organisation.board_id == actor.viewer.board
    )
    return own_board and actor.role is Role.ADVISER


def _question(row: QuestionRow) -> Question:
    asker = next((p for p in row.participations if p.role is ParticipationRole.ASKER), None)
    return Question(
        id=DocumentId(row.id),
        title=row.title,
        situation=row.situation,
        tried=row.tried,
        goal=row.goal,
        themes=tuple(theme_of(theme) for theme in row.themes),
        form=row.form,
        support_role=row.support_role,
        sector=row.sector,
        scope=row.scope,
        status=row.status,
        organisation=row.organisation_id,
        organisation_name=row.organisation.name,
        asker=PersonId(asker.person_id) if asker else None,
        asked_on=row.asked_on,
        resolution=_resolution(row.resolution),
    )


def _resolution(row: ResolutionRow | None) -> Resolution | None:
    if row is None:
        return None
    return Resolution(
        approach=row.approach,
        worked=row.worked,
        did_not_work=row.did_not_work,
        outcome=row.outcome,
        recorded_on=row.recorded_on,
    )


def theme_of(row: ThemeRow) -> Theme:
    return Theme(row.id, row.name, row.taxonomy, row.description)
