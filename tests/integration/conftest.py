"""A home of each test's own, of which the making is done once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.homes import fill_home


@pytest.fixture(scope="session")
def filled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not to be written to."""
    home = tmp_path_factory.mktemp("filled") / "home"
    fill_home(home)
    return home


@pytest.fixture
def home(filled_home: Path, tmp_path: Path) -> Path:
    """With a database and a first generation of its index: see :mod:`tests.homes`."""
    return shutil.copytree(filled_home, tmp_path / "home")
