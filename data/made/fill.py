"""Fills an empty database with made rows, in bulk, through the project's own tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import insert
from sqlalchemy.orm import Session

from data.importer import SAMPLE
from data.made.people import Rows, population
from data.made.questions import Shares, written
from data.made.texts import Recombiner, rows_of
from data.tables import (
    BoardRow,
    OrganisationRow,
    OutboxRow,
    ParticipationRow,
    PartnershipRow,
    PersonRow,
    QuestionRow,
    ResolutionRow,
    ThemeRow,
    person_theme,
    question_theme,
)
from matcher.types import PersonId


@dataclass(frozen=True, slots=True)
class Made:
    """Who can ask, and how many rows there are of each table, by its name."""

    helpers: tuple[PersonId, ...]
    rows: Mapping[str, int]


def fill(
    session: Session, cases: int, people: int, shares: Shares, rng: np.random.Generator
) -> Made:
    """Add `cases` solved cases, a fortieth as many open questions and `people`.

    A generator of the same seed gives the same rows; `shares` changes scopes and nothing else.
    """
    themes = _themes()
    everyone = population(people, [theme["id"] for theme in themes], rng)
    made = written(cases, everyone, Recombiner.from_sample(), shares, rng)
    tables: list[tuple[str, Any, Rows]] = [
        ("theme", ThemeRow, themes),
        ("partnership", PartnershipRow, everyone.partnerships),
        ("board", BoardRow, everyone.boards),
        ("organisation", OrganisationRow, everyone.organisations),
        ("person", PersonRow, everyone.people),
        ("person_theme", person_theme, everyone.declared),
        ("question", QuestionRow, made.questions),
        ("question_theme", question_theme, made.themes),
        ("resolution", ResolutionRow, made.resolutions),
        ("participation", ParticipationRow, made.participations),
        ("outbox", OutboxRow, [{"document_id": row["id"]} for row in made.questions]),
    ]
    for _, table, rows in tables:
        if rows:
            session.execute(insert(table), rows)
    return Made(everyone.helpers.ids, {name: len(rows) for name, _, rows in tables})


def _themes() -> Rows:
    columns = {"id": "code", "name": "naam", "taxonomy": "groep", "description": "omschrijving"}
    rows = rows_of(SAMPLE, "themas.csv", tuple(columns.values()))
    return [{name: row.values[column] for name, column in columns.items()} for row in rows]
