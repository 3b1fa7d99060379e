"""Ports that keep time, for measuring: what is called stays what it is."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Final

from embeddings.wrapping import Wrapping
from matcher.ports import Encoder
from matcher.types import Vectors

_GIVE_PORTS: Final = frozenset({"current", "view", "focused"})


class Clock:
    """Seconds by name, since :meth:`reset`."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def reset(self) -> None:
        self.seconds.clear()

    def timed(self, name: str, call: Callable[[], Any]) -> Any:
        begin = time.perf_counter()
        try:
            return call()
        finally:
            self.seconds[name] += time.perf_counter() - begin


class TimedEncoder(Wrapping):
    """Implements :class:`matcher.ports.Encoder`; encoding queries is timed as "encoding"."""

    def __init__(self, encoder: Encoder, clock: Clock) -> None:
        self.encoder = encoder
        self._clock = clock

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        encoded: Vectors = self._clock.timed("encoding", lambda: self.encoder.encode_queries(texts))
        return encoded

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        return self.encoder.encode_documents(texts)


class TimedPort:
    """Any port: each call is timed under its own name, and a port that it gives likewise."""

    def __init__(self, port: Any, clock: Clock) -> None:
        self._port = port
        self._clock = clock

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found

        def call(*args: Any, **named: Any) -> Any:
            given = self._clock.timed(name, lambda: found(*args, **named))
            return TimedPort(given, self._clock) if name in _GIVE_PORTS else given

        return call
