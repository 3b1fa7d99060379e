"""Who took part in which case, as columns of one segment: what people are first ranked by.

The store stays the truth: whoever is suggested is re-selected from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from embeddings.dense import Rows
from matcher.affinity import ROLE_WEIGHT
from matcher.types import Document, Integers, Outcome, ParticipationRole, PersonId

ROLES: Final = tuple(ParticipationRole)
OUTCOMES: Final = tuple(Outcome)


@dataclass(frozen=True, slots=True)
class Participation:
    """One person's weightiest part in one case, on its way into a segment."""

    person: PersonId
    role: ParticipationRole
    outcome: Outcome
    day: int  # ordinal


def participations(document: Document) -> tuple[Participation, ...]:
    """What a document says of people; nothing unless it is a case."""
    if document.outcome is None or document.happened_on is None:
        return ()
    best: dict[PersonId, ParticipationRole] = {}
    for part in document.parts:
        known = best.get(part.person)
        if known is None or ROLE_WEIGHT[part.role] > ROLE_WEIGHT[known]:
            best[part.person] = part.role
    day = document.happened_on.toordinal()
    return tuple(
        Participation(person, role, document.outcome, day) for person, role in sorted(best.items())
    )


@dataclass(frozen=True, slots=True)
class Participations:
    """Parallel arrays (m,), sorted by row; `person` indexes `people`, which are in order."""

    people: tuple[PersonId, ...]
    person: Integers
    row: Integers  # of the segment's documents
    role: Integers  # place in ROLES
    outcome: Integers  # place in OUTCOMES
    day: Integers

    @classmethod
    def from_documents(cls, documents: Sequence[Sequence[Participation]]) -> Participations:
        """Of the documents of a segment, in order of row."""
        people = tuple(sorted({part.person for parts in documents for part in parts}))
        number = {person: at for at, person in enumerate(people)}
        entries = [
            (number[p.person], row, ROLES.index(p.role), OUTCOMES.index(p.outcome), p.day)
            for row, parts in enumerate(documents)
            for p in parts
        ]
        columns = np.array(entries, np.int32).reshape(-1, 5).T
        return cls(people, *np.ascontiguousarray(columns))

    @property
    def columns(self) -> tuple[Integers, Integers, Integers, Integers, Integers]:
        return self.person, self.row, self.role, self.outcome, self.day

    def between(self, start: int, stop: int) -> Participations:
        """Those of the rows from `start` to `stop`, counted from `start`."""
        own = slice(*np.searchsorted(self.row, [start, stop]).tolist())
        columns = self.person, self.row - start, self.role, self.outcome, self.day
        return Participations(self.people, *(column[own] for column in columns))

    @classmethod
    def joined(cls, some: Sequence[tuple[Participations, Rows]]) -> Participations:
        """Several as one; each comes with the new row (n,) of its documents, -1 to leave it out."""
        named: list[list[PersonId]] = []
        columns: list[npt.NDArray[np.int32]] = []
        for parts, rows in some:
            row = rows[parts.row]
            kept = row >= 0
            used, person = np.unique(parts.person[kept], return_inverse=True)
            named.append([parts.people[at] for at in used.tolist()])
            rest = (column[kept] for column in (parts.role, parts.outcome, parts.day))
            columns.append(np.array([person, row[kept], *rest], np.int32))
        people = tuple(sorted({person for names in named for person in names}))
        number = {person: at for at, person in enumerate(people)}
        tables = [np.zeros((5, 0), np.int32)]
        for names, table in zip(named, columns, strict=True):
            table[0] = np.array([number[name] for name in names], np.int32)[table[0]]
            tables.append(table)
        table = np.concatenate(tables, axis=1)
        return cls(people, *table[:, np.argsort(table[1], kind="stable")])


@dataclass(frozen=True, slots=True)
class Roster:
    """Everyone's parts in the cases within one viewer's sight: parallel arrays (m,), by person.

    `person` indexes `people`, who are in order, and `document` the cases within sight.
    """

    people: tuple[PersonId, ...]
    person: Integers
    document: Integers
    role: Integers
    outcome: Integers
    day: Integers

    @classmethod
    def of(cls, some: Sequence[tuple[Participations, Rows]]) -> Roster:
        """Of several segments, each with the place (n,) of its documents, -1 for out of sight."""
        parts = Participations.joined(some)
        by_person = np.argsort(parts.person, kind="stable")
        return cls(parts.people, *(column[by_person] for column in parts.columns))
