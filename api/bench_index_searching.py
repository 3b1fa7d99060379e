"""How fast the index is built and searched: beside txtai, the larger it grows, and at its largest.

Cases are made (:mod:`data.made.corpus`), and so are their vectors (:mod:`embeddings.mixed`);
queries are encoded before anything is measured. txtai gets the same texts and vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from api.bench_index_beside import BESIDE_STEPS, OURS, PEER, beside
from api.bench_index_parts import Built, Made, Material, Sizes
from api.bench_index_search import in_turns, recall
from api.bench_index_targets import judged
from data.made.corpus import Sharing

SEARCH_STEPS: Final = BESIDE_STEPS + 4

_NATIONAL: Final = 7  # of ten cases, at the largest size


def search(material: Material, sizes: Sizes, step: Callable[[], None]) -> dict[str, Any]:
    """Milliseconds are those of a search beyond encoding."""
    made = Made.of(material.corpus, material.kept, sizes.queries, sizes.exact_limit)
    step()
    figures, boards = beside(made, sizes, step)
    growing = [_built(made, sizes.smallest, Sharing(0, sizes.board_cases)), boards]
    step()
    largest = None
    if sizes.largest > sizes.beside:
        growing.append(_built(made, sizes.largest, Sharing(_NATIONAL, sizes.board_cases)))
        largest = _largest(made, growing[-1])
    step()
    growth = _growth(made, growing)
    step()
    targets = _compared(figures) | judged({"growth": growth["ratio"]})
    if largest:
        targets |= judged(
            {
                "largest_milliseconds": largest["milliseconds"]["p50"],
                "largest_recall_at_10": largest["recall"]["at_10"],
            }
        )
    return figures | {
        "queries": sizes.queries,
        "growth": growth,
        "largest": largest,
        "targets": targets,
    }


def _compared(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Times as fast as txtai: built as it was quickest, searched in turns."""
    seconds = figures["build_seconds"]
    builds = seconds[PEER] and min(seconds[PEER]) / min(seconds[OURS])
    times = {name: _times(figures[name]["milliseconds"]) for name in ("within", "all")}
    return judged({"build": builds or None, **times})


def _times(milliseconds: Mapping[str, Mapping[str, float]]) -> float | None:
    if PEER not in milliseconds:
        return None
    return milliseconds[PEER]["p50"] / milliseconds[OURS]["p50"]


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
