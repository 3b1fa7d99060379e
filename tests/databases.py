"""Databases of either kind, made quickly: each like one that was migrated once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path

import pytest

from data.database import Database
from tests.postgres import Cluster, binaries

SQLITE, POSTGRES = KINDS = ("sqlite", "postgres")


class Databases:
    """Gives databases; a server is started when the first on PostgreSQL is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._number = 0

    @contextmanager
    def empty(self, kind: str, file: Path) -> Iterator[Database]:
        """One without any table; on SQLite it is `file`."""
        with self._opened(kind, file, "template0") as database:
            yield database

    @contextmanager
    def migrated(self, kind: str, file: Path) -> Iterator[Database]:
        """One with its tables up to date, and nothing in them."""
        if kind == SQLITE:
            file.write_bytes(self.bytes)
        template = self._template if kind == POSTGRES else ""
        with self._opened(kind, file, template) as database:
            yield database

    def close(self) -> None:
        self._stack.close()

    @cached_property
    def bytes(self) -> bytes:
        """The bytes of a migrated SQLite database."""
        file = self._folder / "schakel.db"
        _migrate(f"sqlite:///{file}")
        return file.read_bytes()

    @cached_property
    def cluster(self) -> Cluster:
        found = binaries()
        if found is None:
            reason = "no PostgreSQL server here; on Debian: apt-get install postgresql"
            if os.environ.get("SCHAKEL_CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        cluster = Cluster(found)
        self._stack.callback(cluster.stop)
        return cluster

    @cached_property
    def _template(self) -> str:
        name = self.cluster.new()
        _migrate(self.cluster.url(name))
        return name

    @contextmanager
    def _opened(self, kind: str, file: Path, template: str) -> Iterator[Database]:
        with ExitStack() as stack:
            url = f"sqlite:///{file}"
            if kind == POSTGRES:
                url = self.cluster.url(stack.enter_context(self.cluster.borrowed(template)))
            database = Database.open(url)
            stack.callback(database.close)
            yield database


def _migrate(url: str) -> None:
    database = Database.open(url)
    database.migrate()
    database.close()
