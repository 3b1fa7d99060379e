"""Who and what gets shown: how much of a catalogue appears, and how evenly.

Figures of quality are means over questions. They can rise while all attention goes to a few; the
figures here are over the items, and tell that apart.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

EXPOSURE_DEPTH: Final = 10  # the places that count: as deep as the headline figures look


@dataclass(frozen=True, slots=True)
class Exposure:
    """What the first places of all rankings together show of a catalogue."""

    catalogue: int  # items that could have been shown
    shown: int  # of those, the items in at least one of the rankings
    gini: float  # 0: all items as much; 1: one item has it all; NaN where undefined

    @classmethod
    def of(
        cls,
        rankings: Iterable[Sequence[str]],
        catalogue: Collection[str],
        depth: int = EXPOSURE_DEPTH,
    ) -> Exposure:
        """Counts the first `depth` of each ranking; an item not in `catalogue` does not count.

        Rank r gives an item an exposure of 1 / log2(r + 1), the discount of nDCG (Singh and
        Joachims 2018, "Fairness of Exposure in Rankings").
        """
        given = dict.fromkeys(catalogue, 0.0)
        for ranking in rankings:
            for rank, item in enumerate(ranking[:depth], start=1):
                if item in given:
                    given[item] += 1.0 / math.log2(rank + 1)
        values = np.array(list(given.values()), dtype=np.float64)
        return cls(len(values), int(np.count_nonzero(values)), gini(values))

    @property
    def coverage(self) -> float:
        """Part of the catalogue that is shown at all, 0 to 1; NaN for an empty catalogue.

        No more than queries × depth items can be, however good the rankings are.
        """
        return self.shown / self.catalogue if self.catalogue else math.nan


def gini(values: npt.NDArray[np.float64]) -> float:
    """How unequally `values` (n,), none negative, are spread: 0 all equal, 1 all in one.

    Half the mean difference between two of them, divided by their mean (Gini 1912), the pairs
    drawn without repetition so that 1 can be reached whatever n: the form in which Shani and
    Gunawardana (2011, "Evaluating Recommendation Systems") give it for item space coverage.
    NaN for fewer than two values, and where all are zero: there is nothing to spread.
    """
    count, total = len(values), float(values.sum())
    if count < 2 or total == 0.0:
        return math.nan
    place = np.arange(1, count + 1)
    return float((2 * place - count - 1) @ np.sort(values)) / ((count - 1) * total)
