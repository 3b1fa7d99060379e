"""Whatever is put in a request, none of it is in the log or in an error: 5,000 requests say so."""

from __future__ import annotations

import json
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any, Final

import pytest

from data.clock import utc_now
from data.database import Database
from data.keys import TokenScope, tokens_for
from tests.logged import BREAKS

ROOT: Final = Path(__file__).parents[2]
REQUESTS: Final = 5_000
CLIENTS: Final = 4
MARK: Final = "merktekst"
AS: Final = "As"  # who acts; not sent
KEYS: Final = {
    "time",
    "level",
    "logger",
    "event",
    "request",
    "method",
    "route",
    "status",
    "ms",
    "person",
    "error",
    "place",
}
CHILD: Final = "import sys; from tests.logged import serve; serve(*sys.argv[1:])"


@dataclass(frozen=True)
class Asked:
    """One request, as it is sent."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Serving:
    port: int
    log: Path


@contextmanager
def _serving(home: Path) -> Iterator[Serving]:
    """All that it prints, on stdout and stderr, is in `log`."""
    log = home / "log"
    command = [sys.executable, "-c", CHILD, str(home)]
    with (
        log.open("wb") as file,
        subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT) as process,
    ):
        try:
            until = time.monotonic() + 60
            while not (address := re.search(r"http://127.0.0.1:(\d+) ", log.read_text())):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.02)
            yield Serving(int(address.group(1)), log)
            process.send_signal(signal.SIGTERM)
            process.wait(30)
        finally:
            process.kill()


def _requests(rng: random.Random) -> Iterator[Asked]:
    """Each with the mark wherever something can be put, and its number to find it by."""
    for number in range(REQUESTS):
        mark = f"{MARK}{number}"
        yield rng.choice(_KINDS)(mark, rng)


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _headers(mark: str, **more: str) -> dict[str, str]:
    everywhere = ("User-Agent", "Referer", "Cookie", "Origin", "X-Forwarded-For", "Request-Id")
    told = dict.fromkeys((*everywhere, "X-Request-Id", "Authorization", f"X-{mark}"), mark)
    return told | {AS: "p01", "Content-Type": "application/json"} | more


def _unknown_route(mark: str, rng: random.Random) -> Asked:
    path = rng.choice(
        [
            f"/{mark}",
            f"/api/v1/{mark}/{mark}",
            f"/api/v1/vragen/{mark}/{mark}",
            f"/api/v1/themas/?{mark}={mark}",
            f"//{mark}",
            f"/api/v1/vragen/v01%2F{mark}%00%0A",
        ]
    )
    return Asked(rng.choice(["GET", "POST", "DELETE"]), path, _headers(mark))


def _unknown_question(mark: str, rng: random.Random) -> Asked:
    rest = rng.choice(["", "/matches", "/inzage", "/_intrekken", f"?q={mark}"])
    method = "POST" if rest == "/_intrekken" else rng.choice(["GET", "DELETE"])
    kind = rng.choice(["vragen", "casussen"])
    return Asked(method, f"/api/v1/{kind}/{mark}{rest}", _headers(mark))


def _unknown_person(mark: str, rng: random.Random) -> Asked:
    headers = _headers(mark, Authorization=rng.choice([mark, f"Bearer {mark}", f"Basic {mark}"]))
    del headers[AS]
    body = _json({"tekst": mark})
    return Asked("POST", f"/api/v1/vragen/_zoek?{mark}", headers, body)


def _wrong_method(mark: str, rng: random.Random) -> Asked:
    method = rng.choice(["PUT", "PATCH", "OPTIONS", "HEAD", "TRACE", mark.upper(), f"X-{mark}"])
    return Asked(method, f"/api/v1/vragen?{mark}={mark}", _headers(mark), _json({mark: mark}))


def _wrong_fields(mark: str, rng: random.Random) -> Asked:
    whole = {"titel": mark, "situatie": mark, "geprobeerd": mark, "doel": mark}
    wrong: list[object] = [
        mark,
        [mark],
        {mark: mark},
        {mark: {mark: [mark]}},
        {key: [mark] for key in whole},
        {key: {mark: mark} for key in whole},
        whole | {mark: mark},
        whole | {"vorm": mark, "rol": mark, "sector": mark, "deelbereik": mark},
        whole | {"themas": [mark]},
        whole | {"themas": mark, "organisatie": mark},
        whole | {"organisatie": mark},
        whole | {"titel": mark * 100},
        whole | {"situatie": mark + "\x00"},
        whole | {"themas": [mark] * 30},
        {"reden": {mark: mark}},
        {"aanpak": mark, "resultaat": mark},
        {"aanpak": mark, "resultaat": "deels", "betrokkenen": [{"id": mark, "rol": mark}]},
        {"aanpak": mark, "resultaat": "deels", "betrokkenen": [{"id": mark, "rol": "oplosser"}]},
        {"deelbereik": mark, "tekstNagekeken": mark},
        {"tekst": mark + "\ud800"},
    ]
    path = rng.choice(["", "/_zoek", "/v01/opbrengst", "/v01/_delen", "/v01/_noodinzage"])
    return Asked("POST", f"/api/v1/vragen{path}", _headers(mark), _json(rng.choice(wrong)))


def _broken_body(mark: str, rng: random.Random) -> Asked:
    body = rng.choice(
        [
            f'{{"titel": {mark}'.encode(),
            f'{{"titel": "{mark}'.encode(),
            mark.encode() + b"\xff\xfe",
            f"{mark}={mark}".encode(),
            f"<{mark}/>".encode(),
            b"",
            f'{{"titel": "{mark}", "titel": NaN}}'.encode(),
        ]
    )
    types = ["application/json", f"text/{mark}", f"application/json; charset={mark}", mark]
    headers = _headers(mark, **{"Content-Type": rng.choice(types)})
    return Asked("POST", rng.choice(["/api/v1/vragen", "/api/v1/vragen/_zoek"]), headers, body)


def _breaking(mark: str, rng: random.Random) -> Asked:
    path = f"/breekt/{rng.choice(BREAKS)}/{mark}?{mark}={mark}"
    return Asked(rng.choice(["GET", "POST", "PUT"]), path, _headers(mark), _json({mark: mark}))


def _not_yours(mark: str, rng: random.Random) -> Asked:
    path = rng.choice(["v01/_noodinzage", "c02/_noodinzage", "v02/_noodinzage"])
    headers = _headers(mark, **{AS: rng.choice(["p22", "p01", "p43"])})
    return Asked("POST", f"/api/v1/vragen/{path}", headers, _json({"reden": mark}))


def _elsewhere(mark: str, rng: random.Random) -> Asked:
    """Who comes in, what people allow, and whom they meet."""
    address, secret = f"{mark}@{mark}.example", mark * 2
    rooms: list[tuple[str, str, object]] = [
        ("POST", "sessies", {"email": address, "wachtwoord": secret}),
        ("POST", "sessies", {"email": mark, "wachtwoord": [mark], mark: mark}),
        ("POST", "sessies/huidige/_code", {"code": mark}),
        ("DELETE", f"sessies/{mark}", {mark: mark}),
        ("GET", f"sessies/oidc/{mark}/_begin?{mark}={mark}", None),
        ("GET", f"sessies/oidc/{mark}/_terug?state={mark}&code={mark}", None),
        ("POST", "personen/_vergeten", {"email": address}),
        ("POST", "personen/_activeren", {"link": mark, "wachtwoord": secret}),
        ("POST", "personen/_activeren", {"link": mark, "wachtwoord": mark[:3]}),
        ("POST", "personen", {"naam": mark, "functie": mark, "email": mark, "posities": [mark]}),
        ("PATCH", f"personen/{mark}", {"naam": mark, "gesloten": mark}),
        ("POST", "tokens", {"naam": mark, "bereik": [mark], "dagen": mark}),
        ("PUT", "toestemmingen", {"vindbaar": mark, "contact": mark, "themas": [mark]}),
        ("PUT", "besturen/mij", {"standaardDeelbereik": mark}),
        ("POST", "introducties", {"vraag": mark, "persoon": mark, mark: mark}),
        ("POST", f"introducties/{mark}/_afwijzen", {"reden": mark, "toelichting": mark}),
        ("POST", f"introducties/{mark}/_intrekken", {mark: mark}),
        ("GET", f"introducties/{mark}", None),
    ]
    method, path, body = rng.choice(rooms)
    headers = _headers(mark, **{AS: rng.choice(["p01", "p40"])})
    del headers["Origin"]
    return Asked(method, f"/api/v1/{path}", headers, _json(body) if body else b"")


def _well_asked(mark: str, rng: random.Random) -> Asked:
    if rng.random() < 0.1:
        question = {"titel": mark, "situatie": f"{mark} op school"}
        return Asked("POST", f"/api/v1/vragen?{mark}", _headers(mark), _json(question))
    if rng.random() < 0.1:
        headers = _headers(mark, **{AS: "p40"})
        return Asked("POST", "/api/v1/vragen/v01/_noodinzage", headers, _json({"reden": mark}))
    return Asked("GET", f"/api/v1/themas?{mark}={mark}", _headers(mark))


# Most are refused early, which is quick.
_KINDS: Final[tuple[Callable[[str, random.Random], Asked], ...]] = (
    *(_unknown_route, _wrong_method) * 4,
    *(_wrong_fields, _broken_body) * 3,
    *(_breaking, _well_asked, _elsewhere) * 2,
    _unknown_question,
    _unknown_person,
    _not_yours,
)


@dataclass(frozen=True)
class Answered:
    status: int
    id: str
    told: str


def _ask_all(port: int, asked: list[Asked], tokens: dict[str, str]) -> list[Answered]:
    """By one client, over one connection; who acts shows the token that they have."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    answers = []
    for one in asked:
        headers = dict(one.headers)
        if person := headers.pop(AS, ""):
            headers["Authorization"] = f"Bearer {tokens[person]}"
        connection.request(one.method, one.path, one.body, headers)
        answers.append(_answered(connection.getresponse()))
    connection.close()
    return answers


def _answered(answer: HTTPResponse) -> Answered:
    body = answer.read().decode(errors="replace")
    headers = str(answer.getheaders())
    told = headers + body if answer.status >= 400 else headers
    return Answered(answer.status, answer.getheader("Request-Id", ""), told)


# What no client library would send: uvicorn refuses these itself, and says so in the log.
_NO_HTTP: Final = (
    f"{MARK}\r\n\r\n",
    f"GET /{MARK} {MARK}\r\n\r\n",
    f"GET /{MARK} HTTP/1.1\r\n{MARK}\r\n\r\n",
    f"GET /{MARK} HTTP/1.1\r\nHost: x\r\nContent-Length: {MARK}\r\n\r\n",
    f"POST /{MARK} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {MARK}\r\n\r\n",
    f"POST /{MARK} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{MARK}\r\n\r\n",
    f"GET /{MARK} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: {MARK}\r\n\r\n",
    f"GET /{MARK} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    f"POST /api/v1/vragen HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n{MARK}",
    f"POST /api/v1/vragen HTTP/1.1\r\nHost: x\r\nContent-Length: 90\r\n\r\n{MARK}",
    f"GET /{'x' * 70_000}{MARK} HTTP/1.1\r\nHost: x\r\n\r\n",
)


def _send_raw(port: int, raw: str) -> str:
    """What comes back before either side has done."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(raw.encode())
        connection.shutdown(socket.SHUT_WR)
        told = b""
        try:
            while part := connection.recv(65536):
                told += part
        except ConnectionResetError:
            pass
    return told.decode(errors="replace")


@dataclass(frozen=True)
class Tried:
    """What 5,000 requests left behind."""

    asked: list[Asked]
    answers: list[Answered]
    raw: list[str]
    log: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines of the log; those before it serves are printed for people."""
        printed = self.log.splitlines()
        return [json.loads(line) for line in printed if line.startswith("{")]


def _tokens(home: Path) -> dict[str, str]:
    database = Database.open(f"sqlite:///{home / 'schakel.db'}")
    with database.write() as session:
        made = tokens_for(
            session, ("p01", "p22", "p40", "p43"), "test", list(TokenScope), utc_now()
        )
    database.close()
    return made


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    home = tmp_path_factory.mktemp("home")
    asked = list(_requests(random.Random(7)))
    with _serving(home) as serving, ThreadPoolExecutor(CLIENTS) as pool:
        parts = [asked[client::CLIENTS] for client in range(CLIENTS)]
        tokens = _tokens(home)
        answered = list(pool.map(lambda part: _ask_all(serving.port, part, tokens), parts))
        raw = [_send_raw(serving.port, one) for one in _NO_HTTP]
    in_order = [answered[n % CLIENTS][n // CLIENTS] for n in range(REQUESTS)]
    return Tried(asked, in_order, raw, serving.log.read_text())


def test_every_kind_of_answer_was_given(tried: Tried) -> None:
    """Or the rest would prove less than it says."""
    statuses = Counter(answer.status for answer in tried.answers)
    assert {200, 201, 400, 403, 404, 405, 500} <= set(statuses)
    assert min(statuses[status] for status in (400, 404, 405, 500)) > 100
    assert any(told.startswith("HTTP/1.1 413") for told in tried.raw)
    assert sum(told.startswith("HTTP/1.1 400") for told in tried.raw) >= 4


def test_no_mark_is_in_any_line_of_the_log(tried: Tried) -> None:
    marked = [line for line in tried.log.splitlines() if MARK in line.lower()]
    assert marked == []


def test_no_mark_is_in_any_error_or_header(tried: Tried) -> None:
    marked = [
        (asked, answer.told)
        for asked, answer in zip(tried.asked, tried.answers, strict=True)
        if MARK in answer.told.lower()
    ]
    assert marked == []
    assert [told for told in tried.raw if MARK in told.lower()] == []


def test_each_request_has_one_line_that_is_found_by_the_id_in_its_answer(tried: Tried) -> None:
    lines = {line["request"]: line for line in tried.lines if line["event"] == "request"}
    ids = [answer.id for answer in tried.answers]
    assert len(set(ids)) == REQUESTS
    for asked, answer in zip(tried.asked, tried.answers, strict=True):
        line = lines[answer.id]
        assert line["status"] == answer.status
        assert line["method"] in (asked.method, "other")
        assert line["ms"] > 0


def test_a_line_says_the_route_and_who_and_never_the_path(tried: Tried) -> None:
    lines = [line for line in tried.lines if line["event"] == "request"]
    routes = Counter(line["route"] for line in lines)
    assert {"/api/v1/vragen/{id}", "/api/v1/vragen/_zoek", "/api/v1/themas", None} <= set(routes)
    assert "/api/v1/vragen/{id}/_noodinzage" in routes
    assert len(routes) < 40
    assert {"p01", "p22", "p40", None} <= {line["person"] for line in lines} <= _PEOPLE


_PEOPLE: Final = {"p01", "p22", "p43", "p40", None}


def test_after_it_serves_there_is_nothing_but_lines_of_json_with_known_keys(tried: Tried) -> None:
    printed = tried.log.splitlines()
    announced = next(n for n, line in enumerate(printed) if line.startswith("curl"))
    lines = [json.loads(line) for line in printed[announced + 1 :]]
    assert len(lines) > REQUESTS
    assert set().union(*lines) <= KEYS


def test_an_unexpected_error_is_told_by_its_type_and_place(tried: Tried) -> None:
    told = {line["event"] for line in tried.lines if line["level"] == "error"}
    for kind in ("RuntimeError", "LookupError", "ExceptionGroup"):
        assert any(event.startswith(f"unexpected {kind} at logged._") for event in told), told
    assert any(event.startswith("stopped by RuntimeError at logged._raise:") for event in told)
