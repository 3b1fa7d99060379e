"""Organisations and people in the proportions of a country, some asked far more often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from matcher.types import ContactPreference, OrganisationKind, PersonId, Role, Sector

Rows = list[dict[str, Any]]  # of one table

_ADVISERS: Final = 0.075  # of the people; 150 of 2,000
_PARTNERS: Final = 0.03
_A_BOARD: Final = 20  # people
_A_PARTNERSHIP: Final = 200
_A_SCHOOL: Final = 1.8
_LEADER_TAIL: Final = 0.8  # sigma of a lognormal: at 3 parts a case most have 5 to 60 cases,
_ADVISER_TAIL: Final = 1.2  # and a few advisers hundreds
_SECTORS: Final = {Sector.PRIMARY: 0.8, Sector.SECONDARY: 0.12, Sector.SPECIAL: 0.08}
_CONTACTS: Final = {
    ContactPreference.DIRECT: 0.7,
    ContactPreference.THROUGH_ADVISER: 0.25,
    ContactPreference.NOT: 0.05,
}
_FINDABLE: Final = 0.95
_CAPACITIES: Final = (None, 2, 4, 10, 40)  # conversations a month
_DECLARED: Final = (0.4, 0.3, 0.2, 0.1)  # part of the people who declare 0, 1, 2 or 3 themes


@dataclass(frozen=True, slots=True)
class Group:
    """People who do the same, and how likely each is to be the one: sums to 1."""

    people: Rows
    weights: npt.NDArray[np.float64]

    def drawn(self, count: int, rng: np.random.Generator) -> Rows:
        """`count` times someone; the same person may come again."""
        return [self.people[at] for at in rng.choice(len(self.people), count, p=self.weights)]

    @property
    def ids(self) -> tuple[PersonId, ...]:
        return tuple(PersonId(row["id"]) for row in self.people)


@dataclass(frozen=True, slots=True)
class Population:
    """Rows of everyone and of where they work."""

    partnerships: Rows
    boards: Rows
    organisations: Rows
    helpers: Group  # school leaders, and partners of schools
    advisers: Group
    declared: Rows  # person and theme

    @property
    def people(self) -> Rows:
        return [*self.helpers.people, *self.advisers.people]


def population(count: int, themes: Sequence[str], rng: np.random.Generator) -> Population:
    """`count` people over boards, schools and partners; `themes` (ids) are what they declare."""
    advisers = max(1, round(count * _ADVISERS))
    partners = round(count * _PARTNERS)
    leaders = count - advisers - partners
    partnerships = [
        {"id": f"swv-{n}", "name": f"Samenwerkingsverband {n}"}
        for n in range(max(1, count // _A_PARTNERSHIP))
    ]
    boards = [
        {"id": f"b-{n}", "name": f"Bestuur {n}", "partnership_id": _at(partnerships, n)["id"]}
        for n in range(max(2, count // _A_BOARD))
    ]
    under = rng.integers(len(boards), size=max(len(boards), round(leaders / _A_SCHOOL)))
    under[: len(boards)] = np.arange(len(boards))  # no board without a school
    sectors = rng.choice(list(_SECTORS), len(under), p=list(_SECTORS.values()))
    schools = [
        _organisation("school", n, boards[board], OrganisationKind.SCHOOL, Sector(sector))
        for n, (board, sector) in enumerate(zip(under, sectors, strict=True))
    ]
    offices = [
        _organisation("kantoor", n, board, OrganisationKind.BOARD_OFFICE)
        for n, board in enumerate(boards)
    ]
    others = [
        _organisation("partner", n, _at(boards, n), OrganisationKind.CHILDCARE) | {"board_id": None}
        for n in range(min(partners, len(boards)))
    ]
    helpers = [
        *(_person("p", n, Role.SCHOOL_LEADER, _at(schools, n), rng) for n in range(leaders)),
        *(_person("q", n, Role.PARTNER, _at(others, n), rng) for n in range(partners)),
    ]
    office = [_person("a", n, Role.ADVISER, _at(offices, n), rng) for n in range(advisers)]
    return Population(
        partnerships,
        boards,
        [*schools, *offices, *others],
        Group(helpers, _weights(len(helpers), _LEADER_TAIL, rng)),
        Group(office, _weights(len(office), _ADVISER_TAIL, rng)),
        _declared([*helpers, *office], themes, rng),
    )


def _at(rows: Rows, n: int) -> dict[str, Any]:
    """In turns."""
    return rows[n % len(rows)]


def _organisation(
    name: str,
    n: int,
    board: Mapping[str, Any],
    kind: OrganisationKind,
    sector: Sector | None = None,
) -> dict[str, Any]:
    return {
        "id": f"{name}-{n}",
        "name": f"{name.capitalize()} {n}",
        "kind": kind,
        "sector": sector,
        "partnership_id": board["partnership_id"],
        "board_id": board["id"],
    }


def _person(
    letter: str, n: int, role: Role, organisation: Mapping[str, Any], rng: np.random.Generator
) -> dict[str, Any]:
    contact = rng.choice(list(_CONTACTS), p=list(_CONTACTS.values()))
    return {
        "id": f"{letter}{n:05d}",
        "name": f"Persoon {letter}{n}",
        "role": role,
        "function": role.value,
        "organisation_id": organisation["id"],
        "findable": bool(rng.random() < _FINDABLE),
        "contact": ContactPreference(contact),
        "capacity": _CAPACITIES[int(rng.integers(len(_CAPACITIES)))],
    }


def _weights(count: int, sigma: float, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    drawn = rng.lognormal(0.0, sigma, count)
    return np.asarray(drawn / drawn.sum())


def _declared(people: Rows, themes: Sequence[str], rng: np.random.Generator) -> Rows:
    counts = rng.choice(len(_DECLARED), len(people), p=_DECLARED)
    return [
        {"person_id": person["id"], "theme_id": themes[at]}
        for person, count in zip(people, counts, strict=True)
        for at in rng.choice(len(themes), min(int(count), len(themes)), replace=False)
    ]
