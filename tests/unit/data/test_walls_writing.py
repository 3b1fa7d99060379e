"""What the database itself lets a viewer change on PostgreSQL, whatever a statement says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from data.database import Database
from matcher.policy import Act
from matcher.types import (
    QuestionStatus,
    SharingScope,
)
from tests.unit.data.walled import SCHOOLS, allowed, ids, places, question_id, viewers


@contextmanager
def _refused(session: Session) -> Iterator[None]:
    """The database refuses it for want of a right, and the transaction goes on."""
    with pytest.raises(ProgrammingError) as refused, session.begin_nested():
        yield
    assert getattr(refused.value.orig, "sqlstate", None) == "42501"


@pytest.mark.parametrize(
    ("act", "statement"),
    [
        (Act.RESOLVE, "UPDATE question SET status = 'opgelost', revision = 2 RETURNING id"),
        (Act.WITHDRAW, "UPDATE question SET status = 'ingetrokken' RETURNING id"),
        (Act.SHARE, "UPDATE question SET scope = 'school' RETURNING id"),
        (Act.SHARE, "UPDATE question SET scope = 'landelijk' RETURNING id"),
        (Act.ERASE, "DELETE FROM question RETURNING id"),
    ],
)
def test_a_change_of_all_changes_only_what_the_policy_allows(
    full: Database, act: Act, statement: str
) -> None:
    questions = places(full)
    for name, who in viewers(full).items():
        with full.write(who) as session:
            changed = ids(session, statement)
            session.rollback()
        assert changed == allowed(who, act, questions), name


def test_a_question_is_put_only_for_a_school_of_one_s_own(full: Database) -> None:
    columns = "title, situation, tried, goal, scope, status, asked_on, revision"
    for name, who in viewers(full).items():
        with full.write(who) as session:
            for school in SCHOOLS:
                put = text(
                    f"INSERT INTO question (id, organisation_id, {columns}) VALUES"
                    f" ('nieuw-{school}', '{school}', '', '', '', '', 'school', 'open', now(), 1)"
                )
                if school in who.organisations:
                    session.execute(put)
                else:
                    with _refused(session):
                        session.execute(put)
            session.rollback()
        assert name


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO resolution VALUES ('{}', '', '', '', 'niet', now()) ON CONFLICT DO NOTHING",
        "INSERT INTO participation (person_id, question_id, role)"
        " VALUES ('leider-a1', '{}', 'oplosser')",
        "INSERT INTO question_theme VALUES ('{}', 'nt2')",
    ],
)
def test_nothing_is_hung_on_a_question_of_another_board(full: Database, statement: str) -> None:
    own, other = (question_id(s, SharingScope.NATIONAL, QuestionStatus.OPEN) for s in ("a1", "b1"))
    for name in ("leider-a1", "adviseur-a"):
        with full.write(viewers(full)[name]) as session:
            with _refused(session):
                session.execute(text(statement.format(other)))
            session.execute(text(statement.format(own)))
            session.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE question SET organisation_id = 'b1'",
        "UPDATE question SET title = ''",
        "UPDATE resolution SET worked = ''",
        "DELETE FROM resolution",
        "DELETE FROM participation",
        "SELECT * FROM outbox",
        "UPDATE outbox SET document_id = ''",
        "DELETE FROM outbox",
        "SELECT vector FROM embedding",
        "SELECT * FROM alembic_version",
        "INSERT INTO organisation VALUES ('x')",
        "UPDATE person SET role = 'beheerder'",
        "INSERT INTO position VALUES ('leider-a1', 'b1', 'beheerder')",
        "DELETE FROM person",
        "CREATE TABLE mine (id integer)",
        "ALTER TABLE question DISABLE ROW LEVEL SECURITY",
        "DROP POLICY select_1 ON question",
        "CREATE OR REPLACE FUNCTION schakel_looks() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    ],
)
def test_what_the_application_has_no_need_of_it_may_not_do(full: Database, statement: str) -> None:
    with full.write(viewers(full)["van-twee-besturen"]) as session, _refused(session):
        session.execute(text(statement))


def test_consent_is_one_s_own_and_how_far_a_board_shares_is_its_admin_s(full: Database) -> None:
    said = {
        "UPDATE person SET findable = false RETURNING id": {"leider-a1"},
        "DELETE FROM person_found_for RETURNING person_id": {"leider-a1"},
        "UPDATE board SET default_scope = 'school' RETURNING id": set(),
    }
    people = viewers(full)
    with full.write(people["leider-a1"]) as session:
        assert {statement: ids(session, statement) for statement in said} == said
        session.execute(text("INSERT INTO person_found_for VALUES ('leider-a1', 'nt2')"))
        with _refused(session):
            session.execute(text("INSERT INTO person_found_for VALUES ('leider-a2', 'ouders')"))
        session.rollback()
    with full.write(people["van-twee-besturen"]) as session:
        assert ids(session, list(said)[2]) == {"b"}
        session.rollback()
