"""The HTTP API over the sample set, with words for a model: shapes, rights and errors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.bootstrap import Schakel, load_sample, open_schakel
from api.reindexing import reindex
from api.server import create_app
from api.settings import Settings
from data.tables import OutboxRow
from tests.doors import as_, opened
from tests.fakes import WordEncoder

pytestmark = pytest.mark.usefixtures("unsettled")

LEADER, COLLEAGUE, ADVISER, OTHER_SCHOOL, OTHER_BOARD = "p01", "p02", "p30", "p03", "p22"
VRAAG = {
    "titel": "Tafels en splitsen zijn niet geautomatiseerd",
    "situatie": "Sinds twee jaar dalen onze resultaten voor rekenen en automatiseren.",
    "geprobeerd": "Een nieuwe methode gekocht.",
    "doel": "Weten waar het begint.",
    "themas": ["rekenen"],
    "vorm": "sparren",
    "rol": "adviseren",
    "sector": "po",
    "deelbereik": "samenwerkingsverband",
}
OPBRENGST = {
    "aanpak": "Elke dag een kwartier tafels en splitsen, in alle groepen.",
    "watWerkte": "Samen voorbereiden.",
    "watNietWerkte": "Losse bladen.",
    "resultaat": "deels",
    "betrokkenen": [{"id": "p10", "rol": "oplosser"}, {"id": "p32", "rol": "adviseur"}],
}


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


def _ask(client: TestClient, person: str = LEADER, **changes: Any) -> str:
    answer = client.post("/api/v1/vragen", json=VRAAG | changes, headers=as_(person))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def _wrong(answer: Any) -> dict[str, str]:
    """The wrong fields of a 400, by name."""
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return {error["veld"]: error["melding"] for error in answer.json()["fouten"]}


def test_a_question_is_stored_and_its_address_given(client: TestClient) -> None:
    answer = client.post("/api/v1/vragen", json=VRAAG, headers=as_(LEADER))
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/v1/vragen/{answer.json()['id']}"
    read = client.get(answer.headers["location"], headers=as_(LEADER)).json()
    assert {key: read[key] for key in VRAAG} == VRAAG
    assert read["status"] == "open"
    assert read["opbrengst"] is None


def test_matches_have_the_promised_shape(client: TestClient) -> None:
    matches = client.get(f"/api/v1/vragen/{_ask(client)}/matches", headers=as_(LEADER)).json()
    assert list(matches) == [
        "passend",
        "melding",
        "casussen",
        "vragen",
        "collegas",
        "adviseurs",
        "generatie",
        "duurMs",
    ]
    assert (matches["passend"], matches["melding"]) == (True, "")
    document = {"id", "titel", "rang", "score", "toelichting", "zin", "deelbereik"}
    person = {
        "id",
        "verwijzing",
        "naam",
        "organisatie",
        "omschrijving",
        "rang",
        "passendheid",
        "bewijs",
        "overigeCasussen",
        "overigAandeel",
        "eerderAandeel",
        "toelichting",
    }
    evidence = {"casusId", "titel", "rol", "resultaat", "jaar", "aandeel"}
    assert set(matches["casussen"][0]) == set(matches["vragen"][0]) == document
    for people in (matches["collegas"], matches["adviseurs"]):
        assert set(people[0]) == person
        assert set(people[0]["bewijs"][0]) == evidence
        assert [p["rang"] for p in people] == list(range(1, len(people) + 1))


def test_shares_add_up_to_the_affinity(client: TestClient) -> None:
    text = {"tekst": "thuiszitter komt al weken niet naar school, ouders mijden contact"}
    answer = client.post("/api/v1/vragen/_zoek", json=text, headers=as_(OTHER_SCHOOL))
    people = answer.json()["collegas"] + answer.json()["adviseurs"]
    assert len(people) == 10
    for person in people:
        named = sum(evidence["aandeel"] for evidence in person["bewijs"])
        total = named + person["overigAandeel"] + person["eerderAandeel"]
        assert total == pytest.approx(person["passendheid"], abs=1e-9)
        if person["id"]:
            assert (person["overigeCasussen"] > 0) == (person["overigAandeel"] > 0.0)


def test_a_text_about_something_else_is_told_to_fit_nothing(client: TestClient) -> None:
    text = {"tekst": "Hoe bak ik een appeltaart met een krokante korst?"}
    found = client.post("/api/v1/vragen/_zoek", json=text, headers=as_(LEADER)).json()
    assert found["passend"] is False
    assert "beleidsadviseur" in found["melding"]
    assert (found["collegas"], found["adviseurs"]) == ([], [])
    nearest = found["casussen"] + found["vragen"]
    assert nearest
    assert {(one["toelichting"], one["zin"]) for one in nearest} == {
        ("De overeenkomst is klein.", "")
    }


def test_the_quoted_sentence_is_of_the_case_itself(client: TestClient) -> None:
    text = {"tekst": "thuiszitter komt al weken niet naar school, ouders mijden contact"}
    found = client.post("/api/v1/vragen/_zoek", json=text, headers=as_(OTHER_SCHOOL)).json()
    assert all(case["zin"] for case in found["casussen"])
    for case in found["casussen"]:
        written = client.get(f"/api/v1/casussen/{case['id']}", headers=as_(OTHER_SCHOOL)).json()
        parts = [written[part] for part in ("situatie", "geprobeerd", "doel")]
        parts += [written["opbrengst"][p] for p in ("aanpak", "watWerkte", "watNietWerkte")]
        assert any(case["zin"].removesuffix(" …") in " ".join(part.split()) for part in parts)


def test_what_points_at_a_person_is_not_quoted(client: TestClient) -> None:
    mail = "Mail over de vliegenzwam naar jan@school.nl en bel 06-12345678 als het haast heeft."
    id_ = _ask(client, titel="Ouders mijden contact over vliegenzwam", situatie=mail, doel="")
    text = {"tekst": "ouders mijden contact over een vliegenzwam"}
    found = client.post("/api/v1/vragen/_zoek", json=text, headers=as_(OTHER_SCHOOL)).json()
    question = next(question for question in found["vragen"] if question["id"] == id_)
    assert found["passend"]
    assert question["zin"] == mail.replace("jan@school.nl", "[…]").replace("06-12345678", "[…]")


def test_the_asker_and_their_school_are_not_suggested(client: TestClient) -> None:
    """p01 has the cases on staying away from school; p02 is of the same school."""
    text = {"tekst": "thuiszitter komt al weken niet naar school, ouders mijden contact"}
    own = client.post("/api/v1/vragen/_zoek", json=text, headers=as_(COLLEAGUE)).json()
    other = client.post("/api/v1/vragen/_zoek", json=text, headers=as_(OTHER_SCHOOL)).json()
    assert LEADER not in [person["id"] for person in own["collegas"]]
    assert LEADER in [person["id"] for person in other["collegas"]]


def test_searching_stores_nothing(client: TestClient, schakel: Schakel) -> None:
    before = schakel.served.current().position
    client.post("/api/v1/vragen/_zoek", json={"tekst": "schimmel"}, headers=as_(LEADER))
    schakel.follower.follow()
    assert schakel.served.current().position == before


def test_a_posted_question_is_found_at_once(client: TestClient) -> None:
    id_ = _ask(client, titel="Bijenkasten naast de speeltuin", situatie="Imker wil bijenkasten.")
    text = {"tekst": "imker met bijenkasten"}
    found = client.post("/api/v1/vragen/_zoek", json=text, headers=as_(OTHER_SCHOOL)).json()
    assert found["vragen"][0]["id"] == id_


def test_a_question_does_not_match_itself(client: TestClient) -> None:
    id_ = _ask(client)
    matches = client.get(f"/api/v1/vragen/{id_}/matches", headers=as_(LEADER)).json()
    assert id_ not in [question["id"] for question in matches["vragen"]]


def test_a_resolved_question_is_a_case(client: TestClient) -> None:
    id_ = _ask(client)
    assert client.get(f"/api/v1/casussen/{id_}", headers=as_(LEADER)).status_code == 404
    url = f"/api/v1/vragen/{id_}/opbrengst"
    answer = client.post(url, json=OPBRENGST, headers=as_(LEADER))
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/api/v1/casussen/{id_}"
    case = client.get(answer.headers["location"], headers=as_(OTHER_SCHOOL)).json()
    assert case["status"] == "opgelost"
    assert case["opbrengst"]["watNietWerkte"] == "Losse bladen."
    text = {"tekst": VRAAG["situatie"]}
    found = client.post("/api/v1/vragen/_zoek", json=text, headers=as_(OTHER_SCHOOL)).json()
    assert id_ in [case["id"] for case in found["casussen"]]
    helper = next(person for person in found["collegas"] if person["id"] == "p10")
    evidence = next(e for e in helper["bewijs"] if e["casusId"] == id_)
    assert (evidence["rol"], evidence["resultaat"]) == ("oplosser", "deels")


def test_a_second_resolution_is_a_conflict(client: TestClient) -> None:
    url = f"/api/v1/vragen/{_ask(client)}/opbrengst"
    client.post(url, json=OPBRENGST, headers=as_(LEADER))
    again = client.post(url, json=OPBRENGST, headers=as_(LEADER))
    assert again.status_code == 409
    assert again.headers["content-type"] == "application/problem+json"
    assert again.json()["status"] == 409


def test_an_adviser_of_the_board_may_record_and_another_school_may_not(client: TestClient) -> None:
    url = f"/api/v1/vragen/{_ask(client)}/opbrengst"
    assert client.post(url, json=OPBRENGST, headers=as_(OTHER_SCHOOL)).status_code == 403
    assert client.post(url, json=OPBRENGST, headers=as_(OTHER_BOARD)).status_code == 404
    assert client.post(url, json=OPBRENGST, headers=as_(ADVISER)).status_code == 201


def test_a_question_out_of_sight_looks_like_one_that_does_not_exist(client: TestClient) -> None:
    id_ = _ask(client, deelbereik="school")
    for path in ("", "/matches"):
        hidden = client.get(f"/api/v1/vragen/{id_}{path}", headers=as_(OTHER_BOARD))
        absent = client.get(f"/api/v1/vragen/bestaat-niet{path}", headers=as_(OTHER_BOARD))
        assert (hidden.status_code, hidden.content) == (404, absent.content)
    assert client.get(f"/api/v1/vragen/{id_}", headers=as_(COLLEAGUE)).status_code == 200


def test_a_narrow_question_is_not_among_the_matches_of_others(client: TestClient) -> None:
    id_ = _ask(client, deelbereik="bestuur", titel="Zonnewijzer", situatie="Zonnewijzer kwijt.")
    text = {"tekst": "zonnewijzer"}
    for person, sees in ((OTHER_SCHOOL, True), (OTHER_BOARD, False)):
        found = client.post("/api/v1/vragen/_zoek", json=text, headers=as_(person)).json()
        assert (id_ in [question["id"] for question in found["vragen"]]) is sees


def test_all_wrong_fields_are_named_at_once(client: TestClient) -> None:
    body = {"titel": " ", "situatie": 5, "vorm": "yoga", "deelbereik": "heelal", "themas": "x"}
    wrong = _wrong(client.post("/api/v1/vragen", json=body, headers=as_(LEADER)))
    assert set(wrong) == {"titel", "situatie", "vorm", "deelbereik", "themas"}
    assert "landelijk" in wrong["deelbereik"]


def test_what_was_typed_is_never_repeated(client: TestClient) -> None:
    marker = "MARKERING"
    bodies: list[Any] = [
        {"titel": marker, "situatie": "…", marker: 1, "vorm": marker, "themas": [marker]},
        VRAAG | {"themas": [marker.lower()]},
        VRAAG | {"titel": marker * 50},
        [marker],
        marker,
    ]
    for body in bodies:
        answer = client.post("/api/v1/vragen", json=body, headers=as_(LEADER))
        assert answer.status_code == 400, body
        assert marker.lower() not in answer.text.lower()
    raw = client.post("/api/v1/vragen", content=f'{{"titel": {marker}', headers=as_(LEADER))
    assert raw.status_code == 400
    assert marker not in raw.text


@pytest.mark.parametrize("text", ["", "  \n ", "?!", "\x00school", "a" * 10_001])
def test_a_text_that_cannot_be_searched_is_refused(client: TestClient, text: str) -> None:
    answer = client.post("/api/v1/vragen/_zoek", json={"tekst": text}, headers=as_(LEADER))
    assert set(_wrong(answer)) == {"tekst"}


def test_half_a_character_is_refused_and_not_a_crash(client: TestClient) -> None:
    body = b'{"tekst": "school \\ud800"}'
    headers = as_(LEADER) | {"Content-Type": "application/json"}
    assert set(_wrong(client.post("/api/v1/vragen/_zoek", content=body, headers=headers))) == {
        "tekst"
    }


def test_an_unknown_theme_or_person_is_a_wrong_field(client: TestClient) -> None:
    answer = client.post("/api/v1/vragen", json=VRAAG | {"themas": ["nee"]}, headers=as_(LEADER))
    assert set(_wrong(answer)) == {"themas"}
    body = OPBRENGST | {"betrokkenen": [{"id": "nee", "rol": "oplosser"}]}
    id_ = _ask(client)
    answer = client.post(f"/api/v1/vragen/{id_}/opbrengst", json=body, headers=as_(LEADER))
    assert set(_wrong(answer)) == {"betrokkenen"}
    question = client.get(f"/api/v1/vragen/{id_}", headers=as_(LEADER)).json()
    assert question["status"] == "open"


def test_a_wrong_field_inside_a_list_is_named_with_its_place(client: TestClient) -> None:
    body = OPBRENGST | {"betrokkenen": [{"id": "p10", "rol": "baas"}]}
    answer = client.post(f"/api/v1/vragen/{_ask(client)}/opbrengst", json=body, headers=as_(LEADER))
    assert set(_wrong(answer)) == {"betrokkenen[0].rol"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Schakel-Persoon": "p01"},
        {"Authorization": "Bearer schakel_verzonnen"},
        {"Authorization": "Basic cDAxOnAwMQ=="},
        {"Cookie": "schakel=verzonnen"},
    ],
)
def test_who_does_not_show_who_they_are_is_given_nothing(
    client: TestClient, headers: dict[str, str]
) -> None:
    answer = client.get("/api/v1/vragen/c01", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "niet-aangemeld")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_themes_are_public_and_in_both_taxonomies(client: TestClient) -> None:
    themes = client.get("/api/v1/themas").json()["themas"]
    assert len(themes) == 26
    assert {theme["groep"] for theme in themes} == {"inhoud", "samenwerking"}


def test_health_names_generation_and_model(client: TestClient, schakel: Schakel) -> None:
    health = client.get("/gezondheid").json()
    assert (health["status"], health["model"]) == ("gereed", "words-1")
    assert (health["generatie"], health["achterstand"]) == (schakel.served.name(), 0)
    assert (health["leeft"], health["gereed"], health["beperkt"]) == (True, True, False)
    assert health["achterstandSeconden"] == 0.0


def test_readiness_is_a_503_until_it_can_answer_and_health_is_not(tmp_path: Path) -> None:
    encoder = WordEncoder()
    encoder.loaded = False
    starting = open_schakel(Settings(home=tmp_path, demo=True), encoder)
    starting.database.migrate()
    client = TestClient(create_app(starting))  # not begun: nothing loads the model
    without = {"status": "zonder-index", "leeft": True, "gereed": False, "beperkt": True}
    assert _told(client, "/gezondheid") == (200, without)
    assert _told(client, "/gezondheid/gereed") == (503, without)
    load_sample(starting.database)
    reindex(starting.indexer)
    starting.indexer.load()
    for path, status in (("/gezondheid", 200), ("/gezondheid/gereed", 503)):
        answered, told = _told(client, path)
        assert (answered, told["status"], told["gereed"]) == (status, "model-wordt-geladen", False)
    encoder.loaded = True
    answered, told = _told(client, "/gezondheid/gereed")
    assert (answered, told["status"], told["gereed"]) == (200, "gereed", True)


def test_health_says_how_far_the_index_is_behind_and_for_how_long(tmp_path: Path) -> None:
    behind = open_schakel(Settings(home=tmp_path, demo=True), WordEncoder())
    behind.database.migrate()
    load_sample(behind.database)
    reindex(behind.indexer)
    behind.indexer.load()
    client = TestClient(create_app(behind))  # not begun: nothing follows
    with behind.database.write() as session:
        session.add_all(
            [
                OutboxRow(document_id="v01", written_at=_seconds_ago(60)),
                OutboxRow(document_id="v02", written_at=_seconds_ago(5)),
            ]
        )
    _, told = _told(client, "/gezondheid")
    assert told["achterstand"] == 2
    assert 60 <= told["achterstandSeconden"] < 90
    behind.indexer.catch_up()
    _, told = _told(client, "/gezondheid")
    assert (told["achterstand"], told["achterstandSeconden"]) == (0, 0.0)


def _told(client: TestClient, path: str) -> tuple[int, dict[str, Any]]:
    answer = client.get(path)
    return answer.status_code, answer.json()


def _seconds_ago(seconds: int) -> datetime:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nergens", 404),
        ("GET", "/api/v1/themas/", 404),
        ("GET", "/api/v1/casussen/nee", 404),
        ("DELETE", "/api/v1/themas", 405),
        ("GET", "/api/v1/themas", 200),
        ("GET", "/", 200),
    ],
)
def test_every_answer_has_version_and_security_headers(
    client: TestClient, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path, headers=as_(LEADER), follow_redirects=False)
    assert answer.status_code == status
    assert answer.headers["api-version"] == "1.0.0"
    assert answer.headers["x-content-type-options"] == "nosniff"
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status


def test_an_unexpected_error_tells_nothing(
    schakel: Schakel, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(schakel)

    def breaks() -> None:
        raise RuntimeError("GEHEIM")

    app.add_api_route("/breekt", breaks)
    answer = TestClient(app, raise_server_exceptions=False).get("/breekt")
    assert (answer.status_code, answer.headers["api-version"]) == (500, "1.0.0")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "GEHEIM" not in answer.text + caplog.text
    assert "RuntimeError" in caplog.text


def test_the_api_describes_itself(client: TestClient) -> None:
    spec = client.get("/api/v1/openapi.json").json()
    assert spec["info"]["version"] == "1.0.0"
    assert spec["info"]["contact"]
    assert set(spec["paths"]) >= {
        "/api/v1/vragen",
        "/api/v1/vragen/_zoek",
        "/api/v1/vragen/{id}",
        "/api/v1/vragen/{id}/matches",
        "/api/v1/vragen/{id}/opbrengst",
        "/api/v1/vragen/{id}/_intrekken",
        "/api/v1/vragen/{id}/_delen",
        "/api/v1/vragen/{id}/_noodinzage",
        "/api/v1/vragen/{id}/inzage",
        "/api/v1/casussen/{id}",
        "/api/v1/themas",
        "/api/v1/toestemmingen",
        "/api/v1/besturen/mij",
        "/api/v1/sessies/oidc",
        "/api/v1/sessies/oidc/{aanbieder}/_begin",
        "/api/v1/sessies/oidc/{aanbieder}/_koppelen",
        "/api/v1/sessies/oidc/{aanbieder}/_terug",
        "/gezondheid",
        "/gezondheid/gereed",
    }


def test_a_text_that_is_all_personal_data_is_refused(client: TestClient) -> None:
    body = {"titel": "jan@school.nl", "situatie": "06-12345678"}
    wrong = _wrong(client.post("/api/v1/vragen", json=body, headers=as_(LEADER)))
    assert set(wrong) == {"titel", "situatie"}


def test_endless_lists_and_bodies_are_refused(client: TestClient) -> None:
    many = VRAAG | {"themas": [f"t{n}" for n in range(1000)]}
    assert set(_wrong(client.post("/api/v1/vragen", json=many, headers=as_(LEADER)))) == {"themas"}
    body = {"tekst": "a" * 600_000}
    answer = client.post("/api/v1/vragen/_zoek", json=body, headers=as_(LEADER))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_adviser_who_looks_is_not_suggested_to_themselves(client: TestClient) -> None:
    id_ = _ask(client)
    seen = client.get(f"/api/v1/vragen/{id_}/matches", headers=as_(OTHER_SCHOOL)).json()
    adviser = seen["adviseurs"][0]["id"]
    own = client.get(f"/api/v1/vragen/{id_}/matches", headers=as_(adviser)).json()
    assert adviser not in [person["id"] for person in own["adviseurs"]]
