"""Everyone's affinity at once, from the index: whom to ask the store about."""

from __future__ import annotations

from bisect import bisect_left
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
class Standings:
    """Everyone as the index knows them: affinity from their cases, and in how many they helped.

    `peers` and `advisers` are rows of `table.people` by falling affinity, those who mostly advise
    apart; who has no affinity is in neither.
    """

    table: EvidenceTable
    values: Scores  # (people,)
    helped: npt.NDArray[np.int64]  # (people,)
    peers: npt.NDArray[np.int64]
    advisers: npt.NDArray[np.int64]

    @classmethod
    def of(
        cls, table: EvidenceTable, relevant: Scores, today: date, aggregation: Aggregation
    ) -> Standings:
        """`relevant` (n,) belongs to the documents of `table`.

        The affinities are those of :func:`matcher.affinity.affinity`.
        """
        values = affinities(table, relevant, today, aggregation)
        size = len(values)
        count = np.bincount(table.person, minlength=size)
        advised = np.bincount(table.person[table.role == _ADVISER], minlength=size)
        helped = np.bincount(table.person[np.isin(table.role, _HELPING)], minlength=size)
        order = np.lexsort((np.arange(size), -values))  # of equals the first id first
        order = order[values[order] > 0.0]
        advises = (advised * 2 > count)[order]
        return cls(table, values, helped, order[~advises], order[advises])

    def known(self, person: PersonId) -> tuple[float, int]:
        """The affinity of `person` and in how many cases they helped; 0 and 0 for a stranger."""
        at = bisect_left(self.table.people, person)
        if at == len(self.table.people) or self.table.people[at] != person:
            return 0.0, 0
        return float(self.values[at]), int(self.helped[at])


def affinities(
    table: EvidenceTable, relevant: Scores, today: date, aggregation: Aggregation
) -> Scores:
    """The affinity of each of `table.people` (people,); 0 for one without a case within sight."""
    age = today.toordinal() - table.day.astype(np.int64)
    strength = relevant[table.document] * (
        _ROLE_WEIGHTS[table.role] * _OUTCOME_WEIGHTS[table.outcome] * recency(age)
    )
    if not len(strength):
        return np.zeros(len(table.people))
    # one key, of which the fraction is the strength turned round: many times faster than lexsort
    order = np.argsort(table.person - strength / (strength.max() * 2.0 + 1.0))
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
    table: EvidenceTable, people: Collection[PersonId], relevant: Scores
) -> tuple[dict[PersonId, tuple[Experience, ...]], dict[str, float]]:
    """Every case of each of `people` within sight, and how relevant those cases are.

    `relevant` (n,) belongs to the documents of `table`.
    """
    found: dict[PersonId, tuple[Experience, ...]] = {}
    known: dict[str, float] = {}
    for person in people:
        at = bisect_left(table.people, person)
        if at == len(table.people) or table.people[at] != person:
            continue
        own = slice(*np.searchsorted(table.person, [at, at + 1]))
        ids = [table.signals.ids[row] for row in table.document[own].tolist()]
        known.update(zip(ids, relevant[table.document[own]].tolist(), strict=True))
        columns = (column[own].tolist() for column in (table.role, table.outcome, table.day))
        found[person] = tuple(
            Experience(id_, _ROLES[role], _OUTCOMES[outcome], date.fromordinal(day))
            for id_, role, outcome, day in zip(ids, *columns, strict=True)
        )
    return found, known
