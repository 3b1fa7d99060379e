"""Cases and open questions, and who did what in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from data.made.people import Population, Rows
from data.made.texts import PROBLEM, RESOLUTION, Recombiner
from matcher.types import Outcome, ParticipationRole, QuestionStatus, SharingScope

Shares = Mapping[SharingScope, float]  # part of the questions that is shared so widely; sums to 1

ALL_NATIONAL: Final[Shares] = {SharingScope.NATIONAL: 1.0}
MIXED: Final[Shares] = {
    SharingScope.SCHOOL: 0.1,
    SharingScope.BOARD: 0.4,
    SharingScope.PARTNERSHIP: 0.3,
    SharingScope.NATIONAL: 0.2,
}
LAST_DAY: Final = date(2026, 1, 1)  # on which everything that is made was made

_DAYS: Final = 6 * 365  # the oldest
_OPEN: Final = 0.025  # open questions for one case
_MONTH: Final = 30
_OUTCOMES: Final = {Outcome.SOLVED: 0.7, Outcome.PARTLY: 0.22, Outcome.NOT: 0.08}
_SOLVED_IT_ONESELF: Final = 0.4
# How often, besides the asker and a solver, someone took part in a case, and in an open question.
_IN_CASE: Final = {
    ParticipationRole.CO_SOLVER: 0.35,
    ParticipationRole.ADVISER: 0.5,
    ParticipationRole.HELPED: 0.15,
}
_IN_OPEN: Final = {ParticipationRole.ADVISER: 0.3}


@dataclass(frozen=True, slots=True)
class Written:
    """Rows of questions with all that belongs to them."""

    questions: Rows
    themes: Rows
    resolutions: Rows
    participations: Rows


def written(
    cases: int, population: Population, texts: Recombiner, shares: Shares, rng: np.random.Generator
) -> Written:
    """`cases` cases, and open questions in proportion."""
    total = cases + round(cases * _OPEN)
    askers = population.helpers.drawn(total, rng)
    scopes = list(shares)
    # one number a question whatever the shares, so that all else stays the same
    scope_of = np.searchsorted(np.cumsum(list(shares.values()))[:-1], rng.random(total), "right")
    ages = rng.integers(_MONTH, _DAYS, total)
    outcomes = rng.choice(list(_OUTCOMES), total, p=list(_OUTCOMES.values()))
    solved_texts = texts.solved()
    made = Written([], [], [], [])
    for n, asker in enumerate(askers):
        is_case = n < cases
        id_ = f"{'c' if is_case else 'v'}{n:06d}"
        asked_on = LAST_DAY - timedelta(days=int(ages[n]) if is_case else int(ages[n]) % _MONTH)
        if is_case:
            text = solved_texts.text((*PROBLEM, *RESOLUTION), rng)
            approach, worked, did_not_work = (text.fields[name] for name in RESOLUTION)
            made.resolutions.append(
                {
                    "question_id": id_,
                    "approach": approach,
                    "worked": worked,
                    "did_not_work": did_not_work,
                    "outcome": Outcome(outcomes[n]),
                    "recorded_on": asked_on + timedelta(days=int(ages[n]) % _MONTH),
                }
            )
        else:
            text = texts.text(PROBLEM, rng)
        title, situation, tried, goal = (text.fields[name] for name in PROBLEM)
        made.questions.append(
            {
                "id": id_,
                "title": title,
                "situation": situation,
                "tried": tried,
                "goal": goal,
                "scope": scopes[scope_of[n]],
                "status": QuestionStatus.SOLVED if is_case else QuestionStatus.OPEN,
                "organisation_id": asker["organisation_id"],
                "asked_on": asked_on,
                "revision": 1,
            }
        )
        made.themes.extend({"question_id": id_, "theme_id": theme} for theme in text.themes)
    made.participations.extend(_participations(made.questions, askers, population, rng))
    return made


def _participations(
    questions: Rows, askers: Rows, population: Population, rng: np.random.Generator
) -> Rows:
    """The asker of each question, a solver of each case, and others now and then."""
    total = len(questions)
    found: Rows = []

    def add(role: ParticipationRole, people: Rows, often: Mapping[bool, float]) -> None:
        """`people`, one a question, each with a chance that depends on whether it is a case."""
        for question, person, draw in zip(questions, people, rng.random(total), strict=True):
            if draw < often[question["status"] is QuestionStatus.SOLVED]:
                found.append(
                    {"person_id": person["id"], "question_id": question["id"], "role": role}
                )

    add(ParticipationRole.ASKER, askers, {True: 1.0, False: 1.0})
    others = population.helpers.drawn(total, rng)
    solvers = [
        asker if draw < _SOLVED_IT_ONESELF else other
        for asker, other, draw in zip(askers, others, rng.random(total), strict=True)
    ]
    add(ParticipationRole.SOLVER, solvers, {True: 1.0, False: 0.0})
    for role, often in _IN_CASE.items():
        group = population.advisers if role is ParticipationRole.ADVISER else population.helpers
        add(role, group.drawn(total, rng), {True: often, False: _IN_OPEN.get(role, 0.0)})
    return found
