"""Who took part in which case, as columns of one segment: what people are first ranked by.

The store stays the truth: whoever is suggested is re-selected from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from matcher.affinity import ROLE_WEIGHT
from matcher.types import Document, DocumentId, Integers, Outcome, ParticipationRole, PersonId

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
    """Parallel arrays (m,), sorted by person; `person` indexes `people`, which are in order."""

    people: tuple[PersonId, ...]
    person: Integers
    row: Integers  # of the segment's documents
    role: Integers  # place in ROLES
    outcome: Integers  # place in OUTCOMES
    day: Integers

    @classmethod
    def from_documents(cls, documents: Sequence[Sequence[Participation]]) -> Participations:
        """Of the documents of a segment, in order of row."""
        entries = sorted(
            (part.person, row, ROLES.index(part.role), OUTCOMES.index(part.outcome), part.day)
            for row, parts in enumerate(documents)
            for part in parts
        )
        people = tuple(sorted({person for person, *_ in entries}))
        number = {person: at for at, person in enumerate(people)}
        columns = np.array([(number[p], *rest) for p, *rest in entries], np.int32).reshape(-1, 5).T
        return cls(people, *columns)


@dataclass(frozen=True, slots=True)
class Roster:
    """Everyone's parts in all documents of a generation: parallel arrays (m,), by person.

    `person` indexes `people`, who are in order, and `document` the `documents` of all segments.
    """

    documents: tuple[DocumentId, ...]
    people: tuple[PersonId, ...]
    person: Integers
    document: Integers
    role: Integers
    outcome: Integers
    day: Integers

    @classmethod
    def of(cls, segments: Sequence[tuple[Sequence[DocumentId], Participations]]) -> Roster:
        """Of the documents and parts of each segment."""
        documents = tuple(id_ for ids, _ in segments for id_ in ids)
        people = tuple(sorted({person for _, parts in segments for person in parts.people}))
        number = {person: at for at, person in enumerate(people)}
        columns: list[Integers] = []
        before = 0
        for ids, parts in segments:
            own = np.array([number[person] for person in parts.people], np.int32)
            found = (own[parts.person], before + parts.row, parts.role, parts.outcome, parts.day)
            columns.append(np.array(found, np.int32))
            before += len(ids)
        table = np.concatenate(columns, axis=1)
        return cls(documents, people, *table[:, np.argsort(table[0], kind="stable")])
