"""Words in common: what the terms of a text weigh, so that texts meet by TF-IDF cosine.

Weight of a term in a text: (1 + ln tf) × idf, with idf = ln((1 + N) / (1 + df)) + 1, of a text
scaled to unit length (scikit-learn's sublinear, smoothed TF-IDF). On questions short and long it
was ahead of BM25 on dekamer-dev: docs/decisions/005-ranking.md.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from embeddings.analysis import Analyser
from embeddings.counting import Counted
from embeddings.recipe import Words
from matcher.types import Document, Scores

_AT_ONCE: Final = 10_000  # texts that are weighed
COMMON: Final = 0.25  # a word in more texts than this part of them tells no reader anything

TermNumbers = npt.NDArray[np.int64]


def lexical_text(document: Document, title_counts: int) -> str:
    """The words of a document: its fields together did better than each apart.

    A word of the title counts `title_counts` times; it is in the problem once already.
    """
    return "\n".join(
        [document.problem, document.resolution, *[document.title] * (title_counts - 1)]
    )


@dataclass(frozen=True, slots=True)
class Weighed:
    """The terms of one text with their weights, scaled to unit length; in order of number."""

    terms: tuple[str, ...]
    numbers: TermNumbers
    weights: Scores

    def __len__(self) -> int:
        return len(self.terms)

    def of(self, kept: Iterable[int]) -> Weighed:
        """Those at the places `kept`."""
        at = list(kept)
        return Weighed(tuple(self.terms[i] for i in at), self.numbers[at], self.weights[at])


@dataclass(frozen=True, slots=True)
class TermStatistics:
    """What words weigh, counted over the base of one generation. A new word has df 0.

    A term has a number, by which postings know it: its place in `frequency`, which is in order,
    or for a new word a negative one that is made of its letters.
    """

    documents: int
    frequency: dict[str, int]
    analyser: Analyser
    _numbers: dict[str, int] = field(repr=False)

    @classmethod
    def of(cls, documents: int, frequency: dict[str, int], analyser: Analyser) -> TermStatistics:
        """`frequency` is in order of term."""
        return cls(documents, frequency, analyser, {t: at for at, t in enumerate(frequency)})

    @classmethod
    def from_counts(cls, counted: Counted, words: Words = Words.COMPOUNDS) -> TermStatistics:
        """From the words of every text of a corpus, which may be parts of compounds too."""
        analyser = Analyser.from_frequency(counted.frequency(), words)
        frequency = counted.terms(analyser).frequency()
        known = {term: count for term, count in frequency.items() if count}
        return cls.of(counted.matrix.shape[0], known, analyser)

    @classmethod
    def from_texts(cls, texts: Iterable[str], words: Words = Words.COMPOUNDS) -> TermStatistics:
        return cls.from_counts(Counted.of(texts), words)

    def weighed(self, text: str) -> Weighed:
        """The terms of `text`; none if no word is in it."""
        counts = Counter(self.analyser.terms(text))
        known = sorted((self.number(term), term, count) for term, count in counts.items())
        terms = tuple(term for _, term, _ in known)
        raw = (1.0 + np.log([float(count) for *_, count in known])) * self._idf(terms)
        length = float(np.sqrt(raw @ raw)) or 1.0
        numbers = np.array([number for number, *_ in known], np.int64)
        return Weighed(terms, numbers, raw / length)

    def matrix(self, counted: Counted) -> tuple[Sequence[str], TermNumbers, sp.csr_array]:
        """Of many texts: names and numbers of the terms (t,), and weights, float32 (texts, t)."""
        terms = counted.terms(self.analyser)
        numbers = np.array([self.number(term) for term in terms.words], np.int64)
        idf, counts = self._idf(terms.words), terms.matrix
        weights = np.empty(len(counts.data), np.float32)
        for start in range(0, counts.shape[0], _AT_ONCE):
            ends = counts.indptr[start : start + _AT_ONCE + 1]
            own, entries = slice(ends[0], ends[-1]), np.diff(ends)
            raw = (1.0 + np.log(counts.data[own])) * idf[counts.indices[own]]
            squares = np.add.reduceat(np.append(raw**2, 0.0), ends[:-1] - ends[0])
            lengths = np.sqrt(np.where(entries > 0, squares, 1.0))
            weights[own] = raw / np.repeat(lengths, entries)
        columns = weights, counts.indices, counts.indptr
        return terms.words, numbers, sp.csr_array(columns, shape=counts.shape)

    def _idf(self, terms: Sequence[str]) -> Scores:
        held = np.array([self.frequency.get(term, 0) for term in terms], np.float64)
        return np.asarray(np.log((1 + self.documents) / (1 + held)) + 1.0)

    def number(self, term: str) -> int:
        """By which postings know the term."""
        known = self._numbers.get(term)
        if known is not None:
            return known
        digest = hashlib.blake2b(term.encode(), digest_size=8).digest()
        return -1 - (int.from_bytes(digest) >> 2)

    def telling(self, term: str) -> bool:
        """Whether a term is rare enough to be shown as a reason: in a quarter of texts at most."""
        return self.frequency.get(term, 0) <= max(1.0, COMMON * self.documents)
