"""How fast the index is: built, and searched at sizes up to a million, beside txtai.

Cases are made (:mod:`data.made.corpus`), and so are their vectors (:mod:`embeddings.mixed`);
queries are encoded before anything is measured. txtai gets the same texts and vectors.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, Final

from api.bench_index_beside import BESIDE_STEPS, beside
from api.bench_index_parts import Built, Made, Sizes
from api.bench_index_search import in_turns, recall
from data.made.corpus import Corpus, Sharing
from embeddings.machine import cores
from matcher.ports import Encoder

Progress = Callable[[int, int], None]  # steps done, steps in all

TARGETS: Final = {
    "build": 2.0,  # times as fast as txtai, at least
    "within": 50.0,
    "all": 3.0,
    "growth": 1.5,  # at most: p50 at the largest size, as many times that at the smallest
    "largest_milliseconds": 25.0,  # at most
    "largest_recall_at_10": 0.98,
}

_NATIONAL: Final = 7  # of ten cases, at the largest size
_STEPS: Final = BESIDE_STEPS + 2
_MORE_STEPS: Final = 2  # where there is a largest


def measure(
    corpus: Corpus, model: Encoder, sizes: Sizes, progress: Progress | None = None
) -> dict[str, Any]:
    """Every figure, for JSON; milliseconds are those of a search beyond encoding."""
    load = os.getloadavg()[0]  # of others: with two cores, 2 or more makes every figure too high
    has_largest = sizes.largest > sizes.beside
    steps = _Steps(_STEPS + _MORE_STEPS * has_largest, progress)
    made = Made.of(corpus, model, sizes.queries)
    steps.done()
    figures, boards = beside(made, sizes, steps.done)
    growing = [_built(made, sizes.smallest, Sharing(0, sizes.board_cases)), boards]
    largest = None
    if has_largest:
        growing.append(_built(made, sizes.largest, Sharing(_NATIONAL, sizes.board_cases)))
        steps.done()
        largest = _largest(made, growing[-1])
        steps.done()
    figures |= {
        "machine": {"cores": cores(), "load_before": load},
        "sources": len(corpus.sources),
        "queries": sizes.queries,
        "targets": TARGETS,
        "growth": _growth(made, growing),
        "largest": largest,
    }
    steps.done()
    return figures


def _built(made: Made, cases: int, sharing: Sharing) -> Built:
    return made.built(list(made.corpus.cases(cases, sharing)), sharing)


def _growth(made: Made, growing: Sequence[Built]) -> dict[str, Any]:
    """Of a search within one board, the more boards there are."""
    searches = {str(built.cases): made.within_board(built) for built in growing}
    in_turns(searches, made.warming)
    times = in_turns(searches, made.measured)
    p50 = {size: found.milliseconds()["p50"] for size, found in times.items()}
    return {"p50": p50, "ratio": p50[str(growing[-1].cases)] / p50[str(growing[0].cases)]}


def _largest(made: Made, built: Built) -> dict[str, Any]:
    """Of a search within what all share and one board."""
    search = made.with_national(built)
    in_turns({"schakel": search}, made.warming)
    times = in_turns({"schakel": search}, made.measured)["schakel"]
    return {
        "cases": built.cases,
        "build_seconds": built.seconds,
        "milliseconds": times.milliseconds(),
        "recall": recall(search, made.documents(built), made.encoder),
    }


class _Steps:
    """Counts steps that took long."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total, self._progress, self._done = total, progress, 0

    def done(self) -> None:
        self._done += 1
        if self._progress:
            self._progress(self._done, self._total)
