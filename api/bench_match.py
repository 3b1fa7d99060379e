"""How long a match takes, through the real thing: database, index, rights, reasons, four lists.

Everything is made in a temporary folder: the project's own tables, filled in bulk, and an index
of it. The time in which the model encodes the query is taken off. The peer, FAISS and BM25
without any design (:mod:`embeddings.plain`), does less, in the same run and in turns.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from api.made_world import World
from api.settling import settle
from api.timing import Clock, TimedEncoder, TimedPort
from data.database import Database
from data.directory import SqlDirectory
from data.documents import SqlDocuments
from data.made.questions import ALL_NATIONAL, LAST_DAY, MIXED, Shares
from data.made.texts import Recombiner
from data.made.votes import votes
from data.vectors import SqlVectors
from embeddings.caching import Progress
from embeddings.limits import bytes_read, read_rate
from embeddings.machine import cores
from embeddings.plain import PlainSearch
from embeddings.recombined import RecombinedEncoder
from matcher.entities import Person
from matcher.pipeline import Matcher
from matcher.ports import Encoder, VectorStore
from matcher.types import DocumentKind, Query

Asked = Sequence[tuple[str, Person]]  # what is asked, and by whom

TARGET_MILLISECONDS: Final = 25  # what a match may cost beyond encoding, at the default sizes
SHORTEST, LONGEST = 12, 60  # words of a query
WARMING: Final = 10  # queries before any is measured
VOTED: Final = 10  # people that the peer gives, as many as Schakel

_QUERY_SEED: Final = 2  # not that of the world: no query is a text that it holds
_PERCENTILES: Final = (50, 90, 99)
_TABLES: Final = ("resolution", "question", "person", "board", "organisation", "participation")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is made, and how much is asked."""

    cases: int = 20_000
    people: int = 2_000
    queries: int = 100


def measure(encoder: Encoder, sizes: Sizes, progress: Progress | None = None) -> dict[str, Any]:
    """Every figure, for JSON; milliseconds of a match are beyond encoding.

    "schakel" sees all cases, "mixed" those that are left where sharing is as it could be, and
    "plain" looks at all cases whoever asks. Each query is asked by someone else.
    """
    load = os.getloadavg()[0]  # of others: with two cores, 2 or more makes every figure too high
    clock = Clock()
    timed = TimedEncoder(encoder, clock)
    recombined = RecombinedEncoder(timed)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="schakel-bench-")))

        def made(name: str, shares: Shares, stored: VectorStore | None) -> World:
            world = World.build(
                folder / name, sizes.cases, sizes.people, shares, recombined, stored, progress
            )
            stack.callback(world.database.close)
            return world

        national = made("national", ALL_NATIONAL, None)
        mixed = made("mixed", MIXED, SqlVectors(national.database))
        with national.database.read() as session:
            cases = [d for d in SqlDocuments(session).documents() if d.kind is DocumentKind.CASE]
        plain = PlainSearch.from_documents(cases, recombined, timed)
        settle()
        asked = _asked(WARMING + sizes.queries, national)
        beyond, encoding = _in_turns(
            {
                "schakel": lambda text, viewer: national.desk.search(viewer, text),
                "plain": lambda text, _: _plain(plain, national.database, text),
                "mixed": lambda text, viewer: mixed.desk.search(viewer, text),
            },
            asked,
            clock,
            progress,
        )
        stages, full = _stages(national, asked[WARMING:], clock)
        read = bytes_read(national.served.current(), [text for text, _ in asked])
        rate = read_rate()
        words = [len(f"{case.problem} {case.resolution}".split()) for case in cases]
        return {
            "machine": {"cores": cores(), "load_before": load},
            "sizes": {
                **{name: national.made.rows[name] for name in _TABLES},
                "words_a_case": float(np.mean(words)),
                "queries": sizes.queries,
            },
            "target_milliseconds": TARGET_MILLISECONDS,
            "milliseconds": {name: _percentiles(found) for name, found in beyond.items()},
            "cases_seen": {
                "schakel": _seen(national, asked),
                "plain": len(cases),
                "mixed": _seen(mixed, asked),
            },
            "encoding_milliseconds": _percentiles(encoding),
            "stage_milliseconds": stages,
            "full_answers": full,
            "build_seconds": mixed.build_seconds,
            "limit": {
                "megabytes": read / 1e6,
                "gigabytes_a_second": rate / 1e9,
                "milliseconds": 1000 * read / rate,
            },
        }


def _asked(count: int, world: World) -> Asked:
    rng = np.random.default_rng(_QUERY_SEED)
    texts = Recombiner.from_sample()
    return [(texts.query(SHORTEST, LONGEST, rng), world.viewer(rng)) for _ in range(count)]


def _plain(plain: PlainSearch, database: Database, text: str) -> object:
    found = plain.best(text)
    with database.read() as session:
        return found, votes(session, found, VOTED)


def _in_turns(
    contenders: Mapping[str, Callable[[str, Person], object]],
    asked: Asked,
    clock: Clock,
    progress: Progress | None,
) -> tuple[dict[str, list[float]], list[float]]:
    """Seconds beyond encoding by contender, and seconds of encoding; who begins changes."""
    names = list(contenders)
    beyond: dict[str, list[float]] = {name: [] for name in names}
    encoding: list[float] = []
    for at, (text, viewer) in enumerate(asked):
        first = at % len(names)
        for name in names[first:] + names[:first]:
            clock.reset()
            begin = time.perf_counter()
            contenders[name](text, viewer)
            seconds = time.perf_counter() - begin
            if at >= WARMING:
                beyond[name].append(seconds - clock.seconds["encoding"])
                encoding.append(clock.seconds["encoding"])
        if progress:
            progress(at + 1, len(asked))
    return beyond, encoding


def _stages(world: World, asked: Asked, clock: Clock) -> tuple[dict[str, float], int]:
    """Milliseconds, p50, in each call of the index and the store, and in all else, by name.

    Measured apart, so that keeping time adds nothing to a whole match. And to how many of
    `asked` all four lists had an answer: a list that stays empty costs nothing.
    """
    matcher = Matcher(TimedPort(world.served, clock))
    rounds: list[dict[str, float]] = []
    full = 0
    for text, viewer in asked:
        query = Query(text, LAST_DAY, asker=viewer.id, asker_organisation=viewer.organisation)
        clock.reset()
        begin = time.perf_counter()
        with world.database.read() as session:
            found = matcher.match(query, viewer.viewer, TimedPort(SqlDirectory(session), clock))
        seconds = time.perf_counter() - begin
        spent = {name: took for name, took in clock.seconds.items() if name != "current"}
        spent["view"] -= spent.pop("encoding")
        spent["rest"] = seconds - clock.seconds["encoding"] - sum(spent.values())
        rounds.append(spent)
        full += all((found.cases, found.questions, found.peers, found.advisers))
    names = dict.fromkeys(name for spent in rounds for name in spent)
    return {
        name: 1000 * float(np.median([spent.get(name, 0.0) for spent in rounds])) for name in names
    }, full


def _seen(world: World, asked: Asked) -> float:
    return float(np.mean([world.cases_seen(viewer) for _, viewer in asked]))


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    return {f"p{p}": 1000 * float(np.percentile(seconds, p)) for p in _PERCENTILES}
