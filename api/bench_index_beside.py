"""The index beside txtai, with the same texts and vectors: built, and searched in turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.bench_index_parts import Built, Made, Sizes
from api.bench_index_search import TOP, Contender, Search, in_turns, recall
from data.made.corpus import Sharing
from embeddings.peer_txtai import PeerMissing, TxtaiSearch, require_txtai
from matcher.types import DocumentId

OURS, PEER = "schakel", "txtai"
BESIDE_STEPS: Final = 5


@dataclass(frozen=True, slots=True)
class _PeerSearch:
    """Queries to txtai, each within its own partition or, without one, everywhere."""

    peer: TxtaiSearch
    queries: Sequence[str]
    partitions: Sequence[str | None]

    def __call__(self, number: int) -> list[DocumentId]:
        return self.peer.best(self.queries[number], TOP, self.partitions[number])


def beside(made: Made, sizes: Sizes, step: Callable[[], None]) -> tuple[dict[str, Any], Built]:
    """Figures at `sizes.beside` cases, and the index in which each board has its own.

    Where txtai is not installed there are none of it, and "txtai" says how to get it.
    """
    try:
        version, missing = require_txtai(), None
    except PeerMissing as error:
        version, missing = None, str(error)
    cases = sizes.beside
    apart, together = Sharing(0, sizes.board_cases), Sharing(10)
    documents = list(made.corpus.cases(cases, apart))
    words = sum(len(f"{d.problem} {d.resolution}".split()) for d in documents) / cases
    stored = made.stored(documents)
    boards = made.built(documents, apart, stored)
    step()
    begin = time.perf_counter()
    peer = TxtaiSearch.from_documents(documents, stored) if version else None
    seconds = time.perf_counter() - begin
    step()
    national = made.built(list(made.corpus.cases(cases, together)), together, stored)
    step()
    if peer:
        peer.know(made.queries, made.encoder.encode_queries(made.queries))
    asking, anyone = made.boards_asking(boards), [None] * len(made.queries)
    within = _PeerSearch(peer, made.queries, asking) if peer else None
    everywhere = _PeerSearch(peer, made.queries, anyone) if peer else None
    figures = {
        "cases": cases,
        "words_a_case": words,
        "txtai": {"version": version, "missing": missing},
        "build_seconds": {
            OURS: [boards.seconds, national.seconds],
            PEER: [seconds] if peer else [],
        },
        "within": _searched(made, boards, made.within_board(boards), within),
    }
    step()
    figures["all"] = _searched(made, national, made.with_national(national), everywhere)
    step()
    if peer:
        peer.close()
    return figures, boards


def _searched(made: Made, built: Built, ours: Search, peer: Contender | None) -> dict[str, Any]:
    contenders: dict[str, Contender] = {OURS: ours}
    if peer:
        contenders[PEER] = peer
    in_turns(contenders, made.warming)
    alone = {
        name: in_turns({name: contender}, made.measured)[name]
        for name, contender in contenders.items()
    }
    times = in_turns(contenders, made.measured)
    return {
        "milliseconds_alone": {name: found.milliseconds() for name, found in alone.items()},
        "milliseconds": {name: found.milliseconds() for name, found in times.items()},
        "given": {name: found.given() for name, found in times.items()},
        "recall": recall(ours, made.documents(built), made.encoder),
    }
