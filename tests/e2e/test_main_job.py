"""The main job, by the doors only: ask, see who and what helps, record, and be found."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from data.database import Database
from tests.doors import Tokens, as_
from tests.e2e.conftest import COMMAND, Running

VRAAG = {
    "titel": "Meisje uit groep 8 verzuimt steeds vaker",
    "situatie": "Een leerling uit groep 8 is sinds januari om de paar dagen ziek gemeld en nu al "
    "drie weken helemaal niet meer geweest. Haar ouders nemen de telefoon niet op.",
    "geprobeerd": "Brieven gestuurd en twee keer aangebeld.",
    "doel": "Weer met de ouders aan tafel komen en haar terug in de klas krijgen.",
    "themas": ["aanwezigheid", "ouders"],
    "deelbereik": "samenwerkingsverband",
}
OPBRENGST = {
    "aanpak": "De schoolmaatschappelijk werker is bij een tante langsgegaan, die vertelde van de "
    "mantelzorg thuis. Daarna met wijkteam en ouders een rooster van halve dagen gemaakt.",
    "watWerkte": "Hulp voor thuis regelen voordat we over verzuim begonnen.",
    "watNietWerkte": "Aanbellen zonder afspraak.",
    "resultaat": "opgelost",
    "betrokkenen": [{"id": "p10", "rol": "mede-oplosser"}],
}


@pytest.fixture(scope="module")
def client(running: Running) -> Iterator[httpx.Client]:
    tokens = Tokens(Database.open(f"sqlite:///{running.environment['SCHAKEL_HOME']}/schakel.db"))
    with httpx.Client(base_url=f"{running.address}/api/v1", timeout=60, auth=tokens) as client:
        yield client


def _search(client: httpx.Client, person: str, text: str) -> Any:
    answer = client.post("/vragen/_zoek", json={"tekst": text}, headers=as_(person))
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_from_question_to_case_of_another_school(client: httpx.Client) -> None:
    asked = client.post("/vragen", json=VRAAG, headers=as_("p03"))
    assert asked.status_code == 201, asked.text
    id_ = asked.json()["id"]

    matches = client.get(f"/vragen/{id_}/matches", headers=as_("p03")).json()
    assert {"c01", "c02"} & {case["id"] for case in matches["casussen"][:2]}
    assert "v01" in [question["id"] for question in matches["vragen"][:2]]
    assert "p01" in [person["id"] for person in matches["collegas"][:3]]
    assert "p03" not in [person["id"] for person in matches["collegas"]]
    assert matches["adviseurs"]
    for found in [*matches["casussen"][:1], *matches["collegas"], *matches["adviseurs"]]:
        assert found["toelichting"]
    for person in [*matches["collegas"], *matches["adviseurs"]]:
        named = sum(e["aandeel"] for e in person["bewijs"])
        named += person["overigAandeel"] + person["eerderAandeel"]
        assert named == pytest.approx(person["passendheid"])
    assert matches["passend"] is True
    assert all(case["zin"] for case in matches["casussen"])

    recorded = client.post(f"/vragen/{id_}/opbrengst", json=OPBRENGST, headers=as_("p03"))
    assert recorded.status_code == 201, recorded.text

    text = "Kind blijft weg van school omdat het thuis voor een zieke ouder zorgt"
    other_school = _search(client, "p13", text)
    assert id_ in [case["id"] for case in other_school["casussen"][:3]]
    assert id_ not in [question["id"] for question in other_school["vragen"]]
    case = client.get(f"/casussen/{id_}", headers=as_("p13"))
    assert case.json()["opbrengst"]["aanpak"] == OPBRENGST["aanpak"]
    helpers = {person["id"]: person for person in other_school["collegas"]}
    assert id_ in [e["casusId"] for e in helpers["p03"]["bewijs"]]


@pytest.mark.parametrize(
    ("text", "case"),
    [
        ("Er zit schimmel in ons gebouw en de gemeente en het bestuur wijzen naar elkaar", "c06"),
        ("Leerlingen laten ChatGPT hun werkstuk schrijven", "c11"),
        ("Kleuter met suikerziekte, wie mag er prikken?", "c40"),
        ("Startende leraren vertrekken na een jaar weer", "c10"),
        ("Ouders protesteren tegen de lessen over seksualiteit", "c22"),
    ],
)
def test_a_short_question_finds_the_case_that_is_about_it(
    client: httpx.Client, running: Running, text: str, case: str
) -> None:
    """Asked through the command line, with the rights of someone who may see the case."""
    viewer = {"c06": "p09", "c22": "p09", "c40": "p25"}.get(case, "p03")
    command = [COMMAND, "match", text, "--as", viewer, "--json"]
    done = subprocess.run(command, env=running.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["casussen"][0]["id"] == case
    answered = _search(client, viewer, text)
    for answer in (told, answered):
        del answer["duurMs"]
    assert told == answered


def test_the_printed_curl_line_works(running: Running) -> None:
    line = next(line for line in running.printed.splitlines() if line.startswith("curl"))
    done = subprocess.run(shlex.split(line), capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    cases = [case["id"] for case in found["casussen"]]
    assert cases[0] == "c01"
    assert "c02" in cases[:5]


def test_the_printed_accounts_work(running: Running) -> None:
    """One a role and board; an admin's with a second step."""
    password = re.search(r"wachtwoord (\S+):", running.printed)
    accounts = re.findall(r"^  (\S+@\S+) +(\w+), ", running.printed, re.MULTILINE)
    assert password
    assert Counter(role for _, role in accounts) == {
        "schoolleider": 6,
        "beleidsadviseur": 6,
        "beheerder": 2,
        "partner": 2,
    }
    for email, role in accounts:
        with httpx.Client(base_url=f"{running.address}/api/v1", timeout=60) as browser:
            asked = {"email": email, "wachtwoord": password[1]}
            told = browser.post("/sessies", json=asked).json()
            assert told["nodig"] == ("code-nodig" if role == "beheerder" else None)
            if role == "beheerder":
                person = browser.get("/personen/mij").json()["id"]
                command = [COMMAND, "user", "code", person]
                code = subprocess.run(
                    command, env=running.environment, capture_output=True, text=True, check=True
                ).stdout.strip()
                given = browser.post(
                    "/sessies/huidige/_code",
                    json={"code": code},
                    headers={"Schakel-Csrf": told["csrf"]},
                )
                assert given.json()["nodig"] is None
            assert browser.get("/sessies").status_code == 200
