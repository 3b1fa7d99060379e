"""A PostgreSQL of the tests' own: a cluster that is thrown away, with a database for each test.

It sorts by the rules of Dutch, as a server of a school board may: what has to be in order of id
on any database may not lean on the sorting of this one.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

OWNER: Final = "schakel"  # no superuser
_FAST: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_INITDB: Final = ("--auth=trust", "--username=meester", "--no-sync", "--encoding=UTF8")
_TABLES: Final = """
    SELECT coalesce(string_agg(oid::text, ' ' ORDER BY oid), '')
    FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""
_EACH_TABLE: Final = """
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP {} END LOOP;
    END $$
"""
_KEEP: Final = "CREATE SCHEMA at_first;" + _EACH_TABLE.format(
    "EXECUTE format('CREATE TABLE at_first.%1$I AS TABLE public.%1$I', name);"
)
_PUT_BACK: Final = (
    "SET lock_timeout = '1s';"
    "SET session_replication_role = replica;"  # rows go in any order, and no trigger objects
    "SELECT setval(oid, 1, false) FROM pg_class"
    " WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace;"
) + _EACH_TABLE.format(
    "EXECUTE format('DELETE FROM public.%I', name);"
    "EXECUTE format('INSERT INTO public.%1$I TABLE at_first.%1$I', name);"
)
_SORTING: Final = ("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=nl")


def binaries() -> Path | None:
    """The folder of the newest server here; None where there is none."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in debian), key=lambda p: int(p.parts[-2]), default=None)


class Cluster:
    """A running server with databases of its own, reached through a socket in its folder."""

    def __init__(self, bin_: Path) -> None:
        self._bin = bin_
        self._folder = Path(tempfile.mkdtemp(prefix="schakel-pg-"))
        self._numbers = count(1)
        self._spare: dict[str, list[str]] = {}
        self._user: str | None = None
        if os.geteuid() == 0:  # as which no server will run
            self._user = "postgres" if _is_user("postgres") else "nobody"
            shutil.chown(self._folder, self._user)
        self._call("initdb", "-D", str(self._data), *_INITDB, *_SORTING)
        settings = {"listen_addresses": "", "unix_socket_directories": self._folder, **_FAST}
        told = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        log = str(self._folder / "log")
        self._call("pg_ctl", "-D", str(self._data), "-w", "-l", log, "-o", told, "start")
        self._admin = self._superuser("postgres")
        self.do("CREATE ROLE {} LOGIN CREATEDB CREATEROLE", OWNER)

    def new(self, template: str = "template0", owner: str = OWNER) -> str:
        """A fresh database like `template`, its name."""
        name = f"d{next(self._numbers)}"
        self.do("CREATE DATABASE {} TEMPLATE {} OWNER {}", name, template, owner)
        return name

    @contextmanager
    def borrowed(self, template: str) -> Iterator[str]:
        """A database like `template`: a fresh one, or one with its first rows put back.

        To make one takes longer than most tests do; one whose tables were changed is dropped.
        """
        spare = self._spare.setdefault(template, [])
        fresh = not spare
        name = self.new(template) if fresh else spare.pop()
        with self._superuser(name) as inside:
            if fresh:
                inside.execute(_KEEP)
            before = inside.execute(_TABLES).fetchone()
            try:
                yield name
            finally:
                kept = inside.execute(_TABLES).fetchone() == before
                try:
                    if kept:
                        inside.execute(_PUT_BACK)
                except psycopg.Error:  # a connection that was left open holds a lock
                    kept = False
        if kept:
            spare.append(name)
        else:
            self.drop(name)

    def drop(self, name: str) -> None:
        self.do("DROP DATABASE {} WITH (FORCE)", name)

    def url(self, name: str, owner: str = OWNER) -> str:
        return f"postgresql+psycopg://{owner}@/{name}?host={self._folder}"

    def do(self, statement: Any, *names: str) -> None:
        """As superuser, `statement` with these names in it."""
        self._admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def stop(self) -> None:
        self._admin.close()
        self._call("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")
        shutil.rmtree(self._folder)

    def _superuser(self, database: str) -> psycopg.Connection[Any]:
        return psycopg.connect(
            f"host={self._folder} user=meester dbname={database}", autocommit=True
        )

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _call(self, program: str, *arguments: str) -> None:
        """Raises RuntimeError with what the program said."""
        with tempfile.TemporaryFile() as told:  # no pipe: the server would keep it open
            run = subprocess.run(
                [str(self._bin / program), *arguments],
                user=self._user,
                extra_groups=[] if self._user else None,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=subprocess.STDOUT,
                check=False,
            )
            told.seek(0)
            if run.returncode:
                raise RuntimeError(f"{program}: {told.read().decode(errors='replace')}")


def _is_user(name: str) -> bool:
    return any(entry.pw_name == name for entry in pwd.getpwall())
