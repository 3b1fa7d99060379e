"""Signing in and out through the doors: passwords, second steps, links, tokens, other sites."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.bootstrap import Schakel, load_sample, open_schakel
from api.doorkeeper import OF_ACCOUNT, OF_ADDRESS, WINDOW
from api.server import create_app
from api.settings import Settings
from data.account_tables import LinkPurpose
from data.accounts import LIFETIME, Accounts
from data.clock import utc_now
from data.keys import IDLE, LONGEST
from matcher.types import PersonId
from tests.fakes import WordEncoder

pytestmark = pytest.mark.usefixtures("unsettled")

LEADER, ADMIN, OTHER = PersonId("p01"), PersonId("p40"), PersonId("p22")
PASSWORD = "een lang wachtwoord"
API = "/api/v1"


class Clock:
    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    schakel = open_schakel(Settings(home=home), WordEncoder())
    schakel.database.migrate()
    load_sample(schakel.database)
    hashed = schakel.doorkeeper.passwords.hash(PASSWORD)
    with schakel.database.write() as session:
        for person in (LEADER, ADMIN, OTHER):
            Accounts(session).make(person, f"{person}@school.example")
            Accounts(session).set_password(person, hashed)
    schakel.database.forget_log()
    schakel.database.close()
    return home / "schakel.db"


@pytest.fixture
def schakel(tmp_path: Path, filled: Path, clock: Clock) -> Iterator[Schakel]:
    (tmp_path / "schakel.db").write_bytes(filled.read_bytes())
    schakel = open_schakel(Settings(home=tmp_path), WordEncoder())
    object.__setattr__(schakel.doorkeeper, "now", clock)
    yield schakel
    schakel.database.close()


def _browser(schakel: Schakel, base: str = "http://localhost") -> TestClient:
    return TestClient(create_app(schakel), base, raise_server_exceptions=False)  # not begun


@pytest.fixture
def browser(schakel: Schakel) -> TestClient:
    return _browser(schakel)


def _sign_in(
    browser: TestClient, person: str = LEADER, password: str = PASSWORD, **headers: str
) -> Any:
    asked = {"email": f"{person}@school.example", "wachtwoord": password}
    return browser.post(f"{API}/sessies", json=asked, headers=headers)


def _signed_in(browser: TestClient, person: str = LEADER) -> dict[str, str]:
    """The header that goes with every unsafe request."""
    answer = _sign_in(browser, person)
    assert answer.status_code == 201, answer.text
    return {"Schakel-Csrf": answer.json()["csrf"]}


def _why(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json().get("code", "")


def test_who_signs_in_is_known_from_then_on_and_signed_out_no_more(browser: TestClient) -> None:
    sent = _signed_in(browser)
    assert browser.get(f"{API}/personen/mij").json()["id"] == LEADER
    assert browser.delete(f"{API}/sessies/huidige", headers=sent).status_code == 204
    assert _why(browser.get(f"{API}/personen/mij")) == (401, "niet-aangemeld")


@pytest.mark.parametrize(
    ("base", "name", "secure"),
    [
        ("http://localhost", "schakel", False),
        ("http://127.0.0.1:8000", "schakel", False),
        ("https://schakel.example", "__Host-schakel", True),
        ("http://schakel.example", "__Host-schakel", True),
    ],
)
def test_the_cookie_is_opaque_and_as_safe_as_the_place_allows(
    schakel: Schakel, base: str, name: str, secure: bool
) -> None:
    said = _sign_in(_browser(schakel, base)).headers["set-cookie"]
    assert said.startswith(f"{name}=")
    assert ("Secure" in said) is secure
    assert "HttpOnly" in said
    assert "SameSite=lax" in said
    assert "Path=/" in said
    value = said.split("=", 1)[1].split(";")[0]
    assert len(value) >= 43
    with schakel.database.read() as session:
        for table in ("session", "account", "token", "attempt", "account_link"):
            stored = str(session.execute(text(f"SELECT * FROM {table}")).all())
            assert value not in stored
            assert PASSWORD not in stored


def test_every_sign_in_gives_another_cookie_and_ends_the_one_before(schakel: Schakel) -> None:
    browser, seen = _browser(schakel), []
    for _ in range(3):
        _signed_in(browser)
        seen.append(browser.cookies["schakel"])
    assert len(set(seen)) == 3
    assert len(browser.get(f"{API}/sessies").json()["sessies"]) == 1
    for old in seen[:-1]:
        held = {"Cookie": f"schakel={old}"}
        assert _browser(schakel).get(f"{API}/sessies", headers=held).status_code == 401


def test_a_cookie_that_one_is_given_by_another_is_not_taken(schakel: Schakel) -> None:
    held = {"Cookie": "schakel=door-een-ander-gekozen"}
    assert "door-een-ander" not in _sign_in(_browser(schakel), **held).headers["set-cookie"]
    assert _browser(schakel).get(f"{API}/sessies", headers=held).status_code == 401


def test_sessions_are_listed_and_ended_by_their_owner_alone(schakel: Schakel) -> None:
    here, there, other = (_browser(schakel) for _ in range(3))
    sent = _signed_in(here)
    _sign_in(there, **{"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"})
    other_sent = _signed_in(other, OTHER)
    listed = here.get(f"{API}/sessies").json()["sessies"]
    assert [one["deze"] for one in listed].count(True) == 1
    (elsewhere,) = [one for one in listed if not one["deze"]]
    assert elsewhere["apparaat"] == "Firefox, Windows"
    url = f"{API}/sessies/{elsewhere['id']}"
    absent = other.delete(f"{API}/sessies/bestaat-niet", headers=other_sent)
    answer = other.delete(url, headers=other_sent)
    assert (answer.status_code, answer.content) == (404, absent.content)
    assert there.get(f"{API}/personen/mij").status_code == 200
    assert here.delete(url, headers=sent).status_code == 204
    assert there.get(f"{API}/personen/mij").status_code == 401
    assert here.get(f"{API}/personen/mij").status_code == 200


@pytest.mark.parametrize("after", [IDLE, LONGEST])
def test_a_session_is_over_after_a_while(browser: TestClient, clock: Clock, after: Any) -> None:
    _signed_in(browser)
    step = min(after, IDLE - timedelta(minutes=1)) if after == LONGEST else after
    while clock.ahead + step < after:
        clock.ahead += step
        assert browser.get(f"{API}/personen/mij").status_code == 200
    clock.ahead = after
    assert browser.get(f"{API}/personen/mij").status_code == 401


def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(browser: TestClient) -> None:
    wrong = _sign_in(browser, password="niet het goede")
    unknown = _sign_in(browser, "niemand", "niet het goede")
    assert (wrong.status_code, wrong.content) == (401, unknown.content)
    assert wrong.status_code == unknown.status_code
    assert {*wrong.headers} == {*unknown.headers}


def test_of_an_unknown_address_a_password_is_checked_as_well(
    schakel: Schakel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Argon2 is where the time goes: it is run once for either."""
    passwords, checked = schakel.doorkeeper.passwords, []
    verify = passwords._way.verify_and_update

    def counted(password: str, hashed: str) -> Any:
        checked.append(hashed.split("$")[1:4])
        return verify(password, hashed)

    monkeypatch.setattr(passwords._way, "verify_and_update", counted)
    for person in (LEADER, "niemand"):
        _sign_in(_browser(schakel), person, "niet het goede")
    known, unknown = checked
    assert known == unknown
    assert known[0] == "argon2id"


@pytest.mark.parametrize("person", [LEADER, "niemand"])
def test_after_a_number_of_tries_one_has_to_wait(
    browser: TestClient, clock: Clock, person: str
) -> None:
    """Known or not, and with the right password too; other people are not kept waiting."""
    for _ in range(OF_ACCOUNT):
        assert _why(_sign_in(browser, person, "fout")) == (401, "onjuist")
    refused = _sign_in(browser, person)
    assert _why(refused) == (429, "te-vaak")
    assert int(refused.headers["retry-after"]) == WINDOW.total_seconds()
    assert _sign_in(browser, OTHER).status_code == 201
    clock.ahead = WINDOW + timedelta(seconds=1)
    assert _sign_in(browser, LEADER).status_code == 201


def test_who_comes_in_is_not_held_to_earlier_tries(browser: TestClient) -> None:
    for _ in range(3):
        for _ in range(OF_ACCOUNT - 1):
            assert _sign_in(browser, password="fout").status_code == 401
        assert _sign_in(browser).status_code == 201


def test_one_address_cannot_try_many_accounts(browser: TestClient) -> None:
    statuses = [_sign_in(browser, f"n{number}", "fout").status_code for number in range(OF_ADDRESS)]
    assert set(statuses) == {401}
    assert _sign_in(browser).status_code == 429


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://kwaad.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.kwaad.example"},
    ],
)
def test_what_another_site_asks_is_refused(browser: TestClient, headers: dict[str, str]) -> None:
    assert _why(_sign_in(browser, **headers)) == (403, "andere-site")
    sent = _signed_in(browser)
    answer = browser.delete(f"{API}/sessies/huidige", headers=sent | headers)
    assert _why(answer) == (403, "andere-site")
    assert browser.get(f"{API}/personen/mij", headers=headers).status_code == 200


def test_what_changes_something_needs_the_word_of_the_page(schakel: Schakel) -> None:
    browser, other = _browser(schakel), _browser(schakel)
    _signed_in(browser)
    theirs = _signed_in(other, OTHER)
    asked = {"titel": "Een vraag", "situatie": "Over de klas."}
    for headers in ({}, {"Schakel-Csrf": "verzonnen"}, {"Schakel-Csrf": ""}, theirs):
        for method, path, body in (
            ("POST", "/vragen", asked),
            ("DELETE", "/vragen/c01", None),
            ("DELETE", "/sessies/huidige", None),
            ("PATCH", "/personen/p02", {}),
        ):
            answer = browser.request(method, API + path, json=body, headers=headers)
            assert _why(answer) == (403, "andere-site"), (method, path)


def test_an_invitation_is_for_one_time_and_for_a_while(
    schakel: Schakel, browser: TestClient, clock: Clock
) -> None:
    def link() -> str:
        with schakel.database.write() as session:
            return Accounts(session).make_link(LEADER, LinkPurpose.INVITATION, clock())

    def reset() -> str:
        with schakel.database.write() as session:
            return Accounts(session).make_link(LEADER, LinkPurpose.RESET, clock())

    def choose(link: str, password: str) -> Any:
        body = {"link": link, "wachtwoord": password}
        return browser.post(f"{API}/personen/_activeren", json=body)

    first, second = link(), link()
    assert _why(choose(first, "een nieuw wachtwoord")) == (400, "link-verlopen")  # by the second
    assert choose(second, "een nieuw wachtwoord").status_code == 204
    assert _why(choose(second, "nog een wachtwoord")) == (400, "link-verlopen")
    assert _sign_in(browser, password="een nieuw wachtwoord").status_code == 201
    assert _sign_in(browser).status_code == 401
    asked, again = reset(), reset()
    assert choose(asked, "een derde wachtwoord").status_code == 204  # asking again takes nothing
    assert _why(choose(again, "een vierde wachtwoord")) == (400, "link-verlopen")
    late = link()
    clock.ahead = LIFETIME[LinkPurpose.INVITATION]
    assert _why(choose(late, "een nieuw wachtwoord")) == (400, "link-verlopen")


def test_a_forgotten_password_tells_nobody_who_has_an_account(schakel: Schakel) -> None:
    sent: list[tuple[str, LinkPurpose]] = []
    object.__setattr__(
        schakel.doorkeeper, "invite", lambda _session, person, why: sent.append((person, why))
    )
    browser = _browser(schakel)
    answers = [
        browser.post(f"{API}/personen/_vergeten", json={"email": f"{person}@school.example"})
        for person in (LEADER, "niemand")
    ]
    assert [(answer.status_code, answer.content) for answer in answers] == [(202, b"null")] * 2
    assert sent == [(LEADER, LinkPurpose.RESET)]


def test_another_password_ends_every_other_session(schakel: Schakel) -> None:
    here, there = _browser(schakel), _browser(schakel)
    sent, _ = _signed_in(here), _signed_in(there)
    url = f"{API}/personen/mij/_wachtwoord"
    wrong = here.post(url, json={"huidig": "fout", "nieuw": "een ander woord"}, headers=sent)
    assert _why(wrong) == (403, "wachtwoord-onjuist")
    body = {"huidig": PASSWORD, "nieuw": "een ander woord"}
    assert here.post(url, json=body, headers=sent).status_code == 200
    assert here.get(f"{API}/sessies").status_code == 200
    assert there.get(f"{API}/sessies").status_code == 401


def test_a_short_password_is_not_taken_and_not_repeated(browser: TestClient) -> None:
    sent = _signed_in(browser)
    body = {"huidig": PASSWORD, "nieuw": "tekort-kort"}
    answer = browser.post(f"{API}/personen/mij/_wachtwoord", json=body, headers=sent)
    assert answer.status_code == 400
    assert "tekort" not in answer.text
    assert "12 tekens" in answer.text


def test_an_admin_comes_in_only_with_a_second_step(schakel: Schakel, clock: Clock) -> None:
    browser = _browser(schakel)
    told = _sign_in(browser, ADMIN).json()
    sent = {"Schakel-Csrf": told["csrf"]}
    assert told["nodig"] == "code-instellen"
    assert _why(browser.get(f"{API}/personen")) == (403, "code-instellen")
    begun = browser.post(f"{API}/personen/mij/_tweestaps", headers=sent).json()
    assert begun["adres"].startswith("otpauth://totp/Schakel:")
    codes, url = pyotp.TOTP(begun["geheim"]), f"{API}/sessies/huidige/_code"
    code = codes.at(clock())
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert _why(browser.post(url, json={"code": wrong}, headers=sent)) == (403, "code-onjuist")
    before = browser.cookies["schakel"]
    answer = browser.post(url, json={"code": code}, headers=sent)
    assert answer.json()["nodig"] is None
    assert browser.cookies["schakel"] != before
    assert browser.get(f"{API}/personen").status_code == 200

    again = _browser(schakel)
    told = _sign_in(again, ADMIN).json()
    sent = {"Schakel-Csrf": told["csrf"]}
    assert told["nodig"] == "code-nodig"
    assert _why(again.get(f"{API}/personen")) == (403, "code-nodig")
    assert _why(again.post(f"{API}/tokens", json={}, headers=sent))[0] in (400, 403)
    used = again.post(url, json={"code": code}, headers=sent)
    assert _why(used) == (403, "code-onjuist")  # of a step that was given before
    clock.ahead = timedelta(seconds=30)
    assert again.post(url, json={"code": codes.at(clock())}, headers=sent).status_code == 200


def test_a_second_step_that_counts_cannot_be_begun_anew_by_who_has_only_the_password(
    schakel: Schakel, clock: Clock
) -> None:
    browser = _browser(schakel)
    sent = _signed_in(browser)
    secret = browser.post(f"{API}/personen/mij/_tweestaps", headers=sent).json()["geheim"]
    code = {"code": pyotp.TOTP(secret).at(clock())}
    assert browser.post(f"{API}/sessies/huidige/_code", json=code, headers=sent).status_code == 200
    thief = _browser(schakel)
    sent = _signed_in(thief)
    assert thief.post(f"{API}/personen/mij/_tweestaps", headers=sent).status_code == 409
    off = thief.post(
        f"{API}/personen/mij/_tweestaps-uit", json={"wachtwoord": PASSWORD}, headers=sent
    )
    assert _why(off) == (403, "code-nodig")


def test_codes_are_not_to_be_guessed(schakel: Schakel) -> None:
    browser = _browser(schakel)
    sent = _signed_in(browser, ADMIN)
    browser.post(f"{API}/personen/mij/_tweestaps", headers=sent)
    url = f"{API}/sessies/huidige/_code"
    answers = [
        _why(browser.post(url, json={"code": f"{number:06d}"}, headers=sent))
        for number in range(OF_ACCOUNT + 1)
    ]
    assert answers[-1] == (429, "te-vaak")


def test_a_closed_account_lets_nobody_in_by_any_way(schakel: Schakel) -> None:
    browser = _browser(schakel)
    sent = _signed_in(browser)
    made = browser.post(
        f"{API}/tokens", json={"naam": "rapport", "bereik": ["lezen"]}, headers=sent
    ).json()
    with schakel.database.write() as session:
        Accounts(session).close(LEADER)
    bearer = {"Authorization": f"Bearer {made['token']}"}
    assert _browser(schakel).get(f"{API}/vragen/c01", headers=bearer).status_code == 401
    assert browser.get(f"{API}/personen/mij").status_code == 401
    assert _why(_sign_in(_browser(schakel))) == (401, "onjuist")


def test_a_token_is_shown_once_and_does_what_it_is_for(schakel: Schakel, clock: Clock) -> None:
    browser, program = _browser(schakel), _browser(schakel)
    sent = _signed_in(browser)
    wish = {"naam": "Nachtelijk rapport", "bereik": ["lezen"], "dagen": 30}
    made = browser.post(f"{API}/tokens", json=wish, headers=sent).json()
    assert re.fullmatch(r"schakel_[\w-]{43}", made["token"])
    assert made["token"] not in browser.get(f"{API}/tokens").text
    with schakel.database.read() as session:
        assert made["token"] not in str(session.execute(text("SELECT * FROM token")).all())
    bearer = {"Authorization": f"Bearer {made['token']}"}
    asked = {"titel": "Een vraag", "situatie": "Over de klas."}
    assert program.get(f"{API}/vragen/c01", headers=bearer).status_code == 200
    assert _why(program.post(f"{API}/vragen", json=asked, headers=bearer)) == (403, "buiten-bereik")
    for method, path in (("GET", "/sessies"), ("POST", "/tokens"), ("GET", "/tokens")):
        answer = program.request(method, API + path, json=wish, headers=bearer)
        assert _why(answer) == (403, "alleen-aangemeld")
    clock.ahead = timedelta(days=30)
    assert program.get(f"{API}/vragen/c01", headers=bearer).status_code == 401
    clock.ahead = timedelta()
    sent = _signed_in(browser)
    assert browser.delete(f"{API}/tokens/{made['id']}", headers=sent).status_code == 204
    assert program.get(f"{API}/vragen/c01", headers=bearer).status_code == 401


def test_a_reset_takes_away_every_other_way_in(schakel: Schakel, clock: Clock) -> None:
    browser = _browser(schakel)
    sent = _signed_in(browser)
    wish = {"naam": "rapport", "bereik": ["lezen"]}
    token = browser.post(f"{API}/tokens", json=wish, headers=sent).json()["token"]
    with schakel.database.write() as session:
        link = Accounts(session).make_link(LEADER, LinkPurpose.RESET, clock())
    body = {"link": link, "wachtwoord": "een heel ander woord"}
    assert _browser(schakel).post(f"{API}/personen/_activeren", json=body).status_code == 204
    bearer = {"Authorization": f"Bearer {token}"}
    assert _browser(schakel).get(f"{API}/vragen/c01", headers=bearer).status_code == 401
    assert browser.get(f"{API}/personen/mij").status_code == 401


def test_a_token_takes_no_second_step_for_its_maker(schakel: Schakel) -> None:
    browser, thief = _browser(schakel), _browser(schakel)
    sent = _signed_in(browser)
    wish = {"naam": "rapport", "bereik": ["lezen"]}
    token = browser.post(f"{API}/tokens", json=wish, headers=sent).json()["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    for method, path in (
        ("POST", "/personen/mij/_tweestaps"),
        ("POST", "/sessies/huidige/_code"),
        ("GET", "/sessies/huidige"),
        ("DELETE", "/sessies/huidige"),
    ):
        body = {"code": "123456"} if path.endswith("_code") else None
        answer = thief.request(method, API + path, json=body, headers=bearer)
        assert _why(answer) == (403, "alleen-aangemeld"), path
        assert "set-cookie" not in answer.headers


def test_a_sign_in_that_was_under_way_does_not_outlive_a_reset(
    schakel: Schakel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While Argon2 looks at the former password, another is set."""
    passwords = schakel.doorkeeper.passwords
    check = passwords.check

    def meanwhile(password: str, hashed: str | None) -> Any:
        right = check(password, hashed)
        with schakel.database.write() as session:
            Accounts(session).set_password(LEADER, passwords.hash("een nieuw wachtwoord"))
        return right

    monkeypatch.setattr(type(passwords), "check", lambda _self, *given: meanwhile(*given))
    assert _why(_sign_in(_browser(schakel))) == (401, "onjuist")


@pytest.mark.parametrize("days", [0, 367, -1, 10**9])
def test_no_token_is_for_ever(browser: TestClient, days: int) -> None:
    sent = _signed_in(browser)
    wish = {"naam": "rapport", "bereik": ["lezen"], "dagen": days}
    assert browser.post(f"{API}/tokens", json=wish, headers=sent).status_code == 400


def test_fields_that_are_not_asked_for_are_refused(browser: TestClient) -> None:
    asked = {"email": "a@b.example", "wachtwoord": PASSWORD, "rol": "beheerder"}
    assert browser.post(f"{API}/sessies", json=asked).status_code == 400
    sent = _signed_in(browser)
    asked = {"titel": "Een vraag", "situatie": "Over de klas."}
    for field in ("status", "steller", "id", "revision", "organisation_id"):
        answer = browser.post(f"{API}/vragen", json=asked | {field: "x"}, headers=sent)
        assert answer.status_code == 400, field
