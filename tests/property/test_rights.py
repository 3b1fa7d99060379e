"""Who may do what, against a table of rules written by hand; and canaries that stay at home."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Final

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from api.bootstrap import Schakel, open_schakel
from api.reindexing import reindex
from api.settings import Settings
from data.database import Database
from data.questions import Questions
from data.rights import visible_to
from data.tables import (
    BoardRow,
    OrganisationRow,
    ParticipationRow,
    PartnershipRow,
    PersonRow,
    PositionRow,
    QuestionRow,
    ResolutionRow,
)
from matcher.errors import Forbidden, NotFound
from matcher.policy import Act, Placed, Verdict, may
from matcher.types import (
    ContactPreference,
    OrganisationKind,
    Outcome,
    ParticipationRole,
    PersonId,
    Position,
    QuestionStatus,
    Role,
    SharingScope,
    Viewer,
)
from tests.doors import as_, opened
from tests.fakes import WordEncoder
from tests.soak import soak

pytestmark = pytest.mark.usefixtures("unsettled")

# The rules, as a person would tell them. How near a position is to a question: in its school, in
# its board, in its partnership, or farther. Of every role: near what, for which scopes.
WIDE = {
    "school": {"school", "bestuur", "samenwerkingsverband", "landelijk"},
    "bestuur": {"bestuur", "samenwerkingsverband", "landelijk"},
    "samenwerkingsverband": {"samenwerkingsverband", "landelijk"},
    "elders": {"landelijk"},
}
ALL = WIDE["school"]
WORKERS = ("schoolleider", "beleidsadviseur", "partner")
LOOKING = dict.fromkeys(WORKERS, WIDE)
DECIDING = {role: {"school": ALL} for role in WORKERS}
DECIDING["beleidsadviseur"] = {"school": ALL, "bestuur": WIDE["bestuur"]}
KEEPING = {"beheerder": {"school": ALL, "bestuur": ALL}}
RULES: dict[Act, dict[str, dict[str, set[str]]]] = {
    Act.READ: LOOKING,
    Act.MATCH: LOOKING,
    Act.RESOLVE: DECIDING,
    Act.WITHDRAW: DECIDING,
    Act.SHARE: DECIDING,
    Act.SEE_READERS: DECIDING,
    Act.PROPOSE: DECIDING,
    Act.ERASE: DECIDING | KEEPING,
    Act.BREAK_GLASS: KEEPING,
}
FOUND = {"open", "in-gesprek", "opgelost"}

# Organisations by (partnership, board, school); a partner has no board.
PLACES: Final = [(s, b, f"{s}{b}{n}") for s in "NZ" for b in "ab" for n in (1, 2, 3)] + [
    ("N", None, "Nggd"),
    ("Z", None, "Zggd"),
]


@dataclass(frozen=True)
class Somewhere:
    """A position or a question, in words of the test."""

    partnership: str
    board: str | None
    school: str


def _near(one: Somewhere, other: Somewhere) -> str:
    if one.school == other.school:
        return "school"
    if one.board and one.board == other.board:
        return "bestuur"
    return "samenwerkingsverband" if one.partnership == other.partnership else "elders"


def _expected(
    held: list[tuple[str, Somewhere]], act: Act, at: Somewhere, scope: str, status: str
) -> str:
    looking = act in (Act.READ, Act.MATCH)
    for role, place in held:
        near = _near(place, at)
        allowed = scope in RULES[act].get(role, {}).get(near, set())
        if looking and status not in FOUND:
            allowed = False
        if status == "concept" and role == "beleidsadviseur" and near != "school":
            allowed = False
        if allowed:
            return "toegestaan"
    home = any(_near(place, at) in ("school", "bestuur") for _, place in held)
    return "verboden" if home and not (looking and status not in FOUND) else "verborgen"


def _somewhere(place: tuple[str, str | None, str]) -> Somewhere:
    partnership, board, school = place
    return Somewhere(partnership, board and partnership + board, school)


places = st.sampled_from(PLACES).map(_somewhere)
positions = st.lists(st.tuples(st.sampled_from([r.value for r in Role]), places), max_size=3)
questions = st.tuples(
    places,
    st.sampled_from([s.value for s in SharingScope]),
    st.sampled_from([s.value for s in QuestionStatus]),
)


def _viewer(held: list[tuple[str, Somewhere]]) -> Viewer:
    return Viewer(
        PersonId("iemand"),
        tuple(Position(Role(r), at.school, at.board, at.partnership) for r, at in held),
    )


@settings(max_examples=soak(40, 400), deadline=None)
@given(st.lists(positions.filter(bool), min_size=6, max_size=6), st.lists(questions, min_size=5))
def test_the_policy_says_what_the_table_says(
    people: list[list[tuple[str, Somewhere]]], asked: list[tuple[Somewhere, str, str]]
) -> None:
    """At least 6 people, 5 questions and 9 acts a time: over 10,000 checks."""
    for held in people:
        viewer = _viewer(held)
        for at, scope, status in asked:
            placed = Placed(
                at.school, at.board, at.partnership, SharingScope(scope), QuestionStatus(status)
            )
            for act in RULES:
                verdict = may(viewer, act, placed)
                expected = _expected(held, act, at, scope, status)
                assert verdict is Verdict(expected), (held, act, at, scope, status)


# A world in a database, to compare the policy with what SQL selects, and to look for canaries.

PEOPLE, ASKED = 60, 180
LAST_YEAR = date(2025, 6, 2)


@dataclass(frozen=True)
class World:
    held: dict[str, list[tuple[str, Somewhere]]]
    asked: dict[str, tuple[Somewhere, str, str]]


def _canary(id_: str) -> str:
    """A word of one question, in no other; of letters, as the words of an index are."""
    return "kanarie" + "".join(chr(ord("a") + int(digit)) for digit in id_.removeprefix("q"))


def _fill(database: Database, random: Random) -> World:
    held: dict[str, list[tuple[str, Somewhere]]] = {}
    asked: dict[str, tuple[Somewhere, str, str]] = {}
    spots = [_somewhere(place) for place in PLACES]
    with database.write() as session:
        session.add_all(PartnershipRow(id=id_, name=id_) for id_ in "NZ")
        session.flush()
        boards = {at.board: at.partnership for at in spots if at.board}
        session.add_all(BoardRow(id=id_, name=id_, partnership_id=of) for id_, of in boards.items())
        session.flush()
        session.add_all(
            OrganisationRow(
                id=at.school,
                name=f"Organisatie {at.school}",
                kind=OrganisationKind.SCHOOL if at.board else OrganisationKind.HEALTH,
                sector=None,
                partnership_id=at.partnership,
                board_id=at.board,
            )
            for at in spots
        )
        session.flush()
        for number in range(PEOPLE):
            id_ = f"p{number:02}"
            held[id_] = [
                (random.choice([*Role]).value, random.choice(spots))
                for _ in range(random.choice((1, 1, 2, 3)))
            ]
            held[id_] = list(dict.fromkeys(held[id_]))
            (role, at), *others = held[id_]
            row = PersonRow(
                id=id_,
                name=f"Naam {id_}",
                role=Role(role),
                function="functie",
                organisation_id=at.school,
                findable=True,
                contact=ContactPreference.DIRECT,
            )
            row.positions = [PositionRow(organisation_id=a.school, role=Role(r)) for r, a in others]
            session.add(row)
        session.flush()
        for number in range(ASKED):
            id_ = f"q{number:03}"
            at = spots[number % len(spots)]
            scope = random.choice([*SharingScope])
            status = random.choice([*QuestionStatus, QuestionStatus.SOLVED, QuestionStatus.OPEN])
            asked[id_] = (at, scope.value, status.value)
            word = _canary(id_)
            question = QuestionRow(
                id=id_,
                title=f"Titel {word}",
                situation=f"Onze school heeft {word} in de klas",
                tried=f"Eerst {word} geprobeerd",
                goal=f"Zonder {word} verder",
                scope=scope,
                status=status,
                organisation_id=at.school,
                asked_on=LAST_YEAR,
            )
            helper = random.choice([*held])
            question.participations = [
                ParticipationRow(person_id=helper, role=ParticipationRole.SOLVER)
            ]
            if status is QuestionStatus.SOLVED:
                question.resolution = ResolutionRow(
                    approach=f"Aanpak {word}",
                    worked=f"Werkte {word}",
                    did_not_work=f"Werkte niet {word}",
                    outcome=Outcome.SOLVED,
                    recorded_on=LAST_YEAR,
                )
            session.add(question)
    return World(held, asked)


@pytest.fixture(scope="module")
def schakel(tmp_path_factory: pytest.TempPathFactory) -> Schakel:
    settings = Settings(home=tmp_path_factory.mktemp("rights"))
    schakel = open_schakel(settings, WordEncoder())
    schakel.database.migrate()
    return schakel


@pytest.fixture(scope="module")
def world(schakel: Schakel) -> World:
    world = _fill(schakel.database, Random(20261122))
    reindex(schakel.indexer)
    schakel.indexer.load()
    return world


@pytest.fixture(scope="module")
def client(schakel: Schakel, world: World) -> Iterator[TestClient]:
    assert world.asked
    with opened(schakel) as client:
        yield client


def _sees(world: World, person: str, question: str) -> bool:
    at, scope, status = world.asked[question]
    return _expected(world.held[person], Act.READ, at, scope, status) == "toegestaan"


def test_the_store_gives_to_each_what_the_table_says(schakel: Schakel, world: World) -> None:
    """60 people and 180 questions: 10,800 checks of the list, and as many of one by one."""
    with schakel.database.read() as session:
        for person, held in world.held.items():
            viewer = _viewer(held)
            listed = set(session.scalars(select(QuestionRow.id).where(visible_to(viewer))))
            assert listed == {id_ for id_ in world.asked if _sees(world, person, id_)}, person
            for id_, (at, scope, status) in world.asked.items():
                verdict = _expected(held, Act.READ, at, scope, status)
                try:
                    Questions(session).get(id_, viewer)
                    told = "toegestaan"
                except Forbidden:
                    told = "verboden"
                except NotFound:
                    told = "verborgen"
                assert told == verdict, (person, id_)


def test_a_canary_is_heard_by_no_one_who_may_not_see_it(client: TestClient, world: World) -> None:
    """In search, suggestions and matches, whatever is asked: each looks for every canary."""
    random, heard = Random(1), 0
    for person in world.held:
        sought = random.sample([*world.asked], 40)
        text = " ".join(_canary(id_) for id_ in sought)
        answer = client.post(
            "/api/v1/vragen/_zoek", json={"tekst": f"Wat is {text}"}, headers=as_(person)
        )
        may_search = any(role != "beheerder" for role, _ in world.held[person])
        assert answer.status_code == (200 if may_search else 403), answer.text
        told = json.dumps(answer.json(), ensure_ascii=False)
        for id_ in world.asked:
            if _canary(id_) in told or f'"{id_}"' in told:
                assert may_search, person
                assert _sees(world, person, id_), (person, id_)
                heard += 1
    assert heard > PEOPLE  # they are heard at home


def test_matches_of_a_question_hold_no_canary_from_elsewhere(
    client: TestClient, world: World
) -> None:
    random = Random(2)
    for person in world.held:
        seen = [id_ for id_ in world.asked if _sees(world, person, id_)]
        for id_ in random.sample(seen, min(3, len(seen))):
            answer = client.get(f"/api/v1/vragen/{id_}/matches", headers=as_(person))
            assert answer.status_code == 200
            told = json.dumps(answer.json(), ensure_ascii=False)
            for other in world.asked:
                if _canary(other) in told or f'"{other}"' in told:
                    assert _sees(world, person, other), (person, id_, other)


def test_no_error_tells_of_what_one_may_not_see(client: TestClient, world: World) -> None:
    """Of another board it is as if it did not exist, to the byte; at home one hears 'no'."""
    random = Random(3)
    methods = [
        ("GET", "", None, Act.READ),
        ("GET", "/matches", None, Act.MATCH),
        ("POST", "/_intrekken", None, Act.WITHDRAW),
        ("POST", "/_delen", {"deelbereik": "school"}, Act.SHARE),
        ("DELETE", "", None, Act.ERASE),
        ("POST", "/opbrengst", {"aanpak": "Praten", "resultaat": "deels"}, Act.RESOLVE),
    ]
    checked = {"verboden": 0, "verborgen": 0}
    for person, held in random.sample([*world.held.items()], 30):
        for id_ in random.sample([*world.asked], 6):
            at, scope, status = world.asked[id_]
            for method, path, body, act in methods:
                verdict = _expected(held, act, at, scope, status)
                if verdict == "toegestaan":
                    continue
                checked[verdict] += 1
                answer, absent = (
                    client.request(
                        method, f"/api/v1/vragen/{asked}{path}", json=body, headers=as_(person)
                    )
                    for asked in (id_, "bestaat-niet")
                )
                assert _canary(id_) not in answer.text
                if verdict == "verborgen":
                    assert (answer.status_code, answer.content) == (404, absent.content)
                    assert _but_id(answer.headers) == _but_id(absent.headers)
                else:
                    assert answer.status_code == 403
    assert min(checked.values()) > 50, checked


def _but_id(headers: object) -> dict[str, str]:
    return {k: v for k, v in dict(headers).items() if k.lower() != "request-id"}  # type: ignore[call-overload]
