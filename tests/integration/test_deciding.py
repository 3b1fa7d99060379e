"""Withdrawing, sharing otherwise and erasing, through the door and down to the files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.bootstrap import Schakel, load_sample, open_schakel
from api.erasing import encoded_texts
from api.reindexing import reindex
from api.requests import OpbrengstIn, VraagIn
from api.settings import Settings
from data.documents import SqlDocuments
from data.tables import EmbeddingRow
from embeddings.topic import everyday
from matcher.text import content_hash
from tests.doors import as_, opened
from tests.fakes import WordEncoder

pytestmark = pytest.mark.usefixtures("unsettled")

LEADER, COLLEAGUE, ADVISER, OTHER_SCHOOL, OTHER_BOARD = "p01", "p02", "p30", "p03", "p22"
MARK = "vliegenzwam"
VRAAG = {
    "titel": f"Een {MARK} op het schoolplein",
    "situatie": f"Sinds deze week groeit er een {MARK} naast de zandbak van de kleuters.",
    "doel": f"Weten wat wij met zo'n {MARK} op het plein moeten doen.",
    "deelbereik": "samenwerkingsverband",
}
OPBRENGST = {
    "aanpak": f"De {MARK} met de kinderen bekeken en daarna samen weggehaald.",
    "resultaat": "opgelost",
    "betrokkenen": [{"id": "p10", "rol": "oplosser"}],
}


def _opened(home: Path) -> Schakel:
    schakel = open_schakel(Settings(home=home, demo=True), WordEncoder())
    schakel.database.migrate()
    load_sample(schakel.database)
    reindex(schakel.indexer)
    schakel.indexer.load()
    return schakel


@pytest.fixture
def still(tmp_path: Path) -> Iterator[Schakel]:
    """Nothing runs beside it: what is seen is what was done, and not what is still to come."""
    schakel = _opened(tmp_path)
    yield schakel
    schakel.database.close()


@pytest.fixture(scope="module")
def schakel(tmp_path_factory: pytest.TempPathFactory) -> Schakel:
    return _opened(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def client(schakel: Schakel) -> Iterator[TestClient]:
    with opened(schakel) as client:
        yield client


def _ask(client: TestClient, solved: bool = False, **changes: Any) -> str:
    answer = client.post("/api/v1/vragen", json=VRAAG | changes, headers=as_(LEADER))
    assert answer.status_code == 201, answer.text
    id_ = str(answer.json()["id"])
    if solved:
        url = f"/api/v1/vragen/{id_}/opbrengst"
        assert client.post(url, json=OPBRENGST, headers=as_(LEADER)).status_code == 201
    return id_


def _found(client: TestClient, id_: str, person: str) -> bool:
    text = {"tekst": f"Wat doen wij met een {MARK} op het schoolplein?"}
    found = client.post("/api/v1/vragen/_zoek", json=text, headers=as_(person)).json()
    return id_ in [one["id"] for one in found["vragen"] + found["casussen"]]


def _hashes(schakel: Schakel) -> set[str]:
    with schakel.database.read() as session:
        return set(session.scalars(select(EmbeddingRow.content_hash)))


@pytest.mark.parametrize("solved", [False, True])
def test_a_withdrawn_question_is_found_by_nobody_any_more(client: TestClient, solved: bool) -> None:
    id_ = _ask(client, solved)
    assert _found(client, id_, OTHER_SCHOOL)
    answer = client.post(f"/api/v1/vragen/{id_}/_intrekken", headers=as_(LEADER))
    assert answer.status_code == 200
    assert answer.json()["status"] == "ingetrokken"
    assert (answer.json()["opbrengst"] is not None) is solved
    assert not any(_found(client, id_, person) for person in (LEADER, OTHER_SCHOOL))
    for path in (f"vragen/{id_}", f"vragen/{id_}/matches", f"casussen/{id_}"):
        assert client.get(f"/api/v1/{path}", headers=as_(LEADER)).status_code == 404


def test_a_question_is_found_as_widely_as_it_is_shared_now(client: TestClient) -> None:
    id_ = _ask(client, deelbereik="school")
    assert [_found(client, id_, p) for p in (COLLEAGUE, OTHER_SCHOOL)] == [True, False]
    for scope, seen in (("landelijk", True), ("school", False)):
        body = {"deelbereik": scope, "tekstNagekeken": True}
        answer = client.post(f"/api/v1/vragen/{id_}/_delen", json=body, headers=as_(LEADER))
        assert (answer.status_code, answer.json()["deelbereik"]) == (200, scope)
        assert [_found(client, id_, p) for p in (COLLEAGUE, OTHER_SCHOOL)] == [True, seen]


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/_intrekken"), ("POST", "/_delen"), ("DELETE", "")]
)
def test_only_the_school_and_advisers_of_its_board_decide(
    client: TestClient, method: str, path: str
) -> None:
    id_ = _ask(client)

    def decide(id_: str, person: str) -> Any:
        body = {"deelbereik": "bestuur"} if path == "/_delen" else None
        return client.request(method, f"/api/v1/vragen/{id_}{path}", json=body, headers=as_(person))

    absent = decide("bestaat-niet", LEADER)
    answer = decide(id_, OTHER_BOARD)
    assert (answer.status_code, answer.content) == (404, absent.content)
    assert decide(id_, OTHER_SCHOOL).status_code == 403
    assert decide(id_, ADVISER).status_code == (204 if method == "DELETE" else 200)


@pytest.mark.parametrize("path", ["_intrekken", "_delen"])
def test_a_withdrawn_question_is_neither_withdrawn_again_nor_shared(
    client: TestClient, path: str
) -> None:
    id_ = _ask(client)
    client.post(f"/api/v1/vragen/{id_}/_intrekken", headers=as_(LEADER))
    body = {"deelbereik": "school"} if path == "_delen" else None
    answer = client.post(f"/api/v1/vragen/{id_}/{path}", json=body, headers=as_(LEADER))
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "Deze vraag is ingetrokken."


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"deelbereik"}),
        ({"deelbereik": "heelal"}, {"deelbereik"}),
        ({"deelbereik": "school", "geheim": 1}, {""}),
        (None, {""}),
    ],
)
def test_a_wish_that_is_not_understood_is_refused(
    client: TestClient, body: dict[str, Any] | None, fields: set[str]
) -> None:
    id_ = _ask(client)
    answer = client.post(f"/api/v1/vragen/{id_}/_delen", json=body, headers=as_(LEADER))
    assert answer.status_code == 400
    assert {error["veld"] for error in answer.json()["fouten"]} == fields
    assert not any(word in answer.text for word in ("heelal", "geheim"))
    question = client.get(f"/api/v1/vragen/{id_}", headers=as_(LEADER)).json()
    assert question["deelbereik"] == VRAAG["deelbereik"]


@pytest.mark.parametrize("withdrawn", [False, True])
def test_what_is_erased_is_gone_for_good(client: TestClient, withdrawn: bool) -> None:
    id_ = _ask(client, solved=True)
    url = f"/api/v1/vragen/{id_}"
    if withdrawn:
        client.post(f"{url}/_intrekken", headers=as_(LEADER))
    answer = client.delete(url, headers=as_(LEADER))
    assert (answer.status_code, answer.content) == (204, b"")
    assert not _found(client, id_, LEADER)
    for path in (url, f"/api/v1/casussen/{id_}"):
        assert client.get(path, headers=as_(LEADER)).status_code == 404
    assert client.delete(url, headers=as_(LEADER)).status_code == 404


def test_an_erased_text_has_no_vector_and_stands_in_no_file_of_the_database(
    still: Schakel, tmp_path: Path
) -> None:
    desk, leader = still.desk, still.desk.person(LEADER)
    before = _hashes(still)
    wish = VraagIn.model_validate(VRAAG).record()
    id_ = desk.ask(leader, wish).id
    result = OpbrengstIn.model_validate(OPBRENGST)
    desk.resolve(leader, id_, result.record(desk.today()), result.participants())
    still.indexer.know_sentences()
    # the problem, two sentences of it, and the resolution, which is one
    assert len(_hashes(still) - before) == 4
    assert _holding(tmp_path)
    desk.erase(leader, id_)
    assert _hashes(still) == before
    assert _holding(tmp_path) == []


def _holding(home: Path) -> list[str]:
    """The files of the database in which the mark stands."""
    files = [file for file in home.iterdir() if file.is_file()]
    assert any(file.name == "schakel.db" for file in files)
    return [file.name for file in files if MARK.encode() in file.read_bytes()]


def test_every_vector_that_indexing_stores_is_of_a_text_that_erasing_forgets(
    still: Schakel,
) -> None:
    with still.database.read() as session:
        documents = SqlDocuments(session).documents()
    forgotten = {content_hash(text) for d in documents for text in encoded_texts(d)}
    stored = _hashes(still)
    assert len(stored) > len(documents)
    assert stored <= forgotten | {content_hash(text) for text in everyday()}
