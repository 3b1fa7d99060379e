"""Signing in elsewhere, over HTTP: to the provider, and back."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from api.acting import Acting, InSchakel, Perhaps
from api.oidc import LIFETIME, Answer, Begun, FederatedLogin
from api.routes import PREFIX

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {
        "description": description,
        "content": {"application/problem+json": {"schema": {"type": "object"}}},
    }
    for status, description in (
        (400, "De invoer klopt niet; `fouten` noemt elk veld."),
        (401, "Het aanmelden is niet gelukt."),
        (403, "Wie dit is, mag hier niet naar binnen."),
        (404, "Deze aanbieder is er niet."),
        (409, "Dit account is al aan iemand anders gekoppeld."),
        (503, "De aanbieder antwoordt niet."),
    )
}
_SESSION: Final = "schakel"
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
def begin(aanbieder: str, federated: _Federated) -> RedirectResponse:
    begun = federated.begin(aanbieder)
    response = RedirectResponse(begun.address, 303)
    _remember(response, federated, begun)
    return response


@router.post("/{aanbieder}/_begin", summary="Aanmelden met een uitnodiging")
def begin_invited(
    aanbieder: str, invited: UitnodigingIn, federated: _Federated, response: Response
) -> BeginUit:
    """Wie u bij de aanbieder bent, wordt gekoppeld aan voor wie de uitnodiging is."""
    begun = federated.begin(aanbieder, invitation=invited.uitnodiging)
    _remember(response, federated, begun)
    return BeginUit(adres=begun.address)


@router.post("/{aanbieder}/_koppelen", summary="Koppelen aan wie is aangemeld")
def link(aanbieder: str, federated: _Federated, person: Acting, response: Response) -> BeginUit:
    begun = federated.begin(aanbieder, linking=person.id)
    _remember(response, federated, begun)
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
    browser = request.cookies.get(_named(_LOGIN, federated.secure), "")
    known = federated.come_back(
        aanbieder, Answer(state, code, error, iss), browser, person.id if person else None
    )
    response = RedirectResponse("/", 303)
    if not known.linked:
        old = request.cookies.get(_named(_SESSION, federated.secure), "")
        opened = federated.let_in(known.person, request.headers.get("user-agent", "")[:60], old)
        _set(response, _SESSION, opened.secret, federated.secure)
    _set(response, _LOGIN, "", federated.secure, lifetime=0)
    return response


def _remember(response: Response, federated: FederatedLogin, begun: Begun) -> None:
    seconds = int(LIFETIME.total_seconds())
    _set(response, _LOGIN, begun.browser, federated.secure, lifetime=seconds)


def _set(
    response: Response, name: str, value: str, secure: bool, lifetime: int | None = None
) -> None:
    response.set_cookie(
        _named(name, secure),
        value,
        max_age=lifetime,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def _named(name: str, secure: bool) -> str:
    """No other host of the domain can set a cookie with the longer name."""
    return f"__Host-{name}" if secure else name
