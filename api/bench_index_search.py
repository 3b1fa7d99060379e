"""Searches of several contenders in turns: how long each takes, and what it finds."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from threadpoolctl import threadpool_limits

from embeddings.brute_force import Asked, exact
from embeddings.generation import IndexGeneration
from matcher.fusion import scores
from matcher.ports import Encoder, Signals
from matcher.types import Depth, Document, DocumentId, DocumentKind

TOP: Final = 50  # of a search
RETRIEVED: Final = Depth().retrieved  # of each signal, as for a match
NEAREST: Final = 10  # of which recall is told apart

_PERCENTILES: Final = (50, 90, 99)

Ids = Sequence[DocumentId]
Contender = Callable[[int], Ids]  # answers the query with that number


@dataclass(frozen=True, slots=True)
class Search:
    """Queries, each within its own scope, of one generation."""

    generation: IndexGeneration
    queries: Sequence[str]
    scopes: Sequence[frozenset[str]]

    def __call__(self, number: int) -> list[DocumentId]:
        """The TOP best."""
        return _best(self._retrieved(number))

    def asked(self) -> list[Asked]:
        return [
            Asked(text, scope, self._retrieved(number))
            for number, (text, scope) in enumerate(zip(self.queries, self.scopes, strict=True))
        ]

    def _retrieved(self, number: int) -> Signals:
        view = self.generation.view(self.queries[number], self.scopes[number])
        return view.retrieve(DocumentKind.CASE, RETRIEVED)


@dataclass(slots=True)
class Times:
    """Of one contender: seconds and answers, a query each."""

    seconds: list[float] = field(default_factory=list)
    answers: list[Ids] = field(default_factory=list)

    def milliseconds(self) -> dict[str, float]:
        return {f"p{p}": 1000 * float(np.percentile(self.seconds, p)) for p in _PERCENTILES}

    def given(self) -> float:
        """How many of the TOP that were asked come back, on average."""
        return float(np.mean([len(answer) for answer in self.answers]))


def in_turns(contenders: Mapping[str, Contender], numbers: Iterable[int]) -> dict[str, Times]:
    """Each query to each contender; who begins changes."""
    names = list(contenders)
    found = {name: Times() for name in names}
    with _settled():
        for turn, number in enumerate(numbers):
            first = turn % len(names)
            for name in names[first:] + names[:first]:
                begin = time.perf_counter()
                answer = contenders[name](number)
                found[name].seconds.append(time.perf_counter() - begin)
                found[name].answers.append(answer)
    return found


def recall(search: Search, documents: Iterable[Document], encoder: Encoder) -> dict[str, float]:
    """Part of the best by whole score, of all that is visible, that is among those found.

    "retrieved" leaves out what no exact search of as many candidates would find either.
    """
    asked = search.asked()
    found = [_best(query.scale) for query in asked]
    right = exact(documents, encoder, search.generation.statistics, asked, TOP, RETRIEVED)
    pairs = list(zip(found, right, strict=True))
    return {
        f"at_{NEAREST}": _part([(ids[:NEAREST], best.fused[:NEAREST]) for ids, best in pairs]),
        f"at_{TOP}": _part([(ids, best.fused) for ids, best in pairs]),
        "retrieved": _part([(ids, best.retrieved) for ids, best in pairs]),
    }


def _best(found: Signals) -> list[DocumentId]:
    falling = np.argsort(-scores(found), kind="stable")  # ids are in order: so are equals
    return [found.ids[row] for row in falling[:TOP].tolist()]


def _part(pairs: Iterable[tuple[Ids, Ids]]) -> float:
    parts = [len(set(found) & set(right)) / len(right) for found, right in pairs if right]
    return float(np.mean(parts)) if parts else float("nan")


@contextmanager
def _settled() -> Any:
    """As :func:`api.settling.settle` leaves a server, for as long as this lasts."""
    gc.collect()
    gc.freeze()
    try:
        with threadpool_limits(1, user_api="blas"):
            yield
    finally:
        gc.unfreeze()
