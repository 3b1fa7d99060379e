"""What the measurements of :mod:`api.bench_index` share: cases, an index of them, who asks."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from api.bench_index_search import Search
from api.settings import Settings
from api.timing import Clock, TimedEncoder
from data.made.corpus import Corpus, Sharing, board
from embeddings.builder import EXACT_LIMIT, build
from embeddings.generation import IndexGeneration
from embeddings.mixed import MixedEncoder, StoredEncoder
from matcher.ports import Encoder
from matcher.types import NATIONAL_PARTITION, Document, Field

SHORTEST, LONGEST = 12, 60  # words of a query
SMALLEST, SIZE = 10_000, 100_000  # cases
WARMING: Final = 10  # queries before any is measured

_SEED: Final = 3  # of who asks


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many cases, and how many queries are asked; `largest` counts where above `beside`."""

    smallest: int = SMALLEST
    beside: int = SIZE  # beside txtai, and opened by a new process
    largest: int = 0
    queries: int = 100
    board_cases: int = 1_000
    exact_limit: int = EXACT_LIMIT
    rounds: int = 3  # of opening, of which the median counts
    served: int = 2_000  # while others write
    seconds: float = 30.0  # of writing
    sought: int = 40  # one of so many questions is looked for meanwhile
    again: int = 20_000  # of which a hundredth is changed


@dataclass(frozen=True, slots=True)
class Material:
    """What is measured with: cases to recombine, and the model of these settings."""

    corpus: Corpus
    model: Encoder
    kept: Encoder  # the model, by which a second measurement encodes nothing
    settings: Settings


@dataclass(frozen=True, slots=True)
class Built:
    """An index of `cases` made cases, and the seconds that it took beyond encoding."""

    generation: IndexGeneration
    cases: int
    sharing: Sharing
    seconds: float


@dataclass(frozen=True, slots=True)
class Made:
    """Made cases with their vectors, and queries that were encoded before."""

    corpus: Corpus
    encoder: MixedEncoder
    clock: Clock
    queries: Sequence[str]
    exact_limit: int = EXACT_LIMIT

    @classmethod
    def of(
        cls, corpus: Corpus, model: Encoder, queries: int, exact_limit: int = EXACT_LIMIT
    ) -> Made:
        """So many `queries` to measure, besides those for warming."""
        clock = Clock()
        encoder = MixedEncoder.of(TimedEncoder(model, clock), corpus.lines())
        asked = corpus.queries(WARMING + queries, SHORTEST, LONGEST)
        encoder.encode_queries(asked)
        return cls(corpus, encoder, clock, asked, exact_limit)

    @property
    def warming(self) -> range:
        return range(WARMING)

    @property
    def measured(self) -> range:
        return range(WARMING, len(self.queries))

    def documents(self, built: Built) -> Iterator[Document]:
        return self.corpus.cases(built.cases, built.sharing)

    def stored(self, documents: Sequence[Document]) -> StoredEncoder:
        """An encoder that has the vectors of `documents` ready."""
        return StoredEncoder.of(
            self.encoder, [document.text(part) for document in documents for part in Field]
        )

    def built(
        self, documents: Sequence[Document], sharing: Sharing, encoder: Encoder | None = None
    ) -> Built:
        """Without `encoder` the vectors are made while it is built, which counts."""
        self.clock.reset()
        begin = time.perf_counter()
        generation = build(
            documents,
            name=f"made-{len(documents)}",
            position=0,
            documents_encoder=encoder or self.encoder,
            query_encoder=self.encoder,
            exact_limit=self.exact_limit,
        )
        seconds = time.perf_counter() - begin - self.clock.seconds["encoding"]
        return Built(generation, len(documents), sharing, seconds)

    def search(self, built: Built, scopes: Sequence[frozenset[str]]) -> Search:
        """`scopes`: of each query what it may see."""
        return Search(built.generation, self.queries, scopes)

    def boards_asking(self, built: Built) -> list[str]:
        """For each query the partition of the board that asks."""
        rng = np.random.default_rng(_SEED)
        boards = rng.integers(built.sharing.boards(built.cases), size=len(self.queries))
        return [board(number) for number in boards.tolist()]

    def within_board(self, built: Built) -> Search:
        """Each query within the cases of one board alone."""
        return self.search(built, [frozenset({own}) for own in self.boards_asking(built)])

    def with_national(self, built: Built) -> Search:
        """Each query within the cases of one board, if there are any, and what all share."""
        if not built.sharing.boards(built.cases):
            return self.search(built, [frozenset({NATIONAL_PARTITION})] * len(self.queries))
        asking = self.boards_asking(built)
        return self.search(built, [frozenset({NATIONAL_PARTITION, own}) for own in asking])
