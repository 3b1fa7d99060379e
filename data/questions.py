"""Questions and cases in the store; every write adds an outbox row in the same transaction."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from data.documents import SqlDocuments
from data.outbox import announce
from data.participants import add_participants
from data.rights import place_out_of_sight
from data.tables import (
    OrganisationRow,
    ParticipationRow,
    QuestionRow,
    ResolutionRow,
    ThemeRow,
)
from matcher.entities import NewQuestion, Participant, Person, Question, Resolution, Theme
from matcher.errors import Conflict, NotFound, ReadAgain, UnknownReference
from matcher.policy import FINDABLE, Act, Placed, require, require_reader
from matcher.text import sensitive
from matcher.types import (
    Document,
    DocumentId,
    ParticipationRole,
    PersonId,
    QuestionStatus,
    SharingScope,
    Viewer,
)


class Questions:
    """Questions as one viewer may see them, within one transaction. Never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, id_: str, viewer: Viewer, act: Act = Act.READ) -> Question:
        """The question or case `id_`. Raises NotFound or Forbidden, as policy says of `act`."""
        return _question(self._allowed(id_, viewer, act))

    def case(self, id_: str, viewer: Viewer) -> Question:
        """The case `id_`. Raises NotFound, also for a question that is not solved yet."""
        row = self._allowed(id_, viewer, Act.READ)
        if row.resolution is None:
            raise NotFound("case")
        return _question(row)

    def ask(self, new: NewQuestion, asker: Person, today: date) -> Question:
        """Store an open question of `asker`, for the organisation that it names or their own.

        Raises UnknownReference for a theme or an organisation that is not theirs, Forbidden for
        who works with no questions.
        """
        require_reader(asker.viewer, Act.ASK)
        themes = self._themes(new.themes)
        organisation = self._organisation(new.organisation or _main(asker.viewer), asker.viewer)
        row = QuestionRow(
            id=str(uuid.uuid4()),
            title=new.title,
            situation=new.situation,
            tried=new.tried,
            goal=new.goal,
            form=new.form,
            support_role=new.support_role,
            sector=new.sector or asker.sector,
            scope=new.scope or default_scope(organisation),
            status=QuestionStatus.OPEN,
            organisation_id=organisation.id,
            asked_on=today,
            themes=themes,
        )
        row.participations = [ParticipationRow(person_id=asker.id, role=ParticipationRole.ASKER)]
        self._session.add(row)
        announce(self._session, row.id)
        self._session.refresh(row)
        return _question(row)

    def resolve(
        self, id_: str, resolution: Resolution, participants: Sequence[Participant], actor: Person
    ) -> Question:
        """Record how `id_` was resolved and by whom; from now on it is a case.

        Raises NotFound or Forbidden, as policy says of RESOLVE, UnknownReference for a
        participant, Conflict when it is solved already.
        """
        row = self._allowed(id_, actor.viewer, Act.RESOLVE)
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
        add_participants(self._session, row, participants, actor)
        return self._changed(row)

    def withdraw(self, id_: str, actor: Person) -> Question:
        """Take a question or case out of everyone's sight; it is kept.

        Raises NotFound or Forbidden, as policy says of WITHDRAW, Conflict when it is withdrawn
        already or was never asked.
        """
        row = self._allowed(id_, actor.viewer, Act.WITHDRAW)
        _require_findable(row)
        row.status = QuestionStatus.WITHDRAWN
        return self._changed(row)

    def share(
        self, id_: str, scope: SharingScope, actor: Person, *, read_again: bool = False
    ) -> Question:
        """Share a question or case as widely as `scope` from now on, be it wider or narrower.

        Raises NotFound or Forbidden, as policy says of SHARE, Conflict when it is withdrawn or
        was never asked, ReadAgain when it gets wider and the text was not `read_again` for that.
        """
        row = self._allowed(id_, actor.viewer, Act.SHARE)
        _require_findable(row)
        if _wider(scope, row.scope) and not read_again:
            raise ReadAgain(sensitive(*_written(row)))
        row.scope = scope
        return self._changed(row)

    def erase(self, id_: str, actor: Person) -> Document:
        """Delete a question or case with all that hangs on it, whatever its status.

        Gives it as the index held it, once, so that its vectors can be forgotten as well. Raises
        NotFound or Forbidden, as policy says of ERASE.
        """
        row = self._allowed(id_, actor.viewer, Act.ERASE)
        document = SqlDocuments(self._session).as_stored(DocumentId(row.id))
        self._session.execute(delete(QuestionRow).where(QuestionRow.id == document.id))
        announce(self._session, document.id)
        return document

    def _changed(self, row: QuestionRow) -> Question:
        row.revision += 1
        announce(self._session, row.id)
        return _question(row)

    def _allowed(self, id_: str, viewer: Viewer, act: Act) -> QuestionRow:
        """Question `id_`, if `viewer` may do `act` to it."""
        row = self._session.get(QuestionRow, id_)
        require(viewer, act, placed(row) if row else place_out_of_sight(self._session, id_))
        if row is None:  # the database itself says otherwise
            raise NotFound("question")
        return row

    def _organisation(self, id_: str, viewer: Viewer) -> OrganisationRow:
        row = self._session.get(OrganisationRow, id_) if id_ in viewer.organisations else None
        if row is None:
            raise UnknownReference("organisation")
        return row

    def _themes(self, ids: Collection[str]) -> list[ThemeRow]:
        found = self._session.scalars(select(ThemeRow).where(ThemeRow.id.in_(ids))).all()
        if len(found) < len(set(ids)):
            raise UnknownReference("theme")
        return list(found)


def _require_findable(row: QuestionRow) -> None:
    if row.status not in FINDABLE:
        raise Conflict("question", f"status-{row.status.value}")


def _written(row: QuestionRow) -> tuple[str, ...]:
    """All that people wrote in a question or case."""
    result = row.resolution
    came = (result.approach, result.worked, result.did_not_work) if result else ()
    return (row.title, row.situation, row.tried, row.goal, *came)


def _wider(scope: SharingScope, than: SharingScope) -> bool:
    order = list(SharingScope)
    return order.index(scope) > order.index(than)


def _main(viewer: Viewer) -> str:
    return viewer.reading[0].organisation


def default_scope(organisation: OrganisationRow) -> SharingScope:
    return organisation.board.default_scope if organisation.board else SharingScope.SCHOOL


def placed(row: QuestionRow) -> Placed:
    """Where a question belongs, for the policy."""
    organisation = row.organisation
    return Placed(
        organisation.id, organisation.board_id, organisation.partnership_id, row.scope, row.status
    )


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
