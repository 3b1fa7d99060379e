"""Words in common: TF-IDF cosine over terms, as immutable postings of one segment.

Weight of a term in a text: (1 + ln tf) × idf, with idf = ln((1 + N) / (1 + df)) + 1, rows scaled
to unit length (scikit-learn's sublinear, smoothed TF-IDF). On questions short and long it was
ahead of BM25 on dekamer-dev: docs/decisions/005-ranking.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import scipy.sparse as sp

from embeddings.analysis import Analyser
from matcher.types import Document, Scores

COMMON: Final = 0.25  # a word in more texts than this part of them tells no reader anything


def lexical_text(document: Document, title_counts: int) -> str:
    """The words of a document: its fields together did better than each apart.

    A word of the title counts `title_counts` times; it is in the problem once already.
    """
    return "\n".join(
        [document.problem, document.resolution, *[document.title] * (title_counts - 1)]
    )


@dataclass(frozen=True, slots=True)
class TermStatistics:
    """What words weigh, counted over the base of one generation. A new word has df 0."""

    documents: int
    frequency: dict[str, int]
    analyser: Analyser

    @classmethod
    def from_texts(cls, texts: Iterable[str], analyser: Analyser) -> TermStatistics:
        frequency: Counter[str] = Counter()
        documents = 0
        for text in texts:
            frequency.update(set(analyser.terms(text)))
            documents += 1
        return cls(documents, dict(sorted(frequency.items())), analyser)

    def weights(self, text: str) -> dict[str, float]:
        """The terms of `text` with their weights, scaled to unit length; empty if no word is."""
        raw = {
            term: (1.0 + np.log(count)) * self._idf(term)
            for term, count in Counter(self.analyser.terms(text)).items()
        }
        length = float(np.sqrt(sum(weight**2 for weight in raw.values())))
        return {term: weight / length for term, weight in raw.items()}

    def telling(self, term: str) -> bool:
        """Whether a term is rare enough to be shown as a reason: in a quarter of texts at most."""
        return self.frequency.get(term, 0) <= max(1.0, COMMON * self.documents)

    def _idf(self, term: str) -> float:
        return float(np.log((1 + self.documents) / (1 + self.frequency.get(term, 0))) + 1.0)


@dataclass(frozen=True, slots=True)
class LexicalSegment:
    """Postings: `matrix` (terms, documents), a row a term of `vocabulary`."""

    vocabulary: tuple[str, ...]
    matrix: sp.csr_array
    _rows: dict[str, int] = field(repr=False)

    @classmethod
    def from_weights(cls, weighed: Sequence[Mapping[str, float]]) -> LexicalSegment:
        """Postings of documents whose terms were weighed by one TermStatistics."""
        vocabulary = tuple(sorted({term for weights in weighed for term in weights}))
        rows = {term: row for row, term in enumerate(vocabulary)}
        entries = [
            (rows[term], document, weight)
            for document, weights in enumerate(weighed)
            for term, weight in weights.items()
        ]
        term_rows, documents, values = zip(*entries, strict=True) if entries else ((), (), ())
        matrix = sp.csr_array(
            (
                np.array(values, np.float32),
                (np.array(term_rows, np.int32), np.array(documents, np.int32)),
            ),
            shape=(len(vocabulary), len(weighed)),
        )
        return cls.from_matrix(vocabulary, matrix)

    @classmethod
    def from_matrix(cls, vocabulary: Sequence[str], matrix: sp.csr_array) -> LexicalSegment:
        matrix.sort_indices()
        return cls(tuple(vocabulary), matrix, {term: row for row, term in enumerate(vocabulary)})

    def scores(self, query: dict[str, float]) -> Scores:
        """Cosine of every document with the weighed `query`, float64 (documents,)."""
        rows, weights = self.known(query)
        if not rows:
            return np.zeros(self.matrix.shape[1])
        return np.asarray(weights @ self.matrix[rows], dtype=np.float64)

    def known(self, query: Mapping[str, float]) -> tuple[list[int], Scores]:
        """Rows of the terms of `query` that are in the vocabulary, and their weights (n,)."""
        known = [(self._rows[term], weight) for term, weight in query.items() if term in self._rows]
        return [row for row, _ in known], np.array([weight for _, weight in known], np.float64)

    def _of_term(self, term: str, documents: Sequence[int]) -> Scores:
        """Weights of `term` in `documents` (n,); 0 where it is not."""
        begin, end = self.matrix.indptr[self._rows[term] :][:2]
        found = np.searchsorted(self.matrix.indices[begin:end], documents)
        at = begin + np.minimum(found, end - begin - 1)
        here = self.matrix.indices[at] == documents
        return np.where(here, self.matrix.data[at], 0.0).astype(np.float64)

    def shared_terms(
        self, query: dict[str, float], documents: Sequence[int], limit: int
    ) -> list[list[str]]:
        """For each of `documents` the terms that make most of its score, heaviest first."""
        known = sorted(term for term in query if term in self._rows)
        if not known or not documents:
            return [[] for _ in documents]
        made = np.array([query[term] * self._of_term(term, documents) for term in known])
        heaviest = np.argsort(-made, axis=0, kind="stable")[:limit]
        return [
            [known[row] for row in heaviest[:, at] if made[row, at] > 0.0]
            for at in range(len(documents))
        ]
