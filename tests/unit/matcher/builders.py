"""Records for tests, with defaults that no rule objects to."""

from __future__ import annotations

from datetime import date, timedelta

from matcher.affinity import Affinity, Piece
from matcher.types import (
    ContactPreference,
    DocumentId,
    Experience,
    Expert,
    Outcome,
    ParticipationRole,
    PersonId,
    Role,
)

TODAY = date(2026, 3, 2)
HALF_LIFE = timedelta(days=1461)  # four years of 365.25 days


def took_part(
    case: str,
    role: ParticipationRole = ParticipationRole.SOLVER,
    outcome: Outcome = Outcome.SOLVED,
    happened_on: date = TODAY,
) -> Experience:
    """A part in `case`; by default one that counts in full: solved it, successfully, today."""
    return Experience(DocumentId(case), role, outcome, happened_on)


def person(
    id_: str = "p",
    *experiences: Experience,
    role: Role = Role.SCHOOL_LEADER,
    organisation: str = "",
    helped: int = 0,
    declared: tuple[str, ...] = (),
    findable: bool = True,
    contact: ContactPreference = ContactPreference.DIRECT,
    capacity: int | None = None,
    load: int = 0,
    away_until: date | None = None,
) -> Expert:
    return Expert(
        id=PersonId(id_),
        name=id_,
        role=role,
        organisation=organisation,
        organisation_name=organisation,
        sector=None,
        experiences=experiences,
        helped=helped,
        declared=tuple(DocumentId(theme) for theme in declared),
        findable=findable,
        contact=contact,
        capacity=capacity,
        load=load,
        away_until=away_until,
    )


def valued(expert: Expert, value: float) -> Affinity:
    """An affinity of a known value, made by one piece."""
    piece = Piece(DocumentId("c"), value)
    return Affinity(expert, value, ((piece, value),))
