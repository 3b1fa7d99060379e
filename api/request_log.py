"""One line in the log for each request, and an id that finds it, and its acts, again."""

from __future__ import annotations

import logging
import uuid
from time import perf_counter
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from data.audit import REQUEST

log = logging.getLogger("schakel.requests")

REQUEST_ID: Final = "Request-Id"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestLog:
    """Gives each request an id of its own, never the caller's, and tells how it went.

    The path is told as its route says it, and as nothing where there is none: what a caller put
    in it, or made of a method, is not repeated.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        id_, start = uuid.uuid4().hex, perf_counter()
        status: int | None = None

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = id_
            await send(message)

        REQUEST.set(id_)
        with bound_contextvars(request=id_):
            try:
                await self._app(scope, receive, sending)
            finally:
                log.info("request", extra=_told(scope, status, perf_counter() - start))


def _told(scope: Scope, status: int | None, seconds: float) -> dict[str, object]:
    """The person is known where `api/acting.py` found one."""
    route = getattr(scope.get("route"), "path", None)
    return {
        "method": scope["method"] if scope["method"] in _METHODS else "other",
        "route": route,
        "status": status,
        "ms": round(seconds * 1000, 1),
        "person": scope.get("state", {}).get("person"),
    }
