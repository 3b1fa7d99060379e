"""Who may be named as having taken part in a question, by who records what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from data.introduction_tables import IntroductionRow
from data.tables import ParticipationRow, PersonRow, QuestionRow
from matcher.entities import Participant, Person
from matcher.errors import UnknownReference
from matcher.types import ContactPreference


def add_participants(
    session: Session, row: QuestionRow, participants: Sequence[Participant], actor: Person
) -> None:
    """Add who took part. Raises UnknownReference for who `actor` cannot know, there or not.

    Otherwise trying ids would tell who there is, and putting someone who is only described into
    a case of one's own would tell them apart from then on.
    """
    present = {(p.person_id, p.role) for p in row.participations}
    for participant in dict.fromkeys(participants):
        person = session.get(PersonRow, participant.person)
        if person is None or not _known(session, row, person, actor):
            raise UnknownReference("person")
        if (participant.person, participant.role) not in present:
            row.participations.append(
                ParticipationRow(person_id=participant.person, role=participant.role)
            )


def _known(session: Session, row: QuestionRow, person: PersonRow, actor: Person) -> bool:
    """Of one's own organisation or board, named to all nearby, or introduced for this question."""
    at, viewer = person.organisation, actor.viewer
    if at.id in viewer.organisations or at.board_id in viewer.boards:
        return True
    if any(p.person_id == person.id for p in row.participations):
        return True
    nearby = at.partnership_id in viewer.partnerships
    if nearby and person.contact is ContactPreference.DIRECT:
        return True
    introduced = exists().where(
        IntroductionRow.question_id == row.id,
        IntroductionRow.helper_id == person.id,
        IntroductionRow.revealed,
    )
    return bool(session.scalar(select(introduced)))
