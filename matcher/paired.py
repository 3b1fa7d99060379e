"""Two runs over the same queries: what the difference is, and whether it can be chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from matcher.metrics import Figure, PerQuery

RANDOMISATION_ROUNDS: Final = 10_000  # p no smaller than 0.0001; its own error at .05 is .002
_BLOCK: Final = 1000  # rounds at once, so that memory stays small


@dataclass(frozen=True, slots=True)
class Difference:
    """One run's values less another's, query by query.

    Of two runs that are alike in truth, fewer than one in twenty differ with p below .05: where
    many metrics and slices are looked at, some will by chance.
    """

    figure: Figure  # of the differences; above 0: the first run is better
    p: float  # two-sided, 0 to 1; NaN when no query has a value in both
    better: int  # queries on which the first run has the higher value
    worse: int

    @classmethod
    def of(cls, ours: PerQuery, other: PerQuery, rng: np.random.Generator) -> Difference:
        """Over the queries with a value in both, in the same order.

        The interval is that of the mean difference when queries are resampled, the same ones for
        both runs. Raises ValueError when the two are not of the same length.
        """
        if ours.shape != other.shape:
            raise ValueError(f"values of {len(ours)} queries beside those of {len(other)}")
        differences = ours - other
        return cls(
            figure=Figure.of(differences, rng),
            p=randomisation_p(differences[~np.isnan(differences)], rng),
            better=int(np.count_nonzero(differences > 0.0)),
            worse=int(np.count_nonzero(differences < 0.0)),
        )


def randomisation_p(differences: PerQuery, rng: np.random.Generator) -> float:
    """Two-sided p of Fisher's paired randomisation test on the mean of `differences`.

    If the runs were alike, each query's difference could as well have had the other sign. p is
    the part of 10,000 rounds of random signs whose mean lies at least as far from 0 as the one
    seen (Smucker, Allan and Carterette 2007, "A Comparison of Statistical Significance Tests for
    Information Retrieval Evaluation"), the seen one counted among them, so that p is never 0
    (Phipson and Smyth 2010). NaN without differences, 1 when all of them are zero.
    """
    if not len(differences):
        return math.nan
    moved = differences[differences != 0.0]  # a zero is zero under either sign
    slack = 1e-12 * float(np.abs(moved).sum())  # sums of the same numbers in another order
    seen = abs(float(moved.sum())) - slack
    as_far = 1
    for _ in range(RANDOMISATION_ROUNDS // _BLOCK):
        signs = rng.choice(np.array([-1.0, 1.0]), size=(_BLOCK, len(moved)))
        as_far += int(np.count_nonzero(np.abs(signs @ moved) >= seen))
    return as_far / (RANDOMISATION_ROUNDS + 1)
