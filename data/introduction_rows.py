"""Introductions as rows and as records, and as one party may see them."""

from __future__ import annotations

from datetime import datetime

from data.introduction_tables import AnswerRow, IntroductionRow
from data.moments import aware, naive
from data.questions import placed, theme_of
from data.tables import PersonRow, QuestionRow
from matcher.introduction_records import SIDES, Answer, Conclusion, Introduction, Party, Talk
from matcher.introduction_sight import (
    Named,
    SeenIntroduction,
    SeenParty,
    SeenQuestion,
    SeenTexts,
    Sight,
    seen_by,
)
from matcher.introduction_time import due_at
from matcher.policy import FINDABLE, Act, Verdict, may
from matcher.types import DocumentId, PersonId, Viewer


def introduction_of(row: IntroductionRow) -> Introduction:
    answers = {answer.side: _answer(answer) for answer in row.answers}
    return Introduction(
        id=row.id,
        question=DocumentId(row.question_id),
        asker=PersonId(row.asker_id),
        helper=PersonId(row.helper_id),
        adviser=PersonId(row.adviser_id) if row.adviser_id else None,
        proposed_by=row.proposed_by,
        proposed_at=aware(row.proposed_at),
        since=aware(row.since),
        state=row.state,
        asker_answer=answers.get(Party.ASKER),
        helper_answer=answers.get(Party.HELPER),
        revealed=row.revealed,
        reminded=row.reminded,
        talk=_talk(row),
        conclusion=_conclusion(row),
    )


def new_row(introduction: Introduction) -> IntroductionRow:
    row = IntroductionRow(
        id=introduction.id,
        question_id=introduction.question,
        asker_id=introduction.asker,
        helper_id=introduction.helper,
        adviser_id=introduction.adviser,
        proposed_by=introduction.proposed_by,
        proposed_at=naive(introduction.proposed_at),
    )
    write(row, introduction)
    return row


def write(row: IntroductionRow, introduction: Introduction) -> None:
    """Make `row` say what `introduction` says; who takes part never changes."""
    row.state = introduction.state
    row.since = naive(introduction.since)
    row.revealed = introduction.revealed
    row.reminded = introduction.reminded
    due = due_at(introduction)
    row.due_at = naive(due) if due else None
    row.carried = introduction.counts_as_load
    if talk := introduction.talk:
        row.talk_at, row.talk_minutes = naive(talk.at), talk.minutes
        row.talk_place, row.talk_sequence = talk.place, talk.sequence
    if conclusion := introduction.conclusion:
        row.outcome, row.outcome_note = conclusion.outcome, conclusion.note
        row.as_case = conclusion.as_case
    given = {answer.side for answer in row.answers}
    for side in SIDES:
        answer = introduction.answer(side)
        if answer and side not in given:  # given once, it stays
            row.answers.append(_answer_row(side, answer))


def seen(
    row: IntroductionRow, introduction: Introduction, party: Party, viewer: Viewer, now: datetime
) -> SeenIntroduction:
    """`row` as `party`, who is `viewer`, may see it."""
    sight = seen_by(introduction, party, now)
    people = {
        Party.ASKER: row.asker,
        Party.HELPER: row.helper,
        Party.ADVISER: row.adviser,
    }
    return SeenIntroduction(
        sight,
        tuple(_party(one, person, sight) for one, person in people.items() if person),
        _question(row.question, sight, viewer),
    )


def _party(party: Party, row: PersonRow, sight: Sight) -> SeenParty:
    named = Named(PersonId(row.id), row.name, row.function, row.organisation.name)
    return SeenParty(
        party, row.role, row.organisation.sector, named if party in sight.named else None
    )


def _question(row: QuestionRow, sight: Sight, viewer: Viewer) -> SeenQuestion:
    """The texts are for whom it is shared with; both sides get them once they are revealed."""
    shared = may(viewer, Act.READ, placed(row)) is Verdict.ALLOWED
    told = sight.revealed and sight.party in SIDES and row.status in FINDABLE
    texts = SeenTexts(row.id, row.title, row.situation, row.tried, row.goal)
    return SeenQuestion(
        themes=tuple(theme_of(theme) for theme in row.themes),
        sector=row.sector,
        form=row.form,
        texts=texts if shared or told else None,
    )


def _answer(row: AnswerRow) -> Answer:
    return Answer(row.kind, aware(row.at), row.role, row.brings, row.reason, row.note)


def _answer_row(side: Party, answer: Answer) -> AnswerRow:
    return AnswerRow(
        side=side,
        kind=answer.kind,
        at=naive(answer.at),
        role=answer.role,
        brings=answer.brings,
        reason=answer.reason,
        note=answer.note,
    )


def _talk(row: IntroductionRow) -> Talk | None:
    if row.talk_at is None or row.talk_minutes is None or row.talk_sequence is None:
        return None
    return Talk(aware(row.talk_at), row.talk_minutes, row.talk_place or "", row.talk_sequence)


def _conclusion(row: IntroductionRow) -> Conclusion | None:
    if row.outcome is None:
        return None
    return Conclusion(row.outcome, row.outcome_note, bool(row.as_case))
