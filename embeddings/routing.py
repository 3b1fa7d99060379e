"""Routing learnt from history: who advised on cases like this question.

For everyone who advised on enough cases a logistic regression sets those against the rest, on the
vectors and words of the problem and the words of what was done. Where two advisers had cases that
are equally near, it knows who such questions most often went to. docs/decisions/005-ranking.md
has what it is worth.

It learns from cases that are shared nationally alone: what a board keeps to itself must not show
in what another is suggested, not even as a weight. It is learnt when an index is built, and
stored with its generation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from embeddings.lexical import LexicalSegment
from embeddings.machine import cores
from embeddings.participations import ROLES
from embeddings.segment import Segment
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
FEWEST: Final = 5  # people; among fewer no one stands out
EXAMPLES: Final = 8_000  # of the rest, that a person's own cases are set against
_PENALTY: Final = 10.0  # C, inverse
_TOLERANCE: Final = 0.1  # a thousandth of it ranks the same, and takes 25 times as long
_FLAT: Final = 1e-9
_ADVISER: Final = ROLES.index(ParticipationRole.ADVISER)

_Is = npt.NDArray[np.bool_]
_Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Routing:
    """One against the rest: ln(p / (1 - p)) = dense · vector + words · terms + offset."""

    people: tuple[PersonId, ...]
    dense: Vectors  # (people, dim): for the whitened vector of the problem
    words: npt.NDArray[np.float16]  # (terms, people): for the terms of the base, in its order
    offsets: Scores  # (people,)

    @classmethod
    def of(cls, base: Segment) -> Routing:
        """From the cases of `base`; empty where too few people advised on enough of them."""
        rows = np.flatnonzero(base.within(DocumentKind.CASE, [NATIONAL_PARTITION], ()))
        advised = dict(_advised(base, rows))
        if len(advised) < FEWEST:
            return NO_ROUTING
        dimension = base.dense[Field.PROBLEM].vectors.shape[1]
        features = _features(base, rows)
        with ThreadPoolExecutor(cores()) as pool:
            fitted = np.array(list(pool.map(lambda own: _fit(features, own), advised.values())))
        return cls(
            tuple(advised),
            fitted[:, :dimension].astype(np.float32),
            np.ascontiguousarray(fitted[:, dimension:-1].T.astype(np.float16)),
            fitted[:, -1],
        )

    def logits(
        self, vector: Vectors, terms: Mapping[str, float], lexical: LexicalSegment
    ) -> Scores:
        """How likely it is each of `people` (people,) who advises on a query.

        The query has this `vector` (dim,) and `terms`; `lexical` is that of the base.
        """
        rows, weights = lexical.known(terms)
        of_words = weights @ self.words[rows].astype(np.float64)
        return np.asarray(self.dense @ vector + of_words + self.offsets)

    def stands_out(
        self, vector: Vectors, terms: Mapping[str, float], lexical: LexicalSegment
    ) -> dict[PersonId, float]:
        """Who advises on a query like this more than most do, by how many standard deviations."""
        if not self.people:
            return {}
        logits = self.logits(vector, terms, lexical)
        above = (logits - logits.mean()) / max(float(logits.std()), _FLAT)
        return {self.people[at]: float(above[at]) for at in np.flatnonzero(above > 0.0)}


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


def _features(base: Segment, rows: _Rows) -> sp.csr_matrix:
    """The whitened vector of the problem and the weights of the words, side by side."""
    dense = base.dense[Field.PROBLEM]
    vectors = np.zeros((len(rows), dense.vectors.shape[1]))
    at, has = dense.places(rows)
    vectors[has] = dense.vectors[at]
    words = base.lexical.matrix[:, rows].T
    return sp.csr_matrix(sp.hstack([sp.csr_matrix(vectors), words], format="csr"))


def _fit(features: sp.csr_matrix, own: _Is) -> Scores:
    """Weights and, last, the offset of one person, (features + 1,).

    Where the rest is sampled, the offset is put right for it (King and Zeng 2001).
    """
    rest = np.flatnonzero(~own)
    sampled = np.random.default_rng(0).permutation(rest)[:EXAMPLES]
    rows = np.sort(np.concatenate([np.flatnonzero(own), sampled]))
    model = LogisticRegression(
        C=_PENALTY, solver="liblinear", dual=True, tol=_TOLERANCE, random_state=0
    )
    model.fit(features[rows], own[rows])
    return np.append(model.coef_[0], model.intercept_[0] + np.log(len(sampled) / len(rest)))
