"""Who acts, told by a cookie or a token; every route asks this first.

A cookie is sent along by the browser, whoever asks. So with one, what changes something has to
come from a page of our own, and to bring the word that only such a page knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response

from api.bootstrap import Schakel
from api.doorkeeper import Caller, Doorkeeper, Opened
from api.problems import InvalidInput
from api.questions import Desk
from api.refusals import Refused, Why
from data.keys import LONGEST, TokenScope
from data.secrets import hash_of
from matcher.entities import Person

CSRF_HEADER: Final = "Schakel-Csrf"
_COOKIE: Final = "schakel"
_SECURE_COOKIE: Final = "__Host-schakel"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_IPV4: Final = 4
_SUBSCRIBER: Final = 64  # bits
_BROWSERS: Final = ("Edg", "Firefox", "Chrome", "Safari")  # in this order: one names another
_SYSTEMS: Final = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux")


def _schakel(request: Request) -> Schakel:
    schakel: Schakel = request.app.state.schakel
    return schakel


InSchakel = Annotated[Schakel, Depends(_schakel)]


def _desk(schakel: InSchakel) -> Desk:
    return schakel.desk


def _doorkeeper(schakel: InSchakel) -> Doorkeeper:
    return schakel.doorkeeper


InDesk = Annotated[Desk, Depends(_desk)]
AtDoor = Annotated[Doorkeeper, Depends(_doorkeeper)]


def _entering(request: Request, doorkeeper: AtDoor) -> Caller:
    """Who was let in, be it only as far as the second step. Raises Refused."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        caller = doorkeeper.by_token(given.strip())
    else:
        caller = doorkeeper.by_session(cookie_of(request))
        if caller is not None and request.method not in _SAFE:
            require_same_site(request)
            if hash_of(request.headers.get(CSRF_HEADER, "")) != hash_of(caller.csrf):
                raise Refused(403, Why.CROSS_SITE)
    if caller is None:
        raise Refused(401, Why.NOT_SIGNED_IN)
    request.state.person = caller.person.id
    return caller


Entering = Annotated[Caller, Depends(_entering)]


def _arriving(caller: Entering) -> Caller:
    """The same, in a browser: no program takes a second step. Raises Refused."""
    if caller.session is None:
        raise Refused(403, Why.SESSION_ONLY)
    return caller


Arriving = Annotated[Caller, Depends(_arriving)]


def _caller(caller: Entering) -> Caller:
    """Who was let in wholly. Raises Refused."""
    if caller.needs_code is not None:
        raise Refused(403, caller.needs_code)
    return caller


def _present(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
    """Who signed in themselves: no program decides how one comes in. Raises Refused."""
    if caller.session is None:
        raise Refused(403, Why.SESSION_ONLY)
    return caller


@dataclass(frozen=True, slots=True)
class _Acting:
    scope: TokenScope | None

    def __call__(self, request: Request, caller: Annotated[Caller, Depends(_caller)]) -> Person:
        scope = self.scope or (TokenScope.READ if request.method in _SAFE else TokenScope.WRITE)
        if caller.token is not None and scope not in caller.token.scopes:
            raise Refused(403, Why.OUT_OF_SCOPE)
        return caller.person


def _perhaps(request: Request, doorkeeper: AtDoor) -> Person | None:
    caller = doorkeeper.by_session(cookie_of(request))
    return caller.person if caller and caller.needs_code is None else None


Present = Annotated[Caller, Depends(_present)]
Perhaps = Annotated[Person | None, Depends(_perhaps)]  # where it may also be nobody
Acting = Annotated[Person, Depends(_Acting(None))]
Reading = Annotated[Person, Depends(_Acting(TokenScope.READ))]  # with a POST, as a search is


async def no_body(request: Request) -> None:
    """For what takes none: a field that is sent is refused, not left out. Raises InvalidInput."""
    if (await request.body()).strip() not in (b"", b"{}", b"null"):
        raise InvalidInput("body", "", "extra_forbidden")


def require_same_site(request: Request) -> None:
    """Raises Refused where a browser says that another site asks this."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        raise Refused(403, Why.CROSS_SITE)
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Refused(403, Why.CROSS_SITE)


def cookie_of(request: Request) -> str:
    """The secret of the session that the browser has; empty without one."""
    return request.cookies.get(_name(request), "")


def set_cookie(request: Request, response: Response, opened: Opened) -> None:
    response.set_cookie(
        _name(request),
        opened.secret,
        max_age=int(LONGEST.total_seconds()),
        path="/",
        secure=not is_local(request),
        httponly=True,
        samesite="lax",
    )


def forget_cookie(request: Request, response: Response) -> None:
    response.delete_cookie(
        _name(request), path="/", secure=not is_local(request), httponly=True, samesite="lax"
    )


def is_local(request: Request) -> bool:
    """Whether it is asked on the machine itself, where there is no TLS."""
    return request.url.hostname in _LOCAL


def address_of(request: Request) -> str:
    """From where it is asked; of IPv6 the part that one subscriber has."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.version == _IPV4:
        return host
    return str(ip_network((int(address), _SUBSCRIBER), strict=False))


def device_of(request: Request) -> str:
    """By what a person recognises their session: `Firefox, Windows`."""
    said = request.headers.get("user-agent", "")
    browser = next((name for name in _BROWSERS if f"{name}/" in said), "Onbekende browser")
    system = next((name for name in _SYSTEMS if name in said), "onbekend apparaat")
    return f"{'Edge' if browser == 'Edg' else browser}, {system}"


def _name(request: Request) -> str:
    return _COOKIE if is_local(request) else _SECURE_COOKIE
