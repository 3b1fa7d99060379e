"""A real Schakel: its own process, its own home, the bundled model, the sample set."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from embeddings.encoder import ModelEncoder

COMMAND = Path(sys.executable).with_name("schakel")


@dataclass(frozen=True)
class Running:
    """A serving Schakel: where it is, what it printed, and the environment that it runs in."""

    address: str
    printed: str
    environment: dict[str, str]


def environment_for(home: Path, models: Path) -> dict[str, str]:
    """SCHAKEL_HOME in `home`, with the models that were unpacked and converted for this session."""
    home.mkdir(parents=True)
    (home / "models").symlink_to(models)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SCHAKEL_")}
    return kept | {"SCHAKEL_HOME": str(home), "SCHAKEL_DEMO": "1", "PORT": "0"}


@contextmanager
def _serving(home: Path, models: Path) -> Iterator[Running]:
    environment = environment_for(home, models)
    command = [COMMAND, "serve", "--prepare"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        printed = ""
        for line in process.stderr:  # ends with the process, should it fail to start
            printed += line
            if line.startswith("curl"):
                break
        address = re.search(r"http://127\.0\.0\.1:\d+", printed)
        assert address, printed
        threading.Thread(
            target=process.stderr.read, daemon=True
        ).start()  # the log: a line a request
        yield Running(address.group(), printed, environment)
        process.terminate()
    assert process.returncode in (0, -15)


@pytest.fixture(scope="session")
def running(
    tmp_path_factory: pytest.TempPathFactory, models: Path, encoder: ModelEncoder
) -> Iterator[Running]:
    """A Schakel that tests may add to."""
    assert encoder.loaded  # the model folder is there
    with _serving(tmp_path_factory.mktemp("e2e") / "home", models) as running:
        yield running


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory, models: Path, encoder: ModelEncoder) -> Running:
    """The home of a Schakel as it is after a first `make run`, no longer serving."""
    assert encoder.loaded
    with _serving(tmp_path_factory.mktemp("fresh") / "home", models) as running:
        return running
