"""How an introduction begins: who may propose whom, for which question, and when not."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.directory import SqlDirectory
from data.document_rows import theme_document_id
from data.introduction_rows import introduction_of
from data.introduction_tables import IntroductionRow
from data.questions import placed
from data.tables import QuestionRow
from matcher.eligibility import eligible
from matcher.entities import Person
from matcher.errors import Conflict, UnknownReference
from matcher.introduction_records import (
    OPEN,
    SIDES,
    Accept,
    Introduction,
    NewIntroduction,
    Party,
    Step,
)
from matcher.introductions import propose
from matcher.matches import ExclusionCode
from matcher.policy import Act, require
from matcher.types import (
    ContactPreference,
    DocumentId,
    Expert,
    ParticipationRole,
    PersonId,
    Query,
    QuestionStatus,
)


def begin(
    session: Session, new: NewIntroduction, actor: Person, today: date, now: datetime
) -> Step:
    """The introduction that `actor` proposes; nothing is stored yet.

    Raises NotFound or Forbidden, as policy says of PROPOSE; UnknownReference for a helper who
    does not exist or wants to be found by nobody; Conflict where the question is not under way,
    the helper cannot be asked now, or one of the two was asked this before.
    """
    question = locked_question(session, new.question)
    require(actor.viewer, Act.PROPOSE, placed(question) if question else None)
    assert question is not None  # noqa: S101 (required above)
    require_under_way(question)
    by = _proposer(new, actor, question)
    asker = actor.id if by is Party.ASKER else _asker(question)
    introduction = Introduction(
        id=str(uuid.uuid4()),
        question=DocumentId(question.id),
        asker=asker,
        helper=new.helper,
        adviser=actor.id if by is Party.ADVISER else None,
        proposed_by=by,
        proposed_at=now,
        since=now,
    )
    _require_willing(session, introduction, question, actor, today, new.referred)
    _require_first(session, introduction)
    return propose(introduction, _with_role(new.accept, question))


def locked_question(session: Session, id_: str) -> QuestionRow | None:
    """Locked: of two who propose or accept at once the second sees what the first did."""
    return session.scalar(
        select(QuestionRow).where(QuestionRow.id == id_).with_for_update(of=QuestionRow)
    )


def require_under_way(question: QuestionRow) -> None:
    if question.status not in (QuestionStatus.OPEN, QuestionStatus.IN_CONVERSATION):
        raise Conflict("question", f"status-{question.status.value}")


def _require_willing(
    session: Session,
    introduction: Introduction,
    question: QuestionRow,
    actor: Person,
    today: date,
    referred: bool,
) -> None:
    """Consent counts as it is now, however long ago the helper was suggested.

    Who is not shown by name is asked by who was referred to them, or works in their board:
    trying ids tells nobody who there is.
    """
    query = Query(
        title=question.title,
        situation=question.situation,
        goal=question.goal,
        today=today,
        document=introduction.question,
        asker=_asker(question),
        asker_organisation=question.organisation_id,
        themes=tuple(theme_document_id(theme.id) for theme in question.themes),
        barred=frozenset({introduction.asker}),
    )
    experts = SqlDirectory(session).experts([introduction.helper], (), actor.viewer)
    if not referred:
        experts = [one for one in experts if _may_name(one, actor)]
    kept, excluded = eligible(experts, query)
    codes = {one.code for one in excluded}
    if not kept and codes <= {ExclusionCode.NO_CONSENT}:
        raise UnknownReference("helper")
    if not kept:
        raise Conflict("person", f"helper-{min(codes).value}")


def _may_name(expert: Expert, actor: Person) -> bool:
    near = expert.id == actor.id or expert.board in actor.viewer.boards
    return near or expert.contact is ContactPreference.DIRECT


def _require_first(session: Session, introduction: Introduction) -> None:
    """Nobody is asked twice at once, nor again what they did not say yes to."""
    rows = session.scalars(
        select(IntroductionRow).where(
            IntroductionRow.question_id == introduction.question,
            IntroductionRow.asker_id == introduction.asker,
            IntroductionRow.helper_id == introduction.helper,
        )
    )
    asked = [side for side in SIDES if side is not introduction.proposed_by]
    for former in map(introduction_of, rows):
        if former.state in OPEN:
            raise Conflict("introduction", "introduction-open")
        if not former.revealed and not all(former.accepted(side) for side in asked):
            raise Conflict("introduction", "introduction-asked-before")


def _proposer(new: NewIntroduction, actor: Person, question: QuestionRow) -> Party:
    """As whom `actor` proposes: for themselves where they offer help or are of the school."""
    if new.helper == actor.id:
        return Party.HELPER
    ours = question.organisation_id in actor.viewer.organisations
    return Party.ASKER if ours else Party.ADVISER


def _asker(question: QuestionRow) -> PersonId:
    for part in question.participations:
        if part.role is ParticipationRole.ASKER:
            return PersonId(part.person_id)
    raise Conflict("question", "no-asker")


def _with_role(accept: Accept, question: QuestionRow) -> Accept:
    return accept if accept.role else replace(accept, role=question.support_role)
