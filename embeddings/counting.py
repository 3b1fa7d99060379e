"""Many texts to counts of words at once: a matrix, so that weighing them is arithmetic."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import numpy as np
import scipy.sparse as sp

from embeddings.analysis import Analyser, stop_words
from embeddings.folding import folded, lower_words

T = TypeVar("T")

_LEFT_OUT = -1
_AT_ONCE = 10_000  # texts: of a million, every word in its place would take all memory


class _Numbered(dict[str, int]):
    """Words as they are written with the number of what they are folded to; each folded once."""

    def __init__(self) -> None:
        self.folded: dict[str, int] = {}

    def __missing__(self, word: str) -> int:
        plain = folded(word)
        if plain in stop_words():
            self[word] = _LEFT_OUT
        else:
            self[word] = self.folded.setdefault(plain, len(self.folded))
        return self[word]


@dataclass(frozen=True, slots=True)
class Counted:
    """How often texts hold words, int32 (texts, words); folded, and stop words left out."""

    words: tuple[str, ...]
    matrix: sp.csr_array

    @classmethod
    def of(cls, texts: Iterable[str]) -> Counted:
        numbers = _Numbered()
        parts = [_counts(some, numbers) for some in batched(texts, _AT_ONCE)]
        words = tuple(numbers.folded)
        if not parts:
            return cls(words, sp.csr_array(np.zeros((0, len(words)), np.int32)))
        wide = [
            sp.csr_array((p.data, p.indices, p.indptr), shape=(p.shape[0], len(words)))
            for p in parts
        ]
        return cls(words, sp.csr_array(sp.vstack(wide, format="csr")))

    def frequency(self) -> dict[str, int]:
        """In how many texts each word is."""
        held = np.bincount(self.matrix.indices, minlength=len(self.words))
        return dict(zip(self.words, held.tolist(), strict=True))

    def terms(self, analyser: Analyser) -> Counted:
        """The same texts in terms, in order: the columns of a word count for all of its terms."""
        of_words = [analyser.terms_of(word) for word in self.words]
        names = tuple(sorted({term for terms in of_words for term in terms}))
        place = {term: at for at, term in enumerate(names)}
        columns = [place[term] for terms in of_words for term in terms]
        rows = np.repeat(np.arange(len(of_words)), [len(terms) for terms in of_words])
        shape = (len(self.words), len(names))
        ones = np.ones(len(columns), np.int32)
        told = sp.csr_array(sp.coo_array((ones, (rows, columns)), shape=shape))
        matrix = sp.csr_array(self.matrix @ told)
        matrix.sort_indices()
        return Counted(names, matrix)

    def of_rows(self, rows: Sequence[int]) -> Counted:
        """Those texts alone."""
        return Counted(self.words, self.matrix[list(rows)])


def _counts(texts: Sequence[str], numbers: _Numbered) -> sp.csr_array:
    """Of some texts, the columns those of `numbers` so far."""
    found = array("i")
    ends = [0]
    for text in texts:
        found.extend(map(numbers.__getitem__, lower_words(text)))
        ends.append(len(found))
    columns = np.array(found, np.int32)
    rows = np.repeat(np.arange(len(texts), dtype=np.int32), np.diff(ends))
    told = columns != _LEFT_OUT
    ones = np.ones(int(told.sum()), np.int32)
    shape = (len(texts), len(numbers.folded))
    # as coordinates, of which equal ones are added up
    return sp.csr_array(sp.coo_array((ones, (rows[told], columns[told])), shape=shape))


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """As itertools.batched, from Python 3.12 on."""
    left = iter(items)
    while some := list(islice(left, size)):
        yield some
