"""The role that a viewer looks with on PostgreSQL: how it is taken, and left."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from data.database import Database
from data.postgres import APPLICATION_ROLE, eyes
from matcher.types import (
    Viewer,
)
from tests.databases import Databases
from tests.unit.data.walled import ids, viewers

STATE = text(
    "SELECT current_user, current_setting('schakel.viewer', true),"
    " current_setting('transaction_read_only'), current_setting('lock_timeout')"
)


def _as_it_was(database: Database) -> None:
    """Every connection of the pool is the owner's again, with nobody's eyes."""
    pool = database._engine.pool
    kept = [database._engine.connect() for _ in range(pool.checkedin())]  # type: ignore[attr-defined]
    assert kept
    for connection in kept:
        user, eyes_, read_only, timeout = connection.execute(STATE).one()
        assert (user, eyes_ or "", read_only, timeout) == ("schakel", "", "off", "0")
        connection.close()


def test_no_connection_of_the_pool_keeps_the_role_or_the_eyes(full: Database) -> None:
    who = viewers(full)["leider-a1"]
    with full.read(who) as first, full.read(who) as second:
        for session in (first, second):
            assert session.execute(STATE).one()[:3] == (APPLICATION_ROLE, eyes(who), "on")
    _as_it_was(full)
    with full.write(who) as session:
        assert session.execute(STATE).one()[:3] == (APPLICATION_ROLE, eyes(who), "off")
    _as_it_was(full)
    with full.write(who) as session:
        session.execute(text("SELECT 1"))
        session.rollback()
    _as_it_was(full)
    with pytest.raises(IntegrityError), full.write(who) as session:
        session.execute(text("INSERT INTO question_theme VALUES ('a1-NATI-OPEN', 'onbekend')"))
    _as_it_was(full)
    with pytest.raises(ProgrammingError), full.read(who) as session:
        session.execute(text("SELECT * FROM outbox"))
    _as_it_was(full)


def test_after_an_error_the_same_session_still_looks_through_the_same_eyes(full: Database) -> None:
    who = viewers(full)["leider-a1"]
    with full.read(who) as session:
        with pytest.raises(ProgrammingError):
            session.execute(text("SELECT * FROM outbox"))
        session.rollback()
        assert session.execute(STATE).one()[0] == APPLICATION_ROLE


def test_a_statement_that_the_driver_prepared_is_planned_for_each_viewer(full: Database) -> None:
    """The driver prepares what it sends for the fifth time, on a connection that all use."""
    looking = (None, *viewers(full).values())
    statement = text("SELECT count(*) FROM question")
    counts: list[list[int | None]] = []
    for _ in range(8):
        counts.append([])
        for who in looking:
            with full.read(who) as session:
                counts[-1].append(session.scalar(statement))
    assert counts == counts[:1] * 8
    assert len(set(counts[0])) > 4


def test_the_role_owns_nothing_and_cannot_sign_in(full: Database) -> None:
    with full.read() as session:
        role = session.execute(
            text(
                "SELECT rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM"
                f" pg_roles WHERE rolname = '{APPLICATION_ROLE}'"
            )
        ).one()
        owned = session.scalar(
            text(f"SELECT count(*) FROM pg_class WHERE relowner = '{APPLICATION_ROLE}'::regrole")
        )
    assert (tuple(role), owned) == ((False,) * 5, 0)


@pytest.mark.databases("postgres")
def test_taking_the_walls_down_leaves_nothing_of_them(world: Database) -> None:
    granted = (
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'v', 'S')"
        f" AND relacl::text LIKE '%{APPLICATION_ROLE}%'"
    )
    world.migrate("0009-1")
    with world.write() as session:
        assert ids(session, "SELECT policyname FROM pg_policies") == set()
        assert ids(session, "SELECT proname FROM pg_proc WHERE proname LIKE 'schakel%'") == set()
        assert ids(session, granted) == set()
        assert ids(session, "SELECT relname FROM pg_class WHERE relrowsecurity") == set()
    world.migrate()
    with world.read() as session:
        assert "question" in ids(session, granted)
    with world.read(Viewer()) as session:
        assert ids(session, "SELECT id FROM theme") == {"nt2", "ouders"}


@pytest.mark.usefixtures("full")  # with which the role came
def test_an_owner_who_may_make_no_roles_uses_the_one_that_was_made(databases: Databases) -> None:
    """As docs/beheer.md has it done by who manages the server."""
    cluster = databases.cluster
    cluster.do("CREATE ROLE {} LOGIN IN ROLE {}", "ander", APPLICATION_ROLE)
    name = cluster.new(owner="ander")
    database = Database.open(cluster.url(name, "ander"))
    database.migrate()
    with database.read(Viewer()) as session:
        assert session.execute(STATE).one()[0] == APPLICATION_ROLE
        assert session.scalar(text("SELECT count(*) FROM question")) == 0
    database.close()
    cluster.drop(name)
    cluster.do("DROP ROLE {}", "ander")
