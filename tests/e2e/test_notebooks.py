"""Notebooks run from top to bottom on the sample set."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Running

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(notebook: Path, running: Running) -> None:
    command = Path(sys.executable).with_name("jupyter-execute")
    done = subprocess.run(
        [command, notebook, "--timeout=300"],
        env=running.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
