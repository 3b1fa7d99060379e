"""Every error at the door as `application/problem+json`: what, where, and what to do.

What was typed is never repeated: it may hold a pupil's story.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api import texts_nl
from api.oidc_refusals import LoginRefused, ProviderDown
from api.refusals import Refused
from matcher.errors import (
    Conflict,
    EmptyText,
    Forbidden,
    IndexStateError,
    ModelError,
    NotFound,
    ReadAgain,
    UnknownReference,
)

log = logging.getLogger("schakel.api")

_FIELD_OF: Final[Mapping[str, str]] = {
    "theme": "themas",
    "person": "betrokkenen",
    "organisation": "organisatie",
    "helper": "persoon",
}
_TITLES: Final[Mapping[int, str]] = {
    400: "De invoer klopt niet",
    401: "Wie bent u?",
    403: "Dit mag u niet",
    404: "Niet gevonden",
    405: "Dit kan hier niet",
    409: "Dit kan nu niet",
    413: "De invoer is te groot",
    415: "Stuur JSON",
    429: "Even wachten",
    500: "Er ging iets mis bij ons",
    503: "Even niet beschikbaar",
}
_MESSAGES: Final[Mapping[str, str]] = {
    "missing": "is verplicht",
    "no_words": "moet woorden hebben",
    "control_characters": "heeft tekens die niet te lezen zijn",
    "string_unicode": "heeft tekens die niet te lezen zijn",
    "string_type": "moet tekst zijn",
    "list_type": "moet een lijst zijn",
    "bool_type": "moet true of false zijn",
    "int_type": "moet een heel getal zijn",
    "no_day": "moet een datum zijn als 2026-11-30",
    "too_long": "heeft te veel onderdelen",
    "string_too_short": "mag niet leeg zijn",
    "json_invalid": "is geen geldige JSON",
    "model_attributes_type": "moet een JSON-object zijn",
    "model_type": "moet een JSON-object zijn",
    "dict_type": "moet een JSON-object zijn",
    "extra_forbidden": "heeft een veld dat niet bestaat",
    "asker_is_known": "de steller van de vraag staat al vast",
    "email": "is geen e-mailadres",
    "password_short": "moet minstens 12 tekens hebben",
    "password_email": "mag niet uw e-mailadres zijn",
    "string_pattern_mismatch": "heeft niet de goede vorm",
    "bool_parsing": "moet waar of niet waar zijn",
    "int_parsing": "moet een geheel getal zijn",
    "too_short": "heeft te weinig onderdelen",
    "no_such_time": "is geen moment dat te plannen is",
}


TOO_LARGE: Final = "Stuur minder tekst in één keer."


class InvalidInput(Exception):
    """Fields that are wrong, found by the door itself: (place, field, code)."""

    def __init__(self, place: str, field: str, code: str) -> None:
        self.place, self.field, self.code = place, field, code
        super().__init__(code)


def problem(
    status: int,
    detail: str,
    errors: Sequence[Mapping[str, str]] = (),
    more: Mapping[str, Any] = MappingProxyType({}),
) -> JSONResponse:
    """One problem document (RFC 9457), with all wrong fields under `fouten`, and what is `more`."""
    title = _TITLES.get(status, HTTPStatus(status).phrase)
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    body["detail"] = detail
    if errors:
        body["fouten"] = list(errors)
    body |= more
    return JSONResponse(body, status, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Let `app` answer every error as a problem."""
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(InvalidInput)(_invalid_input)
    app.exception_handler(UnknownReference)(_unknown)
    app.exception_handler(EmptyText)(_empty)
    app.exception_handler(NotFound)(_not_found)
    app.exception_handler(Forbidden)(_forbidden)
    app.exception_handler(Refused)(_refused)
    app.exception_handler(Conflict)(_conflict)
    app.exception_handler(ReadAgain)(_read_again)
    app.exception_handler(LoginRefused)(_login_refused)
    app.exception_handler(ProviderDown)(_provider_down)
    app.exception_handler(IndexStateError)(_no_index)
    app.exception_handler(ModelError)(_no_model)
    app.exception_handler(HTTPException)(_http)


async def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
    found = [_field_error(one) for one in error.errors()]
    unique = list({(one["in"], one["veld"], one["melding"]): one for one in found}.values())
    return _invalid_fields(unique)


async def _invalid_input(_request: Request, error: InvalidInput) -> JSONResponse:
    return _invalid_fields([_wrong(error.place, error.field, _MESSAGES[error.code])])


async def _unknown(_request: Request, error: UnknownReference) -> JSONResponse:
    field = _FIELD_OF[error.kind]
    return _invalid_fields([_wrong("body", field, "noemt iets dat niet bestaat")])


async def _empty(_request: Request, _error: EmptyText) -> JSONResponse:
    return _invalid_fields([_wrong("body", "tekst", _MESSAGES["no_words"])])


async def _not_found(_request: Request, error: NotFound) -> JSONResponse:
    return problem(404, texts_nl.NOT_FOUND.get(error.kind, "Dit bestaat niet."))


async def _refused(_request: Request, error: Refused) -> JSONResponse:
    answer = problem(error.status, texts_nl.REFUSALS[error.why], more={"code": error.why})
    if error.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="Schakel"'
    if error.again is not None:
        answer.headers["Retry-After"] = str(error.again)
    return answer


async def _forbidden(_request: Request, error: Forbidden) -> JSONResponse:
    return problem(403, texts_nl.FORBIDDEN_ACTS.get(error.act, texts_nl.FORBIDDEN))


async def _conflict(_request: Request, error: Conflict) -> JSONResponse:
    return problem(409, texts_nl.CONFLICTS.get(error.code, "De toestand laat dit niet toe."))


async def _read_again(_request: Request, error: ReadAgain) -> JSONResponse:
    """Says what there is to look for, and never what it is."""
    found = [{"soort": kind.value, "aantal": count} for kind, count in error.found.items()]
    return problem(409, texts_nl.read_again(error.found), more={"gevonden": found})


async def _login_refused(_request: Request, error: LoginRefused) -> JSONResponse:
    log.warning("login at %s refused: %s (%s)", error.provider, error.why, error.because)
    answer = problem(error.status, texts_nl.LOGIN_REFUSALS[error.why])
    if error.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="Schakel"'
    return answer


async def _provider_down(_request: Request, error: ProviderDown) -> JSONResponse:
    log.error("provider %s cannot be used: %s", error.provider, error.because)
    return problem(503, texts_nl.PROVIDER_DOWN)


async def _no_index(_request: Request, error: IndexStateError) -> JSONResponse:
    log.error("no index to answer from: %s", type(error).__name__)
    return problem(503, "De index wordt nog gemaakt. Probeer het over een minuut opnieuw.")


async def _no_model(_request: Request, error: ModelError) -> JSONResponse:
    log.error("no model to answer with: %s", error)
    return problem(503, "Het taalmodel is niet te gebruiken. De beheerder vindt waarom in het log.")


async def _http(_request: Request, error: HTTPException) -> JSONResponse:
    details = {
        404: "Dit adres bestaat niet.",
        405: "Deze methode bestaat hier niet.",
        413: TOO_LARGE,
    }
    detail = details.get(error.status_code, "Het verzoek kan niet worden uitgevoerd.")
    answer = problem(error.status_code, detail)
    if error.headers:
        answer.headers.update(error.headers)
    return answer


def _invalid_fields(errors: Sequence[Mapping[str, str]]) -> JSONResponse:
    many = len(errors) > 1
    detail = f"{len(errors)} velden kloppen niet." if many else "Een veld klopt niet."
    return problem(400, detail, errors)


def _field_error(error: Mapping[str, Any]) -> dict[str, str]:
    place, *path = [str(part) for part in error["loc"]] or ["body"]
    kind = error["type"]
    if kind == "extra_forbidden":  # the name of such a field was typed: it is not repeated
        path = path[:-1]
    if kind == "json_invalid":
        path = []
    return _wrong(place, _path(path), _message(kind, error.get("ctx") or {}))


def _message(kind: str, context: Mapping[str, Any]) -> str:
    if kind == "enum":
        words = re.findall(r"'([^']*)'", str(context["expected"]))
        return f"moet een van deze woorden zijn: {', '.join(words)}"
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = context.get("ge", context.get("le"))
        return f"moet {'minstens' if 'ge' in context else 'hooguit'} {bound} zijn"
    if kind == "string_too_long":
        return f"mag niet langer zijn dan {context['max_length']} tekens"
    return _MESSAGES.get(kind, "klopt niet")


def _path(parts: Sequence[str]) -> str:
    """`betrokkenen[0].rol` of ["betrokkenen", "0", "rol"]."""
    path = "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts)
    return path.lstrip(".")


def _wrong(place: str, field: str, message: str) -> dict[str, str]:
    return {"in": place, "veld": field, "melding": message}
