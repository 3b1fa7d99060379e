"""`schakel user`, on a database of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.bootstrap import load_sample, open_database
from api.cli import app
from api.settings import Settings
from data.accounts import Accounts
from data.clock import utc_now
from data.keys import Keys, TokenScope
from matcher.types import PersonId

LEADER = PersonId("p01")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCHAKEL_HOME", str(tmp_path))
    monkeypatch.setenv("SCHAKEL_ADDRESS", "https://schakel.example/")
    monkeypatch.delenv("SCHAKEL_DEMO", raising=False)
    database = open_database(Settings(home=tmp_path))
    database.migrate()
    load_sample(database)
    database.close()
    return tmp_path


def _run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["user", *words])
    return done.exit_code, done.stdout, done.stderr


def test_an_invitation_is_a_link_that_lets_one_person_choose_a_password(home: Path) -> None:
    code, told, _ = _run("invite", LEADER, "--email", "Directeur@School.example")
    assert code == 0
    address, link = told.strip().rsplit("/", 1)
    assert address == "https://schakel.example/uitnodiging"
    database = open_database(Settings(home=home))
    with database.write() as session:
        assert Accounts(session).of(LEADER).email == "directeur@school.example"
        assert Accounts(session).use_link(link, utc_now()) == LEADER
        assert Accounts(session).use_link(link, utc_now()) is None
    database.close()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("invite", "niemand", "--email", "a@b.example"), "deze persoon bestaat niet"),
        (("invite", "p01"), "geef --email"),
        (("token", "niemand"), "deze persoon bestaat niet"),
        (("close", "p01"), "geen account"),
        (("forget-code", "p01"), "geen account"),
        (("code", "p40"), "alleen met SCHAKEL_DEMO=1"),
    ],
)
@pytest.mark.usefixtures("home")
def test_what_cannot_be_done_says_why(words: tuple[str, ...], why: str) -> None:
    code, told, said = _run(*words)
    assert (code, told) == (1, "")
    assert why in said


@pytest.mark.usefixtures("home")
def test_an_address_is_of_one_person() -> None:
    assert _run("invite", "p01", "--email", "a@b.example")[0] == 0
    assert _run("invite", "p02", "--email", "A@B.example")[0] == 1


def test_a_token_is_shown_and_works_until_the_account_is_closed(home: Path) -> None:
    _run("invite", LEADER, "--email", "a@b.example")
    code, token, _ = _run("token", LEADER, "--name", "rapport", "--days", "3")
    assert code == 0
    database = open_database(Settings(home=home))

    def found() -> bool:
        with database.read() as session:
            made = Keys(session).token(token.strip(), utc_now())
        return made is not None and (made.name, made.scopes) == ("rapport", (TokenScope.READ,))

    assert found()
    assert _run("close", LEADER)[0] == 0
    assert not found()
    listed = {row["id"]: row for row in json.loads(_run("list", "--json")[1])}
    assert (listed["p01"]["email"], listed["p01"]["gesloten"]) == ("a@b.example", True)
    assert listed["p02"]["email"] is None
    assert _run("close", LEADER, "--reopen")[0] == 0
    assert not found()
    database.close()
