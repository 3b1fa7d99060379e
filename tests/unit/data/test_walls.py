"""What the database itself shows on PostgreSQL, whatever a query forgets to ask."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from data.database import Database
from data.postgres import APPLICATION_ROLE
from data.rights import visible_to
from data.tables import QuestionRow
from matcher.policy import FINDABLE, Act, advises, manages
from matcher.types import (
    PersonId,
    Position,
    QuestionStatus,
    Role,
    SharingScope,
    Viewer,
)
from tests.unit.data.walled import SCHOOLS, allowed, ids, places, viewers

HANGING = ("resolution", "participation", "question_theme")  # on a question
TABLES = text(
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    " AND relkind IN ('r', 'v')"
)
TAKE_ROLE = text(f"SET LOCAL ROLE {APPLICATION_ROLE}")


def test_without_a_viewer_the_application_sees_nothing_of_any_table(full: Database) -> None:
    with full.write() as session:
        everything = list(session.scalars(TABLES))
        session.execute(TAKE_ROLE)
        seen = []
        for name in everything:
            with suppress(ProgrammingError), session.begin_nested():
                seen.append((name, session.scalar(text(f'SELECT count(*) FROM "{name}"'))))
    assert {"question", "person", "helper_load", "question_place"} <= {name for name, _ in seen}
    assert [(name, count) for name, count in seen if count] == []


def test_every_table_has_its_rows_walled(full: Database) -> None:
    """Also one that is added later: of what has no policy nobody sees a row."""
    with full.read() as session:
        open_ = ids(
            session,
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace AND NOT relrowsecurity",
        )
    assert open_ == {"alembic_version"}


def test_each_sees_what_the_policy_says_without_asking_for_it(full: Database) -> None:
    questions = places(full)
    assert len(questions) == len(SCHOOLS) * len(SharingScope) * len(QuestionStatus)
    seen_by = {}
    for name, who in viewers(full).items():
        with full.read() as session:
            asked = set(session.scalars(select(QuestionRow.id).where(visible_to(who))))
        with full.read(who) as session:
            seen = ids(session, "SELECT id FROM question")
            hanging = [ids(session, f"SELECT question_id FROM {table}") for table in HANGING]
        ruled = allowed(who, Act.READ, questions)
        assert seen == asked == ruled, name
        assert hanging == [seen] * len(HANGING), name
        seen_by[name] = len(seen)
    assert seen_by["beheerder"] == 0
    assert 0 < seen_by["niemand"] < seen_by["leider-a1"] < seen_by["van-twee-besturen"] < 84


def test_who_writes_also_sees_what_they_decide_on_and_nothing_else(full: Database) -> None:
    questions = places(full)
    for name, who in viewers(full).items():
        with full.write(who) as session:
            seen = ids(session, "SELECT id FROM question")
        decided = {
            id_
            for id_, at in questions.items()
            if at.organisation in who.organisations
            or advises(who, at.board)
            or manages(who, at.organisation, at.board)
        }
        assert seen == decided | allowed(who, Act.READ, questions), name


def test_of_a_question_out_of_sight_one_may_know_where_it_is_if_it_is_of_one_s_board(
    full: Database,
) -> None:
    for name, who in viewers(full).items():
        boards = {p.board for p in who.positions if p.board}
        schools = {p.organisation for p in who.positions}
        with full.read(who) as session:
            known = ids(session, "SELECT id FROM question_place")
        assert known == {
            id_
            for id_, at in places(full).items()
            if at.organisation in schools or at.board in boards
        }, name


def test_what_a_helper_carries_counts_questions_that_the_viewer_does_not_see(
    full: Database,
) -> None:
    under_way = FINDABLE - {QuestionStatus.SOLVED}
    expected = sum(at.status in under_way for at in places(full).values())
    with full.read(viewers(full)["leider-z1"]) as session:
        carried = session.execute(text("SELECT person_id FROM helper_load")).all()
    assert [tuple(row) for row in carried] == [("partner",)] * expected


def test_an_id_is_an_id_whatever_is_in_it(full: Database) -> None:
    """What the database is told of a viewer is data: no sign in it adds another."""
    odd = 'x"], "national": true, "organisations": ["z1'
    who = Viewer(PersonId(odd), (Position(Role.PARTNER, odd, odd, odd),))
    with full.read(who) as session:
        assert ids(session, "SELECT DISTINCT scope FROM question") == {"landelijk"}
        assert ids(session, "SELECT unnest(schakel_among('organisations'))") == {odd}
