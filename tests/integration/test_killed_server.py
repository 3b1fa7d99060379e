"""What was acknowledged is there after SIGKILL: in the database, the outbox and the search."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from data.database import Database
from data.tables import OutboxRow, QuestionRow
from matcher.types import QuestionStatus
from tests.doors import bearer
from tests.forking import Forks, forking
from tests.serving import opened
from tests.soak import soak

KILLS = soak(200, 1_000)
STORED = 1_000  # questions that there are already: it is indexed anew now and then
WRITERS = 3
MOST = 3  # acknowledgements between a start and a kill
LATER = 0.1  # seconds after the last of them, at most

ASKER = "p01"


@dataclass
class Log:
    """What a client was told, kept on disk before it goes on."""

    file: Path
    sent: set[str] = field(default_factory=set)
    withdrawing: set[str] = field(default_factory=set)  # sent: it may have come through or not
    count: int = 0

    def acknowledged(self, act: str, id_: str, word: str) -> None:
        with self.file.open("a") as file:
            file.write(f"{act} {id_} {word}\n")
            file.flush()
            os.fsync(file.fileno())
        self.count += 1

    def wait_for(self, count: int) -> None:
        """Until so many were acknowledged."""
        until = time.monotonic() + 60
        while self.count < count:
            assert time.monotonic() < until, "nothing is acknowledged"
            time.sleep(0.001)

    def read(self) -> dict[str, dict[str, str]]:
        """By act the words by id."""
        found: dict[str, dict[str, str]] = {"asked": {}, "withdrawn": {}}
        for line in self.file.read_text().splitlines():
            act, id_, word = line.split()
            found[act][id_] = word
        return found


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    with forking("tests.serving") as forks:
        yield forks


def _client(port_file: Path, token: dict[str, str]) -> httpx.Client:
    until = time.monotonic() + 30
    while not (port_file.exists() and port_file.read_text()):
        assert time.monotonic() < until, "it does not serve"
        time.sleep(0.002)
    return httpx.Client(
        base_url=f"http://127.0.0.1:{port_file.read_text()}/api/v1", headers=token, timeout=30
    )


def _word(number: int) -> str:
    """One that is in no other text, and is no compound."""
    return "qx" + "".join(chr(ord("a") + int(digit)) for digit in f"{number:06d}") + "z"


def _write(client: httpx.Client, log: Log, numbers: Iterator[int], stop: threading.Event) -> None:
    """Ask and now and then withdraw, until the server is gone."""
    try:
        while not stop.is_set():
            number = next(numbers)
            word = _word(number)
            log.sent.add(word)
            asked = client.post("/vragen", json=_question(word))
            assert asked.status_code == 201, asked.text
            id_ = asked.json()["id"]
            log.acknowledged("asked", id_, word)
            if number % 5 == 0:
                log.withdrawing.add(id_)
                withdrawn = client.post(f"/vragen/{id_}/_intrekken")
                assert withdrawn.status_code == 200, withdrawn.text
                log.acknowledged("withdrawn", id_, word)
    except httpx.TransportError:
        return


def _question(word: str) -> dict[str, Any]:
    return {"titel": f"Over {word}", "situatie": _words(word), "deelbereik": "landelijk"}


def _words(word: str) -> str:
    """So many that are in no other text, that it is the nearest to itself by far."""
    return " ".join(word + end for end in ("", "ka", "mo", "pu", "te", "ri"))


def _found(client: httpx.Client, word: str) -> list[str]:
    found = client.post("/vragen/_zoek", json={"tekst": _words(word)})
    assert found.status_code == 200
    return [each["id"] for each in found.json()["vragen"]]


class _Numbers:
    """1, 2, 3 … for several threads."""

    def __init__(self) -> None:
        self._lock, self._last = threading.Lock(), 0

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        with self._lock:
            self._last += 1
            return self._last


def test_nothing_that_was_acknowledged_is_lost_however_often_it_is_killed(
    forks: Forks, tmp_path: Path
) -> None:
    home, log = str(tmp_path / "home"), Log(tmp_path / "acknowledged.log")
    log.file.touch()
    forks.wait(forks.start("tests.serving:prepare", home, STORED))
    database = Database.open(f"sqlite:///{home}/schakel.db")
    token = bearer(database, ASKER)
    database.close()
    random, numbers, before = Random(1), _Numbers(), 0
    for kill in range(KILLS):
        port_file = tmp_path / f"port-{kill}"
        server = forks.start("tests.serving:serve", home, str(port_file))
        with _client(port_file, token) as client:
            told = log.read()
            recent = list(told["asked"].items())[before:]
            before = len(told["asked"])
            for id_, word in recent:  # those of the round before: killed right after
                found = id_ in _found(client, word)
                assert found or id_ in log.withdrawing, (kill, word)
                assert not (found and id_ in told["withdrawn"]), (kill, word)
            stop = threading.Event()
            writers = [
                threading.Thread(target=_write, args=(client, log, numbers, stop))
                for _ in range(WRITERS)
            ]
            for writer in writers:
                writer.start()
            log.wait_for(log.count + random.randint(0, MOST))
            time.sleep(random.uniform(0.0, LATER))
            forks.kill(server)
            stop.set()
            for writer in writers:
                writer.join()
    _is_whole(home, log)


def _is_whole(home: str, log: Log) -> None:
    """Database, outbox and index say the same, and all that was acknowledged."""
    told = log.read()
    assert len(told["asked"]) > KILLS  # it was busy
    assert told["withdrawn"]
    schakel = opened(home)
    schakel.indexer.load()
    with schakel.database.read() as session:
        rows = session.execute(select(QuestionRow.id, QuestionRow.title, QuestionRow.status)).all()
        last = session.scalar(select(func.max(OutboxRow.position)))
    stored = {row.id: row for row in rows if row.title.startswith("Over qx")}
    assert told["asked"].keys() <= stored.keys()  # nothing lost
    words = [row.title.rsplit(" ", 1)[1] for row in stored.values()]
    assert len(words) == len(set(words))  # nothing twice
    assert set(words) <= log.sent  # nothing that no one sent
    assert schakel.served.current().position == last
    for id_ in told["withdrawn"]:
        assert stored[id_].status is QuestionStatus.WITHDRAWN
    findable = {id_ for id_, row in stored.items() if row.status is QuestionStatus.OPEN}
    assert {id_ for id_ in schakel.served.current().found if id_ in stored} == findable
    schakel.database.close()
