"""Figures of a ranking against graded judgements, and how sure they are.

Gains are the grades themselves, discounts log2(rank + 1): trec_eval's definitions. A query
without a relevant item has no figure (NaN); such queries are counted apart, never averaged in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Grades = Mapping[str, int]  # item → grade, 0 and below: not relevant
PerQuery = npt.NDArray[np.float64]  # (queries,), NaN where undefined

BOOTSTRAP_ROUNDS: Final = 1000


def ndcg(ranking: Sequence[str], grades: Grades, depth: int) -> float:
    """Normalised discounted cumulative gain of the first `depth` (Järvelin, Kekäläinen 2002)."""
    ideal = _gain(sorted((g for g in grades.values() if g > 0), reverse=True)[:depth])
    if ideal == 0.0:
        return math.nan
    return _gain([max(0, grades.get(item, 0)) for item in ranking[:depth]]) / ideal


def reciprocal_rank(ranking: Sequence[str], grades: Grades) -> float:
    """1 / rank of the first relevant item; 0 when none was ranked."""
    if not _relevant(grades):
        return math.nan
    ranks = (rank for rank, item in enumerate(ranking, start=1) if grades.get(item, 0) > 0)
    return 1.0 / next(ranks, math.inf)


def precision_at_1(ranking: Sequence[str], grades: Grades) -> float:
    """1 when the first item is relevant, 0 when it is not or nothing was ranked."""
    if not _relevant(grades):
        return math.nan
    return float(bool(ranking) and grades.get(ranking[0], 0) > 0)


def recall(ranking: Sequence[str], grades: Grades, depth: int) -> float:
    """Part of the relevant items that is among the first `depth`."""
    relevant = _relevant(grades)
    if not relevant:
        return math.nan
    return len(relevant.intersection(ranking[:depth])) / len(relevant)


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over queries with its 95% bootstrap interval; NaN when no query has a value."""

    mean: float
    low: float
    high: float
    queries: int
    undefined: int  # queries without a relevant item, left out of the mean

    @classmethod
    def of(cls, values: PerQuery, rng: np.random.Generator) -> Figure:
        """Percentile bootstrap over queries (Efron 1979)."""
        defined = values[~np.isnan(values)]
        undefined = int(len(values) - len(defined))
        if not len(defined):
            return cls(math.nan, math.nan, math.nan, 0, undefined)
        drawn = rng.integers(0, len(defined), size=(BOOTSTRAP_ROUNDS, len(defined)))
        low, high = np.percentile(defined[drawn].mean(axis=1), [2.5, 97.5])
        return cls(float(defined.mean()), float(low), float(high), len(defined), undefined)


def _relevant(grades: Grades) -> set[str]:
    return {item for item, grade in grades.items() if grade > 0}


def _gain(grades: Sequence[int]) -> float:
    return math.fsum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, start=1))
