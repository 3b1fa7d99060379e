"""The thread that follows the outbox: when it settles, indexes anew, waits, and goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest

from api import follower as following
from api.follower import Follower
from api.indexing import Indexer
from api.reindexing import MOVED, SMALLEST_BASE
from matcher.errors import IndexBusy, IndexRefused


class Scripted:
    """Instead of an Indexer: serves the first of `bases`, and each time it catches up the next."""

    def __init__(self, *bases: str | None) -> None:
        self._served, *self._bases = bases
        self.served = SimpleNamespace(current=lambda: Generation())
        self.done = threading.Event()

    def catch_up(self) -> int:
        if not self._bases:
            self.done.set()  # all that the last one led to has been done by now
            return 0
        self._served = self._bases.pop(0)
        return 1

    def know_sentences(self, quiet: float) -> None:
        """There are none."""

    def degraded(self) -> bool:
        return False

    def base(self) -> str | None:
        return self._served


@dataclass
class Generation:
    moved: float = 0.0
    texts: int = SMALLEST_BASE

    @property
    def statistics(self) -> Generation:
        return self


class Standing:
    """Instead of an Indexer: serves what it is given, until the third time that it catches up."""

    def __init__(self, generation: Generation, stand_in: bool = False) -> None:
        self.served = SimpleNamespace(current=lambda: generation)
        self.caught_up = 0
        self.third = threading.Event()
        self._stand_in = stand_in

    def catch_up(self) -> int:
        self.caught_up += 1
        if self.caught_up == 3:
            self.third.set()
        return 0

    def know_sentences(self, quiet: float) -> None:
        """There are none."""

    def degraded(self) -> bool:
        return self._stand_in

    def base(self) -> str | None:
        return "g1"


def _settled_at(monkeypatch: pytest.MonkeyPatch, *bases: str | None) -> list[str | None]:
    """The base that was served each time that a follower settled."""
    found: list[str | None] = []
    indexer = Scripted(*bases)
    monkeypatch.setattr(following, "settle", lambda: found.append(indexer.base()))
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


def _indexes_anew(
    monkeypatch: pytest.MonkeyPatch,
    indexer: Standing,
    indexing: Callable[[], Any] = lambda: None,
) -> int:
    """How often `indexing` was called while the follower caught up a few times."""
    called: list[None] = []

    def reindex(_: Any) -> None:
        called.append(None)
        indexing()

    monkeypatch.setattr(following, "reindex", reindex)
    monkeypatch.setattr(following, "settle", lambda: None)
    monkeypatch.setattr(Follower, "INTERVAL_SECONDS", 0.001)
    follower = Follower(cast(Indexer, indexer))
    follower.start()
    assert indexer.third.wait(10)
    follower.stop()
    return len(called)


def test_little_that_was_written_is_left_to_the_night(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _indexes_anew(monkeypatch, Standing(Generation(moved=MOVED))) == 0


def test_when_much_was_written_it_indexes_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _indexes_anew(monkeypatch, Standing(Generation(moved=MOVED + 0.01))) > 0


def test_while_there_is_little_it_indexes_anew_for_anything_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small = Generation(moved=0.01, texts=SMALLEST_BASE - 1)
    assert _indexes_anew(monkeypatch, Standing(small)) > 0


def test_while_there_is_little_and_nothing_was_written_it_rests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small = Generation(moved=0.0, texts=SMALLEST_BASE - 1)
    assert _indexes_anew(monkeypatch, Standing(small)) == 0


def test_a_stand_in_is_replaced_by_an_index(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _indexes_anew(monkeypatch, Standing(Generation(), stand_in=True)) > 0


def _raises(error: Exception) -> Callable[[], None]:
    def raising() -> None:
        raise error

    return raising


def test_what_was_refused_is_not_tried_again_at_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refused = _raises(IndexRefused("gen-000002", "recall", "0.980", "0.100"))
    assert _indexes_anew(monkeypatch, Standing(Generation(moved=1.0)), refused) == 1
    assert "IndexRefused" in caplog.text


def test_while_another_process_is_at_it_the_follower_says_nothing_and_tries_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    busy = _raises(IndexBusy("schakel reindex", None))
    assert _indexes_anew(monkeypatch, Standing(Generation(moved=1.0)), busy) > 1
    assert caplog.text == ""


def test_one_brings_it_up_to_date_for_all_who_wait_for_that() -> None:
    """Each returns after what began once it had come: what it committed is seen."""
    began, entered, go_on = [0], threading.Event(), threading.Event()

    class Slow:
        def catch_up(self) -> None:
            began[0] += 1
            entered.set()
            assert go_on.wait(10)

    follower = Follower(Slow())  # type: ignore[arg-type]
    first = threading.Thread(target=follower.follow)
    first.start()
    assert entered.wait(10)
    waiting = [threading.Thread(target=follower.follow) for _ in range(20)]
    for each in waiting:
        each.start()
    until = time.monotonic() + 10
    while follower._came < 1 + len(waiting):
        assert time.monotonic() < until
        time.sleep(0.001)
    go_on.set()
    for each in (first, *waiting):
        each.join(10)
    assert began == [2]  # the one that was under way may have missed them
    follower.follow()
    assert began == [3]


def test_after_a_failure_the_next_tries_again() -> None:
    tried = []

    class Failing:
        def catch_up(self) -> None:
            tried.append(1)
            raise OSError

    follower = Follower(Failing())  # type: ignore[arg-type]
    follower.follow()
    follower.follow()
    assert len(tried) == 2
