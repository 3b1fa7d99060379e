"""Everyone's affinity at once, from the index: whom to ask the store about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache

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
from matcher.types import Outcome, ParticipationRole, PersonId, Scores

_ROLE_WEIGHTS = np.array([ROLE_WEIGHT[role] for role in ParticipationRole])
_OUTCOME_WEIGHTS = np.array([OUTCOME_WEIGHT[outcome] for outcome in Outcome])
_ADVISER = list(ParticipationRole).index(ParticipationRole.ADVISER)


def shortlists(
    table: EvidenceTable, relevant: Scores, today: date, aggregation: Aggregation
) -> tuple[Sequence[PersonId], Sequence[PersonId]]:
    """People by falling affinity from their cases: those who mostly help, those who advise.

    `relevant` (n,) belongs to the documents of `table`. The affinities are those of
    :func:`matcher.affinity.affinity`, of what the index knows: the store has the last word.
    """
    if not len(table.person):
        return (), ()
    values = affinities(table, relevant, today, aggregation)
    advised = np.bincount(table.person, weights=table.role == _ADVISER, minlength=len(values))
    advises = advised * 2 > np.bincount(table.person, minlength=len(values))
    order = np.argsort(-values, kind="stable")  # of equals the first id first
    order = order[values[order] > 0.0]
    return (
        [table.people[at] for at in order[~advises[order]]],
        [table.people[at] for at in order[advises[order]]],
    )


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
    weights = np.concatenate([_padded(int(n), aggregation) for n in counts if n])
    values = np.bincount(
        table.person[order], weights=weights * strength[order], minlength=len(table.people)
    )
    return values.astype(np.float64)


@cache
def _padded(count: int, aggregation: Aggregation) -> npt.NDArray[np.float64]:
    weights = share_weights(count, aggregation)
    return np.pad(weights, (0, count - len(weights)))
