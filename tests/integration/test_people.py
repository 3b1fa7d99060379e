"""The people of a board, as its admin manages them through the doors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.bootstrap import Schakel, load_sample, open_schakel
from api.doorkeeper import csrf_of
from api.settings import Settings
from data.accounts import Accounts
from data.audit_tables import AuditRow
from data.clock import utc_now
from data.keys import Keys
from data.mail import MailRow
from data.tables import PersonRow, PositionRow
from matcher.letters import Letter
from matcher.types import PersonId, Role
from tests.doors import as_, opened
from tests.fakes import WordEncoder

pytestmark = pytest.mark.usefixtures("unsettled")

ADMIN, OTHER_ADMIN = "p40", "p41"  # of opo-lisselwaard and of sg-brinkveen
OWN, ELSEWHERE, BOTH = "p01", "p26", "p05"
PEOPLE = "/api/v1/personen"
NEW = {
    "naam": "Noor de Vries",
    "functie": "directeur",
    "email": "noor@school.example",
    "posities": [{"rol": "schoolleider", "organisatie": "obs-oosterkade"}],
}


@pytest.fixture
def schakel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Schakel]:
    schakel = open_schakel(Settings(home=tmp_path_factory.mktemp("home")), WordEncoder())
    schakel.database.migrate()
    load_sample(schakel.database)
    with schakel.database.write() as session:
        for admin in (ADMIN, OTHER_ADMIN):
            Accounts(session).make(PersonId(admin), f"{admin}@bestuur.example")
            Accounts(session).use_code(PersonId(admin), 1)
        session.add(
            PositionRow(person_id=BOTH, organisation_id="sws-de-tweebeuk", role=Role.SCHOOL_LEADER)
        )
    yield schakel
    schakel.database.close()


@pytest.fixture
def client(schakel: Schakel) -> TestClient:
    with opened(schakel) as client:
        pass
    return client


def _signed_in(schakel: Schakel, person: str) -> dict[str, str]:
    """In a browser, with a second step given."""
    with schakel.database.write() as session:
        secret, _ = Keys(session).open(PersonId(person), "Firefox, Linux", utc_now(), True)
    return {"Cookie": f"schakel={secret}", "Schakel-Csrf": csrf_of(secret)}


def _acts(schakel: Schakel) -> list[tuple[str | None, str, str | None, str]]:
    with schakel.database.read() as session:
        rows = session.query(AuditRow).order_by(AuditRow.number)
        return [(row.person_id, row.act, row.object_id, row.result) for row in rows]


def test_who_is_added_is_invited_and_found_by_nobody_yet(
    schakel: Schakel, client: TestClient
) -> None:
    answer = client.post(PEOPLE, json=NEW, headers=_signed_in(schakel, ADMIN))
    assert answer.status_code == 201, answer.text
    id_ = answer.json()["id"]
    assert answer.headers["location"] == f"{PEOPLE}/{id_}"
    assert answer.json()["heeftAccount"] is False
    with schakel.database.read() as session:
        person = session.get_one(PersonRow, id_)
        assert (person.findable, person.contact.value) == (False, "niet")
        (letter,) = session.query(MailRow).all()
        assert (letter.letter, letter.to_id) == (Letter.INVITATION, id_)
    assert (ADMIN, "personen-beheren", id_, "gedaan") in _acts(schakel)
    read = client.get(f"{PEOPLE}/{id_}", headers=as_(ADMIN)).json()
    assert (read["naam"], read["email"]) == (NEW["naam"], NEW["email"])


@pytest.mark.parametrize(
    "change",
    [
        {"posities": [{"rol": "schoolleider", "organisatie": "sws-de-tweebeuk"}]},
        {"posities": [{"rol": "beheerder", "organisatie": "bureau-sg-brinkveen"}]},
        {"posities": [{"rol": "schoolleider", "organisatie": "bestaat-niet"}]},
        {"posities": []},
        {"id": "p99"},
        {"email": "geen adres"},
    ],
)
def test_nobody_is_placed_where_one_does_not_manage(
    schakel: Schakel, client: TestClient, change: dict[str, Any]
) -> None:
    answer = client.post(PEOPLE, json=NEW | change, headers=_signed_in(schakel, ADMIN))
    assert answer.status_code == 400


def test_people_of_another_board_do_not_exist_and_colleagues_may_not_manage(
    schakel: Schakel, client: TestClient
) -> None:
    admin, leader = _signed_in(schakel, ADMIN), _signed_in(schakel, "p02")
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"naam": "Een ander"}),
        ("POST", "/_uitnodigen", None),
    ):
        hidden, absent = (
            client.request(method, f"{PEOPLE}/{id_}{path}", json=body, headers=admin)
            for id_ in (ELSEWHERE, "bestaat-niet")
        )
        assert (hidden.status_code, hidden.content) == (404, absent.content)
        refused = client.request(method, f"{PEOPLE}/{OWN}{path}", json=body, headers=leader)
        assert refused.status_code == 403
    assert client.get(PEOPLE, headers=leader).status_code == 403
    listed = client.get(PEOPLE, headers=admin).json()["personen"]
    assert {OWN, ADMIN, BOTH} <= {one["id"] for one in listed}
    assert ELSEWHERE not in [one["id"] for one in listed]


def test_what_is_changed_is_changed_and_no_more(schakel: Schakel, client: TestClient) -> None:
    admin = _signed_in(schakel, ADMIN)
    changed = client.patch(f"{PEOPLE}/{OWN}", json={"functie": "adjunct"}, headers=admin).json()
    assert (changed["naam"], changed["functie"]) == ("Marjan Veldkamp", "adjunct")
    both = [
        {"rol": "schoolleider", "organisatie": "obs-de-wulpenhoek"},
        {"rol": "beleidsadviseur", "organisatie": "bureau-opo-lisselwaard"},
    ]
    changed = client.patch(f"{PEOPLE}/{OWN}", json={"posities": both}, headers=admin).json()
    assert changed["posities"] == both
    held = schakel.desk.person(OWN).viewer.positions
    assert [p.role for p in held] == [Role.SCHOOL_LEADER, Role.ADVISER]


def test_who_works_in_two_boards_is_of_neither_admin_alone(
    schakel: Schakel, client: TestClient
) -> None:
    """Each sees and gives the positions in their own board; the person as such is not theirs."""
    first, second = _signed_in(schakel, ADMIN), _signed_in(schakel, OTHER_ADMIN)
    own = [{"rol": "schoolleider", "organisatie": "sws-de-tweebeuk"}]
    assert client.get(f"{PEOPLE}/{BOTH}", headers=second).json()["posities"] == own
    for body in ({"naam": "Anders"}, {"functie": "baas"}, {"gesloten": True}):
        answer = client.patch(f"{PEOPLE}/{BOTH}", json=body, headers=second)
        assert answer.status_code == 403, body
    adviser = [{"rol": "beleidsadviseur", "organisatie": "bureau-sg-brinkveen"}]
    client.patch(f"{PEOPLE}/{BOTH}", json={"posities": adviser}, headers=second)
    main, other = schakel.desk.person(BOTH).viewer.positions
    assert (main.organisation, other.organisation) == ("obs-oosterkade", "bureau-sg-brinkveen")
    assert client.patch(f"{PEOPLE}/{BOTH}", json={"posities": []}, headers=second).is_success
    assert client.get(f"{PEOPLE}/{BOTH}", headers=second).status_code == 404
    alone = client.patch(f"{PEOPLE}/{BOTH}", json={"posities": []}, headers=first)
    assert alone.status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {"gesloten": True},
        {"posities": [{"rol": "schoolleider", "organisatie": "obs-oosterkade"}]},
    ],
)
def test_an_admin_does_not_give_themselves_sight_of_texts(
    schakel: Schakel, client: TestClient, body: dict[str, Any]
) -> None:
    answer = client.patch(f"{PEOPLE}/{ADMIN}", json=body, headers=_signed_in(schakel, ADMIN))
    assert answer.status_code == 409
    assert schakel.desk.person(ADMIN).viewer.reading == ()


def test_no_program_decides_who_comes_in(client: TestClient) -> None:
    for method, path, body in (
        ("POST", "", NEW),
        ("PATCH", f"/{OWN}", {"functie": "adjunct"}),
        ("POST", f"/{OWN}/_uitnodigen", None),
        ("POST", "/mij/_tweestaps", None),
        ("POST", "/mij/_wachtwoord", {"huidig": "x" * 12, "nieuw": "y" * 12}),
    ):
        answer = client.request(method, PEOPLE + path, json=body, headers=as_(ADMIN))
        assert answer.status_code == 403, path
        assert answer.json()["code"] == "alleen-aangemeld"
    code = client.post("/api/v1/sessies/huidige/_code", json={"code": "123456"}, headers=as_(ADMIN))
    assert (code.status_code, code.json()["code"]) == (403, "alleen-aangemeld")


def test_the_token_of_an_admin_waits_for_a_second_step(
    schakel: Schakel, client: TestClient
) -> None:
    assert client.get(PEOPLE, headers=as_(ADMIN)).status_code == 200
    with schakel.database.write() as session:
        Accounts(session).forget_code(PersonId(ADMIN))
    answer = client.get(PEOPLE, headers=as_(ADMIN))
    assert (answer.status_code, answer.json()["code"]) == (403, "code-instellen")


def test_what_takes_no_fields_refuses_them(schakel: Schakel, client: TestClient) -> None:
    url = f"{PEOPLE}/{OWN}/_uitnodigen"
    answer = client.post(url, json={"aan": "mij"}, headers=_signed_in(schakel, ADMIN))
    assert answer.status_code == 400
    assert "mij" not in answer.text


def test_a_body_without_a_length_is_counted_too(client: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(600):
            yield b"x" * 1_000

    answer = client.post("/api/v1/sessies", content=endless())
    assert answer.status_code == 413
