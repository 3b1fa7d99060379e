"""Everyone's affinity at once, from the index: whom to ask the store about."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from matcher.affinity import NAMED, Affinity, Aggregation, Piece, share_weights, weights
from matcher.ports import EvidenceTable
from matcher.types import HELPING, Experience, Expert, Outcome, ParticipationRole, PersonId, Scores

_ROLES: Final = tuple(ParticipationRole)
_OUTCOMES: Final = tuple(Outcome)
_HELPING: Final = [_ROLES.index(role) for role in HELPING]
_ADVISER: Final = _ROLES.index(ParticipationRole.ADVISER)

_NO_HISTORY: Final[Mapping[PersonId, float]] = MappingProxyType({})

_Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Standings:
    """Everyone as the index knows them, for one question.

    `strengths` (m,) are those of the entries of `table`: how relevant the case is, times role,
    outcome and recency. `queues` are rows of `table.people` by falling affinity: of those who
    mostly advise and of the others, by either way; who has no affinity is in none. The store
    knows in which list someone belongs.
    """

    table: EvidenceTable
    strengths: Scores
    order: _Rows  # entries (m,) by person, the strongest first
    values: Mapping[Aggregation, Scores]  # (people,) each: the affinities by cases
    history: Scores  # (people,): what is added for an adviser by what they advise on
    helped: _Rows  # (people,): in how many cases they solved or advised
    queues: tuple[_Rows, ...]

    @classmethod
    def of(
        cls,
        table: EvidenceTable,
        relevant: Scores,
        today: date,
        peers: Aggregation,
        advisers: Aggregation,
        history: Mapping[PersonId, float] = _NO_HISTORY,
    ) -> Standings:
        """`relevant` (n,) belongs to the documents of `table`.

        `history` counts for people with a case within sight alone.
        """
        size = len(table.people)
        strengths = relevant[table.document] * weights(table.role, table.outcome, table.day, today)
        order = _strongest_first(table, strengths)
        values = _affinities(table, strengths[order], (peers, advisers))
        places = table.person * len(_ROLES) + table.role
        cases = np.bincount(places, minlength=size * len(_ROLES)).reshape(size, len(_ROLES))
        advises = cases[:, _ADVISER] * 2 > cases.sum(axis=1)
        added = np.zeros(size)
        for person, share in history.items():
            at = _place(table, person)
            if at is not None and values[advisers][at] > 0.0:
                added[at] = share
        return cls(
            table,
            strengths,
            order,
            values,
            added,
            cases[:, _HELPING].sum(axis=1),
            tuple(
                _best_first(way, some)
                for some in (advises, ~advises)
                for way in (values[advisers] + added, values[peers])
            ),
        )

    def known(self, person: PersonId, aggregation: Aggregation) -> tuple[float, int]:
        """The affinity of `person` by their cases, and in how many they helped; or 0 and 0."""
        at = _place(self.table, person)
        if at is None:
            return 0.0, 0
        return float(self.values[aggregation][at]), int(self.helped[at])

    def history_of(self, person: PersonId) -> float:
        """What is added to the affinity of `person`, an adviser, by what they advise on."""
        at = _place(self.table, person)
        return 0.0 if at is None else float(self.history[at])

    def told(self, expert: Expert, aggregation: Aggregation) -> Affinity:
        """The affinity of `expert` by their cases, with the strongest of these; 0 for none."""
        at = _place(self.table, expert.id)
        if at is None:
            return Affinity(expert, 0.0)
        begin, end = np.searchsorted(self.table.person, [at, at + 1]).tolist()
        share = share_weights(end - begin, aggregation)
        pieces = self._strongest(begin, end)
        shares = [
            (piece, weight * piece.strength)
            for piece, weight in zip(pieces, share.tolist(), strict=False)
        ]
        others = end - begin - len(pieces)
        of_all = float(self.strengths[begin:end].sum())
        unnamed = of_all - sum(piece.strength for piece in pieces)
        rest = float(share[-1]) * unnamed if others else 0.0
        value = sum(share for _, share in shares) + rest
        return Affinity(expert, value, tuple(shares), others, rest)

    def _strength_at(self, place: int) -> float:
        return float(self.strengths[self.order[place]])

    def _strongest(self, begin: int, end: int) -> list[Piece]:
        """The strongest NAMED of the entries from `begin` to `end`; of equals the first by id."""
        table, stop = self.table, min(end, begin + NAMED)
        while stop < end and self._strength_at(stop) == self._strength_at(stop - 1):
            stop += 1
        rows = self.order[begin:stop]
        columns = (table.document, table.role, table.outcome, table.day, self.strengths)
        ids = table.signals.ids
        pieces = [
            Piece(
                ids[row],
                strength,
                Experience(ids[row], _ROLES[role], _OUTCOMES[outcome], date.fromordinal(day)),
            )
            for row, role, outcome, day, strength in zip(
                *(column[rows].tolist() for column in columns), strict=True
            )
        ]
        return sorted(pieces, key=lambda piece: (-piece.strength, piece.document))[:NAMED]


def _strongest_first(table: EvidenceTable, strengths: Scores) -> _Rows:
    """Entries (m,) by person as they are in `table`, of each the strongest first."""
    if not len(strengths):
        return np.zeros(0, np.int64)
    # one key, of which the fraction is the strength turned round: many times faster than lexsort
    return np.argsort(table.person - strengths / (strengths.max() * 2.0 + 1.0))


def _affinities(
    table: EvidenceTable, strongest_first: Scores, aggregations: tuple[Aggregation, ...]
) -> dict[Aggregation, Scores]:
    """By each way the affinity of everyone (people,); 0 for one without a case within sight."""
    size, entries = len(table.people), len(strongest_first)
    if not entries:
        return dict.fromkeys(aggregations, np.zeros(size))
    counts = np.bincount(table.person, minlength=size).astype(np.int64)
    rank = np.arange(entries) - (np.cumsum(counts) - counts)[table.person]
    total = np.bincount(table.person, weights=strongest_first, minlength=size)
    by_rank = {}
    for way in aggregations:  # most often they differ in what it is divided by alone
        if way.best not in by_rank:
            weighed = way.of_ranks(int(counts.max()))[rank] * strongest_first
            by_rank[way.best] = np.bincount(table.person, weights=weighed, minlength=size)
    return {
        way: by_rank[way.best] / way.divisors(counts) + way.wholes(counts) * total
        for way in aggregations
    }


def _place(table: EvidenceTable, person: PersonId) -> int | None:
    at = bisect_left(table.people, person)
    return at if at < len(table.people) and table.people[at] == person else None


def _best_first(values: Scores, wanted: npt.NDArray[np.bool_]) -> _Rows:
    """Rows of those `wanted` (people,) by falling value, of equals the first; none of value 0."""
    rows = np.flatnonzero(wanted & (values > 0.0))
    return np.asarray(rows[np.argsort(-values[rows], kind="stable")])
