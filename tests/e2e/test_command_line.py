"""Commands as someone types them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from api.cli import app
from embeddings.encoder import ModelEncoder
from tests.e2e.conftest import COMMAND, Running, environment_for

COMMANDS = (
    "serve",
    "migrate",
    "sample",
    "match",
    "reindex",
    "index",
    "evaluate",
    "bench",
    "audit",
    "user",
)
OF_THE_AUDIT = ("verify",)
OF_PEOPLE = ("list", "invite", "token", "close", "forget-code", "code")
OF_THE_INDEX = ("status", "verify", "rollback")
MEASUREMENTS = ("encoder", "index", "match")


def _run(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *words], env=environment, capture_output=True, text=True)


def test_every_command_is_listed() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert set(commands) == set(COMMANDS)
    assert set(commands["bench"].commands) == set(MEASUREMENTS)
    assert set(commands["index"].commands) == set(OF_THE_INDEX)
    assert set(commands["audit"].commands) == set(OF_THE_AUDIT)
    assert set(commands["user"].commands) == set(OF_PEOPLE)


@pytest.mark.parametrize(
    "command",
    [
        *COMMANDS,
        *(f"bench {name}" for name in MEASUREMENTS),
        *(f"index {name}" for name in OF_THE_INDEX),
        *(f"audit {name}" for name in OF_THE_AUDIT),
        *(f"user {name}" for name in OF_PEOPLE),
    ],
)
def test_every_command_has_help_with_an_example(command: str) -> None:
    shown = CliRunner().invoke(app, [*command.split(), "--help"])
    assert shown.exit_code == 0
    assert f"schakel {command}" in " ".join(shown.output.replace("\n", " ").split())
    assert "Voorbeeld:" in shown.output


def test_commands_without_a_model_do_not_load_one(tmp_path: Path) -> None:
    environment = {"SCHAKEL_HOME": str(tmp_path / "home"), "PATH": ""}
    assert _run(environment, "migrate").returncode == 0
    loaded = _run(environment, "sample")
    assert loaded.returncode == 0, loaded.stderr
    assert "55  vragen.csv" in loaded.stdout
    assert not (tmp_path / "home" / "models").exists()
    again = _run(environment, "sample")
    assert again.returncode == 1
    assert "er staan al gegevens in" in again.stderr


def test_without_an_index_the_remedy_is_told(
    tmp_path: Path, models: Path, encoder: ModelEncoder
) -> None:
    assert encoder.loaded
    environment = environment_for(tmp_path / "home", models)
    for words in (("serve",), ("match", "rekenen", "--as", "p01")):  # nothing to serve at all
        _assert_told_to_reindex(_run(environment, *words))
    _run(environment, "sample")
    _assert_told_to_reindex(_run(environment, "match", "rekenen", "--as", "p01"))


def _assert_told_to_reindex(stopped: subprocess.CompletedProcess[str]) -> None:
    assert stopped.returncode == 1
    assert "schakel reindex" in stopped.stderr
    assert "Traceback" not in stopped.stderr


def test_reindex_and_a_model_that_did_not_make_the_index(running: Running, tmp_path: Path) -> None:
    other = running.environment | {"SCHAKEL_MODEL": str(tmp_path)}
    (tmp_path / "modules.json").write_text("[]")
    refused = _run(other, "serve")
    assert refused.returncode == 1
    assert "schakel reindex" in refused.stderr
    before = _current(running.environment)
    built = _run(running.environment, "reindex", "--full", "--wait", "60")
    assert built.returncode == 0, built.stderr
    assert _current(running.environment) > before
    assert f"generatie: {_current(running.environment)}" in built.stdout


def _current(environment: dict[str, str]) -> str:
    told = _run(environment, "index", "status", "--json")
    assert told.returncode == 0, told.stderr
    return str(json.loads(told.stdout)["generatie"])


def test_an_unknown_person_or_an_empty_question_is_refused(running: Running) -> None:
    for words in (("rekenen", "--as", "niemand"), ("…", "--as", "p01")):
        refused = _run(running.environment, "match", *words)
        assert refused.returncode == 1
        assert "Traceback" not in refused.stderr


def test_a_setting_that_cannot_be_is_named(tmp_path: Path) -> None:
    for name, value in (
        ("PORT", "abc"),
        ("SCHAKEL_DEMO", "misschien"),
        ("SCHAKEL_DATABASE_URL", "x"),
    ):
        refused = _run({"SCHAKEL_HOME": str(tmp_path), "PATH": "", name: value}, "migrate")
        assert refused.returncode == 1
        assert name in refused.stderr
        assert value not in refused.stderr
        assert "Traceback" not in refused.stderr


def test_a_port_that_is_taken_is_told(running: Running) -> None:
    taken = running.address.rsplit(":", 1)[1]
    refused = _run(running.environment | {"PORT": taken}, "serve")
    assert refused.returncode == 1
    assert "PORT" in refused.stderr
    assert "Traceback" not in refused.stderr
