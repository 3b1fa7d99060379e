"""Who is not named stays unknown, however one asks: through the door, as someone curious would."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from api.bootstrap import Schakel, load_sample, open_schakel
from api.reindexing import reindex
from api.settings import Settings
from data.importer import SAMPLE
from data.tables import (
    BoardRow,
    OrganisationRow,
    ParticipationRow,
    PersonRow,
    QuestionRow,
    ResolutionRow,
    ThemeRow,
)
from matcher.errors import NotFound
from matcher.types import (
    ContactPreference,
    DocumentId,
    OrganisationKind,
    Outcome,
    ParticipationRole,
    PersonId,
    QuestionStatus,
    Role,
    Sector,
    SharingScope,
)
from tests.doors import as_, opened
from tests.fakes import WordEncoder

pytestmark = pytest.mark.usefixtures("unsettled")

VIEWER, OTHER_VIEWER, ADVISER = "p03", "p21", "p30"
LEADERS = [f"verborgen-{number}" for number in range(6)]  # each of a school and board of its own
HIDDEN = LEADERS[0]
DESCRIPTION = {
    "rol": "schoolleider",
    "sector": "po",
    "grootte": "klein",
    "soort": "school",
    "regio": "Kern Harderwaard",
}
# HIDDEN solved these two, of the school of p10; one is about each of the questions below
CASES = {
    "zaak-1": ("Thuiszitter wil niet naar school", "Ouders mijden contact, weken afwezig."),
    "zaak-2": ("Rekenen en automatiseren zakken weg", "Tafels en splitsen gaan niet goed."),
}
OWN_CASE = ("zaak-3", "Telefoons in de klas leiden af", "Leerlingen kijken op hun telefoon.")
QUESTIONS = {
    "verzuim": "Een thuiszitter wil niet naar school en de ouders mijden contact.",
    "rekenen": "Rekenen, automatiseren, tafels en splitsen gaan niet goed op onze school.",
}


@pytest.fixture(scope="module")
def schakel(tmp_path_factory: pytest.TempPathFactory) -> Schakel:
    schakel = open_schakel(Settings(home=tmp_path_factory.mktemp("home"), demo=True), WordEncoder())
    schakel.database.migrate()
    load_sample(schakel.database)
    with schakel.database.write() as session:
        _add_hidden_leaders(session)
    reindex(schakel.indexer)
    schakel.indexer.load()
    return schakel


@pytest.fixture(scope="module")
def client(schakel: Schakel) -> Iterator[TestClient]:
    with opened(schakel) as client:
        yield client


def _add_hidden_leaders(session: Session) -> None:
    for number, id_ in enumerate(LEADERS):
        session.add(BoardRow(id=f"b-{id_}", name=f"Bestuur {id_}", partnership_id="lisselwaard"))
        session.flush()
        session.add(
            OrganisationRow(
                id=f"o-{id_}",
                name=f"De Schuilplaats {number}",
                kind=OrganisationKind.SCHOOL,
                sector=Sector.PRIMARY,
                partnership_id="lisselwaard",
                board_id=f"b-{id_}",
                region_id="kern-harderwaard",
                pupils=100 + number,
            )
        )
        session.flush()
        session.add(
            PersonRow(
                id=id_,
                name=f"Onbekende Naam {number}",
                role=Role.SCHOOL_LEADER,
                function="directeur",
                organisation_id=f"o-{id_}",
                findable=True,
                contact=ContactPreference.THROUGH_ADVISER,
            )
        )
    session.flush()
    for id_, (title, situation) in CASES.items():
        _add_case(session, id_, title, situation, school="cbs-de-wijnstokhof", asker="p10")
    _add_case(session, *OWN_CASE, school=f"o-{HIDDEN}", asker=None)


def _add_case(
    session: Session, id_: str, title: str, situation: str, school: str, asker: str | None
) -> None:
    parts = [ParticipationRow(person_id=HIDDEN, role=ParticipationRole.SOLVER)]
    if asker:
        parts.append(ParticipationRow(person_id=asker, role=ParticipationRole.ASKER))
    session.add(
        QuestionRow(
            id=id_,
            title=title,
            situation=situation,
            scope=SharingScope.NATIONAL,
            status=QuestionStatus.SOLVED,
            organisation_id=school,
            asked_on=date(2024, 2, 3),
            participations=parts,
            resolution=ResolutionRow(
                approach="Samen aan tafel.",
                outcome=Outcome.SOLVED,
                recorded_on=date(2025, 7, 8),
            ),
        )
    )
    session.flush()


def _ask(client: TestClient, text: str, who: str = VIEWER) -> str:
    body = {"titel": text, "situatie": text, "deelbereik": "samenwerkingsverband"}
    answer = client.post("/api/v1/vragen", json=body, headers=as_(who))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def _people(client: TestClient, question: str, who: str = VIEWER) -> list[dict[str, Any]]:
    found = client.get(f"/api/v1/vragen/{question}/matches", headers=as_(who)).json()
    return [*found["collegas"], *found["adviseurs"]]


def _hidden(
    client: TestClient, schakel: Schakel, question: str, who: str = VIEWER
) -> dict[str, Any]:
    """What is shown of HIDDEN: we alone can tell which it is."""
    viewer, about = PersonId(who), DocumentId(question)
    (shown,) = [
        person
        for person in _people(client, question, who)
        if schakel.references.open(person["verwijzing"], viewer, about) == HIDDEN
    ]
    return shown


def _strings(value: Any) -> set[str]:
    """Every text within `value`, wherever it stands."""
    if isinstance(value, dict):
        return set().union(*map(_strings, value.values()))
    if isinstance(value, list):
        return set().union(*map(_strings, value))
    return {value} if isinstance(value, str) else set()


def _sample(file: str, *columns: str) -> list[str]:
    with (SAMPLE / file).open(encoding="utf-8-sig", newline="") as opened:
        return [row[c] for row in csv.DictReader(opened, delimiter=";") for c in columns if row[c]]


def test_someone_is_described_in_words_that_fit_five_others_and_with_one_case_untitled(
    client: TestClient, schakel: Schakel
) -> None:
    shown = _hidden(client, schakel, _ask(client, QUESTIONS["verzuim"]))
    (told,) = shown["bewijs"]
    assert shown == {
        "id": None,
        "verwijzing": shown["verwijzing"],
        "naam": "Schoolleider van een kleine basisschool in Kern Harderwaard, via uw adviseur",
        "organisatie": None,
        "omschrijving": DESCRIPTION,
        "rang": shown["rang"],
        "passendheid": shown["passendheid"],
        "bewijs": [
            {
                "casusId": None,
                "titel": "een vergelijkbare vraag",
                "rol": "oplosser",
                "resultaat": "opgelost",
                "jaar": 2025,
                "aandeel": told["aandeel"],
            }
        ],
        "overigeCasussen": None,
        "overigAandeel": shown["overigAandeel"],
        "eerderAandeel": 0.0,
        "toelichting": "Loste een vergelijkbare vraag op (2025, opgelost).",
    }
    assert told["aandeel"] + shown["overigAandeel"] == pytest.approx(shown["passendheid"])


def test_in_two_questions_they_share_nothing_but_what_others_share_too(
    client: TestClient, schakel: Schakel
) -> None:
    first, second = (_hidden(client, schakel, _ask(client, text)) for text in QUESTIONS.values())
    anyone = {first["naam"], first["toelichting"], *DESCRIPTION.values()}
    anyone |= {"een vergelijkbare vraag", "oplosser", "opgelost"}
    assert _strings(first) & _strings(second) <= anyone
    assert first["verwijzing"] not in _strings(second)


def test_a_reference_is_another_at_every_answer_and_opens_for_this_viewer_and_question_alone(
    client: TestClient, schakel: Schakel
) -> None:
    first, second = (_ask(client, text) for text in QUESTIONS.values())
    shown = [_hidden(client, schakel, id_)["verwijzing"] for id_ in (first, first, second)]
    assert len(set(shown)) == 3
    for viewer, question in ((VIEWER, second), (ADVISER, first), (OTHER_VIEWER, first)):
        with pytest.raises(NotFound):
            schakel.references.open(shown[0], PersonId(viewer), DocumentId(question))


def test_searching_without_a_question_gives_no_reference(client: TestClient) -> None:
    text = {"tekst": QUESTIONS["verzuim"]}
    found = client.post("/api/v1/vragen/_zoek", json=text, headers=as_(VIEWER)).json()
    people = [*found["collegas"], *found["adviseurs"]]
    assert {person["verwijzing"] for person in people} == {None}
    assert None in {person["id"] for person in people}


def test_who_asks_in_the_words_of_a_case_does_not_learn_that_its_school_answers(
    client: TestClient, schakel: Schakel
) -> None:
    """The case says which school it is of: with a description beside it, five would be one."""
    _, title, situation = OWN_CASE
    shown = _hidden(client, schakel, _ask(client, f"{title}. {situation}"))
    assert shown["omschrijving"] is None
    assert shown["naam"] == "Via uw adviseur"
    assert shown["toelichting"] == "Had te maken met een vergelijkbare vraag."
    assert [(e["rol"], e["resultaat"], e["jaar"]) for e in shown["bewijs"]] == [(None, None, None)]


def test_where_one_more_is_named_so_that_too_few_remain_the_description_goes_at_once(
    client: TestClient, schakel: Schakel
) -> None:
    """Of six schools two come to be named: they are known not to be the one described."""
    question = _ask(client, QUESTIONS["verzuim"])
    expected = [(LEADERS[4], "direct", True), (LEADERS[5], "direct", False)]
    expected += [(LEADERS[4], "via-adviseur", True), (LEADERS[5], "via-adviseur", True)]
    for person, contact, described in expected:
        consent = client.get("/api/v1/toestemmingen", headers=as_(person)).json()
        wish = consent | {"contact": contact}
        client.put("/api/v1/toestemmingen", json=wish, headers=as_(person))
        assert (_hidden(client, schakel, question)["omschrijving"] is not None) is described


def test_the_viewer_s_own_school_is_not_one_of_the_five(
    client: TestClient, schakel: Schakel
) -> None:
    """Of six schools one is the viewer's and another is named: four are left."""
    question = _ask(client, QUESTIONS["verzuim"], LEADERS[1])
    assert _hidden(client, schakel, question, LEADERS[1])["omschrijving"] == DESCRIPTION
    with schakel.database.write() as session:
        session.get_one(PersonRow, LEADERS[2]).contact = ContactPreference.DIRECT
    assert _hidden(client, schakel, question, LEADERS[1])["omschrijving"] is None
    with schakel.database.write() as session:
        session.get_one(PersonRow, LEADERS[2]).contact = ContactPreference.THROUGH_ADVISER


def test_how_much_one_did_leaves_no_trace_that_is_the_same_everywhere(client: TestClient) -> None:
    """One case is told, and no number of cases: a list of them would be as good as a name."""
    for text in QUESTIONS.values():
        for person in _people(client, _ask(client, text)):
            if person["id"] is None:
                assert len(person["bewijs"]) == 1
                assert person["overigeCasussen"] is None
                assert person["eerderAandeel"] == 0.0
                figures = [person["passendheid"], person["overigAandeel"]]
                figures.append(person["bewijs"][0]["aandeel"])
                assert figures == [round(figure, 2) for figure in figures]


def test_equals_stand_so_that_their_order_tells_no_id(client: TestClient, schakel: Schakel) -> None:
    """Three who declared the same theme and nothing else; 'aa' and 'zz' are known by their id."""
    ids = ("aa-bekend", "mm-onbekend", "zz-bekend")
    places = ("jh-lisselhuis", "cbs-de-zeilnaald", "jh-lisselhuis")
    with schakel.database.write() as session:
        theme = session.get_one(ThemeRow, "huisvesting")
        for id_, at in zip(ids, places, strict=True):
            session.add(
                PersonRow(
                    id=id_,
                    name=f"Naam {id_}",
                    role=Role.PARTNER,
                    function="coach",
                    organisation_id=at,
                    findable=True,
                    contact=ContactPreference.DIRECT,
                    themes=[theme],
                )
            )
        session.flush()
        session.get_one(PersonRow, ids[1]).contact = ContactPreference.THROUGH_ADVISER
        text = f"{theme.name} {theme.description}"
    question = _ask(client, text)
    about = DocumentId(question)
    order = [
        schakel.references.open(person["verwijzing"], PersonId(VIEWER), about)
        for person in _people(client, question)
    ]
    assert [id_ for id_ in order if id_ in ids] == ["aa-bekend", "zz-bekend", "mm-onbekend"]


def test_whatever_is_asked_nothing_of_who_is_not_named_is_in_the_answer(
    client: TestClient, schakel: Schakel
) -> None:
    """Asked in the words of everything there is, by people of two partnerships."""
    told = [*CASES.values(), OWN_CASE[1:]]
    texts = [*_sample("vragen.csv", "situatie"), *(" ".join(words) for words in told)]
    secret = _not_named(schakel)
    titles = set(_sample("vragen.csv", "titel")) | {title for title, _ in CASES.values()}
    places = _sample("organisaties.csv", "code", "naam", "brin")
    places += [*_sample("besturen.csv", "code", "naam"), "Schuilplaats"]
    ids = re.compile(r"\b([cpv]\d\d|zaak-\d|verborgen-\d)\b")
    described = 0
    for viewer in (VIEWER, OTHER_VIEWER):
        for text in texts:
            answer = client.post("/api/v1/vragen/_zoek", json={"tekst": text}, headers=as_(viewer))
            found = answer.json()
            people = [*found["collegas"], *found["adviseurs"]]
            assert not secret.keys() & {person["id"] for person in people}
            assert not [name for name in secret.values() if name in answer.text]
            for person in people:
                if person["id"] is None:
                    described += 1
                    told_of_them = " | ".join(_strings(person))
                    assert not [it for it in (*titles, *places) if it in told_of_them]
                    assert not ids.search(told_of_them)
    assert described > 100


def test_who_was_left_out_and_why_is_in_no_answer(client: TestClient, schakel: Schakel) -> None:
    question = _ask(client, QUESTIONS["verzuim"])
    matches = schakel.desk.matches(schakel.desk.person(VIEWER), question)
    assert matches.excluded
    answer = client.get(f"/api/v1/vragen/{question}/matches", headers=as_(VIEWER))
    shown = {person["id"] for person in _people(client, question)}
    assert not {exclusion.person for exclusion in matches.excluded} & shown
    for exclusion in matches.excluded:
        assert exclusion.code.value not in answer.text


def test_a_case_says_of_which_school_it_is_and_not_who_took_part(
    client: TestClient, schakel: Schakel
) -> None:
    people = schakel.desk.people()
    for id_ in ("c02", "c07", *CASES):
        case = client.get(f"/api/v1/casussen/{id_}", headers=as_(VIEWER))
        assert case.status_code == 200
        assert not [p.name for p in people if p.name in case.text]
        assert not {person.id for person in people} & _strings(case.json())


def _not_named(schakel: Schakel) -> dict[str, str]:
    """Names by id of all who may not be named, among them who may not even be suggested."""
    with schakel.database.read() as session:
        return {
            row.id: row.name
            for row in session.query(PersonRow)
            if row.contact is not ContactPreference.DIRECT
            or not (row.findable or row.role is Role.ADVISER)
        }
