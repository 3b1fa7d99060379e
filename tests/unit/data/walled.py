"""The small world with everything in it that walls may stand between, and who looks at it."""

from __future__ import annotations

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from data.database import Database
from data.outbox import announce
from data.questions import placed
from data.tables import EmbeddingRow, PositionRow, QuestionRow
from matcher.policy import Act, Placed, Verdict, may
from matcher.types import ParticipationRole, QuestionStatus, Role, SharingScope, Viewer
from tests.unit.data.world import add_person, add_question, build, declare, viewer

SCHOOLS = ("a1", "a2", "kantoor-a", "b1", "ggd", "ggd-2", "z1")
PEOPLE = (
    "leider-a1",
    "leider-a2",
    "leider-b1",
    "leider-z1",
    "adviseur-a",
    "adviseur-b",
    "beheerder",
    "partner",
    "partner-2",
    "beheerder-en-leider",
    "van-twee-besturen",
)


def fill(session: Session) -> None:
    """The small world, with a question of every school, shared in every way, in every status."""
    build(session)
    add_person(session, "beheerder-en-leider", Role.ADMIN, "kantoor-a")
    add_person(session, "van-twee-besturen", Role.ADVISER, "kantoor-a")
    session.add_all(
        [
            PositionRow(person_id=person, organisation_id=school, role=role)
            for person, school, role in (
                ("beheerder-en-leider", "b1", Role.SCHOOL_LEADER),
                ("van-twee-besturen", "z1", Role.ADVISER),
                ("van-twee-besturen", "b1", Role.ADMIN),
            )
        ]
    )
    declare(session, "partner", "nt2")
    for school in SCHOOLS:
        for scope in SharingScope:
            for status in QuestionStatus:
                add_question(
                    session,
                    question_id(school, scope, status),
                    school=school,
                    scope=scope,
                    status=status,
                    took_part=[("partner", ParticipationRole.ADVISER)],
                    themes=["ouders"],
                )
    session.execute(
        text(
            "INSERT INTO resolution SELECT id, '', '', '', 'deels', asked_on"
            " FROM question WHERE status <> 'opgelost'"
        )
    )
    session.add(EmbeddingRow(content_hash="h", model="m", role="r", vector=b"\0"))
    session.execute(text("INSERT INTO person_found_for SELECT id, 'nt2' FROM person"))
    announce(session, "een")


def question_id(school: str, scope: SharingScope, status: QuestionStatus) -> str:
    return f"{school}-{scope.name[:4]}-{status.name[:4]}"


def viewers(database: Database) -> dict[str, Viewer]:
    with database.read() as session:
        found = {id_: viewer(session, id_) for id_ in PEOPLE}
    assert len(found["van-twee-besturen"].positions) == 3
    return found | {"niemand": Viewer()}


def places(database: Database) -> dict[str, Placed]:
    with database.read() as session:
        return {row.id: placed(row) for row in session.scalars(select(QuestionRow)).unique()}


def allowed(who: Viewer, act: Act, questions: dict[str, Placed]) -> set[str]:
    return {id_ for id_, at in questions.items() if may(who, act, at) is Verdict.ALLOWED}


def ids(session: Session, statement: str) -> set[str]:
    return set(session.scalars(text(statement)))
