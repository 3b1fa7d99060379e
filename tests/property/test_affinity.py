from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.affinity import (
    HARMONIC_DEPTH,
    OUTCOME_WEIGHT,
    RECENCY_FLOOR,
    ROLE_WEIGHT,
    Aggregation,
    affinity,
    pieces_of,
    relevance,
    weight_of,
)
from matcher.explain import explain_person
from matcher.fusion import Fused
from matcher.types import DocumentId, Experience, Expert, Outcome, ParticipationRole
from tests.property.strategies import (
    CASES,
    PROPERTY,
    THEMES,
    dates,
    experiences,
    people,
    relevances,
)
from tests.unit.matcher.builders import TODAY, person

Relevances = dict[str, float]
TITLES = {DocumentId(id_): f"title of {id_}" for id_ in [*CASES, *THEMES]}
ROUNDING = 1e-9


def harmonic(expert: Expert, relevant: Relevances) -> float:
    return affinity(expert, pieces_of(expert, relevant, TODAY), Aggregation.HARMONIC).value


def with_part(expert: Expert, place: int, part: Experience) -> Expert:
    parts = expert.experiences
    return replace(expert, experiences=(*parts[:place], part, *parts[place + 1 :]))


@PROPERTY
@given(people(), relevances, st.sampled_from(Aggregation))
def test_the_shares_shown_add_up_to_the_affinity(
    expert: Expert, relevant: Relevances, aggregation: Aggregation
) -> None:
    made = affinity(expert, pieces_of(expert, relevant, TODAY), aggregation)
    shown = explain_person(made, 1, TITLES)
    total = math.fsum(evidence.share for evidence in shown.evidence)
    assert total == pytest.approx(shown.affinity, abs=1e-9)
    assert shown.affinity == made.value


@PROPERTY
@given(people(), relevances)
def test_the_aggregations_agree_with_their_formulas(expert: Expert, relevant: Relevances) -> None:
    by_case: dict[str, float] = {}
    for part in expert.experiences:
        age = max(0, (TODAY - part.happened_on).days)
        recency = RECENCY_FLOOR + (1 - RECENCY_FLOOR) * 2 ** (-age / (4 * 365.25))
        weight = ROLE_WEIGHT[part.role] * OUTCOME_WEIGHT[part.outcome] * recency
        by_case[part.case] = max(by_case.get(part.case, 0.0), weight * relevant[part.case])
    strengths = list(by_case.values())
    if expert.declared:
        strengths.append(0.5 * max(relevant[theme] for theme in expert.declared))
    strengths.sort(reverse=True)
    best = strengths[:5]
    weights = [1 / place for place in range(1, len(best) + 1)]
    found = pieces_of(expert, relevant, TODAY)
    values = {a: affinity(expert, found, a).value for a in Aggregation}
    weighed = math.fsum(w * s for w, s in zip(weights, best, strict=True))
    assert values == pytest.approx(
        {
            Aggregation.HARMONIC: weighed / math.fsum(weights) if best else 0.0,
            Aggregation.MAX: max(strengths, default=0.0),
            Aggregation.COMBSUM: math.fsum(strengths),
            Aggregation.RECIPROCAL_RANK: math.fsum(strengths),
        }
    )


@PROPERTY
@given(people(at_least=1), relevances)
def test_harmonic_affinity_lies_between_the_weakest_and_the_strongest_piece(
    expert: Expert, relevant: Relevances
) -> None:
    strengths = [piece.strength for piece in pieces_of(expert, relevant, TODAY)]
    value = harmonic(expert, relevant)
    assert min(strengths) - ROUNDING <= value <= max(strengths) + ROUNDING


@PROPERTY
@given(people(at_least=1), relevances, st.data())
def test_a_better_outcome_never_lowers_an_affinity(
    expert: Expert, relevant: Relevances, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(expert.experiences) - 1))
    part = expert.experiences[place]
    better = [o for o in Outcome if OUTCOME_WEIGHT[o] >= OUTCOME_WEIGHT[part.outcome]]
    improved = with_part(expert, place, replace(part, outcome=data.draw(st.sampled_from(better))))
    assert harmonic(improved, relevant) >= harmonic(expert, relevant) - ROUNDING


@PROPERTY
@given(people(at_least=1), relevances, st.data())
def test_a_nearer_role_never_lowers_an_affinity(
    expert: Expert, relevant: Relevances, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(expert.experiences) - 1))
    part = expert.experiences[place]
    nearer = [r for r in ParticipationRole if ROLE_WEIGHT[r] >= ROLE_WEIGHT[part.role]]
    improved = with_part(expert, place, replace(part, role=data.draw(st.sampled_from(nearer))))
    assert harmonic(improved, relevant) >= harmonic(expert, relevant) - ROUNDING


@PROPERTY
@given(people(at_least=1), relevances, st.data())
def test_a_more_recent_date_never_lowers_an_affinity(
    expert: Expert, relevant: Relevances, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(expert.experiences) - 1))
    part = expert.experiences[place]
    later = data.draw(st.dates(min_value=part.happened_on, max_value=date(2030, 1, 1)))
    improved = with_part(expert, place, replace(part, happened_on=later))
    assert harmonic(improved, relevant) >= harmonic(expert, relevant) - ROUNDING


@PROPERTY
@given(people(at_least=1, with_themes=False), relevances)
def test_without_their_strongest_case_a_person_stands_lower(
    expert: Expert, relevant: Relevances
) -> None:
    """Not lower only where the cases that count, and the next in line, are equally strong."""
    strengths = [piece.strength for piece in pieces_of(expert, relevant, TODAY)]
    strongest = pieces_of(expert, relevant, TODAY)[0].document
    left = replace(expert, experiences=tuple(x for x in expert.experiences if x.case != strongest))
    before, after = harmonic(expert, relevant), harmonic(left, relevant)
    if not left.experiences:
        assert pieces_of(left, relevant, TODAY) == []
        return
    counted = strengths[: HARMONIC_DEPTH + 1]
    assert after <= before + ROUNDING
    if counted[0] - counted[-1] > 1e-6:
        assert after < before


@PROPERTY
@given(st.integers(2, 9), st.floats(0.01, 20.0))
def test_of_equally_strong_cases_one_less_changes_nothing(count: int, strength: float) -> None:
    parts = tuple(
        Experience(DocumentId(case), ParticipationRole.SOLVER, Outcome.SOLVED, TODAY)
        for case in CASES[:count]
    )
    relevant = dict.fromkeys(CASES, strength)
    values = [
        affinity(expert, pieces_of(expert, relevant, TODAY), Aggregation.HARMONIC).value
        for expert in (person("p", *parts), person("p", *parts[1:]))
    ]
    assert values[0] == pytest.approx(values[1])


@PROPERTY
@given(people(), relevances, st.randoms(use_true_random=False))
def test_the_order_in_which_parts_are_told_makes_no_difference(
    expert: Expert, relevant: Relevances, random: Random
) -> None:
    parts = list(expert.experiences)
    random.shuffle(parts)
    shuffled = replace(expert, experiences=tuple(parts))
    assert [p.strength for p in pieces_of(shuffled, relevant, TODAY)] == [
        p.strength for p in pieces_of(expert, relevant, TODAY)
    ]
    assert [p.document for p in pieces_of(shuffled, relevant, TODAY)] == [
        p.document for p in pieces_of(expert, relevant, TODAY)
    ]


@PROPERTY
@given(people(), relevances)
def test_a_case_gives_one_piece_and_all_themes_together_one(
    expert: Expert, relevant: Relevances
) -> None:
    found = pieces_of(expert, relevant, TODAY)
    cases = [piece.document for piece in found if piece.experience is not None]
    assert sorted(cases) == sorted({part.case for part in expert.experiences})
    assert len(found) - len(cases) == min(1, len(expert.declared))


@PROPERTY
@given(experiences())
def test_a_weight_lies_above_zero_and_at_most_at_one(part: Experience) -> None:
    full = ROLE_WEIGHT[part.role] * OUTCOME_WEIGHT[part.outcome]
    assert 0.0 < RECENCY_FLOOR * full <= weight_of(part, TODAY) <= full <= 1.0


@PROPERTY
@given(experiences(), dates, dates)
def test_a_later_date_never_weighs_less(part: Experience, one: date, other: date) -> None:
    earlier, later = (weight_of(replace(part, happened_on=d), TODAY) for d in sorted((one, other)))
    assert earlier <= later


@PROPERTY
@given(
    st.dictionaries(st.sampled_from(CASES), st.floats(-30.0, 30.0), min_size=2),
    st.sampled_from(Aggregation),
)
def test_relevance_is_positive_and_keeps_the_order(
    scores: dict[str, float], aggregation: Aggregation
) -> None:
    ids = tuple(map(DocumentId, scores))
    fused = Fused(ids, np.array(list(scores.values())), np.zeros((len(ids), 3)))
    relevant = relevance(fused, aggregation)
    ordered = [relevant[fused.ids[row]] for row in fused.best_first()]
    assert ordered == sorted(ordered, reverse=True)
    assert all(value > 0.0 for value in ordered)
    assert relevant.keys() == scores.keys()
