"""The web application: routes, errors, headers, and what lives as long as it does."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI, HTTPException, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import (
    account_routes,
    audit_routes,
    consent_routes,
    introduction_routes,
    oidc_routes,
    people_routes,
    problems,
    routes,
)
from api.bootstrap import Schakel
from api.indexing import STAND_IN
from api.logs import place_of
from api.prefix import PREFIX
from api.request_log import RequestLog
from api.settling import settle
from matcher.errors import IndexStateError, ModelError
from matcher.types import Viewer

log = logging.getLogger("schakel.api")

API_VERSION: Final = "1.0.0"
LARGEST_BODY: Final = 500_000  # bytes: three fields of 10,000 signs, escaped, and room
_HEADERS: Final = {
    "API-Version": API_VERSION,
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def create_app(schakel: Schakel) -> FastAPI:
    """The application over a Schakel whose database is up to date and whose index is loaded."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        threading.Thread(target=_warm, args=(schakel,), name="warm", daemon=True).start()
        schakel.follower.start()
        schakel.postman.start()
        yield
        schakel.postman.stop()
        schakel.follower.stop()
        schakel.database.close()

    app = FastAPI(
        title="Schakel",
        version=API_VERSION,
        description="Brengt de vraag van een school bij de casussen en mensen die kunnen helpen.",
        contact={"name": "De makers van Schakel"},
        license_info={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.schakel = schakel
    for room in (
        routes,
        account_routes,
        audit_routes,
        consent_routes,
        introduction_routes,
        oidc_routes,
        people_routes,
    ):
        app.include_router(room.router)
    app.add_api_route("/", _front, include_in_schema=False)
    app.add_api_route("/uitnodiging/{link}", _invited, include_in_schema=False)
    app.add_api_route("/gezondheid", _health(schakel, 200), summary="Hoe het gaat")
    app.add_api_route("/gezondheid/gereed", _health(schakel, 503), summary="503 tot het antwoordt")
    app.add_middleware(_Outermost)
    app.add_middleware(RequestLog)  # around that, so that it tells of every answer
    problems.install(app)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    """The specification, without the 422 that FastAPI adds: wrong input is a 400 here."""
    if not app.openapi_schema:
        spec = FastAPI.openapi(app)
        for path in spec["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
        app.openapi_schema = spec
    return app.openapi_schema


def _warm(schakel: Schakel) -> None:
    """Load the model and the dictionary beside the first requests: the port is open at once."""
    try:
        schakel.indexer.encoder.load()
        schakel.served.current().view("opwarmen", Viewer().partitions)
        settle()
    except (ModelError, IndexStateError) as error:
        log.error("%s", error)


def _front() -> dict[str, str]:
    """Waar u hier terecht kunt."""
    return {
        "naam": "Schakel",
        "versie": version("schakel"),
        "api": f"{PREFIX}/openapi.json",
        "gezondheid": "/gezondheid",
    }


def _invited() -> dict[str, str]:
    """Wat u met de link van een uitnodiging doet; hier wordt hij niet gebruikt."""
    return {
        "naam": "Schakel",
        "wachtwoordKiezen": f"POST {PREFIX}/personen/_activeren met link en wachtwoord",
        "link": "het deel van dit adres na /uitnodiging/",
    }


def _health(schakel: Schakel, unready: int) -> Any:
    def health(response: Response) -> dict[str, Any]:
        """Of het leeft, of er geantwoord kan worden, en hoe goed: uit welke index, hoe ver bij."""
        try:
            generation = schakel.served.current()
            waiting = schakel.indexer.waiting()
        except IndexStateError:
            response.status_code = unready
            return {"status": "zonder-index", "leeft": True, "gereed": False, "beperkt": True}
        ready = generation.encoder.loaded
        degraded = generation.name == STAND_IN or schakel.indexer.degraded()
        status = "beperkt" if degraded else "gereed"
        if not ready:
            response.status_code = unready
            status = "model-wordt-geladen"
        return {
            "status": status,
            "leeft": True,
            "gereed": ready,
            "beperkt": degraded,
            "generatie": generation.name,
            "positie": generation.position,
            "achterstand": waiting.rows,
            "achterstandSeconden": round(waiting.seconds, 3),
            "documenten": len(generation),
            "model": generation.model,
        }

    return health


class _Outermost:
    """Adds the API version and security headers, and answers what no handler caught.

    Such an error is logged by its type and place: its message may hold what was typed.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        too_large = length.isdigit() and int(length) > LARGEST_BODY
        started, received = False, 0

        async def receiving() -> Message:
            """What tells no length is counted as it comes."""
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > LARGEST_BODY:
                raise HTTPException(413)
            return message

        async def sending(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        if too_large:
            await problems.problem(413, problems.TOO_LARGE)(scope, receive, sending)
            return
        try:
            await self._app(scope, receiving, sending)
        except Exception as error:
            log.error("unexpected %s at %s", type(error).__name__, place_of(error))
            if started:
                raise
            answer = problems.problem(500, "Het ligt niet aan u. Probeer het later opnieuw.")
            await answer(scope, receive, sending)
