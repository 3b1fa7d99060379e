"""Coming in: sessions, second steps, passwords and tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from api.account_requests import (
    AanmeldIn,
    ActiveerIn,
    BevestigIn,
    CodeIn,
    TokenIn,
    VergetenIn,
    WachtwoordIn,
)
from api.account_schemas import MijUit, OpenSessieUit, SessieUit, TokenUit, TweestapsUit
from api.acting import (
    Arriving,
    AtDoor,
    Entering,
    Present,
    address_of,
    cookie_of,
    device_of,
    forget_cookie,
    no_body,
    require_same_site,
    set_cookie,
)
from api.doorkeeper import Opened
from api.prefix import PREFIX, PROBLEMS

_TOO_OFTEN: dict[int | str, dict[str, Any]] = {429: {"description": "Te vaak geprobeerd."}}

router = APIRouter(prefix=PREFIX, responses=PROBLEMS)


def _opened(request: Request, response: Response, opened: Opened) -> SessieUit:
    set_cookie(request, response, opened)
    return SessieUit.of(opened)


@router.post("/sessies", status_code=201, responses=_TOO_OFTEN, summary="U aanmelden")
def sign_in(asked: AanmeldIn, request: Request, response: Response, door: AtDoor) -> SessieUit:
    """Het antwoord is hetzelfde of het adres bekend is of niet."""
    require_same_site(request)
    password = asked.wachtwoord.get_secret_value()
    opened = door.sign_in(
        asked.email, password, address_of(request), device_of(request), cookie_of(request)
    )
    return _opened(request, response, opened)


@router.get("/sessies", summary="Waar u bent aangemeld")
def sessions(caller: Present, door: AtDoor) -> dict[str, list[OpenSessieUit]]:
    return {"sessies": [OpenSessieUit.of(one, caller) for one in door.sessions(caller)]}


@router.get("/sessies/huidige", summary="Deze sessie")
def current(caller: Arriving) -> SessieUit:
    return SessieUit.now(caller)


@router.post(
    "/sessies/huidige/_code", responses=_TOO_OFTEN, summary="Verder met de code van uw telefoon"
)
def give_code(
    given: CodeIn, request: Request, response: Response, caller: Arriving, door: AtDoor
) -> SessieUit:
    return _opened(request, response, door.give_code(caller, given.code, device_of(request)))


@router.delete("/sessies/huidige", status_code=204, summary="U afmelden")
def sign_out(request: Request, response: Response, caller: Arriving, door: AtDoor) -> None:
    if caller.session is not None:
        door.end_session(caller, caller.session.id)
    forget_cookie(request, response)


@router.delete("/sessies/{id}", status_code=204, summary="Een van uw sessies beëindigen")
def end(id: str, caller: Present, door: AtDoor) -> None:  # noqa: A002
    door.end_session(caller, id)


@router.get("/personen/mij", summary="Wie u bent")
def me(caller: Entering, door: AtDoor) -> MijUit:
    return MijUit.of(caller.person, door.account(caller))


@router.post("/personen/mij/_wachtwoord", responses=_TOO_OFTEN, summary="Een ander wachtwoord")
def change_password(
    wish: WachtwoordIn, request: Request, response: Response, caller: Present, door: AtDoor
) -> SessieUit:
    """Overal anders wordt u afgemeld."""
    old, new = wish.huidig.get_secret_value(), wish.nieuw.get_secret_value()
    return _opened(request, response, door.change_password(caller, old, new, device_of(request)))


@router.post(
    "/personen/mij/_tweestaps",
    dependencies=[Depends(no_body)],
    status_code=201,
    summary="Een tweede stap beginnen",
)
def begin_code(caller: Arriving, door: AtDoor) -> TweestapsUit:
    """Zet het geheim in een app voor codes, en geef dan een code bij `/sessies/huidige/_code`."""
    secret, address = door.begin_code(caller)
    return TweestapsUit(geheim=secret, adres=address)


@router.post("/personen/mij/_tweestaps-uit", status_code=204, summary="Zonder tweede stap verder")
def forget_code(wish: BevestigIn, caller: Present, door: AtDoor) -> None:
    door.forget_code(caller, wish.wachtwoord.get_secret_value())


@router.post(
    "/personen/_vergeten", status_code=202, responses=_TOO_OFTEN, summary="Wachtwoord vergeten"
)
def forgot(asked: VergetenIn, request: Request, door: AtDoor) -> None:
    """Het antwoord is hetzelfde of het adres bekend is of niet."""
    require_same_site(request)
    door.forgot(asked.email, address_of(request))


@router.post(
    "/personen/_activeren",
    status_code=204,
    responses=_TOO_OFTEN,
    summary="Een wachtwoord kiezen, met een link",
)
def activate(given: ActiveerIn, request: Request, door: AtDoor) -> None:
    require_same_site(request)
    link, password = given.link.get_secret_value(), given.wachtwoord.get_secret_value()
    door.choose_password(link, password, address_of(request))


@router.get("/tokens", summary="Uw tokens")
def tokens(caller: Present, door: AtDoor) -> dict[str, list[TokenUit]]:
    return {"tokens": [TokenUit.of(token) for token in door.tokens(caller)]}


@router.post("/tokens", status_code=201, summary="Een token maken voor een programma")
def make_token(wish: TokenIn, caller: Present, door: AtDoor) -> TokenUit:
    """Alleen in dit antwoord staat het token zelf."""
    lifetime = timedelta(days=wish.dagen)
    secret, token = door.make_token(caller.person.id, wish.naam, wish.bereik, lifetime)
    return TokenUit.of(token, secret)


@router.delete("/tokens/{id}", status_code=204, summary="Een token intrekken")
def revoke_token(id: str, caller: Present, door: AtDoor) -> None:  # noqa: A002
    door.revoke_token(caller, id)
