"""A real OpenID Connect provider in a process of its own, and one who stands in between.

The one in between passes everything on, to the same name, so that the provider takes that for its
own. Only the ID token is signed anew, by a key that it publishes as the provider's: whoever holds
that key can make each answer wrong in one way, and in no other.
"""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps, loads
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from joserfc import jws, jwt
from joserfc.jwk import ECKey, Key, RSAKey
from joserfc.registry import HeaderParameter

Json = dict[str, Any]

_PROVIDER = """
import sys
from oidc_provider_mock import run_server_in_thread
with run_server_in_thread(require_nonce=True) as server:
    print(server.server_port, flush=True)
    sys.stdin.read()
"""
TLS = httpx2.create_ssl_context()
RSA = RSAKey.generate_key(2048, {"kid": "first"})
EC = ECKey.generate_key("P-256", {"kid": "second"})
FOREIGN = RSAKey.generate_key(2048, {"kid": "first"})  # of another provider, under the same name


@contextmanager
def real_provider() -> Iterator[int]:
    """Its port. It runs until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", _PROVIDER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"AUTHLIB_INSECURE_TRANSPORT": "1"},
    )
    assert process.stdin
    assert process.stdout
    with process:
        yield int(process.stdout.readline())
        process.stdin.close()


def signed(claims: Json, header: Json | None = None, key: Key = RSA) -> str:
    """An ID token as a provider gives it."""
    given = {"alg": "ES256" if key is EC else "RS256", "kid": key.kid} | (header or {})
    return jwt.encode(given, claims, key, algorithms=[given["alg"]])


def unsigned(claims: Json) -> str:
    """By the algorithm `none`: whoever can write, can write this."""
    return f"{_part({'alg': 'none'})}.{_part(claims)}."


def signed_by_all(claims: Json, header: Json, secret: bytes) -> str:
    """By HS256, with a secret that is published."""
    import hmac

    text = f"{_part({'alg': 'HS256'} | header)}.{_part(claims)}"
    return f"{text}.{_base64(hmac.digest(secret, text.encode(), 'sha256'))}"


def changed_after(claims: Json, changes: Json) -> str:
    """With the signature of what it said before."""
    header, _, signature = signed(claims).split(".")
    return f"{header}.{_part(claims | changes)}.{signature}"


def with_header(claims: Json, header: Json, key: Key) -> str:
    """Signed by `key`, and saying of itself what no library would."""
    names = {"x": HeaderParameter("Unknown", "int")}
    registry = jws.JWSRegistry(names, algorithms=["RS256"])
    return jws.serialize_compact({"alg": "RS256"} | header, dumps(claims), key, registry=registry)


@dataclass(frozen=True)
class Tampering:
    """What is changed on the way; as it stands nothing but the key."""

    token: Callable[[Json], str] = signed  # of the real claims
    answer: Callable[[Json], Json] = dict  # with the token in it
    described: Callable[[Json], Json] = dict
    userinfo: Callable[[Json], Json] = dict
    keys: tuple[Key, ...] = (RSA, EC)
    broken: Mapping[str, int] = field(default_factory=dict)  # a status by path


class Between:
    """Stands between Schakel and a provider, at an address of its own."""

    def __init__(self, provider: int) -> None:
        self.tampering = Tampering()
        self.asked: list[str] = []  # paths
        self._challenge = ""
        self.provider = f"http://localhost:{provider}"
        self._client = httpx2.Client(verify=TLS)
        self._server = ThreadingHTTPServer(("localhost", 0), _handler(self))
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.issuer = f"http://localhost:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._client.close()

    def know(self, subject: str, claims: Json) -> None:
        """From now on there is `subject`, of whom `claims` are said."""
        self._client.put(f"{self.provider}/users/{subject}", json=claims).raise_for_status()

    def recognise(self, address: str, subject: str) -> str:
        """Where who signs in as `subject` is sent back to, having come to `address`."""
        answer = self._client.post(address, data={"sub": subject})
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"])

    def pass_on(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Json | bytes, Mapping[str, str]]:
        """What comes back for a request, as Schakel gets it."""
        where, tampering = urlsplit(path), self.tampering
        self.asked.append(where.path)
        if where.path in tampering.broken:
            return tampering.broken[where.path], b"<p>Storing</p>", {}
        if where.path == "/oauth2/authorize":
            self._challenge = parse_qs(where.query)["code_challenge"][0]
        if where.path == "/oauth2/token" and not self._proves(body):
            return 400, {"error": "invalid_grant"}, {}
        kept = {"host", "content-type", "authorization"}
        if where.path == "/jwks":
            return 200, {"keys": [key.as_dict(private=False) for key in tampering.keys]}, {}
        answer = self._client.request(
            method,
            self.provider + path,
            headers={name: value for name, value in headers.items() if name.lower() in kept},
            content=body,
        )
        if answer.status_code != 200:
            return answer.status_code, answer.content, answer.headers
        match where.path:
            case "/oauth2/token":
                given = answer.json()
                claims = loads(_unpacked(given["id_token"].split(".")[1]))
                return 200, tampering.answer(given | {"id_token": tampering.token(claims)}), {}
            case "/.well-known/openid-configuration":
                return 200, tampering.described(answer.json()), {}
            case "/userinfo":
                return 200, tampering.userinfo(answer.json()), {}
        return 200, answer.content, answer.headers

    def _proves(self, body: bytes) -> bool:
        """PKCE, of which this provider knows nothing."""
        verifier = parse_qs(body.decode()).get("code_verifier", [""])[0]
        return _base64(hashlib.sha256(verifier.encode()).digest()) == self._challenge


def _handler(between: Between) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        wbufsize = -1  # in one piece: in two, the second waits for the first to be received

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = dict(self.headers.items())
            status, said, told = between.pass_on(self.command, self.path, headers, body)
            raw = said if isinstance(said, bytes) else dumps(said).encode()
            self.send_response(status)
            if "location" in told:
                self.send_header("location", told["location"])
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Not among what the tests say."""

    return Handler


def _part(values: Json) -> str:
    return _base64(dumps(values).encode())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unpacked(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "==")
