"""Whether a question is about what an index is about, so that nothing is suggested when not.

Scores cannot tell: each list has a best one, also for a recipe. But where a question lies can:
a logistic regression sets the texts of the index, as short and long questions, against some
fifty everyday texts about something else. docs/decisions/005-ranking.md has the figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from matcher.types import Vectors

FEWEST_OWN: Final = 20  # texts that an index holds before anything is taken to be off its topic
_INVERSE_PENALTY: Final = 100.0  # C: unit vectors lie close together, so weights must be large


@dataclass(frozen=True, slots=True)
class Topic:
    """P(on topic | query) = 1 / (1 + e^-(weights · query + offset)), with as many on as off."""

    weights: Vectors  # (dim,)
    offset: float

    @classmethod
    def of(cls, own: Vectors, other: Vectors) -> Topic:
        """From questions on topic (n, dim) and off it (m, dim), as the model encodes them.

        Of too few of its own nothing is learnt: then every question is on topic.
        """
        dimension = own.shape[1]
        if len(own) < FEWEST_OWN or not len(other):
            return cls(np.zeros(dimension, np.float32), np.inf)
        vectors = np.concatenate([own, other]).astype(np.float64)
        mean = vectors.mean(axis=0)
        model = LogisticRegression(C=_INVERSE_PENALTY, class_weight="balanced")
        model.fit(vectors - mean, np.arange(len(vectors)) < len(own))
        weights = model.coef_[0]
        offset = float(model.intercept_[0] - weights @ mean)
        return cls(weights.astype(np.float32), offset)

    def probability(self, query: Vectors) -> float:
        """Of a query (dim,) as the model encodes it, in [0, 1]."""
        return float(expit(query @ self.weights + self.offset))


@cache
def everyday() -> tuple[str, ...]:
    """Dutch texts, short and longer, about anything but schools."""
    text = resources.files("embeddings").joinpath("everyday_nl.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))
