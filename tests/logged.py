"""A process that serves as `schakel serve` does, with words for a model, and breaks on request."""

from __future__ import annotations

import asyncio
import logging
import threading
import warnings
from pathlib import Path

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from api import logs
from api.bootstrap import Schakel, load_sample, open_schakel
from api.reindexing import reindex
from api.server import create_app
from api.serving import _listen, _Server, configured
from api.settings import Settings
from api.terminal import stderr
from tests.fakes import WordEncoder

BREAKS = ("raises", "chained", "grouped", "thread", "task", "warning", "logger", "template")


def serve(home: str) -> None:
    """Serve until killed; the address is printed once it listens."""
    logs.configure()
    schakel = _made(Path(home))
    app = create_app(schakel)
    app.add_api_route("/breekt/{how}/{told}", _break, methods=["GET", "POST", "PUT"])
    _Server(configured(app), schakel, stderr()).run(sockets=[_listen(schakel.settings)])


def _made(home: Path) -> Schakel:
    schakel = open_schakel(Settings(home=home, demo=True, PORT=0), WordEncoder())
    schakel.database.migrate()
    load_sample(schakel.database)
    reindex(schakel.indexer)
    schakel.indexer.load()
    return schakel


async def _break(request: Request, how: str, told: str) -> None:
    """Go wrong in one of many ways, each time with all that came in."""
    text = f"{told} {request.headers} {request.url} {(await request.body())!r}"
    if how == "chained":
        try:
            raise KeyError(text)
        except KeyError as error:
            raise LookupError(text) from error
    if how == "grouped":
        raise ExceptionGroup(text, [ValueError(text), OSError(5, text)])
    if how == "thread":
        dying = threading.Thread(target=_raise, args=(text,), name=text)
        dying.start()
        dying.join()
    if how == "task":
        asyncio.get_running_loop().call_exception_handler(
            {"message": text, "exception": RuntimeError(text)}
        )
    if how == "warning":
        warnings.warn(text, stacklevel=1)
    if how == "logger":
        logging.getLogger(f"a.library.{told}").error("%s is wrong", text, extra={"person": text})
        logging.getLogger("uvicorn.error").error("%s is wrong", text, exc_info=ValueError(text))
        logging.getLogger("uvicorn.error").error(ValueError(text))
        logging.getLogger("uvicorn.access").error(text)
    if how == "template":
        logging.getLogger("schakel.api").error("%s and %s", text)  # cannot be filled in
    await run_in_threadpool(_raise, text)


def _raise(text: str) -> None:
    raise RuntimeError(text)
