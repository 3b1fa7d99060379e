"""How well a person fits a question: evidence from their cases, and its weighted mean.

Affinity orders people for one question; it is no probability, and no property of a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from matcher.types import (
    DocumentId,
    Experience,
    Expert,
    Integers,
    Outcome,
    ParticipationRole,
    Scores,
)

Counts = npt.NDArray[np.int64]  # (people,): of cases

# How near a part in a case stands to having solved it. By judgement: the set that these were
# to be measured on has one role a list, where they make no difference.
ROLE_WEIGHT: Final[Mapping[ParticipationRole, float]] = {
    ParticipationRole.SOLVER: 1.0,
    ParticipationRole.ADVISER: 1.0,
    ParticipationRole.CO_SOLVER: 0.9,
    ParticipationRole.ASKER: 0.8,
    ParticipationRole.HELPED: 0.6,
}
# What did not work is experience too (rule 4 of the domain): a mild slope, no cliff.
OUTCOME_WEIGHT: Final[Mapping[Outcome, float]] = {
    Outcome.SOLVED: 1.0,
    Outcome.PARTLY: 0.9,
    Outcome.NOT: 0.75,
}
RECENCY_HALF_LIFE_YEARS: Final = 4.0
RECENCY_FLOOR: Final = 0.6  # what age leaves at least, so that it never buries a precise match
DECLARED_WEIGHT: Final = 0.4  # a theme one declares is weaker than a case one had
NAMED: Final = 10  # pieces of evidence that are told one by one
HISTORY: Final = 1.5  # weight of what was learnt of what an adviser advises on
WHOLE_FROM: Final = 20  # cases of no relevance that everyone is counted to have besides


@dataclass(frozen=True, slots=True)
class Aggregation:
    """How a person's evidence becomes one affinity: by their best cases, and by all of them.

    Of n cases the share of the r-th best is its strength, times 1/r where r is at most `best`
    (NAMED or fewer), divided by (1 + 1/2 + ... + 1/min(n, best)) to the power `fewness`; and,
    whatever r is, times `whole` / (n + WHOLE_FROM).

    With a `fewness` of 1 the best make a weighted mean, so that many good cases are no merit over
    one; at 0 each adds in full. The whole is a mean in which everyone has twenty cases of no
    relevance besides: who has two is not known by them as who has sixty is by those. Where it
    counts at all, who loses their strongest case always stands lower.
    """

    fewness: float
    whole: float
    best: int = NAMED

    def of_ranks(self, longest: int) -> Scores:
        """1/r for the `best` ranks from 1, then 0; (longest,)."""
        ranks = np.arange(1, longest + 1)
        return np.where(ranks <= self.best, 1.0 / ranks, 0.0)

    def divisors(self, counts: Counts) -> Scores:
        """What the best are divided by, of people with `counts` (people,) cases; at least 1."""
        sums = np.concatenate([[1.0], np.cumsum(self.of_ranks(self.best))])
        return np.asarray(sums[np.minimum(counts, self.best)] ** self.fewness)

    def wholes(self, counts: Counts) -> Scores:
        """What each case weighs besides, of people with `counts` (people,) cases."""
        return np.asarray(self.whole / (counts + WHOLE_FROM))


# Peers are known by the cases that fit best, so that who has few has a chance; an adviser also
# by what they do most. Measured, for people with few cases too: docs/decisions/005-ranking.md.
PEERS: Final = Aggregation(fewness=0.9, whole=0.25)
ADVISERS: Final = Aggregation(fewness=0.75, whole=3.0)


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence before it is weighed; `experience` is None for a declared theme."""

    document: DocumentId
    strength: float
    experience: Experience | None = None


@dataclass(frozen=True, slots=True)
class Affinity:
    """A person's affinity and what made it: pieces, strongest first, each with its share.

    At most NAMED pieces; the `others` together add `others_share`, and what was learnt of what an
    adviser advises on adds `history`. All these add up to `value`. While people are only ranked
    their pieces are not looked up, and there are none. `helped` counts the cases within the
    viewer's sight in which they solved or advised.
    """

    expert: Expert
    value: float
    pieces: tuple[tuple[Piece, float], ...] = ()
    others: int = 0
    others_share: float = 0.0
    history: float = 0.0
    helped: int = 0


def relevance(scores: Scores) -> Scores:
    """Fused scores (n,) as positive numbers, so that weights below 1 always mean less.

    Softplus, ln(1 + e^x): keeps the order, is x where x is large, never negative.
    """
    # as np.logaddexp(0, x), in half the time
    return np.asarray(np.maximum(scores, 0.0) + np.log1p(np.exp(-np.abs(scores))))


@lru_cache
def share_weights(count: int, aggregation: Aggregation) -> Scores:
    """What each of `count` pieces, strongest first, is multiplied with to be its share."""
    counts = np.array([count])
    by_rank = aggregation.of_ranks(count) / aggregation.divisors(counts)
    return np.asarray(by_rank + aggregation.wholes(counts))


def from_theme(expert: Expert, relevant: Mapping[str, float], aggregation: Aggregation) -> Affinity:
    """The affinity by the declared theme that fits best alone; 0 for who declared none.

    It counts as one weaker case. It is not mixed with cases: a declared theme never lowers what
    those say.
    """
    known = [theme for theme in expert.declared if theme in relevant]
    if not known:
        return Affinity(expert, 0.0)
    best = min(known, key=lambda theme: (-relevant[theme], theme))
    piece = Piece(best, relevant[best] * DECLARED_WEIGHT)
    share = piece.strength * float(share_weights(1, aggregation)[0])
    return Affinity(expert, share, ((piece, share),))


def weights(roles: Integers, outcomes: Integers, days: Integers, today: date) -> Scores:
    """Role, outcome and recency of experiences (m,), in (0, 1].

    `roles` and `outcomes` are places in their enum, `days` dates as ordinals.
    """
    if not len(days):
        return np.zeros(0)
    first = int(days.min())
    by_day = recency(today.toordinal() - np.arange(first, int(days.max()) + 1))
    of_parts = np.take(_PART_WEIGHTS, roles * len(Outcome) + outcomes)
    return np.asarray(of_parts * np.take(by_day, days - first))


def recency(days: npt.NDArray[np.int64]) -> Scores:
    """What cases of so many `days` (n,) ago still weigh: halving, from 1 to a floor."""
    years = np.maximum(0.0, days / 365.25)
    halved = np.power(0.5, years / RECENCY_HALF_LIFE_YEARS)
    return np.asarray(RECENCY_FLOOR + (1.0 - RECENCY_FLOOR) * halved)


_PART_WEIGHTS: Final = np.outer(
    [ROLE_WEIGHT[role] for role in ParticipationRole],
    [OUTCOME_WEIGHT[outcome] for outcome in Outcome],
)
