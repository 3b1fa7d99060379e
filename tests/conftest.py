"""What several tests share: a fresh database, and the bundled model, unpacked once a session.

A test that asks for `database` runs on SQLite and on PostgreSQL; marked `databases("sqlite")`, on
the one that it names.
"""

from __future__ import annotations

import gc
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from data.database import Database
from data.importer import SAMPLE, import_folder
from embeddings.encoder import ModelEncoder
from tests.databases import KINDS, Databases


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("databases")
        metafunc.parametrize("database_kind", marker.args if marker else KINDS, scope="session")


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    databases = Databases(tmp_path_factory.mktemp("databases"))
    yield databases
    databases.close()


@pytest.fixture
def database(database_kind: str, databases: Databases, tmp_path: Path) -> Iterator[Database]:
    """An empty database, its tables up to date."""
    with databases.migrated(database_kind, tmp_path / "schakel.db") as database:
        yield database


@pytest.fixture
def sample(database: Database) -> Database:
    """A database with the sample set."""
    with database.write() as session:
        import_folder(session, SAMPLE)
    return database


@pytest.fixture(scope="session")
def models() -> Iterator[Path]:
    """A cache folder for models, as `SCHAKEL_HOME/models` is.

    Not one of pytest's: another run of pytest beside this one would clean those up.
    """
    with tempfile.TemporaryDirectory(prefix="schakel-models-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def encoder(models: Path) -> ModelEncoder:
    """The bundled model, unpacked and loaded."""
    encoder = ModelEncoder.from_name(None, models)
    encoder.load()
    return encoder


@pytest.fixture(scope="module")
def unsettled() -> Iterator[None]:
    """What :func:`api.indexing.settle` does in these tests is undone after them."""
    with threadpool_limits():  # no limit of its own: puts back those there were
        yield
        for thread in threading.enumerate():
            if thread.name == "warm":  # of a server that has gone: it settles at its end
                thread.join()
    gc.unfreeze()
