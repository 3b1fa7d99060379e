"""The index on disk is damaged: it answers as before all the same, says so, and mends itself."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.bootstrap import Schakel
from api.follower import Follower
from api.indexing import STAND_IN
from api.reindexing import reindex
from api.server import create_app
from tests.homes import DOCUMENTS, ask_elsewhere, open_home

pytestmark = pytest.mark.usefixtures("unsettled")

ASKED = (
    ("p01", "wolf bij het fietspad"),
    ("p03", "thuiszitter komt al weken niet naar school"),
    ("p22", "samen tafels oefenen"),
    ("p30", "bijenkasten"),
)
Damage = Callable[[Path, str], object]  # to a folder of an index, of which that one is current


def _answers(schakel: Schakel) -> list[Any]:
    """Everything that some people are told, but for which generation told it."""
    told = []
    for person, text in ASKED:
        found = schakel.desk.search(schakel.desk.person(person), text)
        told.append((found.cases, found.questions, found.peers, found.advisers))
    return told


def _started(home: Path) -> Schakel:
    schakel = open_home(home)
    schakel.indexer.load_or_stand_in()
    return schakel


def _health(schakel: Schakel) -> dict[str, Any]:
    told: dict[str, Any] = TestClient(create_app(schakel)).get("/gezondheid").json()
    return told


def _put_away(home: Path) -> list[str]:
    return [path.name for path in (home / "index").glob("quarantine-*")]


def _cut(pattern: str) -> Damage:
    def damage(index: Path, name: str) -> None:
        path = sorted((index / name).glob(pattern))[-1]
        own = path.read_bytes()
        path.unlink()  # another generation may have it under the same name, and keeps it whole
        path.write_bytes(own[:-1])

    return damage


def _turned(pattern: str) -> Damage:
    def damage(index: Path, name: str) -> None:
        path = sorted((index / name).glob(pattern))[-1]
        own = bytearray(path.read_bytes())
        own[len(own) // 2] ^= 1
        path.unlink()
        path.write_bytes(own)

    return damage


def _emptied(index: Path, name: str) -> None:
    for path in (index / name).iterdir():
        path.unlink()


def _gone(index: Path, name: str) -> None:
    shutil.rmtree(index / name)


def _all_gone(index: Path, _name: str) -> None:
    shutil.rmtree(index)


def _current(content: bytes | None) -> Damage:
    def damage(index: Path, _name: str) -> None:
        (index / "CURRENT").unlink()
        if content is not None:
            (index / "CURRENT").write_bytes(content)

    return damage


WITHIN = {
    "manifest": _cut("manifest.json"),
    "a bit of the manifest": _turned("manifest.json"),
    "words": _cut("segment-*.arrays"),
    "a bit of the words": _turned("segment-*.arrays"),
    "vectors": _cut("segment-*-problem.faiss"),
    "what was learnt": _cut("statistics-*.json"),
    "what is gone": _cut("state-*.arrays"),
    "every file": _emptied,
}
AROUND = {
    "an empty CURRENT": _current(b""),
    "a name in CURRENT that is not checked": _current(b"gen-000001\n"),
    "no CURRENT": _current(None),
    "no folder": _all_gone,
}


@pytest.mark.parametrize("damage", WITHIN.values(), ids=WITHIN)
def test_where_the_only_index_is_damaged_a_stand_in_answers_the_same(
    home: Path, damage: Damage
) -> None:
    before = _answers(_started(home))
    damage(home / "index", "gen-000001")
    schakel = _started(home)
    assert schakel.served.name() == STAND_IN
    assert _answers(schakel) == before
    health = _health(schakel)
    assert (health["status"], health["beperkt"], health["gereed"]) == ("beperkt", True, True)
    assert health["documenten"] == DOCUMENTS
    assert _put_away(home) == ["quarantine-gen-000001-1"]


@pytest.mark.parametrize("damage", WITHIN.values(), ids=WITHIN)
def test_where_the_newest_is_damaged_the_one_before_answers_the_same(
    home: Path, damage: Damage
) -> None:
    before = _with_another(home)
    damage(home / "index", "gen-000002")
    schakel = _started(home)
    assert schakel.served.name() == "gen-000001"
    assert _answers(schakel) == before
    health = _health(schakel)
    assert (health["status"], health["beperkt"]) == ("gereed", False)  # nothing is amiss
    assert health["documenten"] == DOCUMENTS + 1
    assert _put_away(home) == ["quarantine-gen-000002-1"]


def _with_another(home: Path) -> list[Any]:
    """What is answered by a second generation, that knows one question more."""
    schakel = _started(home)
    ask_elsewhere(schakel, "bijenkasten")
    reindex(schakel.indexer)
    schakel.indexer.catch_up()
    assert schakel.served.name() == "gen-000002"
    return _answers(schakel)


def test_a_folder_that_is_gone_is_as_one_that_is_damaged(home: Path) -> None:
    before = _with_another(home)
    _gone(home / "index", "gen-000002")
    schakel = _started(home)
    assert schakel.served.name() == "gen-000001"
    assert len(schakel.served.current()) == DOCUMENTS + 1
    assert _answers(schakel) == before


def test_that_it_is_lost_which_one_is_current_is_told_once_while_serving(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    schakel = _started(home)
    AROUND["an empty CURRENT"](home / "index", "gen-000001")
    for _ in range(3):
        schakel.indexer.catch_up()
    assert caplog.text.count("CURRENT of the index is damaged") == 1
    assert len(schakel.served.current()) == DOCUMENTS


@pytest.mark.parametrize("damage", AROUND.values(), ids=AROUND)
def test_where_it_is_lost_which_one_is_current_all_is_found_and_that_is_told(
    home: Path, damage: Damage
) -> None:
    before = _answers(_started(home))
    damage(home / "index", "gen-000001")
    schakel = _started(home)
    assert _answers(schakel) == before
    health = _health(schakel)
    assert (health["status"], health["documenten"]) == ("beperkt", DOCUMENTS)


@pytest.mark.parametrize(
    "damage",
    [AROUND["an empty CURRENT"], AROUND["no folder"], WITHIN["words"]],
    ids=["CURRENT", "folder", "words"],
)
def test_the_follower_makes_another_and_who_asks_meanwhile_is_answered_the_same(
    home: Path, monkeypatch: pytest.MonkeyPatch, damage: Damage
) -> None:
    monkeypatch.setattr(Follower, "INTERVAL_SECONDS", 0.01)
    before = _answers(_started(home))
    damage(home / "index", "gen-000001")
    schakel = _started(home)
    with _asked_without_end(schakel) as told, TestClient(create_app(schakel)) as client:
        until = time.monotonic() + 60
        while (health := client.get("/gezondheid").json())["beperkt"]:
            assert time.monotonic() < until, health
            time.sleep(0.01)
    assert health["status"] == "gereed"
    assert health["generatie"].startswith("gen-")
    assert told
    assert all(answer == before for answer in told)
    assert _put_away(home) == []
    again = _started(home)  # and for who starts now it is as ever
    assert again.served.name() == again.indexer.folder.current_name()
    assert not again.indexer.degraded()
    assert _answers(again) == before


@contextmanager
def _asked_without_end(schakel: Schakel) -> Iterator[list[Any]]:
    """What is answered, over and over, in a thread."""
    told: list[Any] = []
    stopped = threading.Event()

    def ask() -> None:
        while not stopped.wait(0.01):
            told.append(_answers(schakel))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield told
    finally:
        stopped.set()
        thread.join()


def test_a_stand_in_encodes_nothing_that_was_encoded(home: Path) -> None:
    _all_gone(home / "index", "")
    schakel = _started(home)
    assert schakel.indexer.encoder.encoded == []  # type: ignore[attr-defined]
    assert len(schakel.served.current()) == DOCUMENTS


def test_a_stand_in_follows_what_is_written(home: Path) -> None:
    _all_gone(home / "index", "")
    schakel = _started(home)
    id_ = ask_elsewhere(schakel, "bijenkasten")
    schakel.indexer.catch_up()
    assert id_ in schakel.served.current().found
    assert schakel.indexer.degraded()
