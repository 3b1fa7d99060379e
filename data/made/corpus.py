"""A corpus for measuring an index: cases whose sentences are those of real ones, recombined.

Nothing is stored: case n is the same whenever it is asked for, whatever the size of the corpus.
What is said in :mod:`data.made.texts` of words and lengths holds here too. A line is a sentence,
and :meth:`Corpus.lines` says of which real text each is, so that vectors can be recombined
likewise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from data.made.texts import sentences
from matcher.text import has_words
from matcher.types import NATIONAL_PARTITION, Document, DocumentId, DocumentKind, Field

COMBINED: Final = 3  # real cases of which one is made

_TEN: Final = 10
_CHUNK: Final = 1_000  # cases that share a random generator
_SEED: Final = 1
_QUERY_SEED: Final = 2  # not that of the cases: no query is a part of one


@dataclass(frozen=True, slots=True)
class CorpusSource:
    """A real case, and the sentences of each field; those of the problem less its title."""

    document: Document
    title: str
    fields: Mapping[Field, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Makes cases of the sentences of `sources`."""

    sources: Sequence[CorpusSource]

    @classmethod
    def from_documents(cls, documents: Iterable[Document]) -> Corpus:
        """Of those that are solved: of each, problem and resolution."""
        solved = [d for d in documents if has_words(d.problem) and has_words(d.resolution)]
        return cls([_source(document) for document in solved])

    def lines(self) -> list[tuple[str, tuple[str, ...]]]:
        """Each real text, one a source and field, with the lines that may be in a made one."""
        return [
            (source.document.text(field), own)
            for source in self.sources
            for field, own in (
                (Field.PROBLEM, (source.title, *source.fields[Field.PROBLEM])),
                (Field.RESOLUTION, source.fields[Field.RESOLUTION]),
            )
        ]

    def cases(self, count: int, sharing: Sharing) -> Iterator[Document]:
        """Cases 0 up to `count`, in order of id."""
        for n, problem, resolution, title in self._texts(count, _SEED):
            yield Document(
                id=case_id(n),
                kind=DocumentKind.CASE,
                partition=sharing.partition(n),
                revision=1,
                problem=problem,
                resolution=resolution,
                title=title,
            )

    def queries(self, count: int, shortest: int, longest: int) -> list[str]:
        """The first words of made problems, `shortest` to `longest` of them."""
        rng = np.random.default_rng(_QUERY_SEED)
        found = []
        for _, problem, resolution, _ in self._texts(count, _QUERY_SEED):
            words = f"{problem} {resolution}".split()
            found.append(" ".join(words[: rng.integers(shortest, longest + 1)]))
        return found

    def _texts(self, count: int, seed: int) -> Iterator[tuple[int, str, str, str]]:
        """Number, problem, resolution and title, by turns."""
        for begin in range(0, count, _CHUNK):
            rng = np.random.default_rng((seed, begin))
            chosen = rng.integers(len(self.sources), size=(_CHUNK, COMBINED))
            for n, own in zip(range(begin, min(begin + _CHUNK, count)), chosen, strict=False):
                sources = [self.sources[at] for at in own.tolist()]
                parts = {field: _mixed([s.fields[field] for s in sources], rng) for field in Field}
                title = sources[0].title
                problem = "\n".join((title, *parts[Field.PROBLEM]))
                yield n, problem, "\n".join(parts[Field.RESOLUTION]), title


def case_id(n: int) -> DocumentId:
    return DocumentId(f"c{n:07d}")


@dataclass(frozen=True, slots=True)
class Sharing:
    """How widely cases are shared: so many of every ten with everyone, the others in a board."""

    national: int
    board_cases: int = 1_000

    def partition(self, n: int) -> str:
        """Of case n."""
        if n % _TEN < self.national:
            return NATIONAL_PARTITION
        return board(self._shared_less(n) // self.board_cases)

    def boards(self, cases: int) -> int:
        """How many boards have cases of their own, where there are `cases` in all."""
        return -(-self._shared_less(cases) // self.board_cases)

    def _shared_less(self, n: int) -> int:
        """How many of the cases before n are not shared with everyone."""
        tens, rest = divmod(n, _TEN)
        return tens * (_TEN - self.national) + max(0, rest - self.national)


def board(number: int) -> str:
    return f"board:b{number:04d}"


def _source(document: Document) -> CorpusSource:
    title = " ".join((document.title or document.problem).split())
    _, _, told = document.problem.partition("\n")
    return CorpusSource(
        document,
        title,
        {
            Field.PROBLEM: _sentences(told or document.problem),
            Field.RESOLUTION: _sentences(document.resolution),
        },
    )


def _sentences(text: str) -> tuple[str, ...]:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return tuple(s for line in lines for s in sentences(line) if has_words(s))


def _mixed(told: Sequence[Sequence[str]], rng: np.random.Generator) -> list[str]:
    """As many sentences as the first has, of all of them."""
    together = [sentence for one in told for sentence in one]
    taken = rng.permutation(len(together))[: len(told[0])]
    return [together[at] for at in taken.tolist()]
