"""What people allow, through the door: it works at the next match, whatever was shown before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.bootstrap import load_sample, open_schakel
from api.reindexing import reindex
from api.settings import Settings
from tests.doors import as_, opened
from tests.fakes import WordEncoder

pytestmark = pytest.mark.usefixtures("unsettled")

HELPER, ASKER, COLLEAGUE, ADMIN, PARTNER = "p01", "p10", "p03", "p40", "p42"
CONSENT = "/api/v1/toestemmingen"
BOARD = "/api/v1/besturen/mij"
VRAAG = {
    "titel": "Thuiszitter komt al weken niet naar school",
    "situatie": "Een leerling komt al weken niet naar school en de ouders mijden contact.",
    "themas": ["aanwezigheid"],
    "deelbereik": "samenwerkingsverband",
}
ALLOWED: dict[str, Any] = {
    "vindbaar": True,
    "contact": "direct",
    "themas": [],
    "gesprekkenPerMaand": 3,
    "afwezigTot": None,
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home: Path = tmp_path_factory.mktemp("home")
    schakel = open_schakel(Settings(home=home, demo=True), WordEncoder())
    schakel.database.migrate()
    load_sample(schakel.database)
    reindex(schakel.indexer)
    schakel.indexer.load()
    with opened(schakel) as client:
        yield client


@pytest.fixture(autouse=True)
def _as_it_was(client: TestClient) -> Iterator[None]:
    yield
    _set(client)


@pytest.fixture(scope="module")
def question(client: TestClient) -> str:
    return _ask(client)


def _ask(client: TestClient, who: str = ASKER, **changes: Any) -> str:
    answer = client.post("/api/v1/vragen", json=VRAAG | changes, headers=as_(who))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def _set(client: TestClient, **changes: Any) -> None:
    answer = client.put(CONSENT, json=ALLOWED | changes, headers=as_(HELPER))
    assert answer.status_code == 200, answer.text
    assert answer.json() == ALLOWED | changes


def _named(client: TestClient, question: str) -> set[str]:
    url = f"/api/v1/vragen/{question}/matches"
    found = client.get(url, headers=as_(ASKER)).json()
    return {person["id"] for person in found["collegas"]}


def _wrong(answer: Any) -> dict[str, str]:
    assert answer.status_code == 400, answer.text
    return {error["veld"]: error["melding"] for error in answer.json()["fouten"]}


def test_what_is_read_can_be_put_back_as_it_is(client: TestClient) -> None:
    for person in ("p01", "p11", "p19", "p30", "p40"):
        before = client.get(CONSENT, headers=as_(person))
        assert before.status_code == 200
        again = client.put(CONSENT, json=before.json(), headers=as_(person))
        assert (again.status_code, again.json()) == (200, before.json())


@pytest.mark.parametrize(
    "changes",
    [
        {"vindbaar": False},
        {"contact": "niet"},
        {"contact": "via-adviseur"},
        {"themas": ["nt2", "rekenen"]},
        {"gesprekkenPerMaand": 0},
        {"afwezigTot": "9999-12-31"},
    ],
)
def test_whatever_one_takes_back_works_at_once_and_so_does_giving_it_again(
    client: TestClient, question: str, changes: dict[str, Any]
) -> None:
    assert HELPER in _named(client, question)
    _set(client, **changes)
    assert HELPER not in _named(client, question)
    _set(client)
    assert HELPER in _named(client, question)


def test_for_a_theme_of_the_question_one_is_still_found(client: TestClient, question: str) -> None:
    _set(client, themas=["aanwezigheid", "nt2"])
    assert HELPER in _named(client, question)


def test_a_text_that_names_no_theme_is_about_those_that_are_near(client: TestClient) -> None:
    text = {"tekst": VRAAG["situatie"]}
    for themes, found in ((["aanwezigheid"], True), (["huisvesting"], False)):
        _set(client, themas=themes)
        answer = client.post("/api/v1/vragen/_zoek", json=text, headers=as_(ASKER)).json()
        assert (HELPER in {person["id"] for person in answer["collegas"]}) is found


def test_every_field_is_needed_and_no_other_is_taken(client: TestClient) -> None:
    nothing = client.put(CONSENT, json={}, headers=as_(HELPER))
    assert set(_wrong(nothing)) == set(ALLOWED)
    more = client.put(CONSENT, json=ALLOWED | {"rol": "beheerder"}, headers=as_(HELPER))
    assert set(_wrong(more)) == {""}
    assert client.get(CONSENT, headers=as_(HELPER)).json() == ALLOWED


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("vindbaar", value) for value in ("ja", 1, None)),
        *(("contact", value) for value in ("altijd", None, 1)),
        *(("themas", value) for value in ("nt2", None, ["bestaat-niet"])),
        *(("gesprekkenPerMaand", value) for value in (-1, 101, 1.5, "3", True)),
        *(
            ("afwezigTot", value)
            for value in ("morgen", 20270111, "2027-13-01", "2027-01-11T10:00", "2027-W02-1", "")
        ),
    ],
)
def test_a_wrong_value_is_named_and_changes_nothing(
    client: TestClient, field: str, value: Any
) -> None:
    answer = client.put(CONSENT, json=ALLOWED | {field: value}, headers=as_(HELPER))
    wrong = _wrong(answer)
    assert set(wrong) == {field}
    assert wrong[field] != "klopt niet"
    assert client.get(CONSENT, headers=as_(HELPER)).json() == ALLOWED


def test_an_admin_sets_how_far_new_questions_are_shared(client: TestClient) -> None:
    before = client.get(BOARD, headers=as_(ADMIN)).json()
    assert before["standaardDeelbereik"] == "bestuur"
    try:
        put = client.put(BOARD, json={"standaardDeelbereik": "landelijk"}, headers=as_(ADMIN))
        assert (put.status_code, put.json()) == (200, before | {"standaardDeelbereik": "landelijk"})
        asked = _ask(client, COLLEAGUE, deelbereik=None)
        read = client.get(f"/api/v1/vragen/{asked}", headers=as_(COLLEAGUE)).json()
        assert read["deelbereik"] == "landelijk"
    finally:
        client.put(BOARD, json={"standaardDeelbereik": "bestuur"}, headers=as_(ADMIN))


def test_in_one_s_own_board_it_is_forbidden_and_without_a_board_there_is_none(
    client: TestClient,
) -> None:
    wish = {"standaardDeelbereik": "landelijk"}
    for person, reads, writes in ((COLLEAGUE, 200, 403), ("p30", 200, 403), (PARTNER, 404, 404)):
        assert client.get(BOARD, headers=as_(person)).status_code == reads
        answer = client.put(BOARD, json=wish, headers=as_(person))
        assert answer.status_code == writes
        assert answer.headers["content-type"] == "application/problem+json"
    assert client.get(BOARD, headers=as_(ADMIN)).json()["standaardDeelbereik"] == "bestuur"


def test_before_it_is_shared_wider_it_is_told_what_to_look_for_and_never_what_it_says(
    client: TestClient,
) -> None:
    told = "Mail jan@school.nl of bel 06-12345678, dat is van oma: piet@school.nl."
    id_ = _ask(client, situatie=told, deelbereik="school")
    url = f"/api/v1/vragen/{id_}/_delen"
    answer = client.post(url, json={"deelbereik": "bestuur"}, headers=as_(ASKER))
    assert answer.status_code == 409
    assert answer.json()["gevonden"] == [
        {"soort": "e-mailadres", "aantal": 2},
        {"soort": "telefoonnummer", "aantal": 1},
    ]
    assert "2 e-mailadressen, 1 telefoonnummer" in answer.json()["detail"]
    for typed in ("jan@", "piet@", "12345678", "oma"):
        assert typed not in answer.text
    wish = {"deelbereik": "bestuur", "tekstNagekeken": True}
    assert client.post(url, json=wish, headers=as_(ASKER)).status_code == 200
    narrower = client.post(url, json={"deelbereik": "school"}, headers=as_(ASKER))
    assert narrower.status_code == 200


def test_a_text_in_which_nothing_is_seen_is_to_be_read_all_the_same(client: TestClient) -> None:
    url = f"/api/v1/vragen/{_ask(client)}/_delen"
    answer = client.post(url, json={"deelbereik": "landelijk"}, headers=as_(ASKER))
    assert (answer.status_code, answer.json()["gevonden"]) == (409, [])
    assert "naam van een leerling" in answer.json()["detail"]
