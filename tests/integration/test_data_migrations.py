from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Inspector, inspect, text

import data.audit_tables
import data.federation_tables  # noqa: F401 (its tables are part of Base)
from data import introduction_tables, mail  # noqa: F401 (their tables)
from data.database import Database
from data.importer import SAMPLE, import_folder
from data.tables import Base
from tests.databases import Databases


@pytest.fixture
def fresh(database_kind: str, databases: Databases, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    with databases.empty(database_kind, tmp_path / "fresh.db") as database:
        yield database


@pytest.fixture
def modelled(fresh: Database) -> Iterator[Inspector]:
    """What a database looks like that is made of the models."""
    with fresh.write() as session:
        Base.metadata.create_all(session.connection())
    with fresh.read() as session:
        yield inspect(session.connection())


def _tables(database: Database) -> set[str]:
    with database.read() as session:
        return set(inspect(session.connection()).get_table_names())


def test_upgrading_makes_every_table(fresh: Database) -> None:
    fresh.migrate()
    assert _tables(fresh) == {*Base.metadata.tables, "alembic_version"}


def test_downgrading_to_base_leaves_only_alembic_s_own_table(fresh: Database) -> None:
    fresh.migrate()
    fresh.migrate("base")
    assert _tables(fresh) == {"alembic_version"}


def test_a_filled_database_can_be_downgraded(sample: Database) -> None:
    sample.migrate("base")
    assert _tables(sample) == {"alembic_version"}


def test_after_a_downgrade_an_upgrade_gives_tables_that_work(fresh: Database) -> None:
    fresh.migrate()
    fresh.migrate("base")
    fresh.migrate()
    with fresh.write() as session:
        assert import_folder(session, SAMPLE)["vragen.csv"] == 55


def test_upgrading_twice_keeps_what_is_stored(sample: Database) -> None:
    sample.migrate()
    with sample.read() as session:
        assert session.scalar(text("SELECT count(*) FROM question")) == 55


def test_models_and_migrations_agree(database: Database) -> None:
    with database.read() as session:
        context = MigrationContext.configure(
            session.connection(), opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_models_and_migrations_allow_the_same_words(
    database: Database, modelled: Inspector
) -> None:
    """Alembic compares no check constraints, so a word added to an enum would go unseen."""
    with database.read() as session:
        migrated = inspect(session.connection())
        for table in Base.metadata.tables:
            expected = {check["sqltext"] for check in modelled.get_check_constraints(table)}
            found = {check["sqltext"] for check in migrated.get_check_constraints(table)}
            assert found == expected, table


def test_models_and_migrations_delete_along_with_the_same_rows(
    database: Database, modelled: Inspector
) -> None:
    """Nor does alembic compare ON DELETE on SQLite, on which erasing a person rests."""
    with database.read() as session:
        migrated = inspect(session.connection())
        for table in Base.metadata.tables:
            expected, found = (
                {
                    (key["constrained_columns"][0], key["referred_table"], str(key["options"]))
                    for key in inspector.get_foreign_keys(table)
                }
                for inspector in (modelled, migrated)
            )
            assert found == expected, table
