"""Signing in elsewhere, over HTTP: to the provider, and back."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from api.acting import (
    InSchakel,
    Perhaps,
    Present,
    cookie_of,
    device_of,
    is_local,
    no_body,
    require_same_site,
    set_cookie,
)
from api.oidc import LIFETIME, Answer, Begun, FederatedLogin
from api.prefix import PREFIX, PROBLEMS

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = PROBLEMS | {
    409: {"description": "Dit account is al aan iemand anders gekoppeld."},
    503: {"description": "De aanbieder antwoordt niet."},
}
_LOGIN: Final = "schakel-oidc"

router = APIRouter(prefix=f"{PREFIX}/sessies/oidc", responses=_PROBLEMS)


def _federated(schakel: InSchakel) -> FederatedLogin:
    return schakel.federated


_Federated = Annotated[FederatedLogin, Depends(_federated)]
_Given = Annotated[str, Query(max_length=2000)]


class AanbiederUit(BaseModel):
    """Waar u zich kunt aanmelden; `code` staat in de adressen."""

    code: str
    naam: str


class UitnodigingIn(BaseModel):
    """De code uit de link van een uitnodiging."""

    model_config = ConfigDict(extra="forbid")

    uitnodiging: str = Field(pattern=r"^[A-Za-z0-9_-]{1,200}$")


class BeginUit(BaseModel):
    """Waar de browser nu naartoe gaat."""

    adres: str


@router.get("", summary="Bij wie u zich kunt aanmelden")
def providers(federated: _Federated) -> dict[str, list[AanbiederUit]]:
    found = federated.providers.values()
    return {"aanbieders": [AanbiederUit(code=one.code, naam=one.name) for one in found]}


@router.get(
    "/{aanbieder}/_begin",
    status_code=303,
    response_class=RedirectResponse,
    summary="Aanmelden bij een aanbieder",
)
def begin(aanbieder: str, federated: _Federated, request: Request) -> RedirectResponse:
    begun = federated.begin(aanbieder)
    response = RedirectResponse(begun.address, 303)
    _remember(request, response, begun)
    return response


@router.post("/{aanbieder}/_begin", summary="Aanmelden met een uitnodiging")
def begin_invited(
    aanbieder: str,
    invited: UitnodigingIn,
    federated: _Federated,
    request: Request,
    response: Response,
) -> BeginUit:
    """Wie u bij de aanbieder bent, wordt gekoppeld aan voor wie de uitnodiging is."""
    require_same_site(request)
    begun = federated.begin(aanbieder, invitation=invited.uitnodiging)
    _remember(request, response, begun)
    return BeginUit(adres=begun.address)


@router.post(
    "/{aanbieder}/_koppelen",
    dependencies=[Depends(no_body)],
    summary="Koppelen aan wie is aangemeld",
)
def link(
    aanbieder: str, federated: _Federated, caller: Present, request: Request, response: Response
) -> BeginUit:
    begun = federated.begin(aanbieder, linking=caller.person.id)
    _remember(request, response, begun)
    return BeginUit(adres=begun.address)


@router.get(
    "/{aanbieder}/_terug",
    status_code=303,
    response_class=RedirectResponse,
    summary="Terug van een aanbieder",
)
def come_back(
    aanbieder: str,
    federated: _Federated,
    person: Perhaps,
    request: Request,
    state: _Given = "",
    code: _Given = "",
    error: _Given = "",
    iss: Annotated[str | None, Query(max_length=2000)] = None,
) -> RedirectResponse:
    """Met een sessie, als is bewezen wie u bent en of u hier mag zijn."""
    browser = request.cookies.get(_named(request), "")
    known = federated.come_back(
        aanbieder, Answer(state, code, error, iss), browser, person.id if person else None
    )
    response = RedirectResponse("/", 303)
    if not known.linked:
        opened = federated.let_in(known.person, device_of(request), cookie_of(request))
        set_cookie(request, response, opened)
    _set(request, response, "", seconds=0)
    return response


def _remember(request: Request, response: Response, begun: Begun) -> None:
    _set(request, response, begun.browser, int(LIFETIME.total_seconds()))


def _set(request: Request, response: Response, value: str, seconds: int) -> None:
    response.set_cookie(
        _named(request),
        value,
        max_age=seconds,
        path="/",
        secure=not is_local(request),
        httponly=True,
        samesite="lax",
    )


def _named(request: Request) -> str:
    """No other host of the domain can set a cookie with the longer name."""
    return _LOGIN if is_local(request) else f"__Host-{_LOGIN}"
