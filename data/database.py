"""The database: how it is opened, and the two kinds of transaction there are."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session

from data import postgres
from data.tables import Base
from matcher.types import Viewer

_CONNECTIONS: Final = 20  # kept open; more are opened for a moment
_BUSY_MS: Final = 10_000
_LOG_BUSY_MS: Final = 500  # someone waits for an answer meanwhile
_AT_ONCE: Final = 500  # databases limit the number of parameters of one query
_MIGRATIONS: Final = Path(__file__).parent / "migrations"


Transaction = Session  # what a repository works in


class Database:
    """Opens transactions. One request is one transaction; repositories never commit."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = threading.Lock()  # SQLite lets one write, and those who wait sleep long

    @classmethod
    def open(cls, url: str) -> Database:
        """The database at an SQLAlchemy `url`: SQLite or PostgreSQL.

        SQLite gets WAL, full syncing and secure delete.
        """
        engine = create_engine(
            url,
            hide_parameters=True,  # an error may be logged
            pool_size=_CONNECTIONS,
        )
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _set_up_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        else:
            postgres.set_up(engine)
        return cls(engine)

    @classmethod
    def for_vectors(cls, file: Path) -> Database:
        """A database of its own that holds nothing but vectors, made if absent."""
        file.parent.mkdir(parents=True, exist_ok=True)
        database = cls.open(f"sqlite:///{file}")
        Base.metadata.create_all(database._engine, tables=[Base.metadata.tables["embedding"]])
        return database

    @contextmanager
    def read(self, viewer: Viewer | None = None) -> Iterator[Session]:
        """A transaction that sees one state and changes nothing, through the eyes of `viewer`.

        Without one it is a job of Schakel itself, which sees everything. SQLite has no eyes:
        there it is for the queries to ask for no more than the viewer may see.
        """
        with Session(self._opening(viewer, writes=False), autoflush=False) as session:
            yield session

    @contextmanager
    def write(self, viewer: Viewer | None = None) -> Iterator[Session]:
        """A transaction that is committed when the block ends, and undone when it raises.

        With a `viewer`, as in :meth:`read`; what they may decide on is seen as well.
        """
        engine = self._opening(viewer, writes=True)
        with self._alone(), Session(engine) as session, session.begin():
            yield session

    def _opening(self, viewer: Viewer | None, *, writes: bool) -> Engine:
        if self._engine.dialect.name == "sqlite":
            return self._engine.execution_options(schakel_write=writes)
        return self._engine.execution_options(**postgres.options(viewer, writes=writes))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """The next to write in this process; other processes are waited for by the database."""
        if self._engine.dialect.name != "sqlite":
            yield
            return
        held = self._writing.acquire(timeout=_BUSY_MS / 1000)  # in vain: SQLite will say it is busy
        try:
            yield
        finally:
            if held:
                self._writing.release()

    def migrate(self, revision: str = "head") -> None:
        """Bring the tables up to `revision`; `base`, `-1` and `0009-1` take them down."""
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        engine = self._opening(None, writes=True)
        with engine.connect() as connection, _without_foreign_keys(connection), connection.begin():
            config.attributes["connection"] = connection
            down = revision == "base" or "-" in revision
            (command.downgrade if down else command.upgrade)(config, revision)

    def forget_log(self) -> bool:
        """Empty SQLite's log, in which what was deleted stands until it is written over.

        False where that cannot be done now: someone still reads what was there before.
        """
        if self._engine.dialect.name != "sqlite":
            return True
        with self._engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None  # noqa: S101 (an open connection has one)
            raw.execute(f"PRAGMA busy_timeout={_LOG_BUSY_MS}")
            try:
                (busy, *_) = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                raw.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        return not busy

    def close(self) -> None:
        self._engine.dispose()


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by copying and dropping it; a cascade must not follow the drop."""
    if connection.dialect.name != "sqlite":
        yield
        return
    raw = connection.connection.driver_connection
    assert raw is not None  # noqa: S101 (an open connection has one)
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def in_parts(ids: Collection[str]) -> list[list[str]]:
    """`ids`, ordered, in parts small enough for one query's parameters."""
    ordered = sorted(ids)
    return [ordered[at : at + _AT_ONCE] for at in range(0, len(ordered), _AT_ONCE)]


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself; _begin_sqlite does
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        f"busy_timeout={_BUSY_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    """A deferred BEGIN that writes later fails under load at once, whatever the timeout."""
    writes = connection.get_execution_options().get("schakel_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
