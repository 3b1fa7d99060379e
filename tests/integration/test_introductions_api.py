from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.bootstrap import Schakel, load_sample, open_schakel
from api.reindexing import reindex
from api.settings import Settings
from data.tables import PersonRow
from matcher.types import ContactPreference, DocumentId, PersonId
from tests.doors import as_, opened
from tests.fakes import WordEncoder

pytestmark = pytest.mark.usefixtures("unsettled")

ASKER, COLLEAGUE, ADVISER, OTHER_BOARD = "p01", "p02", "p30", "p22"
HELPER, ELSEWHERE = "p03", "p10"
URL = "/api/v1/introducties"
VRAAG = {
    "titel": "Tafels en splitsen zijn niet geautomatiseerd",
    "situatie": "Sinds twee jaar dalen onze resultaten voor rekenen.",
    "themas": ["rekenen"],
    "vorm": "sparren",
    "sector": "po",
    "deelbereik": "school",
}
JA = {"rol": "adviseren", "inbreng": "Een uur tijd."}
NEE = {"reden": "te-dichtbij", "toelichting": "Wij kennen elkaar te goed."}
GESPREK = {"begin": "2031-03-04T10:00", "minuten": 45, "plaats": "Koffie op school"}
OPBRENGST = {"resultaat": "deels", "toelichting": "Een begin.", "delenAlsCasus": True}


@pytest.fixture(scope="module")
def schakel(tmp_path_factory: pytest.TempPathFactory) -> Schakel:
    settings = Settings(home=tmp_path_factory.mktemp("home"), demo=True)
    schakel = open_schakel(settings, WordEncoder())
    schakel.database.migrate()
    load_sample(schakel.database)
    with schakel.database.write() as session:
        for person in session.query(PersonRow):
            person.findable, person.capacity, person.away_until = True, None, None
    reindex(schakel.indexer)
    schakel.indexer.load()
    return schakel


@pytest.fixture(scope="module")
def client(schakel: Schakel) -> Iterator[TestClient]:
    with opened(schakel) as client:
        yield client


def _ask(client: TestClient, **changes: Any) -> str:
    answer = client.post("/api/v1/vragen", json=VRAAG | changes, headers=as_(ASKER))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def _propose(client: TestClient, by: str = ASKER, helper: str = HELPER, **changes: Any) -> str:
    body = {"vraag": _ask(client, **changes), "persoon": helper}
    answer = client.post(URL, json=body, headers=as_(by))
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{URL}/{answer.json()['id']}"
    return str(answer.json()["id"])


def _do(client: TestClient, who: str, id_: str, what: str, body: Any = None) -> dict[str, Any]:
    answer = client.post(f"{URL}/{id_}/_{what}", json=body, headers=as_(who))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def _see(client: TestClient, who: str, id_: str) -> dict[str, Any]:
    return dict(client.get(f"{URL}/{id_}", headers=as_(who)).json())


def _party(seen: dict[str, Any], side: str) -> dict[str, Any]:
    return next(dict(one) for one in seen["deelnemers"] if one["kant"] == side)


def test_a_time_without_a_zone_is_that_of_the_clock_here(client: TestClient) -> None:
    id_ = _propose(client)
    assert _see(client, HELPER, id_)["mogelijk"] == ["aanvaarden", "afwijzen"]
    assert _do(client, HELPER, id_, "aanvaarden", JA)["status"] == "onthuld"
    planned = _do(client, ASKER, id_, "plannen", GESPREK)
    assert planned["status"] == "gepland"
    assert planned["gesprek"] == GESPREK | {"begin": "2031-03-04T10:00:00+01:00"}


def test_a_talk_is_held_and_concluded_and_helping_is_evidence(client: TestClient) -> None:
    id_ = _propose(client)
    _do(client, HELPER, id_, "aanvaarden", JA)
    assert _do(client, HELPER, id_, "gevoerd")["status"] == "gevoerd"
    done = _do(client, ASKER, id_, "afronden", OPBRENGST)
    assert (done["status"], done["opbrengst"], done["mogelijk"]) == ("afgerond", OPBRENGST, [])
    assert _see(client, HELPER, id_)["opbrengst"] == OPBRENGST


def test_until_both_say_yes_the_two_are_described_and_the_question_is_not_told(
    client: TestClient,
) -> None:
    id_ = _propose(client)
    for who, other in ((ASKER, "helper"), (HELPER, "steller")):
        party = _party(_see(client, who, id_), other)
        assert party["omschrijving"].startswith("een ")
        hidden = ("persoon", "naam", "functie", "organisatie", "antwoord")
        assert [party[name] for name in hidden] == [None] * 5
    told = _see(client, HELPER, id_)["vraag"]
    assert (told["themas"], told["sector"], told["vorm"]) == (["rekenen"], "po", "sparren")
    hidden = ("id", "titel", "situatie", "geprobeerd", "doel")
    assert [told[name] for name in hidden] == [None] * 5
    _do(client, HELPER, id_, "aanvaarden", JA)
    assert _party(_see(client, ASKER, id_), "helper")["naam"] == "Tjitske Hoekema"
    seen = _see(client, HELPER, id_)
    assert _party(seen, "steller")["persoon"] == ASKER
    assert seen["vraag"]["situatie"] == VRAAG["situatie"]


def test_a_question_that_is_shared_with_the_helper_is_told_at_once(client: TestClient) -> None:
    id_ = _propose(client, deelbereik="bestuur")
    assert _see(client, HELPER, id_)["vraag"]["titel"] == VRAAG["titel"]


def test_when_both_say_yes_the_question_is_in_conversation(client: TestClient) -> None:
    question = _ask(client)
    body = {"vraag": question, "persoon": HELPER}
    id_ = client.post(URL, json=body, headers=as_(ASKER)).json()["id"]
    _do(client, HELPER, id_, "aanvaarden", JA)
    read = client.get(f"/api/v1/vragen/{question}", headers=as_(ASKER)).json()
    assert read["status"] == "in-gesprek"


def test_the_other_side_cannot_tell_a_decline_from_silence(
    client: TestClient, schakel: Schakel
) -> None:
    """Byte for byte, but for what differs between any two: the ids and the moment."""
    silent, declined = (_propose(client, ADVISER, deelbereik="bestuur") for _ in range(2))
    refused = _do(client, HELPER, declined, "afwijzen", NEE)
    assert refused["status"] == "afgewezen"
    assert _party(refused, "helper")["antwoord"]["toelichting"] == NEE["toelichting"]
    for what in ("lezen", "aanvaarden", "verlopen"):
        if what == "aanvaarden":
            _do(client, ASKER, silent, what, JA)
            _do(client, ASKER, declined, what, JA)
        if what == "verlopen":
            later = datetime.now(UTC) + timedelta(days=15)
            assert schakel.introducing.run_due(later) >= 2
        answers = [_see(client, ASKER, id_) for id_ in (silent, declined)]
        for one in answers:
            assert one["status"] == ("verlopen" if what == "verlopen" else "voorgesteld")
            for differs in ("id", "voorgesteldOp", "antwoordVoor"):
                del one[differs]
            del one["vraag"]["id"]
        assert answers[0] == answers[1]
    for id_ in (silent, declined):
        question = _see(client, ADVISER, id_)["vraag"]["id"]
        body = {"vraag": question, "persoon": HELPER}
        again = client.post(URL, json=body, headers=as_(ASKER))
        assert (again.status_code, "al eens" in again.text) == (409, True)


def test_the_adviser_who_proposed_hears_that_it_was_declined_and_why_but_no_more(
    client: TestClient,
) -> None:
    id_ = _propose(client, ADVISER, deelbereik="bestuur")
    _do(client, HELPER, id_, "afwijzen", NEE)
    seen = _see(client, ADVISER, id_)
    answer = _party(seen, "helper")["antwoord"]
    assert seen["status"] == "afgewezen"
    assert (answer["antwoord"], answer["reden"]) == ("afgewezen", "te-dichtbij")
    assert NEE["toelichting"] not in str(seen)
    assert _party(seen, "helper")["naam"] is None


@pytest.mark.parametrize("who", [COLLEAGUE, OTHER_BOARD, ADVISER])
def test_for_who_is_no_party_it_does_not_exist(client: TestClient, who: str) -> None:
    id_ = _propose(client)
    bodies = {"": None, "/_aanvaarden": JA, "/_afwijzen": NEE, "/_plannen": GESPREK}
    for path, body in (bodies | {"/_intrekken": None, "/_gevoerd": None}).items():
        send = client.post if path else client.get
        extra = {"json": body} if path else {}
        hidden = send(f"{URL}/{id_}{path}", headers=as_(who), **extra)
        absent = send(f"{URL}/bestaat-niet{path}", headers=as_(who), **extra)
        assert (hidden.status_code, hidden.content) == (404, absent.content)
    listed = client.get(URL, headers=as_(who)).json()["introducties"]
    assert id_ not in [one["id"] for one in listed]


def test_a_list_holds_ones_own_the_newest_first(client: TestClient) -> None:
    ids = [_propose(client), _propose(client)]
    for who in (ASKER, HELPER):
        listed = client.get(URL, headers=as_(who)).json()["introducties"]
        assert [one["id"] for one in listed][:2] == ids[::-1]


def test_who_may_not_decide_on_the_question_proposes_nothing(client: TestClient) -> None:
    body = {"vraag": _ask(client), "persoon": ELSEWHERE}
    answer = client.post(URL, json=body, headers=as_(OTHER_BOARD))
    absent = client.post(URL, json=body | {"vraag": "nee"}, headers=as_(OTHER_BOARD))
    assert (answer.status_code, answer.content) == (404, absent.content)
    assert client.post(URL, json=body, headers=as_(HELPER)).status_code == 403


def test_what_is_not_ones_to_do_is_forbidden_and_what_comes_too_early_a_conflict(
    client: TestClient,
) -> None:
    id_ = _propose(client)
    for who, what, body, status in (
        (HELPER, "intrekken", None, 403),
        (HELPER, "afronden", OPBRENGST, 403),
        (ASKER, "aanvaarden", JA, 409),
        (ASKER, "plannen", GESPREK, 409),
        (ASKER, "gevoerd", None, 409),
    ):
        answer = client.post(f"{URL}/{id_}/_{what}", json=body, headers=as_(who))
        assert answer.status_code == status, what
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"] != "De toestand laat dit niet toe."
    _do(client, HELPER, id_, "aanvaarden", JA)
    past = GESPREK | {"begin": "2020-01-01T10:00:00+01:00"}
    answer = client.post(f"{URL}/{id_}/_plannen", json=past, headers=as_(ASKER))
    assert answer.status_code == 409


def test_the_same_two_are_not_proposed_twice_for_a_question(client: TestClient) -> None:
    body = {"vraag": _ask(client), "persoon": HELPER}
    assert client.post(URL, json=body, headers=as_(ASKER)).status_code == 201
    assert client.post(URL, json=body, headers=as_(ASKER)).status_code == 409


def test_a_proposal_can_be_withdrawn_and_then_nobody_answers_it(client: TestClient) -> None:
    id_ = _propose(client)
    assert _do(client, ASKER, id_, "intrekken")["status"] == "ingetrokken"
    answer = client.post(f"{URL}/{id_}/_aanvaarden", json=JA, headers=as_(HELPER))
    assert answer.status_code == 409


def test_consent_capacity_and_absence_count_when_it_is_proposed(
    client: TestClient, schakel: Schakel
) -> None:
    body = {"vraag": _ask(client), "persoon": ELSEWHERE}
    for change, status in (
        ({"findable": False}, 400),
        ({"capacity": 0}, 409),
        ({"away_until": datetime.now(UTC).date() + timedelta(days=9)}, 409),
        ({}, 201),
    ):
        with schakel.database.write() as session:
            row = session.get_one(PersonRow, ELSEWHERE)
            row.findable, row.capacity, row.away_until = True, None, None
            for name, value in change.items():
                setattr(row, name, value)
        assert client.post(URL, json=body, headers=as_(ASKER)).status_code == status


def test_someone_who_wants_not_to_be_found_looks_like_someone_who_does_not_exist(
    client: TestClient, schakel: Schakel
) -> None:
    with schakel.database.write() as session:
        session.get_one(PersonRow, "p12").findable = False
    body = {"vraag": _ask(client)}
    answers = [
        client.post(URL, json=body | {"persoon": person}, headers=as_(ASKER))
        for person in ("p12", "nee")
    ]
    assert answers[0].status_code == 400
    assert answers[0].json()["fouten"][0]["veld"] == "persoon"
    assert answers[0].content == answers[1].content


def test_all_wrong_fields_are_named_and_nothing_is_repeated(client: TestClient) -> None:
    id_ = _propose(client)
    marker = "MARKERING"
    for what, body, wrong in (
        ("aanvaarden", {"rol": marker, "inbreng": marker * 50}, {"rol", "inbreng"}),
        ("afwijzen", {"reden": marker, "extra": marker}, {"reden", ""}),
        ("plannen", {"begin": marker, "minuten": 0, "plaats": ""}, {"begin", "minuten", "plaats"}),
        ("plannen", GESPREK | {"begin": "9999-12-31T23:59"}, {"begin"}),
        ("plannen", GESPREK | {"begin": "0001-01-01T00:00"}, {"begin"}),
        ("afronden", {"toelichting": "\x00"}, {"resultaat", "toelichting"}),
    ):
        answer = client.post(f"{URL}/{id_}/_{what}", json=body, headers=as_(HELPER))
        assert answer.status_code == 400, answer.text
        assert {error["veld"] for error in answer.json()["fouten"]} == wrong
        assert marker not in answer.text


def test_who_is_not_named_is_asked_by_who_was_referred_to_them(
    client: TestClient, schakel: Schakel
) -> None:
    """An id that was guessed is nobody's; a reference is of one viewer and one question."""
    question, other = _ask(client), _ask(client)

    def prefers(contact: ContactPreference) -> None:
        with schakel.database.write() as session:
            session.get_one(PersonRow, ELSEWHERE).contact = contact

    def asked(told: str, about: str = question) -> int:
        body = {"vraag": about, "persoon": told}
        answer = client.post("/api/v1/introducties", json=body, headers=as_(ASKER))
        return int(answer.status_code)

    prefers(ContactPreference.THROUGH_ADVISER)
    try:
        seal = schakel.references.seal
        mine = seal(PersonId(ELSEWHERE), PersonId(ASKER), DocumentId(question))
        theirs = seal(PersonId(ELSEWHERE), PersonId("p22"), DocumentId(question))
        assert [asked(ELSEWHERE), asked(theirs), asked(mine, other)] == [400, 400, 400]
        assert asked(mine) == 201
    finally:
        prefers(ContactPreference.DIRECT)
