"""Routing learnt from history: who advised on cases like this question.

For everyone who advised on enough cases a logistic regression sets those against the rest, on the
vectors and words of the problem and the words of what was done. Where two advisers had cases that
are equally near, it knows who such questions most often went to. docs/decisions/005-ranking.md
has what it is worth.

How likely someone is to advise depends most on how much they advised at all. That is taken out:
told is how much more a question is theirs than the cases of the index are on average.

It learns from cases that are shared nationally alone: one that a board keeps to itself is an
example of nothing. It is learnt when an index is built, and stored with its generation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from embeddings.lexical import TermStatistics, Weighed
from embeddings.participations import ROLES
from embeddings.segment import Segment, Shelf
from matcher.types import (
    NATIONAL_PARTITION,
    DocumentKind,
    Field,
    ParticipationRole,
    PersonId,
    Scores,
    Vectors,
)

ENOUGH: Final = 20  # cases on which one advised, from which is learnt what one advises on
EXAMPLES: Final = 4_000  # of the rest, that a person's own cases are set against
_PENALTY: Final = 10.0  # C, inverse
_TOLERANCE: Final = 0.1  # a thousandth of it ranks the same, and takes 25 times as long
_NATIONAL: Final = Shelf(DocumentKind.CASE, NATIONAL_PARTITION)
_ADVISER: Final = ROLES.index(ParticipationRole.ADVISER)

_Is = npt.NDArray[np.bool_]
_Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Routing:
    """One against the rest, in standard deviations: dense · vector + words · terms + offset."""

    people: tuple[PersonId, ...]
    dense: Vectors  # (people, dim): for the whitened vector of the problem
    words: npt.NDArray[np.float16]  # (terms, people): for the terms that are known, by number
    offsets: Scores  # (people,)

    @classmethod
    def of(cls, base: Segment, terms: TermStatistics) -> Routing:
        """From the cases of `base`; empty where no one advised on enough of them.

        One after the other: liblinear draws from a source that all threads share, and the same
        index must say the same.
        """
        rows = np.arange(*base.shelves.get(_NATIONAL, (0, 0)))
        advised = dict(_advised(base, rows))
        if not advised:
            return NO_ROUTING
        dimension = base.dense[Field.PROBLEM].vectors.shape[1]
        dense = np.empty((len(advised), dimension), np.float32)
        words = np.empty((len(terms.frequency), len(advised)), np.float16)
        offsets = np.empty(len(advised))
        features = _features(base, rows, len(terms.frequency))
        for at, own in enumerate(advised.values()):
            fitted = _fit(features, own)
            told = features @ fitted[:-1]
            weights = fitted[:-1] / told.std()
            dense[at], words[:, at] = weights[:dimension], weights[dimension:]
            offsets[at] = -told.mean() / told.std()
        return cls(tuple(advised), dense, words, offsets)

    def above(self, vector: Vectors, words: Weighed) -> dict[PersonId, float]:
        """Whose a query is more than the average case is, by how many standard deviations.

        The query has this `vector` (dim,) and `words`.
        """
        if not self.people:
            return {}
        known = words.numbers >= 0
        of_words = words.weights[known] @ self.words[words.numbers[known]].astype(np.float64)
        told = self.dense @ vector + of_words + self.offsets
        return {self.people[at]: float(told[at]) for at in np.flatnonzero(told > 0.0)}


NO_ROUTING: Final = Routing(
    (), np.zeros((0, 0), np.float32), np.zeros((0, 0), np.float16), np.zeros(0)
)


def _advised(base: Segment, rows: _Rows) -> Iterator[tuple[PersonId, _Is]]:
    """Who advised on enough of the cases at `rows`, and on which: bool (len(rows),)."""
    parts = base.parts
    advising = (parts.role == _ADVISER) & np.isin(parts.row, rows)
    for at in np.flatnonzero(np.bincount(parts.person[advising]) >= ENOUGH).tolist():
        own = np.isin(rows, parts.row[advising & (parts.person == at)])
        if not own.all():  # who advised on every case is told apart from no one
            yield parts.people[at], own


def _features(base: Segment, rows: _Rows, known: int) -> sp.csr_matrix:
    """The whitened vector of the problem and the weights of `known` words, side by side."""
    dense = base.dense[Field.PROBLEM]
    vectors = np.zeros((len(rows), dense.vectors.shape[1]))
    at, has = dense.places(rows)
    vectors[has] = dense.vectors[at]
    words = base.postings[_NATIONAL].wide(known)
    return sp.csr_matrix(sp.hstack([sp.csr_matrix(vectors), words], format="csr"))


def _fit(features: sp.csr_matrix, own: _Is) -> Scores:
    """Weights and, last, the offset of one person, (features + 1,); of many others a sample."""
    rest = np.random.default_rng(0).permutation(np.flatnonzero(~own))[:EXAMPLES]
    rows = np.sort(np.concatenate([np.flatnonzero(own), rest]))
    model = LogisticRegression(
        C=_PENALTY, solver="liblinear", dual=True, tol=_TOLERANCE, random_state=0
    )
    model.fit(features[rows], own[rows])
    return np.append(model.coef_[0], model.intercept_[0])
