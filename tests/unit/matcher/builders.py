"""Records for tests, with defaults that no rule objects to, and affinities by plain formulas."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from matcher.affinity import (
    ADVISERS,
    OUTCOME_WEIGHT,
    PEERS,
    RECENCY_FLOOR,
    ROLE_WEIGHT,
    Affinity,
    Aggregation,
    Piece,
)
from matcher.people import Aggregations, Evidence
from matcher.ports import EvidenceTable, Signal, Signals
from matcher.standings import Standings
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

HARMONIC = Aggregation(fewness=1.0, whole=0.0, best=5)  # the mean of five that leans to the first
MAX = Aggregation(fewness=1.0, whole=0.0, best=1)
AGGREGATIONS = (PEERS, ADVISERS, HARMONIC, MAX)


@dataclass(frozen=True, slots=True)
class Helper(Expert):
    """An expert of whom is known what the index would tell: what they did."""

    experiences: tuple[Experience, ...] = ()
    helped: int = 0


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
) -> Helper:
    return Helper(
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


def valued(helper: Helper, value: float) -> Affinity:
    """An affinity of a known value, made by one piece."""
    piece = Piece(DocumentId("c"), value)
    return Affinity(helper, value, ((piece, value),), helped=helper.helped)


def neutral(ids: Iterable[str]) -> Signals:
    """Of documents that no signal tells apart."""
    named = tuple(map(DocumentId, ids))
    size = len(Signal)
    values = np.zeros((len(named), size))
    return Signals(named, values, np.zeros(size), np.ones(size), np.ones(size))


def weightiest(parts: Iterable[Experience], today: date = TODAY) -> list[Experience]:
    """Of several parts in one case that which weighs most: an index holds no other."""
    best: dict[DocumentId, Experience] = {}
    for part in parts:
        known = best.get(part.case)
        if known is None or part_weight(part, today) > part_weight(known, today):
            best[part.case] = part
    return list(best.values())


def table(
    crowd: Sequence[Helper], signals: Signals, seen: Collection[str], today: date = TODAY
) -> EvidenceTable:
    """What an index would say of `crowd`, in order of id: their parts in the cases `seen`."""
    row_of = {id_: row for row, id_ in enumerate(signals.ids)}
    entries = [
        (
            number,
            row_of[part.case],
            list(ParticipationRole).index(part.role),
            list(Outcome).index(part.outcome),
            part.happened_on.toordinal(),
        )
        for number, helper in enumerate(crowd)
        for part in weightiest(helper.experiences, today)
        if part.case in seen
    ]
    columns = np.array(entries, np.int32).reshape(-1, 5).T
    return EvidenceTable(signals, tuple(helper.id for helper in crowd), *columns)


def affinity(
    helper: Helper, relevant: Mapping[str, float], today: date, aggregation: Aggregation
) -> Affinity:
    """What the matcher tells of one person; a case or theme that is not `relevant` is unknown."""
    evidence = table([helper], neutral(relevant), relevant.keys(), today)
    values = np.array(list(relevant.values()))
    standings = Standings.of(evidence, values, today, aggregation, aggregation)
    themes = {theme: relevant[theme] for theme in helper.declared if theme in relevant}
    evidence = Evidence(standings, themes, Aggregations(aggregation, aggregation))
    return evidence.told(evidence.ranked(helper))


def part_weight(part: Experience, today: date) -> float:
    """Role, outcome and recency of `part`, by formula."""
    years = max(0, (today - part.happened_on).days) / 365.25
    recency = RECENCY_FLOOR + (1.0 - RECENCY_FLOOR) * 2.0 ** (-years / 4.0)
    return ROLE_WEIGHT[part.role] * OUTCOME_WEIGHT[part.outcome] * recency


def strengths_of(
    helper: Helper, relevant: Mapping[str, float], today: date = TODAY
) -> dict[str, float]:
    """How strong each of their cases is, by formula, the strongest first and of equals by id."""
    seen = [part for part in weightiest(helper.experiences, today) if part.case in relevant]
    found = {part.case: relevant[part.case] * part_weight(part, today) for part in seen}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def shares_of(strengths: Iterable[float], aggregation: Aggregation) -> list[float]:
    """What each of `strengths` adds to an affinity, the strongest first, by formula."""
    ordered = sorted(strengths, reverse=True)
    ranks = range(1, min(len(ordered), aggregation.best) + 1)
    divisor = math.fsum(1.0 / rank for rank in ranks) ** aggregation.fewness
    return [
        strength * aggregation.whole / (len(ordered) + 20)
        + (strength / rank / divisor if rank <= aggregation.best else 0.0)
        for rank, strength in enumerate(ordered, start=1)
    ]
