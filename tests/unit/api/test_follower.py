"""The thread that follows the outbox, and what it does when another base is served."""

from __future__ import annotations

import threading
from typing import cast

import pytest

from api import indexing
from api.indexing import Follower, Indexer


class Scripted:
    """Instead of an Indexer: serves another of `bases` each time that it catches up."""

    def __init__(self, *bases: str | None) -> None:
        self._bases = list(bases)
        self._served: str | None = None
        self.done = threading.Event()

    def catch_up(self) -> int:
        if not self._bases:
            self.done.set()  # all that the last one led to has been done by now
            return 0
        self._served = self._bases.pop(0)
        return 1

    def base(self) -> str | None:
        return self._served


def _settled_at(monkeypatch: pytest.MonkeyPatch, *bases: str | None) -> list[str | None]:
    """The base that was served each time that a follower settled."""
    found: list[str | None] = []
    indexer = Scripted(*bases)
    monkeypatch.setattr(indexing, "settle", lambda: found.append(indexer.base()))
    monkeypatch.setattr(Follower, "INTERVAL_SECONDS", 0.001)
    follower = Follower(cast(Indexer, indexer))
    follower.start()
    assert indexer.done.wait(10)
    follower.stop()
    return found


def test_each_time_that_another_base_is_served_it_settles_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = _settled_at(monkeypatch, "g1", "g1", "g2", "g2", "g2", "g3", "g1", "g1")
    assert found == ["g2", "g3", "g1"]


def test_while_only_changes_come_in_it_does_not_settle(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _settled_at(monkeypatch, *["g1"] * 9) == []


def test_the_first_base_after_none_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _settled_at(monkeypatch, None, None, "g1", "g1") == ["g1"]
