"""What several tests share: a fresh database, and the bundled model, unpacked once a session."""

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


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty database, its tables up to date."""
    database = Database.open(f"sqlite:///{tmp_path / 'schakel.db'}")
    database.migrate()
    yield database
    database.close()


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
