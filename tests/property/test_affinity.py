from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from matcher.affinity import (
    ADVISERS,
    DECLARED_WEIGHT,
    NAMED,
    OUTCOME_WEIGHT,
    PEERS,
    RECENCY_FLOOR,
    ROLE_WEIGHT,
    Aggregation,
    from_theme,
    relevance,
    weights,
)
from matcher.explain import explain_person
from matcher.types import (
    DocumentId,
    Experience,
    Outcome,
    ParticipationRole,
    Scores,
    SharingScope,
    VisibleDocument,
)
from tests.property.strategies import (
    CASES,
    PROPERTY,
    THEMES,
    aggregations,
    dates,
    experiences,
    people,
    relevances,
    strengths,
)
from tests.unit.matcher.builders import (
    HARMONIC,
    MAX,
    TODAY,
    Helper,
    affinity,
    part_weight,
    person,
    shares_of,
    strengths_of,
    took_part,
)

Relevances = dict[str, float]
THEME_NAMES = {DocumentId(id_): f"name of {id_}" for id_ in THEMES}
SHOWN = {
    DocumentId(id_): VisibleDocument(DocumentId(id_), id_, SharingScope.NATIONAL, TODAY)
    for id_ in CASES
}
ROUNDING = 1e-9


# those by which the whole counts: a best case fewer always means less
by_the_whole = st.one_of(
    st.sampled_from((PEERS, ADVISERS)),
    st.builds(Aggregation, st.floats(0.0, 1.0), st.floats(0.1, 4.0), st.integers(1, NAMED)),
)


def value(expert: Helper, relevant: Relevances, aggregation: Aggregation) -> float:
    return affinity(expert, relevant, TODAY, aggregation).value


def harmonic(expert: Helper, relevant: Relevances) -> float:
    return value(expert, relevant, HARMONIC)


def without(expert: Helper, case: str) -> Helper:
    return replace(expert, experiences=tuple(x for x in expert.experiences if x.case != case))


def without_strongest_case(expert: Helper, relevant: Relevances) -> Helper:
    alone = affinity(replace(expert, declared=()), relevant, TODAY, HARMONIC)
    return without(expert, alone.pieces[0][0].document)


def weights_of(parts: list[Experience]) -> Scores:
    columns = (
        [list(ParticipationRole).index(part.role) for part in parts],
        [list(Outcome).index(part.outcome) for part in parts],
        [part.happened_on.toordinal() for part in parts],
    )
    return weights(*(np.array(column, np.int32) for column in columns), TODAY)


def weight_of(part: Experience) -> float:
    return float(weights_of([part])[0])


def with_part(expert: Helper, place: int, part: Experience) -> Helper:
    parts = expert.experiences
    return replace(expert, experiences=(*parts[:place], part, *parts[place + 1 :]))


@PROPERTY
@given(people(), relevances, aggregations)
def test_the_shares_shown_add_up_to_the_affinity(
    expert: Helper, relevant: Relevances, aggregation: Aggregation
) -> None:
    made = affinity(expert, relevant, TODAY, aggregation)
    shown = explain_person(made, SHOWN, THEME_NAMES)
    total = math.fsum([*(evidence.share for evidence in shown.evidence), shown.others_share])
    assert total == pytest.approx(shown.affinity, abs=1e-6)
    assert len(shown.evidence) == len(made.pieces)
    assert shown.others == made.others
    assert shown.affinity == made.value


@PROPERTY
@given(people(), relevances)
def test_the_aggregations_agree_with_their_formulas(expert: Helper, relevant: Relevances) -> None:
    by_case: dict[str, float] = {}
    for part in expert.experiences:
        age = max(0, (TODAY - part.happened_on).days)
        recency = RECENCY_FLOOR + (1 - RECENCY_FLOOR) * 2 ** (-age / (4 * 365.25))
        weight = ROLE_WEIGHT[part.role] * OUTCOME_WEIGHT[part.outcome] * recency
        by_case[part.case] = max(by_case.get(part.case, 0.0), weight * relevant[part.case])
    strengths = sorted(by_case.values(), reverse=True)
    theme = DECLARED_WEIGHT * max((relevant[theme] for theme in expert.declared), default=0.0)
    best = strengths[:5]
    weights = [1 / place for place in range(1, len(best) + 1)]
    ranks = math.fsum(1 / place for place in range(1, min(10, len(strengths)) + 1)) or 1.0
    by_rank = math.fsum(s / place for place, s in enumerate(strengths[:10], start=1))
    whole = math.fsum(strengths) / (len(strengths) + 20)
    weighed = math.fsum(w * s for w, s in zip(weights, best, strict=True))
    expected = {
        PEERS: max(theme * (1 + 0.25 / 21), by_rank / ranks**0.9 + 0.25 * whole),
        ADVISERS: max(theme * (1 + 3 / 21), by_rank / ranks**0.75 + 3 * whole),
        HARMONIC: max(theme, weighed / math.fsum(weights) if best else 0.0),
        MAX: max(theme, *strengths, 0.0),
    }
    found = {a: affinity(expert, relevant, TODAY, a).value for a in expected}
    assert found == pytest.approx(expected)


@PROPERTY
@given(st.lists(strengths, max_size=60), aggregations)
def test_the_ten_strongest_cases_are_named_and_the_others_told_together(
    strong: list[float], aggregation: Aggregation
) -> None:
    relevant = {f"c{number:02}": strength for number, strength in enumerate(strong)}
    made = affinity(person("p", *map(took_part, relevant)), relevant, TODAY, aggregation)
    best_first = sorted(relevant, key=lambda case: (-relevant[case], case))
    shares = shares_of(strong, aggregation)
    assert [piece.document for piece, _ in made.pieces] == best_first[:10]
    assert [p.strength for p, _ in made.pieces] == [relevant[case] for case in best_first[:10]]
    assert [share for _, share in made.pieces] == pytest.approx(shares[:10])
    assert made.others == len(strong[10:])
    assert made.others_share == pytest.approx(math.fsum(shares[10:]), abs=1e-9)
    assert made.value == pytest.approx(math.fsum(shares))


@PROPERTY
@given(people(at_least=1), relevances)
def test_harmonic_affinity_lies_between_the_weakest_and_the_strongest_piece(
    expert: Helper, relevant: Relevances
) -> None:
    """Of those that count: a theme alone is its own weakest and strongest."""
    made = affinity(expert, relevant, TODAY, HARMONIC)
    strengths = [piece.strength for piece, share in made.pieces if share > 0.0]
    assert min(strengths) - ROUNDING <= made.value <= max(strengths) + ROUNDING


@PROPERTY
@given(people(), relevances, aggregations)
def test_an_affinity_is_that_of_the_cases_or_of_the_theme_whichever_is_more(
    expert: Helper, relevant: Relevances, aggregation: Aggregation
) -> None:
    """So a declared theme never lowers what someone's cases say, and is never mixed with them."""
    made = affinity(expert, relevant, TODAY, aggregation)
    cases = affinity(replace(expert, declared=()), relevant, TODAY, aggregation)
    theme = affinity(replace(expert, experiences=()), relevant, TODAY, aggregation)
    assert made.value == max(cases.value, theme.value)
    assert made.pieces == (theme if theme.value > cases.value else cases).pieces


@PROPERTY
@given(people(at_least=1), relevances, aggregations, st.data())
def test_a_better_outcome_never_lowers_an_affinity(
    expert: Helper, relevant: Relevances, aggregation: Aggregation, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(expert.experiences) - 1))
    part = expert.experiences[place]
    better = [o for o in Outcome if OUTCOME_WEIGHT[o] >= OUTCOME_WEIGHT[part.outcome]]
    improved = with_part(expert, place, replace(part, outcome=data.draw(st.sampled_from(better))))
    assert value(improved, relevant, aggregation) >= value(expert, relevant, aggregation) - ROUNDING


@PROPERTY
@given(people(at_least=1), relevances, aggregations, st.data())
def test_a_nearer_role_never_lowers_an_affinity(
    expert: Helper, relevant: Relevances, aggregation: Aggregation, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(expert.experiences) - 1))
    part = expert.experiences[place]
    nearer = [r for r in ParticipationRole if ROLE_WEIGHT[r] >= ROLE_WEIGHT[part.role]]
    improved = with_part(expert, place, replace(part, role=data.draw(st.sampled_from(nearer))))
    assert value(improved, relevant, aggregation) >= value(expert, relevant, aggregation) - ROUNDING


@PROPERTY
@given(people(at_least=1), relevances, aggregations, st.data())
def test_a_more_recent_date_never_lowers_an_affinity(
    expert: Helper, relevant: Relevances, aggregation: Aggregation, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(expert.experiences) - 1))
    part = expert.experiences[place]
    later = data.draw(st.dates(min_value=part.happened_on, max_value=date(2030, 1, 1)))
    improved = with_part(expert, place, replace(part, happened_on=later))
    assert value(improved, relevant, aggregation) >= value(expert, relevant, aggregation) - ROUNDING


@PROPERTY
@given(people(at_least=1, with_themes=False), relevances, by_the_whole)
def test_a_person_without_their_first_named_case_stands_strictly_lower(
    expert: Helper, relevant: Relevances, aggregation: Aggregation
) -> None:
    made = affinity(expert, relevant, TODAY, aggregation)
    first = explain_person(made, SHOWN, THEME_NAMES).evidence[0].document
    left = without(expert, first)
    remaining = affinity(left, relevant, TODAY, aggregation)
    assert remaining.value < made.value
    assert (remaining.pieces == ()) == (remaining.value == 0.0) == (not left.experiences)


@pytest.mark.parametrize("aggregation", [PEERS, ADVISERS])
@pytest.mark.parametrize("count", range(1, 61))
def test_of_any_number_of_equally_strong_cases_one_less_stands_strictly_lower(
    count: int, aggregation: Aggregation
) -> None:
    values = []
    for fewer in (count, count - 1):
        relevant = {f"c{number}": 0.7 for number in range(fewer)}
        expert = person("p", *map(took_part, relevant))
        values.append(value(expert, relevant, aggregation))
    more, less = values
    assert less < more
    assert (less == 0.0) == (count == 1)


@PROPERTY
@given(st.lists(strengths, min_size=1, max_size=60), by_the_whole)
def test_of_any_number_of_cases_without_the_strongest_a_person_stands_strictly_lower(
    strong: list[float], aggregation: Aggregation
) -> None:
    relevant = {f"c{number}": strength for number, strength in enumerate(strong)}
    expert = person("p", *map(took_part, relevant))
    left = without_strongest_case(expert, relevant)
    assert value(left, relevant, aggregation) < value(expert, relevant, aggregation)


@PROPERTY
@given(people(at_least=1), relevances, by_the_whole)
def test_who_is_left_with_a_theme_stands_no_higher(
    expert: Helper, relevant: Relevances, aggregation: Aggregation
) -> None:
    left = without_strongest_case(expert, relevant)
    assert value(left, relevant, aggregation) <= value(expert, relevant, aggregation)


@PROPERTY
@given(people(at_least=1), relevances)
def test_without_their_strongest_case_a_person_stands_lower(
    expert: Helper, relevant: Relevances
) -> None:
    """Of people whose first-named evidence is a case; some of them declare themes as well.

    They never stand higher. They stand as high only where the cases that count, and the next in
    line, are all equally strong, or where a theme was worth exactly as much. They may be left
    with the theme, at its own lower value, and without any evidence only if they declare none.
    """
    made = affinity(expert, relevant, TODAY, HARMONIC)
    assume(made.pieces[0][0].experience is not None)
    left = without_strongest_case(expert, relevant)
    remaining = affinity(left, relevant, TODAY, HARMONIC)
    theme = from_theme(expert, relevant, HARMONIC).value
    assert (remaining.pieces == ()) == (not left.experiences and not expert.declared)
    assert theme <= remaining.value <= made.value + ROUNDING
    strengths = list(strengths_of(expert, relevant).values())
    counted = strengths[: HARMONIC.best + 1]
    alone = len(strengths) == 1
    if made.value - theme > 1e-6 and (alone or counted[0] - counted[-1] > 1e-6):
        assert remaining.value < made.value


@PROPERTY
@given(people(at_least=1), relevances)
def test_who_is_suggested_by_a_theme_stands_the_same_without_their_strongest_case(
    expert: Helper, relevant: Relevances
) -> None:
    made = affinity(expert, relevant, TODAY, HARMONIC)
    assume(made.pieces[0][0].experience is None)
    left = affinity(without_strongest_case(expert, relevant), relevant, TODAY, HARMONIC)
    assert (left.value, left.pieces) == (made.value, made.pieces)


@PROPERTY
@given(st.integers(2, 9), st.floats(0.01, 20.0))
def test_of_equally_strong_cases_one_less_changes_nothing(count: int, strength: float) -> None:
    parts = tuple(
        Experience(DocumentId(case), ParticipationRole.SOLVER, Outcome.SOLVED, TODAY)
        for case in CASES[:count]
    )
    relevant = dict.fromkeys(CASES, strength)
    values = [
        harmonic(expert, relevant) for expert in (person("p", *parts), person("p", *parts[1:]))
    ]
    assert values[0] == pytest.approx(values[1])


@PROPERTY
@given(people(), relevances, st.randoms(use_true_random=False))
def test_the_order_in_which_parts_are_told_makes_no_difference(
    expert: Helper, relevant: Relevances, random: Random
) -> None:
    parts = list(expert.experiences)
    random.shuffle(parts)
    themes = list(expert.declared)
    random.shuffle(themes)
    shuffled = replace(expert, experiences=tuple(parts), declared=tuple(themes))
    told, again = (
        affinity(replace(one, declared=()), relevant, TODAY, PEERS) for one in (expert, shuffled)
    )
    assert [(p.document, p.strength, share) for p, share in again.pieces] == [
        (p.document, p.strength, share) for p, share in told.pieces
    ]
    assert (
        from_theme(shuffled, relevant, PEERS).pieces == from_theme(expert, relevant, PEERS).pieces
    )
    assert harmonic(shuffled, relevant) == harmonic(expert, relevant)


@PROPERTY
@given(people(), relevances)
def test_a_case_gives_one_piece_and_all_themes_together_one(
    expert: Helper, relevant: Relevances
) -> None:
    cases = [p for p, _ in affinity(replace(expert, declared=()), relevant, TODAY, PEERS).pieces]
    assert sorted(p.document for p in cases) == sorted({part.case for part in expert.experiences})
    assert all(piece.experience in expert.experiences for piece in cases)
    assert [piece.strength for piece in cases] == pytest.approx(
        list(strengths_of(expert, relevant).values())
    )
    themes = from_theme(expert, relevant, PEERS).pieces
    assert len(themes) == min(1, len(expert.declared))
    assert all(piece.experience is None for piece, _ in themes)


@PROPERTY
@given(experiences())
def test_a_weight_lies_above_zero_and_at_most_at_one(part: Experience) -> None:
    full = ROLE_WEIGHT[part.role] * OUTCOME_WEIGHT[part.outcome]
    assert 0.0 < RECENCY_FLOOR * full <= weight_of(part) <= full <= 1.0


@PROPERTY
@given(experiences(), dates, dates)
def test_a_later_date_never_weighs_less(part: Experience, one: date, other: date) -> None:
    earlier, later = (weight_of(replace(part, happened_on=d)) for d in sorted((one, other)))
    assert earlier <= later


@PROPERTY
@given(st.lists(experiences(), max_size=12))
def test_parts_weigh_together_what_each_weighs_by_formula(parts: list[Experience]) -> None:
    found = weights_of(parts)
    assert found.shape == (len(parts),)
    assert found == pytest.approx([part_weight(part, TODAY) for part in parts])


@PROPERTY
@given(st.lists(st.floats(-30.0, 30.0), min_size=2))
def test_relevance_is_positive_and_keeps_the_order(scores: list[float]) -> None:
    relevant = relevance(np.array(scores))
    assert relevant.shape == (len(scores),)
    ordered = [relevant[row] for row in np.argsort(scores)]
    assert ordered == sorted(ordered)
    assert all(value > 0.0 for value in ordered)


@PROPERTY
@given(st.lists(st.floats(-700.0, 700.0)))
def test_relevance_is_softplus(scores: list[float]) -> None:
    assert relevance(np.array(scores)) == pytest.approx(np.logaddexp(0.0, scores), rel=1e-12)
