"""Everyone's affinity at once, from the index: whom to ask the store about."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from matcher.affinity import (
    OUTCOME_WEIGHT,
    ROLE_WEIGHT,
    Aggregation,
    recency,
    share_weights,
)
from matcher.ports import EvidenceTable
from matcher.types import Experience, Outcome, ParticipationRole, PersonId, Scores

_ROLES: Final = tuple(ParticipationRole)
_OUTCOMES: Final = tuple(Outcome)
_ROLE_WEIGHTS: Final = np.array([ROLE_WEIGHT[role] for role in _ROLES])
_OUTCOME_WEIGHTS: Final = np.array([OUTCOME_WEIGHT[outcome] for outcome in _OUTCOMES])
_HELPING: Final = [
    _ROLES.index(role)
    for role in (ParticipationRole.SOLVER, ParticipationRole.CO_SOLVER, ParticipationRole.ADVISER)
]
_ADVISER: Final = _ROLES.index(ParticipationRole.ADVISER)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person as the index knows them: affinity from their cases, and in how many they helped."""

    id: PersonId
    value: float
    helped: int


def shortlists(
    table: EvidenceTable, relevant: Scores, today: date, aggregation: Aggregation
) -> tuple[list[Candidate], list[Candidate]]:
    """People by falling affinity from their cases: those who mostly help, those who advise.

    `relevant` (n,) belongs to the documents of `table`. The affinities are those of
    :func:`matcher.affinity.affinity`; the store says who may be suggested.
    """
    if not len(table.person):
        return [], []
    values = affinities(table, relevant, today, aggregation)
    everyone = np.arange(len(values))
    count = np.bincount(table.person, minlength=len(values))
    advised = np.bincount(table.person, table.role == _ADVISER, len(values))
    helped = np.bincount(table.person, np.isin(table.role, _HELPING), len(values)).astype(int)
    order = np.lexsort((everyone, -values))  # of equals the first id first
    order = order[values[order] > 0.0]
    advises = (advised * 2 > count)[order]
    peers, advisers = (
        [Candidate(table.people[at], float(values[at]), int(helped[at])) for at in rows.tolist()]
        for rows in (order[~advises], order[advises])
    )
    return peers, advisers


def affinities(
    table: EvidenceTable, relevant: Scores, today: date, aggregation: Aggregation
) -> Scores:
    """The affinity of each of `table.people` (people,); 0 for one without a case within sight."""
    age = today.toordinal() - table.day.astype(np.int64)
    strength = relevant[table.document] * (
        _ROLE_WEIGHTS[table.role] * _OUTCOME_WEIGHTS[table.outcome] * recency(age)
    )
    order = np.lexsort((-strength, table.person))
    counts = np.bincount(table.person, minlength=len(table.people))
    weights = np.concatenate([_padded(int(n), aggregation) for n in (0, *counts)])
    values = np.bincount(
        table.person[order], weights=weights * strength[order], minlength=len(table.people)
    )
    return values.astype(np.float64)


@cache
def _padded(count: int, aggregation: Aggregation) -> npt.NDArray[np.float64]:
    weights = share_weights(count, aggregation)
    return np.pad(weights, (0, count - len(weights)))


def experiences(
    table: EvidenceTable, people: Collection[PersonId]
) -> dict[PersonId, tuple[Experience, ...]]:
    """Every case of each of `people` within sight, in the order of the table."""
    wanted = set(people)
    found: dict[PersonId, tuple[Experience, ...]] = {}
    starts = np.searchsorted(table.person, np.arange(len(table.people) + 1))
    for at, person in enumerate(table.people):
        if person in wanted:
            own = slice(starts[at], starts[at + 1])
            columns = (table.document, table.role, table.outcome, table.day)
            rows = zip(*(column[own].tolist() for column in columns), strict=True)
            found[person] = tuple(
                Experience(
                    table.signals.ids[document],
                    _ROLES[role],
                    _OUTCOMES[outcome],
                    date.fromordinal(day),
                )
                for document, role, outcome, day in rows
            )
    return found
