"""How well a person fits a question: evidence from their cases, and its weighted mean.

Affinity orders people for one question; it is no probability, and no property of a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from matcher.fusion import Fused
from matcher.types import DocumentId, Experience, Expert, Outcome, ParticipationRole, Scores

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
BEST: Final = 10  # cases of a person that count by rank
FEWNESS: Final = 0.75  # 1: many good cases are no merit over one; 0: every one adds in full
WHOLE: Final = 3.0  # weight of all of a person's cases beside their best
WHOLE_FROM: Final = 20  # cases of no relevance that everyone is counted to have besides
HARMONIC_DEPTH: Final = 5


class Aggregation(StrEnum):
    """How a person's evidence becomes one affinity; the first is what serves."""

    BEST_AND_WHOLE = "best-and-whole"
    HARMONIC = "harmonic"
    MAX = "max"
    COMBSUM = "combsum"
    RECIPROCAL_RANK = "reciprocal-rank"


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence before it is weighed; `experience` is None for a declared theme."""

    document: DocumentId
    strength: float
    experience: Experience | None = None


@dataclass(frozen=True, slots=True)
class Affinity:
    """A person's affinity and the pieces that made it, strongest first, each with its share.

    The shares add up to `value`: that is how it is computed. While people are only ranked their
    pieces are not looked up, and there are none.
    """

    expert: Expert
    value: float
    pieces: tuple[tuple[Piece, float], ...]


def relevance(fused: Fused, aggregation: Aggregation = Aggregation.BEST_AND_WHOLE) -> Scores:
    """Fused scores (n,) as positive numbers, so that weights below 1 always mean less.

    Softplus, ln(1 + e^x): keeps the order, is x where x is large, never negative. For
    reciprocal rank it is 1/rank (MacDonald and Ounis 2006, RR voting).
    """
    if aggregation is Aggregation.RECIPROCAL_RANK:
        relevant = np.empty(len(fused.ids))
        relevant[fused.best_first()] = 1.0 / np.arange(1, len(fused.ids) + 1)
        return relevant
    return np.asarray(np.logaddexp(0.0, fused.scores))


def affinity(
    expert: Expert, relevant: Mapping[str, float], today: date, aggregation: Aggregation
) -> Affinity:
    """The affinity of one person: from their cases, or from a theme they declared if that is more.

    The two are not mixed: a declared theme never lowers what someone's cases say.
    """
    from_cases = _weighed(expert, case_pieces(expert, relevant, today), aggregation)
    themed = from_theme(expert, relevant, aggregation)
    return themed if themed.value > from_cases.value else from_cases


def from_theme(expert: Expert, relevant: Mapping[str, float], aggregation: Aggregation) -> Affinity:
    """The affinity by the declared theme that fits best alone; 0 for who declared none."""
    return _weighed(expert, theme_pieces(expert, relevant), aggregation)


def case_pieces(expert: Expert, relevant: Mapping[str, float], today: date) -> list[Piece]:
    """A person's cases as evidence, strongest first; of several parts in one case the best."""
    best: dict[DocumentId, tuple[float, Experience]] = {}
    for experience in expert.experiences:
        case = experience.case
        if case in relevant:
            strength = relevant[case] * weight_of(experience, today)
            if case not in best or strength > best[case][0]:
                best[case] = (strength, experience)
    found = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))
    return [Piece(case, strength, experience) for case, (strength, experience) in found]


def theme_pieces(expert: Expert, relevant: Mapping[str, float]) -> list[Piece]:
    """The declared theme that fits best, as one weaker pseudo-case; nothing if there is none."""
    known = [theme for theme in expert.declared if theme in relevant]
    best = sorted(known, key=lambda theme: (-relevant[theme], theme))[:1]
    return [Piece(theme, relevant[theme] * DECLARED_WEIGHT) for theme in best]


def weight_of(experience: Experience, today: date) -> float:
    """Role, outcome and recency of one experience, in (0, 1]."""
    days = (today - experience.happened_on).days
    return ROLE_WEIGHT[experience.role] * OUTCOME_WEIGHT[experience.outcome] * _recency_of(days)


def recency(days: npt.NDArray[np.int64]) -> Scores:
    """What cases of so many `days` (n,) ago still weigh: halving, from 1 to a floor."""
    years = np.maximum(0.0, days / 365.25)
    halved = np.power(0.5, years / RECENCY_HALF_LIFE_YEARS)
    return np.asarray(RECENCY_FLOOR + (1.0 - RECENCY_FLOOR) * halved)


@lru_cache(maxsize=20_000)  # days: more than fifty years of them
def _recency_of(days: int) -> float:
    return float(recency(np.array([days]))[0])


def share_weights(count: int, aggregation: Aggregation) -> Scores:
    """What each of `count` pieces, strongest first, is multiplied with to be its share.

    Best and whole (the default): a mean of the ten best that leans to the first (1, 1/2, ...
    1/10), and a part of the mean of all, in which everyone has twenty cases of no relevance
    besides: who has two cases is not known by them as who has sixty is by those. The mean of the
    best is divided by the sum of its weights to the power 3/4, so that a second case as good as
    the first adds a little. Losing one's best piece always means less.
    """
    return _WEIGHTS[aggregation](count)


def _weighed(expert: Expert, pieces: Sequence[Piece], aggregation: Aggregation) -> Affinity:
    """`pieces`, strongest first, as one value."""
    weights = share_weights(len(pieces), aggregation).tolist()
    shares = [
        (piece, weight * piece.strength) for piece, weight in zip(pieces, weights, strict=False)
    ]
    return Affinity(expert, float(sum(share for _, share in shares)), tuple(shares))


@cache
def _best_and_whole(count: int) -> Scores:
    weights = np.full(count, WHOLE / (count + WHOLE_FROM))
    best = 1.0 / np.arange(1, min(count, BEST) + 1)
    weights[:BEST] += best / best.sum() ** FEWNESS
    return weights


@cache
def _harmonic(count: int) -> Scores:
    weights = 1.0 / np.arange(1, min(count, HARMONIC_DEPTH) + 1)
    return np.asarray(weights / weights.sum())


_WEIGHTS: Final[Mapping[Aggregation, Callable[[int], Scores]]] = {
    Aggregation.BEST_AND_WHOLE: _best_and_whole,
    Aggregation.HARMONIC: _harmonic,
    Aggregation.MAX: lambda count: np.ones(min(count, 1)),
    Aggregation.COMBSUM: np.ones,
    Aggregation.RECIPROCAL_RANK: np.ones,
}
