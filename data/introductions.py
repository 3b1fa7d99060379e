"""Introductions in the store: what anyone does to one goes through the machine, row locked.

Mails are added in the transaction of what they tell of, and so is an outbox row where an
introduction changes its question.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from data.introduction_rows import introduction_of, new_row, seen, write
from data.introduction_tables import IntroductionRow
from data.mail import MailOutbox
from data.moments import naive
from data.outbox import announce
from data.proposals import begin, locked_question, require_under_way
from data.tables import ParticipationRow, QuestionRow
from matcher.entities import Person
from matcher.errors import NotFound
from matcher.introduction_records import (
    Accept,
    Conclude,
    Decline,
    DeclineReason,
    Deed,
    Introduction,
    NewIntroduction,
    Party,
    Post,
)
from matcher.introduction_sight import SeenIntroduction, party_of
from matcher.introduction_time import elapse
from matcher.introductions import step
from matcher.policy import Act
from matcher.types import (
    ContactPreference,
    Outcome,
    ParticipationRole,
    QuestionStatus,
    Role,
    Viewer,
)

_HELPED: Final = (Outcome.SOLVED, Outcome.PARTLY)
_MOST: Final = 200  # in a list, the newest; nobody has so many to do with


class Introductions:
    """Introductions as who takes part may see them, within one transaction. Never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, id_: str, viewer: Viewer, now: datetime) -> SeenIntroduction:
        """Raises NotFound, also for who is no party to it."""
        row, introduction, party = self._of(id_, viewer)
        return seen(row, introduction, party, viewer, now)

    def all(self, viewer: Viewer, now: datetime) -> list[SeenIntroduction]:
        """Those to which `viewer` is a party, what was proposed last first."""
        if viewer.person is None:
            return []
        mine = (IntroductionRow.asker_id, IntroductionRow.helper_id, IntroductionRow.adviser_id)
        people = (IntroductionRow.asker, IntroductionRow.helper, IntroductionRow.adviser)
        rows = self._session.scalars(
            select(IntroductionRow)
            .where(or_(*(column == viewer.person for column in mine)))
            .options(*(selectinload(person) for person in people))
            .options(selectinload(IntroductionRow.question).selectinload(QuestionRow.themes))
            .order_by(IntroductionRow.proposed_at.desc(), IntroductionRow.id)
            .limit(_MOST)
        )
        read = [(row, introduction_of(row)) for row in rows]
        return [
            seen(row, introduction, party, viewer, now)
            for row, introduction in read
            if (party := party_of(introduction, viewer.person))
        ]

    def propose(
        self, new: NewIntroduction, actor: Person, today: date, now: datetime
    ) -> SeenIntroduction:
        """Propose that the asker of a question and `new.helper` meet. Raises as `begin` does."""
        first = begin(self._session, new, actor, today, now)
        row = new_row(first.introduction)
        self._session.add(row)
        self._session.flush()
        self._post(first.introduction, first.post, now)
        by = first.introduction.proposed_by
        return seen(row, first.introduction, by, actor.viewer, now)

    def do(self, id_: str, deed: Deed, viewer: Viewer, now: datetime) -> SeenIntroduction:
        """What `viewer` does to it. Raises NotFound as `get`; Forbidden, Conflict as `step`."""
        row, before, party = self._of(id_, viewer, lock=True)
        if isinstance(deed, Accept):
            before = self._still_willing(row, before, now)
        after = step(before, party, deed, now)
        question = locked_question(self._session, row.question_id)
        assert question is not None  # noqa: S101 (an introduction goes with its question)
        if isinstance(deed, Accept):
            require_under_way(question)
        self._keep(row, after.introduction)
        if after.introduction.revealed and not before.revealed:
            question.status = QuestionStatus.IN_CONVERSATION
            self._changed(question)
        if isinstance(deed, Conclude) and deed.conclusion.outcome in _HELPED:
            self._credit(row, question)
        self._post(after.introduction, after.post, now)
        return seen(row, after.introduction, party, viewer, now)

    def _still_willing(
        self, row: IntroductionRow, before: Introduction, now: datetime
    ) -> Introduction:
        """A helper who said yes, and does not want to be reached since, is taken to decline."""
        wants = row.helper.contact is not ContactPreference.NOT and (
            row.helper.findable or row.helper.role is Role.ADVISER
        )
        invited = before.proposed_by is not Party.HELPER
        if wants or not invited or not before.accepted(Party.HELPER):
            return before
        after = step(before, Party.HELPER, Decline(DeclineReason.OTHER), now)
        self._post(after.introduction, after.post, now)
        return after.introduction

    def due(self, now: datetime) -> Sequence[str]:
        """Ids of those to which time does something, what waited longest first."""
        return self._session.scalars(
            select(IntroductionRow.id)
            .where(IntroductionRow.due_at <= naive(now))
            .order_by(IntroductionRow.due_at, IntroductionRow.id)
        ).all()

    def elapse(self, id_: str, now: datetime) -> Act | None:
        """Do what is due to it; None where nothing is any more. The clock has no viewer."""
        row = self._row(id_, lock=True)
        after = elapse(introduction_of(row), now) if row else None
        if row is None or after is None:
            return None
        self._keep(row, after.introduction)
        self._post(after.introduction, after.post, now)
        return after.act

    def _of(
        self, id_: str, viewer: Viewer, *, lock: bool = False
    ) -> tuple[IntroductionRow, Introduction, Party]:
        row = self._row(id_, lock=lock)
        introduction = introduction_of(row) if row else None
        party = party_of(introduction, viewer.person) if introduction else None
        if row is None or introduction is None or party is None:
            raise NotFound("introduction")
        return row, introduction, party

    def _row(self, id_: str, *, lock: bool) -> IntroductionRow | None:
        asked = select(IntroductionRow).where(IntroductionRow.id == id_)
        return self._session.scalar(asked.with_for_update() if lock else asked)

    def _keep(self, row: IntroductionRow, introduction: Introduction) -> None:
        write(row, introduction)
        row.revision += 1
        self._session.flush()

    def _changed(self, question: QuestionRow) -> None:
        question.revision += 1
        announce(self._session, question.id)

    def _credit(self, row: IntroductionRow, question: QuestionRow) -> None:
        """That the helper helped is evidence from now on."""
        advised = row.helper.role is Role.ADVISER
        role = ParticipationRole.ADVISER if advised else ParticipationRole.CO_SOLVER
        if (row.helper_id, role) not in {(p.person_id, p.role) for p in question.participations}:
            question.participations.append(ParticipationRow(person_id=row.helper_id, role=role))
            self._changed(question)

    def _post(self, introduction: Introduction, post: Sequence[Post], now: datetime) -> None:
        """The key tells nothing that its receiver may not know: letters carry what is made of it.

        A revision would tell that the other side declined.
        """
        people = {
            Party.ASKER: introduction.asker,
            Party.HELPER: introduction.helper,
            Party.ADVISER: introduction.adviser,
        }
        planned = introduction.talk.sequence if introduction.talk else 0
        for one in post:
            if to := people[one.to]:
                key = f"{introduction.id}/{one.letter.value}/{one.to.value}/{planned}"
                MailOutbox(self._session).add(one.letter, to, introduction.id, key, now)
