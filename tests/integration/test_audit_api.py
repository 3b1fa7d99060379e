"""The audit at the doors: what a request leaves behind, who may read it, and the proof of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text
from typer.testing import CliRunner

from api.bootstrap import Schakel, load_sample, open_schakel
from api.cli import app
from api.reindexing import reindex
from api.settings import Settings
from data.audit_tables import AuditRow
from tests.doors import as_, opened
from tests.fakes import WordEncoder

pytestmark = pytest.mark.usefixtures("unsettled")

LEADER, COLLEAGUE, ADVISER, OTHER_SCHOOL, ADMIN = "p01", "p02", "p30", "p03", "p40"
OTHER_BOARD, OTHER_ADMIN = "p22", "p41"
QUESTION = {"titel": "Zonnewijzer kwijt", "situatie": "De zonnewijzer op het plein is weg."}
OUTCOME = {"aanpak": "Een nieuwe zonnewijzer gemaakt met de kinderen.", "resultaat": "opgelost"}


@pytest.fixture(scope="module")
def schakel(tmp_path_factory: pytest.TempPathFactory) -> Schakel:
    settings = Settings(home=tmp_path_factory.mktemp("home"), demo=True)
    schakel = open_schakel(settings, WordEncoder())
    schakel.database.migrate()
    load_sample(schakel.database)
    reindex(schakel.indexer)
    schakel.indexer.load()
    return schakel


@pytest.fixture(scope="module")
def client(schakel: Schakel) -> Iterator[TestClient]:
    with opened(schakel) as client:
        yield client


def _ask(client: TestClient, scope: str = "bestuur") -> str:
    answer = client.post(
        "/api/v1/vragen", json=QUESTION | {"deelbereik": scope}, headers=as_(LEADER)
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def _last(schakel: Schakel, count: int = 1) -> list[AuditRow]:
    with schakel.database.read() as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.number.desc()).limit(count))
        return list(rows)[::-1]


def _seen(client: TestClient, id_: str, person: str = LEADER) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/vragen/{id_}/inzage", headers=as_(person))
    assert answer.status_code == 200, answer.text
    seen: list[dict[str, Any]] = answer.json()["inzage"]
    return seen


def test_every_act_on_a_question_is_a_row_with_the_id_of_its_request(
    client: TestClient, schakel: Schakel
) -> None:
    id_ = _ask(client, "school")
    url, them = f"/api/v1/vragen/{id_}", as_(LEADER)
    wider = {"deelbereik": "bestuur", "tekstNagekeken": True}
    answers = [
        client.get(url, headers=them),
        client.get(f"{url}/matches", headers=them),
        client.get(f"{url}/inzage", headers=them),
        client.post(f"{url}/_delen", json=wider, headers=them),
        client.post(f"{url}/opbrengst", json=OUTCOME, headers=them),
        client.get(f"/api/v1/casussen/{id_}", headers=them),
        client.post(f"{url}/_intrekken", headers=them),
        client.delete(url, headers=them),
    ]
    assert all(answer.is_success for answer in answers)
    rows = _last(schakel, len(answers) + 1)
    assert [row.act for row in rows] == [
        "vraag-stellen",
        "vraag-lezen",
        "matches-lezen",
        "inzage-lezen",
        "vraag-delen",
        "vraag-oplossen",
        "vraag-lezen",
        "vraag-intrekken",
        "vraag-wissen",
    ]
    assert {(row.person_id, row.object_id, row.result) for row in rows} == {(LEADER, id_, "gedaan")}
    assert [row.request_id for row in rows[1:]] == [a.headers["request-id"] for a in answers]


def test_searching_is_noted_and_not_for_what(client: TestClient, schakel: Schakel) -> None:
    client.post("/api/v1/vragen/_zoek", json={"tekst": "zonnewijzer"}, headers=as_(COLLEAGUE))
    (row,) = _last(schakel)
    assert (row.person_id, row.act, row.object_id) == (COLLEAGUE, "zoeken", None)


@pytest.mark.parametrize(("person", "status"), [(OTHER_SCHOOL, 403), (OTHER_BOARD, 404)])
def test_what_is_refused_is_noted_and_changes_nothing(
    client: TestClient, schakel: Schakel, person: str, status: int
) -> None:
    id_ = _ask(client)
    answer = client.post(f"/api/v1/vragen/{id_}/_intrekken", headers=as_(person))
    assert answer.status_code == status
    (row,) = _last(schakel)
    assert (row.person_id, row.act, row.object_id, row.result) == (
        person,
        "vraag-intrekken",
        id_,
        "geweigerd",
    )
    assert row.request_id == answer.headers["request-id"]
    assert client.get(f"/api/v1/vragen/{id_}", headers=as_(LEADER)).json()["status"] == "open"


def test_an_id_that_was_made_up_is_not_noted(client: TestClient, schakel: Schakel) -> None:
    answer = client.get("/api/v1/vragen/jan-jansen-groep-7", headers=as_(LEADER))
    assert answer.status_code == 404
    (row,) = _last(schakel)
    assert (row.act, row.object_id, row.result) == ("vraag-lezen", None, "geweigerd")


def test_the_asker_sees_who_saw_their_question(client: TestClient) -> None:
    id_ = _ask(client, "samenwerkingsverband")
    for person, path in ((OTHER_SCHOOL, ""), ("p10", "/matches"), ("p09", "")):
        assert client.get(f"/api/v1/vragen/{id_}{path}", headers=as_(person)).status_code == 200
    seen = _seen(client, id_)
    assert [(one["handeling"], one["rol"], one["naam"]) for one in seen] == [
        ("vraag-lezen", "schoolleider", None),  # of another board, reached through an adviser
        ("matches-lezen", "schoolleider", "Sharmila Ramdin"),  # of another board, directly
        ("vraag-lezen", "schoolleider", "Tjitske Hoekema"),
    ]
    assert seen[0]["bestuur"] == "Vereniging voor Christelijk Onderwijs Harderwaard"
    assert set(seen[0]) == {"moment", "handeling", "rol", "bestuur", "naam", "reden"}
    assert seen[0]["moment"].endswith("Z")
    assert "p09" not in str(seen)
    assert _seen(client, id_)[0]["handeling"] == "inzage-lezen"


@pytest.mark.parametrize(("person", "status"), [(OTHER_SCHOOL, 403), (OTHER_BOARD, 404)])
def test_who_saw_it_is_not_for_who_may_only_read(
    client: TestClient, person: str, status: int
) -> None:
    id_ = _ask(client)
    answer = client.get(f"/api/v1/vragen/{id_}/inzage", headers=as_(person))
    assert answer.status_code == status


def test_an_admin_reads_once_by_breaking_the_glass_and_the_asker_sees_why(
    client: TestClient,
) -> None:
    id_ = _ask(client, "school")
    url, why = f"/api/v1/vragen/{id_}", {"reden": "Een ouder vraagt om inzage in wat wij bewaren."}
    assert client.get(url, headers=as_(ADMIN)).status_code == 403
    broken = client.post(f"{url}/_noodinzage", json=why, headers=as_(ADMIN))
    assert (broken.status_code, broken.json()["situatie"]) == (200, QUESTION["situatie"])
    assert client.get(url, headers=as_(ADMIN)).status_code == 403
    (seen,) = _seen(client, id_)
    assert (seen["handeling"], seen["rol"], seen["naam"], seen["reden"]) == (
        "vraag-noodinzage",
        "beheerder",
        "Anouk Peters",
        why["reden"],
    )


@pytest.mark.parametrize(
    ("person", "status"), [(LEADER, 403), (ADVISER, 403), (OTHER_BOARD, 404), (OTHER_ADMIN, 404)]
)
def test_the_glass_is_for_the_board_s_admin_alone(
    client: TestClient, schakel: Schakel, person: str, status: int
) -> None:
    id_ = _ask(client, "school")
    why = {"reden": "Nieuwsgierig naar de zonnewijzer."}
    answer = client.post(f"/api/v1/vragen/{id_}/_noodinzage", json=why, headers=as_(person))
    assert answer.status_code == status
    assert QUESTION["situatie"] not in answer.text
    assert _last(schakel)[0].result == "geweigerd"
    assert _seen(client, id_) == []


@pytest.mark.parametrize("body", [{}, {"reden": "  "}, {"reden": "x", "meer": 1}, {"reden": 5}])
def test_the_glass_is_not_broken_without_a_reason(client: TestClient, body: object) -> None:
    url = f"/api/v1/vragen/{_ask(client)}/_noodinzage"
    assert client.post(url, json=body, headers=as_(ADMIN)).status_code == 400


def test_no_text_is_in_the_audit(client: TestClient, schakel: Schakel) -> None:
    id_ = _ask(client)
    client.post(
        f"/api/v1/vragen/{id_}/_noodinzage", json={"reden": "Zonnewijzer"}, headers=as_(ADMIN)
    )
    client.post("/api/v1/vragen/_zoek", json={"tekst": "zonnewijzer"}, headers=as_(LEADER))
    with schakel.database.read() as session:
        kept = str(session.execute(text("SELECT * FROM audit")).all()).lower()
    assert id_ in kept
    assert "zonnewijzer" not in kept


def _verify(schakel: Schakel, *words: str) -> tuple[int, str]:
    environment = {"SCHAKEL_HOME": str(schakel.settings.home)}
    done = CliRunner().invoke(app, ["audit", "verify", *words], env=environment)
    return done.exit_code, done.output


def test_the_audit_is_verified_from_the_command_line(client: TestClient, schakel: Schakel) -> None:
    _ask(client)
    code, output = _verify(schakel, "--json")
    told = json.loads(output)
    assert (code, told["goed"], told["fouten"]) == (0, True, [])
    (row,) = _last(schakel)
    assert (told["regels"], told["hoofd"]) == (row.number, row.hash)
    _ask(client)
    assert _verify(schakel, "--head", told["hoofd"])[0] == 0
    code, output = _verify(schakel)
    assert (code, output.splitlines()[0]) == (0, f"{row.number + 1} regels nagelezen, 0 fouten.")


def test_a_head_that_is_not_in_the_audit_is_told_and_ends_with_one(schakel: Schakel) -> None:
    code, output = _verify(schakel, "--head", "f" * 64)
    assert (code, "genoteerde hash komt niet voor" in output) == (1, True)
    code, output = _verify(schakel, "--head", "Jan")
    assert (code, "Jan" in output) == (1, False)


def test_a_changed_row_is_told_and_ends_with_one(tmp_path: Path) -> None:
    home = open_schakel(Settings(home=tmp_path, demo=True), WordEncoder())
    home.database.migrate()
    load_sample(home.database)
    reader = home.desk.person(LEADER)
    for id_ in ("c01", "c02", "c03"):
        home.desk.question(reader, id_)
    with home.database.write() as session:
        session.execute(text("DROP TRIGGER audit_kept_update"))
        session.execute(text("UPDATE audit SET person_id = 'p09' WHERE number = 2"))
    code, output = _verify(home)
    assert (code, output.splitlines()[0]) == (1, "regel 2: gewijzigd")
    assert json.loads(_verify(home, "--json")[1])["fouten"] == [{"nummer": 2, "fout": "gewijzigd"}]
