"""Signing in elsewhere, at a real provider: who is let in, and every answer that lets no one in."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from time import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import delete, func, select

from api.bootstrap import Schakel, open_schakel
from api.doorkeeper import Opened
from api.oidc import FederatedLogin
from api.oidc_refusals import Refusal
from api.passwords import code_at, new_code_secret
from api.refusals import Why
from api.server import create_app
from api.settings import Settings
from api.texts_nl import LOGIN_REFUSALS, PROVIDER_DOWN, REFUSALS
from data.account_tables import LinkPurpose, SessionRow
from data.accounts import LIFETIME, Accounts
from data.clock import utc_now
from data.federation import Federation
from data.federation_tables import FederatedIdentityRow, FederatedLoginRow
from data.secrets import hash_of
from data.tables import OrganisationRow, PersonRow
from matcher.types import PersonId, Role
from tests.doors import bearer
from tests.fakes import WordEncoder
from tests.providers import (
    EC,
    FOREIGN,
    RSA,
    TLS,
    Between,
    Json,
    Tampering,
    changed_after,
    real_provider,
    signed,
    signed_by_all,
    unsigned,
    with_header,
)
from tests.unit.data.world import add_person, build

PERSON, COLLEAGUE, ELSEWHERE = PersonId("leider-a1"), PersonId("leider-a2"), PersonId("leider-z1")
STAFF: Json = {"eduPersonAffiliation": ["employee"], "nlEduPersonHomeOrganizationId": "11ZZ"}
BRINS = {"a1": "11ZZ", "a2": "22YY01", "b1": "22YY02", "z1": "33xx"}
SECRET, CLIENT = "geheim-van-schakel", "schakel"
PASSWORD = "een lang wachtwoord"
API = "/api/v1"
LOCAL, PUBLIC = "http://localhost", "https://schakel.example"
JARS = {LOCAL: "localhost.local", PUBLIC: "schakel.example"}  # whose cookies a browser keeps
NAMES = {LOCAL: "schakel", PUBLIC: "__Host-schakel"}  # of the session's cookie
_numbers = count()


@dataclass
class Here:
    """A Schakel with two ways to sign in, `entree` and `surf`: one provider, two issuers."""

    app: FastAPI
    entree: Between
    surf: Between
    clock: list[datetime]
    known: set[str] = field(default_factory=set)  # sessions that a test opened, or has looked at

    @property
    def schakel(self) -> Schakel:
        found: Schakel = self.app.state.schakel
        return found

    @property
    def federated(self) -> FederatedLogin:
        return self.schakel.federated

    def use(self, address: str = LOCAL, **issuers: str) -> None:
        """Let people who find Schakel at `address` sign in at `issuers`, by code."""
        schakel = self.schakel
        federated = FederatedLogin.from_settings(
            _settings(address, **issuers),
            schakel.database,
            schakel.doorkeeper.let_in,
            schakel.doorkeeper.person_of_invitation,
            TLS,
        )
        federated = replace(federated, now=lambda: self.clock[0])
        self.app.state.schakel = replace(schakel, federated=federated)

    def browser(self, secret: str = "", base: str = LOCAL) -> TestClient:
        """One of which the session has `secret`."""
        browser = TestClient(
            self.app, base_url=base, raise_server_exceptions=False, follow_redirects=False
        )
        if secret:
            _hold(browser, secret)
        return browser

    def let_in(self, person: PersonId) -> Opened:
        """With a session, as who signed in before."""
        opened = self.schakel.doorkeeper.let_in(person, "Firefox, Windows")
        self.known.add(hash_of(opened.secret))
        return opened

    def newcomer(self, role: Role = Role.SCHOOL_LEADER, account: bool = True) -> PersonId:
        """Someone of school a1, for one test."""
        person = PersonId(f"nieuw-{next(_numbers)}")
        with self.schakel.database.write() as session:
            add_person(session, person, role, "a1")
            if account:
                Accounts(session).make(person, f"{person}@school.example")
        return person

    def with_code(self, person: PersonId) -> str:
        """From now on `person` has a second step, by this secret."""
        secret = new_code_secret()
        with self.schakel.database.write() as session:
            Accounts(session).begin_code(person, secret)
            Accounts(session).use_code(person, 1)
        return secret

    def close(self, person: PersonId, closed: bool = True) -> None:
        with self.schakel.database.write() as session:
            Accounts(session).close(person, closed)

    def invitation(
        self,
        person: PersonId,
        purpose: LinkPurpose = LinkPurpose.INVITATION,
        ago: timedelta = timedelta(),
    ) -> str:
        with self.schakel.database.write() as session:
            return Accounts(session).make_link(person, purpose, utc_now() - ago)

    def invited(self, link: str) -> PersonId | None:
        """For whom `link` is, where it may still be used."""
        with self.schakel.database.read() as session:
            return Accounts(session).person_of_link(link, utc_now())

    def opened(self) -> dict[str, str]:
        """Whose sessions there are that no test opened or has looked at, by hash."""
        with self.schakel.database.read() as session:
            rows = session.execute(select(SessionRow.hash, SessionRow.person_id)).all()
        return {hashed: person for hashed, person in rows if hashed not in self.known}

    def someone(self, claims: Json = STAFF, person: PersonId | None = PERSON) -> str:
        """Known to the provider with `claims`, and linked here to `person`."""
        subject = f"iemand-{next(_numbers)}"
        self.entree.know(subject, claims)
        if person:
            with self.federated.database.write() as session:
                Federation(session).link(self.entree.issuer, subject, person, datetime(2026, 1, 1))
        return subject

    def linked(self, subject: str) -> PersonId | None:
        with self.federated.database.read() as session:
            return Federation(session).person_of(self.entree.issuer, subject)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    schakel = open_schakel(Settings(home=tmp_path_factory.mktemp("home")), WordEncoder())
    schakel.database.migrate()
    hashed = schakel.doorkeeper.passwords.hash(PASSWORD)
    with schakel.database.write() as session:
        build(session)
        for organisation, brin in BRINS.items():
            session.get_one(OrganisationRow, organisation).brin = brin
        for person in (PERSON, COLLEAGUE, ELSEWHERE):
            Accounts(session).make(person, f"{person}@school.example")
            Accounts(session).set_password(person, hashed)
    yield create_app(schakel)
    schakel.database.close()


@pytest.fixture(scope="module")
def providers() -> Iterator[tuple[Between, Between]]:
    with real_provider() as port:
        entree, surf = Between(port), Between(port)
        yield entree, surf
        entree.close()
        surf.close()


@pytest.fixture
def here(app: FastAPI, providers: tuple[Between, Between]) -> Here:
    entree, surf = providers
    entree.tampering = surf.tampering = Tampering()
    here = Here(app, entree, surf, [utc_now()])
    here.use(entree=entree.issuer, surf=surf.issuer)
    with app.state.schakel.database.write() as session:
        session.execute(delete(FederatedLoginRow))
        session.execute(delete(SessionRow))
    return here


def _settings(address: str, **issuers: str) -> Settings:
    return Settings.model_validate(
        {
            "address": address,
            "oidc": [
                {
                    "code": code,
                    "naam": code.title(),
                    "issuer": issuer,
                    "client_id": CLIENT,
                    "client_secret": SECRET,
                }
                for code, issuer in issuers.items()
            ],
        }
    )


def _begin(browser: TestClient, at: str = "entree") -> str:
    """Where the browser is sent."""
    begun = browser.get(f"{API}/sessies/oidc/{at}/_begin")
    assert begun.status_code == 303, begun.text
    return str(begun.headers["location"])


def _sign_in(here: Here, browser: TestClient, subject: str, at: str = "entree") -> Any:
    return browser.get(here.entree.recognise(_begin(browser, at), subject))


def _hold(browser: TestClient, secret: str) -> None:
    """The session of `browser` is from now on the one with `secret`."""
    base = str(browser.base_url).rstrip("/")
    browser.cookies.set(NAMES[base], secret, domain=JARS[base])


def _changed(address: str, **changes: str | None) -> str:
    """`address` with other parameters; None takes one out."""
    parts = urlsplit(address)
    given = {name: values[0] for name, values in parse_qs(parts.query).items()} | changes
    kept = {name: value for name, value in given.items() if value is not None}
    return parts._replace(query=urlencode(kept)).geturl()


def _assert_in(here: Here, answer: Any, person: PersonId = PERSON, base: str = LOCAL) -> TestClient:
    """With one session, new and of `person`; gives a browser that has nothing but its cookie."""
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == "/"
    secret = answer.cookies[NAMES[base]]
    assert here.opened() == {hash_of(secret): person}
    here.known.add(hash_of(secret))
    browser = here.browser(secret, base)
    assert _who(browser) == person
    return browser


def _who(browser: TestClient) -> str | None:
    """Who is in with the cookies of `browser`."""
    told = browser.get(f"{API}/personen/mij")
    assert told.status_code in (200, 401), told.text
    return told.json()["id"] if told.status_code == 200 else None


def _why(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json().get("code", "")


def _assert_out(here: Here, answer: Any, refusal: Refusal = Refusal.UNPROVEN) -> None:
    """Refused for that reason, with its sentence and no more, and no session."""
    unproven = {Refusal.OVER, Refusal.STOPPED, Refusal.UNPROVEN, Refusal.SIGNED_OUT}
    status = 401 if refusal in unproven else 409 if refusal is Refusal.OF_ANOTHER else 403
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().keys() == {"type", "title", "status", "detail"}
    assert answer.json()["detail"] == LOGIN_REFUSALS[refusal]
    _assert_no_session(here, answer)


def _assert_down(here: Here, answer: Any) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.json()["detail"] == PROVIDER_DOWN
    _assert_no_session(here, answer)


def _assert_no_session(here: Here, answer: Any) -> None:
    assert here.opened() == {}
    assert "schakel=" not in answer.headers.get("set-cookie", "")


def _assert_closed(here: Here, answer: Any) -> None:
    assert _why(answer) == (403, "gesloten")
    assert answer.json()["detail"] == REFUSALS[Why.CLOSED]
    _assert_no_session(here, answer)


# Who is let in


def test_who_is_linked_gets_a_session(here: Here) -> None:
    _assert_in(here, _sign_in(here, here.browser(), here.someone()))


def test_the_real_provider_without_anyone_in_between_gives_a_session(
    here: Here,
) -> None:
    issuer = here.entree.provider
    here.use(entree=issuer)
    subject = here.someone(person=None)
    with here.federated.database.write() as session:
        Federation(session).link(issuer, subject, PERSON, datetime(2026, 1, 1))
    _assert_in(here, _sign_in(here, here.browser(), subject))


GOOD: dict[str, Tampering] = {
    "as it came": Tampering(),
    "by an elliptic curve": Tampering(token=lambda claims: signed(claims, key=EC)),
    "by RSA-PSS": Tampering(token=lambda claims: signed(claims, {"alg": "PS256"})),
    "one key, unnamed": Tampering(token=lambda c: with_header(c, {}, RSA), keys=(RSA,)),
    "several audiences, of which we are the party": Tampering(
        token=lambda c: signed(c | {"aud": [CLIENT, "ander"], "azp": CLIENT})
    ),
    "without a hash of the access token": Tampering(
        token=lambda c: signed({name: c[name] for name in c if name != "at_hash"})
    ),
    "a clock that differs a little": Tampering(token=lambda c: signed(c | {"iat": time() + 20})),
    "a secret in the body": Tampering(
        described=lambda d: d | {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_sound_answer_gives_a_session(here: Here, name: str) -> None:
    here.entree.tampering = GOOD[name]
    _assert_in(here, _sign_in(here, here.browser(), here.someone()))


# Whoever changes an answer


def _without(*names: str) -> Callable[[Json], str]:
    return lambda claims: signed({name: claims[name] for name in claims if name not in names})


def _with(**changes: Any) -> Callable[[Json], str]:
    return lambda claims: signed(claims | changes)


def _hour(hours: float) -> float:
    return time() + hours * 3600


TAMPERED: dict[str, Tampering] = {
    "algorithm none": Tampering(token=unsigned),
    "HS256 by the public key, as a file": Tampering(
        token=lambda c: signed_by_all(c, {"kid": "first"}, RSA.as_pem(private=False))
    ),
    "HS256 by the public key, as its bytes": Tampering(
        token=lambda c: signed_by_all(c, {"kid": "first"}, RSA.as_der(private=False))
    ),
    "HS256 by nothing": Tampering(token=lambda c: signed_by_all(c, {"kid": "first"}, b"")),
    "HS256 by our own secret": Tampering(
        token=lambda c: signed_by_all(c, {"kid": "first"}, SECRET.encode())
    ),
    "payload changed, signature kept": Tampering(
        token=lambda c: changed_after(c, {"sub": "iemand-0"})
    ),
    "key that is not published": Tampering(token=lambda c: signed(c, {"kid": "third"}, FOREIGN)),
    "key of another provider by the same name": Tampering(token=lambda c: signed(c, key=FOREIGN)),
    "unnamed key among several": Tampering(token=lambda c: with_header(c, {}, RSA)),
    "key that the token brings itself": Tampering(
        token=lambda c: with_header(c, {"jwk": FOREIGN.as_dict(private=False)}, FOREIGN),
        keys=(RSA,),
    ),
    "extension that we do not know": Tampering(
        token=lambda c: with_header(c, {"kid": "first", "crit": ["x"], "x": 1}, RSA)
    ),
    "wrong issuer": Tampering(token=_with(iss="http://localhost:1")),
    "no issuer": Tampering(token=_without("iss")),
    "wrong audience": Tampering(token=_with(aud=["ander"])),
    "no audience": Tampering(token=_without("aud")),
    "several audiences and a foreign party": Tampering(
        token=_with(aud=[CLIENT, "ander"], azp="ander")
    ),
    "several audiences and no party": Tampering(token=_with(aud=[CLIENT, "ander"])),
    "foreign party": Tampering(token=_with(azp="ander")),
    "expired": Tampering(token=lambda c: signed(c | {"exp": _hour(-1), "iat": _hour(-2)})),
    "without an end": Tampering(token=_without("exp")),
    "with an end that never comes": Tampering(token=lambda c: signed(c | {"exp": float("nan")})),
    "issued in the future": Tampering(token=lambda c: signed(c | {"iat": _hour(1)})),
    "not issued": Tampering(token=_without("iat")),
    "not valid yet": Tampering(token=lambda c: signed(c | {"nbf": _hour(1)})),
    "old nonce": Tampering(token=_with(nonce="van-de-vorige-keer")),
    "no nonce": Tampering(token=_without("nonce")),
    "empty nonce": Tampering(token=_with(nonce="")),
    "wrong hash of the access token": Tampering(token=_with(at_hash="AAAAAAAAAAAAAAAAAAAAAA")),
    "empty hash of the access token": Tampering(token=_with(at_hash="")),
    "hash of another access token": Tampering(answer=lambda a: a | {"access_token": "ander"}),
    "no subject": Tampering(token=_without("sub")),
    "empty subject": Tampering(token=_with(sub="")),
    "subject that is no text": Tampering(token=_with(sub=["iemand-0"])),
    "subject too long to be one": Tampering(token=_with(sub="i" * 256)),
    "subject with a sign that no text has": Tampering(token=_with(sub="iemand\x00")),
    "no token": Tampering(answer=lambda a: {k: a[k] for k in a if k != "id_token"}),
    "token that is none": Tampering(answer=lambda a: a | {"id_token": "a.b.c"}),
    "no access token": Tampering(answer=lambda a: {k: a[k] for k in a if k != "access_token"}),
    "no answer but an error": Tampering(answer=lambda _: {"error": "invalid_grant"}),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_tampered_answer_gives_no_session(here: Here, name: str) -> None:
    here.entree.tampering = TAMPERED[name]
    subject = here.someone()
    browser = here.browser()
    back = here.entree.recognise(_begin(browser), subject)
    _assert_out(here, browser.get(back))
    here.entree.tampering = Tampering()
    _assert_out(here, browser.get(back), Refusal.OVER)  # nor when it is tried once more
    _assert_in(here, _sign_in(here, browser, subject))  # it was the tampering alone


def test_userinfo_of_another_person_counts_for_nobody(here: Here) -> None:
    here.entree.tampering = Tampering(
        token=_without(*STAFF), userinfo=lambda info: info | {"sub": "iemand-0"}
    )
    _assert_out(here, _sign_in(here, here.browser(), here.someone()))


# Whoever comes back otherwise than they went


def test_a_state_counts_once(here: Here) -> None:
    browser = here.browser()
    back = here.entree.recognise(_begin(browser), here.someone())
    _assert_in(here, browser.get(back))
    _assert_out(here, browser.get(back), Refusal.OVER)


def test_a_state_counts_in_the_browser_that_began(here: Here) -> None:
    begun, other = here.browser(), here.browser()
    back = here.entree.recognise(_begin(begun), here.someone())
    _begin(other)
    _assert_out(here, other.get(back), Refusal.OVER)
    _assert_in(here, begun.get(back))  # and nobody else can end it


def test_without_the_cookie_nobody_comes_back(here: Here) -> None:
    back = here.entree.recognise(_begin(here.browser()), here.someone())
    _assert_out(here, here.browser().get(back), Refusal.OVER)


@pytest.mark.parametrize("state", [None, "", "verzonnen"])
def test_a_state_that_was_not_given_out_counts_for_nothing(here: Here, state: str | None) -> None:
    browser = here.browser()
    back = here.entree.recognise(_begin(browser), here.someone())
    _assert_out(here, browser.get(_changed(back, state=state)), Refusal.OVER)


@pytest.mark.parametrize(("minutes", "in_time"), [(9, True), (11, False)])
def test_a_state_lasts_ten_minutes(here: Here, minutes: int, in_time: bool) -> None:
    browser = here.browser()
    back = here.entree.recognise(_begin(browser), here.someone())
    here.clock[0] += timedelta(minutes=minutes)
    if in_time:
        _assert_in(here, browser.get(back))
    else:
        _assert_out(here, browser.get(back), Refusal.OVER)


def test_a_code_of_another_login_is_refused(here: Here) -> None:
    """A stolen code, put in place of one's own: the proof of who began it is missing."""
    stolen = parse_qs(urlsplit(here.entree.recognise(_begin(here.browser()), here.someone())).query)
    thief = here.browser()
    back = here.entree.recognise(_begin(thief), here.someone())
    _assert_out(here, thief.get(_changed(back, code=stolen["code"][0])))


def test_a_code_counts_once(here: Here) -> None:
    browser = here.browser()
    used = here.entree.recognise(_begin(browser), here.someone())
    _assert_in(here, browser.get(used))
    state = parse_qs(urlsplit(_begin(browser)).query)["state"][0]
    _assert_out(here, browser.get(_changed(used, state=state)))


def test_an_answer_of_another_provider_is_refused(here: Here) -> None:
    browser = here.browser()
    back = here.entree.recognise(_begin(browser, "entree"), here.someone())
    _assert_out(here, browser.get(back.replace("/entree/", "/surf/")), Refusal.OVER)


def test_an_answer_that_says_it_is_of_another_issuer_is_refused(here: Here) -> None:
    browser = here.browser()
    back = here.entree.recognise(_begin(browser), here.someone())
    _assert_out(here, browser.get(_changed(back, iss=here.surf.issuer)))


def test_an_answer_that_says_its_own_issuer_is_good(here: Here) -> None:
    browser = here.browser()
    back = here.entree.recognise(_begin(browser), here.someone())
    _assert_in(here, browser.get(_changed(back, iss=here.entree.issuer)))


def test_a_provider_that_always_says_its_issuer_has_to(here: Here) -> None:
    here.entree.tampering = Tampering(
        described=lambda d: d | {"authorization_response_iss_parameter_supported": True}
    )
    _assert_out(here, _sign_in(here, here.browser(), here.someone()))


@pytest.mark.parametrize("changes", [{"error": "access_denied", "code": None}, {"code": None}])
def test_who_stops_at_the_provider_is_told_so(here: Here, changes: dict[str, str | None]) -> None:
    browser = here.browser()
    back = here.entree.recognise(_begin(browser), here.someone())
    _assert_out(here, browser.get(_changed(back, **changes)), Refusal.STOPPED)


def test_an_error_with_a_code_is_still_an_error(here: Here) -> None:
    browser = here.browser()
    back = here.entree.recognise(_begin(browser), here.someone())
    _assert_out(here, browser.get(_changed(back, error="server_error")), Refusal.STOPPED)


# Providers that are not well


@pytest.mark.parametrize(
    "described",
    [
        pytest.param(lambda d: d | {"issuer": "http://localhost:1"}, id="another issuer"),
        pytest.param(lambda d: d | {"issuer": d["issuer"] + "/"}, id="almost its issuer"),
        pytest.param(lambda d: d | {"token_endpoint": "http://school.nl/t"}, id="without TLS"),
        pytest.param(lambda d: d | {"jwks_uri": None}, id="without keys"),
        pytest.param(lambda _: {}, id="nothing"),
    ],
)
def test_a_provider_that_describes_itself_wrongly_is_not_used(
    here: Here, described: Callable[[Json], Json]
) -> None:
    here.entree.tampering = Tampering(described=described)
    answer = here.browser().get(f"{API}/sessies/oidc/entree/_begin")
    _assert_down(here, answer)
    assert "location" not in answer.headers


@pytest.mark.parametrize("path", ["/oauth2/token", "/jwks", "/userinfo"])
def test_a_provider_that_breaks_down_meanwhile_lets_no_one_in(here: Here, path: str) -> None:
    here.entree.tampering = Tampering(token=_without(*STAFF), broken={path: 502})
    _assert_down(here, _sign_in(here, here.browser(), here.someone()))


def test_keys_that_are_none_let_no_one_in(here: Here) -> None:
    here.entree.tampering = Tampering(keys=())
    _assert_down(here, _sign_in(here, here.browser(), here.someone()))


def test_a_provider_that_is_not_there_is_said_to_be_away(here: Here) -> None:
    gone = Between(1)
    gone.close()
    here.use(entree=gone.issuer)
    _assert_down(here, here.browser().get(f"{API}/sessies/oidc/entree/_begin"))


def test_nobody_waits_again_for_a_provider_that_is_away(here: Here) -> None:
    here.entree.tampering = Tampering(broken={"/.well-known/openid-configuration": 502})
    here.entree.asked.clear()
    for _ in range(3):
        _assert_down(here, here.browser().get(f"{API}/sessies/oidc/entree/_begin"))
    assert here.entree.asked == ["/.well-known/openid-configuration"]


def test_a_provider_is_asked_to_describe_itself_once(here: Here) -> None:
    here.entree.asked.clear()
    for _ in range(3):
        _begin(here.browser())
    assert here.entree.asked == ["/.well-known/openid-configuration"]


# Who they are


@pytest.mark.parametrize(
    "said",
    [
        {"eduPersonAffiliation": "student"},
        {"eduPersonAffiliation": ["Student"]},
        {"eduPersonAffiliation": ["employee", "STUDENT"]},
        {"eduPersonAffiliation": "employee;student"},
        {"eduperson_affiliation": ["employee"], "eduPersonAffiliation": ["student"]},
        {"urn:mace:dir:attribute-def:eduPersonAffiliation": ["student"]},
        {"urn:oid:1.3.6.1.4.1.5923.1.1.1.1": ["student"]},
        {"eduPersonAffiliation": "employee", "eduperson_scoped_affiliation": ["student@os.nl"]},
    ],
)
def test_a_student_is_refused(here: Here, said: Json) -> None:
    subject = here.someone({"nlEduPersonHomeOrganizationId": "11ZZ"} | said)
    _assert_out(here, _sign_in(here, here.browser(), subject), Refusal.STUDENT)


@pytest.mark.parametrize(
    "said", [{}, {"eduPersonAffiliation": []}, {"eduPersonAffiliation": "member"}]
)
def test_who_is_not_said_to_be_staff_is_refused(here: Here, said: Json) -> None:
    subject = here.someone({"nlEduPersonHomeOrganizationId": "11ZZ"} | said)
    _assert_out(here, _sign_in(here, here.browser(), subject), Refusal.NO_STAFF)


def test_what_the_token_does_not_say_userinfo_may(here: Here) -> None:
    here.entree.tampering = Tampering(token=_without(*STAFF))
    _assert_in(here, _sign_in(here, here.browser(), here.someone()))


def test_a_student_in_userinfo_is_refused(here: Here) -> None:
    here.entree.tampering = Tampering(token=_without(*STAFF))
    subject = here.someone(STAFF | {"eduPersonAffiliation": ["student"]})
    _assert_out(here, _sign_in(here, here.browser(), subject), Refusal.STUDENT)


@pytest.mark.parametrize("brin", ["11ZZ", "11zz", "11ZZ00", "11ZZ07"])
def test_the_school_of_a_person_lets_them_in(here: Here, brin: str) -> None:
    subject = here.someone(STAFF | {"nlEduPersonHomeOrganizationId": brin})
    _assert_in(here, _sign_in(here, here.browser(), subject))


@pytest.mark.parametrize(
    "brin", ["99AA", "11ZZ0", "", ["11ZZ", "33XX"], "22YY", "22YY03", {"brin": "11ZZ"}, None]
)
def test_a_school_that_is_not_known_or_not_one_lets_no_one_in(here: Here, brin: Any) -> None:
    subject = here.someone(STAFF | {"nlEduPersonHomeOrganizationId": brin}, COLLEAGUE)
    _assert_out(here, _sign_in(here, here.browser(), subject), Refusal.SCHOOL_UNKNOWN)


def test_a_branch_is_told_from_another(here: Here) -> None:
    of_b1 = here.someone(STAFF | {"nlEduPersonHomeOrganizationId": "22YY02"}, COLLEAGUE)
    _assert_out(here, _sign_in(here, here.browser(), of_b1), Refusal.SCHOOL_OF_OTHERS)
    of_a2 = here.someone(STAFF | {"nlEduPersonHomeOrganizationId": "22YY01"}, COLLEAGUE)
    _assert_in(here, _sign_in(here, here.browser(), of_a2), COLLEAGUE)


def test_who_works_elsewhere_by_now_is_refused(here: Here) -> None:
    subject = here.someone(STAFF, ELSEWHERE)
    _assert_out(here, _sign_in(here, here.browser(), subject), Refusal.SCHOOL_OF_OTHERS)


def test_who_is_not_linked_is_told_what_to_do(here: Here) -> None:
    subject = here.someone(person=None)
    _assert_out(here, _sign_in(here, here.browser(), subject), Refusal.UNLINKED)
    assert here.linked(subject) is None


def test_an_address_links_no_one(here: Here) -> None:
    """Not even where the provider says that it has seen it proven."""
    subject = here.someone()
    other = here.someone(STAFF | {"email": subject, "email_verified": True}, person=None)
    _assert_out(here, _sign_in(here, here.browser(), other), Refusal.UNLINKED)


def test_the_same_subject_of_another_issuer_is_another_person(here: Here) -> None:
    subject = here.someone()
    _assert_out(here, _sign_in(here, here.browser(), subject, "surf"), Refusal.UNLINKED)


# Linking


def _begin_linking(browser: TestClient, csrf: str) -> str:
    """Where the browser of who is signed in is sent, to link."""
    begun = browser.post(f"{API}/sessies/oidc/entree/_koppelen", headers={"Schakel-Csrf": csrf})
    assert begun.status_code == 200, begun.text
    return str(begun.json()["adres"])


def _link(here: Here, subject: str, by: PersonId) -> Any:
    opened = here.let_in(by)
    browser = here.browser(opened.secret)
    answer = browser.get(here.entree.recognise(_begin_linking(browser, opened.csrf), subject))
    assert _who(browser) == by  # whatever came of it
    return answer


def test_who_is_signed_in_can_link(here: Here) -> None:
    subject = here.someone(person=None)
    linked = _link(here, subject, PERSON)
    assert (linked.status_code, linked.headers["location"]) == (303, "/")
    assert here.linked(subject) == PERSON
    _assert_no_session(here, linked)  # they had one
    _assert_in(here, _sign_in(here, here.browser(), subject))


def test_who_signed_in_with_a_password_can_link(here: Here) -> None:
    subject, browser = here.someone(person=None), here.browser()
    asked = {"email": f"{PERSON}@school.example", "wachtwoord": PASSWORD}
    told = browser.post(f"{API}/sessies", json=asked)
    assert told.status_code == 201, told.text
    here.known.add(hash_of(told.cookies["schakel"]))
    back = here.entree.recognise(_begin_linking(browser, told.json()["csrf"]), subject)
    linked = browser.get(back)
    assert (linked.status_code, linked.headers["location"]) == (303, "/")
    assert here.linked(subject) == PERSON
    _assert_no_session(here, linked)
    _assert_in(here, _sign_in(here, browser, subject))


def _signs_out(_here: Here, browser: TestClient, opened: Opened) -> None:
    sent = {"Schakel-Csrf": opened.csrf}
    assert browser.delete(f"{API}/sessies/huidige", headers=sent).status_code == 204


def _is_signed_out(here: Here, _browser: TestClient, opened: Opened) -> None:
    with here.schakel.database.write() as session:
        Accounts(session).sign_out_everywhere(opened.person.id)


MEANWHILE: dict[str, Callable[[Here, TestClient, Opened], object]] = {
    "signs out": _signs_out,
    "loses the cookie": lambda _here, browser, _: browser.cookies.delete("schakel"),
    "is signed out elsewhere": _is_signed_out,
    "makes way for a colleague": lambda here, browser, _: _hold(
        browser, here.let_in(here.newcomer()).secret
    ),
    "makes way for another school": lambda here, browser, _: _hold(
        browser, here.let_in(COLLEAGUE).secret
    ),
    "is kept out": lambda here, _, opened: here.close(opened.person.id),
    "has a code to give": lambda here, _, opened: here.with_code(opened.person.id),
}


@pytest.mark.parametrize("meanwhile", MEANWHILE)
def test_who_left_meanwhile_links_nothing(here: Here, meanwhile: str) -> None:
    subject = here.someone(person=None)
    opened = here.let_in(here.newcomer())
    browser = here.browser(opened.secret)
    back = here.entree.recognise(_begin_linking(browser, opened.csrf), subject)
    MEANWHILE[meanwhile](here, browser, opened)
    _assert_out(here, browser.get(back), Refusal.SIGNED_OUT)
    assert here.linked(subject) is None


def test_signing_in_while_signed_in_links_nothing(here: Here) -> None:
    subject = here.someone(person=None)
    browser = here.browser(here.let_in(PERSON).secret)
    _assert_out(here, _sign_in(here, browser, subject), Refusal.UNLINKED)
    assert here.linked(subject) is None
    assert _who(browser) == PERSON  # as before


def test_nobody_links_an_account_of_another_school(here: Here) -> None:
    subject = here.someone(person=None)
    _assert_out(here, _link(here, subject, COLLEAGUE), Refusal.SCHOOL_OF_OTHERS)
    assert here.linked(subject) is None


def test_nobody_links_the_account_of_another_person(here: Here) -> None:
    subject = here.someone(STAFF | {"nlEduPersonHomeOrganizationId": "22YY01"}, PERSON)
    _assert_out(here, _link(here, subject, COLLEAGUE), Refusal.OF_ANOTHER)
    assert here.linked(subject) == PERSON


def test_linking_needs_someone_who_is_signed_in(here: Here) -> None:
    answer = here.browser().post(f"{API}/sessies/oidc/entree/_koppelen")
    assert _why(answer) == (401, "niet-aangemeld")
    assert _begun_logins(here) == 0


@pytest.mark.parametrize("sent", [{}, {"Schakel-Csrf": ""}, {"Schakel-Csrf": "verzonnen"}])
def test_another_site_begins_no_link(here: Here, sent: dict[str, str]) -> None:
    browser = here.browser(here.let_in(PERSON).secret)
    answer = browser.post(f"{API}/sessies/oidc/entree/_koppelen", headers=sent)
    assert _why(answer) == (403, "andere-site")
    assert _begun_logins(here) == 0


def test_a_program_links_nothing(here: Here) -> None:
    held = bearer(here.schakel.database, PERSON)
    answer = here.browser().post(f"{API}/sessies/oidc/entree/_koppelen", headers=held)
    assert _why(answer) == (403, "alleen-aangemeld")
    assert _begun_logins(here) == 0


# Invitations


def _invited(here: Here, subject: str, link: str) -> Any:
    browser = here.browser()
    begun = browser.post(f"{API}/sessies/oidc/entree/_begin", json={"uitnodiging": link})
    assert begun.status_code == 200, begun.text
    assert link not in begun.text
    return browser.get(here.entree.recognise(begun.json()["adres"], subject))


def test_an_invitation_links_and_gives_a_session(here: Here) -> None:
    subject = here.someone(person=None)
    _assert_in(here, _invited(here, subject, here.invitation(PERSON)))
    assert here.linked(subject) == PERSON


def test_an_invitation_counts_once_and_for_no_password_after(here: Here) -> None:
    link = here.invitation(PERSON)
    _assert_in(here, _invited(here, here.someone(person=None), link))
    assert here.invited(link) is None
    other = here.someone(person=None)
    _assert_out(here, _invited(here, other, link), Refusal.INVITATION_OVER)
    assert here.linked(other) is None


def test_an_invitation_lasts_over_a_holiday(here: Here) -> None:
    almost = LIFETIME[LinkPurpose.INVITATION] - timedelta(minutes=1)
    link = here.invitation(PERSON, ago=almost)
    _assert_in(here, _invited(here, here.someone(person=None), link))


def _used(here: Here, person: PersonId) -> str:
    """As by who chose a password."""
    link = here.invitation(person)
    with here.schakel.database.write() as session:
        assert Accounts(session).use_link(link, utc_now()) == person
    return link


def _sent_again(here: Here, person: PersonId) -> str:
    link = here.invitation(person)
    here.invitation(person)
    return link


def _taken_back(here: Here, person: PersonId) -> str:
    link = here.invitation(person)
    here.close(person)
    here.close(person, closed=False)
    return link


def _of_a_closed_account(here: Here, person: PersonId) -> str:
    here.close(person)
    return here.invitation(person)


OVER: dict[str, Callable[[Here, PersonId], str]] = {
    "made up": lambda _here, _person: "verzonnen",
    "used": _used,
    "expired": lambda here, person: here.invitation(person, ago=LIFETIME[LinkPurpose.INVITATION]),
    "sent again": _sent_again,
    "taken back": _taken_back,
    "of a closed account": _of_a_closed_account,
    "to choose another password": lambda here, person: here.invitation(person, LinkPurpose.RESET),
}


@pytest.mark.parametrize("name", OVER)
def test_an_invitation_that_is_over_or_none_links_no_one(here: Here, name: str) -> None:
    subject = here.someone(person=None)
    link = OVER[name](here, here.newcomer())
    _assert_out(here, _invited(here, subject, link), Refusal.INVITATION_OVER)
    assert here.linked(subject) is None


def test_a_link_to_choose_another_password_is_still_one_after_that(here: Here) -> None:
    link = here.invitation(PERSON, LinkPurpose.RESET)
    _assert_out(here, _invited(here, here.someone(), link), Refusal.INVITATION_OVER)
    assert here.invited(link) == PERSON


def test_an_invitation_counts_for_who_works_there(here: Here) -> None:
    subject, link = here.someone(person=None), here.invitation(ELSEWHERE)
    _assert_out(here, _invited(here, subject, link), Refusal.SCHOOL_OF_OTHERS)
    assert here.linked(subject) is None
    assert here.invited(link) == ELSEWHERE  # it is used up by a link alone


def test_an_invitation_makes_no_staff(here: Here) -> None:
    subject = here.someone(STAFF | {"eduPersonAffiliation": ["student"]}, person=None)
    link = here.invitation(PERSON)
    _assert_out(here, _invited(here, subject, link), Refusal.STUDENT)
    assert here.linked(subject) is None
    assert here.invited(link) == PERSON


def test_an_invitation_does_not_turn_a_link_to_another(here: Here) -> None:
    subject, invited = here.someone(), here.newcomer()
    link = here.invitation(invited)
    _assert_out(here, _invited(here, subject, link), Refusal.OF_ANOTHER)
    assert here.linked(subject) == PERSON
    assert here.invited(link) == invited


def test_another_invitation_cannot_be_put_in_its_place(here: Here) -> None:
    """The browser keeps the invitation; which one it was is remembered here."""
    link = here.invitation(PERSON)
    subject = here.someone(person=None)
    browser = here.browser()
    back = here.entree.recognise(_begin(browser), subject)
    changed = f"schakel-oidc={browser.cookies['schakel-oidc']}.{link}"
    _assert_out(here, here.browser().get(back, headers={"cookie": changed}), Refusal.OVER)
    assert here.invited(link) == PERSON


@pytest.mark.parametrize(
    "body", [{}, {"uitnodiging": ""}, {"uitnodiging": "a b"}, {"uitnodiging": "x", "wie": "p01"}]
)
def test_an_invitation_is_checked_before_anything_is_begun(here: Here, body: Json) -> None:
    answer = here.browser().post(f"{API}/sessies/oidc/entree/_begin", json=body)
    assert answer.status_code == 400
    assert _begun_logins(here) == 0


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://kwaad.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_another_site_gives_nobody_an_invitation(here: Here, headers: dict[str, str]) -> None:
    asked = {"uitnodiging": here.invitation(PERSON)}
    answer = here.browser().post(f"{API}/sessies/oidc/entree/_begin", json=asked, headers=headers)
    assert _why(answer) == (403, "andere-site")
    assert _begun_logins(here) == 0


# Accounts, second steps, and the sessions that there were


def test_a_closed_account_is_not_opened_by_a_provider(here: Here) -> None:
    person = here.newcomer()
    subject = here.someone(person=person)
    here.close(person)
    _assert_closed(here, _sign_in(here, here.browser(), subject))
    here.close(person, closed=False)
    _assert_in(here, _sign_in(here, here.browser(), subject), person)


def test_an_account_that_is_closed_meanwhile_is_closed(here: Here) -> None:
    person, browser = here.newcomer(), here.browser()
    back = here.entree.recognise(_begin(browser), here.someone(person=person))
    here.close(person)
    _assert_closed(here, browser.get(back))


def test_who_has_no_account_is_not_let_in(here: Here) -> None:
    subject = here.someone(person=here.newcomer(account=False))
    _assert_closed(here, _sign_in(here, here.browser(), subject))


@pytest.mark.parametrize(
    ("role", "has_code", "needed"),
    [
        (Role.ADMIN, False, "code-instellen"),
        (Role.ADMIN, True, "code-nodig"),
        (Role.SCHOOL_LEADER, True, "code-nodig"),
    ],
)
def test_a_provider_does_not_stand_for_a_second_step(
    here: Here, role: Role, has_code: bool, needed: str
) -> None:
    person = here.newcomer(role)
    subject = here.someone(person=person)
    if has_code:
        here.with_code(person)
    browser = _assert_in(here, _sign_in(here, here.browser(), subject), person)
    _assert_code_needed(browser, needed)


def test_an_invitation_does_not_stand_for_a_second_step(here: Here) -> None:
    person = here.newcomer(Role.ADMIN)
    answer = _invited(here, here.someone(person=None), here.invitation(person))
    _assert_code_needed(_assert_in(here, answer, person), "code-instellen")


def test_a_code_counts_for_the_session_in_which_it_was_given(here: Here) -> None:
    person = here.newcomer(Role.ADMIN)
    subject, secret = here.someone(person=person), here.with_code(person)
    browser = _assert_in(here, _sign_in(here, here.browser(), subject), person)
    csrf = browser.get(f"{API}/sessies/huidige").json()["csrf"]
    given = browser.post(
        f"{API}/sessies/huidige/_code",
        json={"code": code_at(secret, utc_now())},
        headers={"Schakel-Csrf": csrf},
    )
    assert given.status_code == 200, given.text
    here.known.add(hash_of(given.cookies["schakel"]))
    assert browser.get(f"{API}/personen").status_code == 200
    _assert_code_needed(_assert_in(here, _sign_in(here, browser, subject), person), "code-nodig")


@pytest.mark.parametrize("has_code", [False, True])
def test_who_must_give_a_code_links_nothing_before(here: Here, has_code: bool) -> None:
    person = here.newcomer(Role.ADMIN)
    if has_code:
        here.with_code(person)
    opened = here.let_in(person)
    answer = here.browser(opened.secret).post(
        f"{API}/sessies/oidc/entree/_koppelen", headers={"Schakel-Csrf": opened.csrf}
    )
    assert _why(answer) == (403, "code-nodig" if has_code else "code-instellen")
    assert _begun_logins(here) == 0


def _assert_code_needed(browser: TestClient, needed: str) -> None:
    assert browser.get(f"{API}/sessies/huidige").json()["nodig"] == needed
    for path in ("personen", "sessies", "tokens"):
        assert _why(browser.get(f"{API}/{path}")) == (403, needed)


def test_signing_in_ends_the_session_that_the_browser_had(here: Here) -> None:
    before, elsewhere = here.let_in(COLLEAGUE), here.let_in(COLLEAGUE)
    browser = here.browser(before.secret)
    answer = _sign_in(here, browser, here.someone())
    _assert_in(here, answer)
    assert _who(browser) == PERSON
    assert _who(here.browser(before.secret)) is None
    assert _who(here.browser(elsewhere.secret)) == COLLEAGUE


def test_who_is_refused_keeps_the_session_that_they_had(here: Here) -> None:
    browser = here.browser(here.let_in(COLLEAGUE).secret)
    subject = here.someone(STAFF | {"eduPersonAffiliation": ["student"]})
    _assert_out(here, _sign_in(here, browser, subject), Refusal.STUDENT)
    assert _who(browser) == COLLEAGUE


def test_nobody_chooses_the_secret_of_a_session(here: Here) -> None:
    browser = here.browser("door-een-ander-gekozen")
    answer = _sign_in(here, browser, here.someone())
    assert "door-een-ander" not in str(answer.headers)
    _assert_in(here, answer)
    assert _who(here.browser("door-een-ander-gekozen")) is None


def test_one_comes_back_from_another_site(here: Here) -> None:
    """As a browser says: it was the provider that sent it."""
    browser = here.browser()
    back = here.entree.recognise(_begin(browser), here.someone())
    _assert_in(here, browser.get(back, headers={"Sec-Fetch-Site": "cross-site"}))


# What is told, and what is kept


def test_the_providers_are_listed_without_their_secrets(here: Here) -> None:
    answer = here.browser().get(f"{API}/sessies/oidc")
    assert answer.json() == {
        "aanbieders": [{"code": "entree", "naam": "Entree"}, {"code": "surf", "naam": "Surf"}]
    }


@pytest.mark.parametrize("path", ["_begin", "_terug"])
def test_a_provider_that_there_is_not_is_not_found(here: Here, path: str) -> None:
    assert here.browser().get(f"{API}/sessies/oidc/google/{path}").status_code == 404


def test_the_provider_is_asked_for_as_little_as_possible(here: Here) -> None:
    asked = parse_qs(urlsplit(_begin(here.browser())).query)
    assert asked.pop("state") != asked.pop("nonce")
    assert len(asked.pop("code_challenge")[0]) == 43
    assert asked == {
        "client_id": [CLIENT],
        "response_type": ["code"],
        "scope": ["openid"],
        "redirect_uri": [f"{LOCAL}{API}/sessies/oidc/entree/_terug"],
        "code_challenge_method": ["S256"],
    }


def test_nothing_that_travels_is_kept(here: Here) -> None:
    browser, link = here.browser(), here.invitation(PERSON)
    begun = browser.post(f"{API}/sessies/oidc/entree/_begin", json={"uitnodiging": link})
    asked = parse_qs(urlsplit(begun.json()["adres"]).query)
    with here.federated.database.read() as session:
        rows = session.execute(select(FederatedLoginRow.__table__)).all()
    kept = str(rows)
    for name in ("state", "nonce", "code_challenge"):
        assert asked[name][0] not in kept
    assert link in browser.cookies["schakel-oidc"]
    for part in (link, browser.cookies["schakel-oidc"].removesuffix(f".{link}")):
        assert part not in kept


def test_a_login_that_nobody_comes_back_from_is_forgotten(here: Here) -> None:
    for _ in range(3):
        _begin(here.browser())
    here.clock[0] += timedelta(minutes=11)
    _begin(here.browser())
    assert _begun_logins(here) == 1


def test_the_cookie_is_for_the_browser_alone(here: Here) -> None:
    begun = here.browser().get(f"{API}/sessies/oidc/entree/_begin")
    flags = begun.headers["set-cookie"].lower()
    assert "httponly" in flags
    assert "samesite=lax" in flags
    assert "max-age=600" in flags
    assert "secure" not in flags  # on the machine itself there is no TLS


def test_the_cookie_of_a_session_is_for_the_browser_alone(here: Here) -> None:
    answer = _sign_in(here, here.browser(), here.someone())
    (flags,) = _set_cookies(answer, "schakel=")
    assert {"httponly", "samesite=lax", "path=/"} <= flags
    assert not {"secure"} & flags
    _assert_in(here, answer)


def test_over_tls_the_cookies_stay_there(here: Here) -> None:
    here.use(PUBLIC, entree=here.entree.issuer)
    browser = here.browser(base=PUBLIC)
    begun = browser.get(f"{API}/sessies/oidc/entree/_begin")
    back = here.entree.recognise(begun.headers["location"], here.someone())
    assert back.startswith(f"{PUBLIC}{API}/sessies/oidc/entree/_terug?")
    answer = browser.get(back)
    for said, name in ((begun, "__Host-schakel-oidc="), (answer, "__Host-schakel=")):
        (flags,) = _set_cookies(said, name)
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= flags
        assert not any(flag.startswith("domain") for flag in flags)
    assert "__Host-schakel-oidc" not in browser.cookies
    _assert_in(here, answer, base=PUBLIC)


def test_over_tls_a_cookie_that_another_host_could_set_counts_for_nothing(here: Here) -> None:
    here.use(PUBLIC, entree=here.entree.issuer)
    browser = here.browser(base=PUBLIC)
    back = here.entree.recognise(_begin(browser), here.someone())
    held = f"schakel-oidc={browser.cookies['__Host-schakel-oidc']}"
    answer = here.browser(base=PUBLIC).get(back, headers={"cookie": held})
    _assert_out(here, answer, Refusal.OVER)
    _assert_in(here, browser.get(back), base=PUBLIC)


def _set_cookies(answer: Any, name: str) -> list[set[str]]:
    """The flags of each cookie that is set by this name."""
    said = answer.headers.get_list("set-cookie")
    return [set(one.lower().split("; ")[1:]) for one in said if one.startswith(name)]


def test_coming_back_takes_the_cookie_away(here: Here) -> None:
    browser = here.browser()
    _assert_in(here, _sign_in(here, browser, here.someone()))
    assert "schakel-oidc" not in browser.cookies


def test_the_log_says_which_check_failed_and_nothing_that_came_in(
    here: Here, caplog: pytest.LogCaptureFixture
) -> None:
    here.entree.tampering = TAMPERED["wrong audience"]
    subject = here.someone()
    with caplog.at_level(logging.DEBUG, "schakel.api"):
        _assert_out(here, _sign_in(here, here.browser(), subject))
    (said,) = [r.getMessage() for r in caplog.records if r.name == "schakel.api"]
    assert said == "login at entree refused: niet-bewezen (InvalidClaimError)"


def test_who_goes_takes_the_link_along(here: Here) -> None:
    person = here.newcomer()
    subject = here.someone(person=person)
    with here.federated.database.write() as session:
        session.delete(session.get_one(PersonRow, person))
    with here.federated.database.read() as session:
        left = select(func.count()).where(FederatedIdentityRow.subject == subject)
        assert session.scalar(left) == 0


def _begun_logins(here: Here) -> int:
    with here.federated.database.read() as session:
        return session.scalar(select(func.count()).select_from(FederatedLoginRow)) or 0
