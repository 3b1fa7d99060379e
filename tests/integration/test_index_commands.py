"""`schakel index` and the exit codes of the nightly job, as a timer goes by them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from api.cli import app
from api.reindexing import reindex
from data.tables import OutboxRow
from tests.homes import ASKER, DOCUMENTS, ask_elsewhere, open_home

DONE, NOT_DONE, BUSY = 0, 1, 75


def _command(home: Path, *words: str, **environment: str) -> Result:
    """In this process: starting one takes seconds."""
    kept = dict.fromkeys([name for name in os.environ if name.startswith("SCHAKEL_")])
    runner = CliRunner(env=kept | {"SCHAKEL_HOME": str(home)} | environment)
    done = runner.invoke(app, words)
    assert isinstance(done.exception, SystemExit | None), done.exception
    return done


def _process(home: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SCHAKEL_")}
    done = subprocess.run(
        [Path(sys.executable).with_name("schakel"), *words],
        env=kept | {"SCHAKEL_HOME": str(home)} | environment,
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def _status(home: Path, code: int = DONE) -> dict[str, Any]:
    done = _command(home, "index", "status", "--json")
    assert done.exit_code == code, done.output
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.fixture
def two(home: Path) -> Path:
    """A home with two generations, and a question that neither knows."""
    schakel = open_home(home)
    ask_elsewhere(schakel, "bijenkasten")
    reindex(schakel.indexer)
    ask_elsewhere(schakel, "zonnewijzers")
    schakel.database.close()
    return home


def _damaged(home: Path) -> None:
    (path,) = (home / "index" / "gen-000001").glob("segment-*-problem.faiss")
    path.write_bytes(path.read_bytes()[:-1])


def test_status_tells_which_index_there_is_and_what_it_does_not_know_yet(two: Path) -> None:
    told = _status(two)
    assert (told["generatie"], told["terug_naar"]) == ("gen-000002", ["gen-000001"])
    assert (told["documenten"], told["achterstand"]) == (DOCUMENTS + 1, 1)
    assert (told["model"], told["lagen"], told["van_deze_database"]) == ("words-1", 2, True)
    assert told["oudste_ongelezen"]
    shown = _command(two, "index", "status")
    assert shown.exit_code == DONE
    assert "generatie: gen-000002" in shown.stdout
    assert "terug naar: gen-000001" in shown.stdout


def test_status_of_no_index_or_one_of_another_database_is_not_well(home: Path) -> None:
    schakel = open_home(home)
    with schakel.database.write() as session:
        session.delete(session.get_one(OutboxRow, schakel.indexer.opened().position))
    schakel.database.close()
    assert _status(home, NOT_DONE)["van_deze_database"] is False
    shutil.rmtree(home / "index")
    assert _status(home, NOT_DONE) == {
        "generatie": None,
        "van_deze_database": False,
        "probleem": "er is geen index",
    }


def test_status_of_an_index_that_cannot_be_read_says_what_is_wrong(home: Path) -> None:
    (home / "index" / "gen-000001" / "manifest.json").write_bytes(b"{}")
    assert "manifest.json of the index is damaged" in _status(home, NOT_DONE)["probleem"]


def test_verify_reads_every_file_of_every_generation(two: Path) -> None:
    done = _command(two, "index", "verify", "--json")
    assert done.exit_code == DONE
    told = json.loads(done.stdout)
    present = {f"{path.parent.name}/{path.name}" for path in (two / "index").glob("gen-*/*")}
    assert {f"{each['generatie']}/{each['bestand']}" for each in told} == present
    assert {each["goed"] for each in told} == {True}
    assert {each["generatie"] for each in told if each["in_gebruik"]} == {"gen-000002"}


def test_verify_names_the_file_that_is_damaged(home: Path) -> None:
    _damaged(home)
    done = _command(home, "index", "verify")
    assert done.exit_code == NOT_DONE
    assert "gen-000001/segment-gen-000001-problem.faiss" in done.stdout
    assert "1 niet goed" in done.stdout


def test_verify_of_no_index_is_not_well(tmp_path: Path) -> None:
    assert _command(tmp_path / "home", "index", "verify").exit_code == NOT_DONE


def test_rollback_goes_back_one_and_no_further(two: Path) -> None:
    done = _command(two, "index", "rollback")
    assert (done.exit_code, done.stdout) == (DONE, "gen-000001 is nu in gebruik.\n")
    told = _status(two)
    assert (told["generatie"], told["terug_naar"], told["achterstand"]) == ("gen-000001", [], 2)
    again = _command(two, "index", "rollback")
    assert again.exit_code == NOT_DONE
    assert "schakel reindex" in again.stderr
    assert _status(two)["generatie"] == "gen-000001"


def test_rollback_passes_over_one_that_is_damaged(two: Path) -> None:
    _damaged(two)
    assert _command(two, "index", "rollback").exit_code == NOT_DONE
    assert _status(two)["generatie"] == "gen-000002"


def test_an_older_index_of_which_something_was_erased_cannot_be_gone_back_to(two: Path) -> None:
    schakel = open_home(two)
    asker = schakel.desk.person(ASKER)
    schakel.desk.erase(asker, ask_elsewhere(schakel, "vliegers"))
    reindex(schakel.indexer)
    assert _command(two, "index", "rollback").exit_code == NOT_DONE
    ask_elsewhere(schakel, "molens")
    reindex(schakel.indexer)
    schakel.database.close()
    assert _command(two, "index", "rollback").stdout == "gen-000003 is nu in gebruik.\n"


def test_a_real_process_ends_with_the_code_that_a_timer_goes_by(two: Path, tmp_path: Path) -> None:
    """The model is opened and never loaded; nothing is left of it in the home."""
    model = tmp_path / "model"
    model.mkdir()
    with open_home(two).indexer.folder.lease("de nachtelijke taak"):
        for words in (("reindex",), ("index", "rollback")):
            busy = _process(two, *words, SCHAKEL_MODEL=str(model))
            assert busy.returncode == BUSY
            assert "de nachtelijke taak" in busy.stderr
    assert _process(two, "index", "status").returncode == DONE
    assert _process(two, "index", "verify").returncode == DONE
    back = _process(two, "index", "rollback", SCHAKEL_MODEL="/er/is/geen/model")
    assert (back.returncode, back.stdout) == (DONE, "gen-000001 is nu in gebruik.\n")
    no_further = _process(two, "index", "rollback")
    assert no_further.returncode == NOT_DONE
    assert "schakel reindex" in no_further.stderr
    assert not (two / "models").exists()


def test_an_index_can_be_looked_at_and_gone_back_from_without_its_model(two: Path) -> None:
    for words in (("index", "status"), ("index", "verify"), ("index", "rollback")):
        done = _command(two, *words, SCHAKEL_MODEL="/er/is/geen/model")
        assert done.exit_code == DONE, done.stderr
    assert not (two / "models").exists()


def test_reindexing_with_a_model_that_is_not_there_is_not_done_and_says_so(home: Path) -> None:
    done = _command(home, "reindex", "--model", "/er/is/geen/model")
    assert done.exit_code == NOT_DONE
    assert "/er/is/geen/model" in done.stderr
    assert _status(home)["generatie"] == "gen-000001"


def test_another_model_is_named_as_the_reason_and_nothing_is_done_yet(
    home: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    model.mkdir()
    done = _command(home, "reindex", "--model", str(model), "--dry-run", "--json")
    assert done.exit_code == DONE, done.stderr
    assert json.loads(done.stdout)["waarom"] == "een ander model"
    assert _status(home)["generatie"] == "gen-000001"
