"""The log: lines of JSON on stderr, of ids and our own words only.

Whatever logs ends here, by way of the standard library. Only the words of our own loggers go out;
of any other goes its name, and of an exception its type and its place: a message may hold what
someone typed.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from types import TracebackType
from typing import IO, Any, Final

import structlog
from structlog.contextvars import merge_contextvars
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level
from structlog.types import EventDict, Processor

_OURS: Final = ("schakel", "api", "data", "embeddings", "matcher")
_CONSTANT: Final = "uvicorn.error"  # its words are its own; what it fills in is not
# What our own loggers may add, by `extra`: see `api/request_log.py`.
_EXTRA: Final = ExtraAdder(("method", "route", "status", "ms", "person"))

log = logging.getLogger("schakel.api")


def configure(stream: IO[str] | None = None) -> logging.Handler:
    """Log as above to `stream`, or else to stderr. For a process that serves: it is global.

    Gives the one handler that there is from now on.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_formatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("schakel.requests").setLevel(logging.INFO)
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # would print what could not be logged, whole
    logging.lastResort = None  # would print what has no handler, as uvicorn's access
    threading.excepthook = lambda died: _died(died.exc_value)
    sys.excepthook = lambda _type, error, _trace: _died(error)
    return handler


def place_of(error: BaseException) -> str:
    """Where `error` was raised: module, function and line."""
    return _place(error.__traceback__)


def _formatter() -> ProcessorFormatter:
    said: list[Processor] = [
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        add_log_level,
        _only_our_words,
        _type_and_place,
        merge_contextvars,
    ]
    return ProcessorFormatter(
        foreign_pre_chain=said,
        processors=[ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
        use_get_message=False,  # the template: filled in below, where it is ours
        pass_foreign_args=True,
    )


def _only_our_words(logger: Any, level: str, said: EventDict) -> EventDict:
    record: logging.LogRecord = said["_record"]
    arguments = said.pop("positional_args")
    said.pop("stack_info", None)
    package = record.name.partition(".")[0]
    if package in _OURS:
        said["logger"] = record.name
        said["event"] = said["event"] % arguments if arguments else said["event"]
        return _EXTRA(logger, level, said)
    said["logger"] = package
    if record.name != _CONSTANT or not isinstance(record.msg, str):
        said["event"] = f"{record.module}:{record.lineno}"
    return said


def _type_and_place(_logger: Any, _level: str, said: EventDict) -> EventDict:
    exc_info = said.pop("exc_info", None)
    if exc_info and exc_info[0]:
        said["error"] = exc_info[0].__name__
        said["place"] = _place(exc_info[2])
    return said


def _died(error: BaseException | None) -> None:
    """What no one caught; the interpreter would print its message."""
    if isinstance(error, Exception):
        log.error("stopped by %s at %s", type(error).__name__, place_of(error))


def _place(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)
    if not frames:
        return "?"
    module = frames[-1].filename.rpartition("/")[2].removesuffix(".py")
    return f"{module}.{frames[-1].name}:{frames[-1].lineno}"
