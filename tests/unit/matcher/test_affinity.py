from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from matcher.affinity import (
    ADVISERS,
    DECLARED_WEIGHT,
    NAMED,
    OUTCOME_WEIGHT,
    PEERS,
    RECENCY_FLOOR,
    ROLE_WEIGHT,
    Affinity,
    Aggregation,
    Piece,
    from_theme,
    relevance,
    share_weights,
    weights,
)
from matcher.types import Experience, Outcome, ParticipationRole
from tests.unit.matcher.builders import (
    AGGREGATIONS,
    HALF_LIFE,
    HARMONIC,
    MAX,
    TODAY,
    Helper,
    affinity,
    person,
    took_part,
)


def of_cases(aggregation: Aggregation, *strengths: float) -> Affinity:
    """Of someone who solved case c1, c2, … today: each is as strong as it is relevant."""
    relevant = {f"c{number}": strength for number, strength in enumerate(strengths, start=1)}
    expert = person("p", *(took_part(case) for case in relevant))
    return affinity(expert, relevant, TODAY, aggregation)


def value(aggregation: Aggregation, *strengths: float) -> float:
    return of_cases(aggregation, *strengths).value


def shares(aggregation: Aggregation, *strengths: float) -> list[float]:
    return [share for _, share in of_cases(aggregation, *strengths).pieces]


def evidence(found: Affinity) -> list[str]:
    return [piece.document for piece, _ in found.pieces]


def relevant_of(scores: Mapping[str, float]) -> dict[str, float]:
    """The relevance of documents with these fused scores, by id."""
    return dict(zip(scores, relevance(np.array(list(scores.values()))).tolist(), strict=True))


def case_pieces(helper: Helper, relevant: Mapping[str, float]) -> list[Piece]:
    """What is told of their cases alone."""
    told = affinity(replace(helper, declared=()), relevant, TODAY, PEERS)
    return [piece for piece, _ in told.pieces]


def theme_pieces(helper: Helper, relevant: Mapping[str, float]) -> list[Piece]:
    return [piece for piece, _ in from_theme(helper, relevant, PEERS).pieces]


def weight_of(part: Experience) -> float:
    role = list(ParticipationRole).index(part.role)
    outcome = list(Outcome).index(part.outcome)
    columns = (np.array([n], np.int32) for n in (role, outcome, part.happened_on.toordinal()))
    return float(weights(*columns, TODAY)[0])


def test_one_case_counts_in_full() -> None:
    assert value(HARMONIC, 1.4) == pytest.approx(1.4)


def test_two_cases_count_two_to_one() -> None:
    assert shares(HARMONIC, 3.0, 1.5) == pytest.approx([2.0, 0.5])
    assert value(HARMONIC, 3.0, 1.5) == pytest.approx(2.5)


def test_of_seven_cases_the_five_best_count_harmonically() -> None:
    # 60 times the weights 1, 1/2, 1/3, 1/4, 1/5 is 60, 30, 20, 15, 12; together 137.
    expected = [60 * 7 / 137, 30 * 6 / 137, 20 * 5 / 137, 15 * 4 / 137, 12 * 3 / 137, 0.0, 0.0]
    found = of_cases(HARMONIC, 7, 6, 5, 4, 3, 2, 1)
    assert [share for _, share in found.pieces] == pytest.approx(expected)
    assert found.value == pytest.approx(796 / 137)
    assert evidence(found) == ["c1", "c2", "c3", "c4", "c5", "c6", "c7"]


@pytest.mark.parametrize(
    ("aggregation", "fewness", "part"), [(PEERS, 0.9, 0.25), (ADVISERS, 0.75, 3.0)]
)
def test_the_ten_best_count_by_rank_and_all_by_their_part_of_the_whole(
    aggregation: Aggregation, fewness: float, part: float
) -> None:
    strengths = [float(n) for n in range(12, 0, -1)]
    ranks = math.fsum(1 / rank for rank in range(1, 11)) ** fewness
    by_rank = [s / rank / ranks for rank, s in enumerate(strengths[:10], start=1)]
    whole = [s * part / (12 + 20) for s in strengths]
    found = of_cases(aggregation, *strengths)
    expected = [w + r for w, r in zip(whole, [*by_rank, 0.0, 0.0], strict=True)]
    assert [share for _, share in found.pieces] == pytest.approx(expected[:10])
    assert (found.others, found.others_share) == (2, pytest.approx(math.fsum(expected[10:])))
    assert found.value == pytest.approx(math.fsum(expected))


def test_no_more_than_ten_cases_are_named_and_of_equals_the_first_by_id() -> None:
    assert NAMED == 10
    tied = [f"c{n:02}" for n in range(11, -1, -1)]
    relevant = dict.fromkeys(tied, 1.0) | {"best": 2.0}
    for aggregation in AGGREGATIONS:
        found = affinity(person("p", *map(took_part, relevant)), relevant, TODAY, aggregation)
        assert evidence(found) == ["best", *sorted(tied)[:9]]
        assert found.others == 3


@pytest.mark.parametrize("aggregation", [PEERS, ADVISERS])
def test_a_second_case_as_good_adds_a_little(aggregation: Aggregation) -> None:
    one, two = (value(aggregation, *[1.0] * n) for n in (1, 2))
    assert one * 1.05 < two < one * 1.5


@pytest.mark.parametrize("aggregation", [PEERS, ADVISERS])
def test_one_precise_case_stands_above_many_vague_ones(aggregation: Aggregation) -> None:
    assert value(aggregation, 6.0) > value(aggregation, *[0.7] * 60)


def test_having_many_equal_cases_neither_helps_nor_harms_a_mean() -> None:
    one, many = value(HARMONIC, 0.8), value(HARMONIC, *[0.8] * 7)
    assert many == pytest.approx(one)


def test_max_takes_the_strongest_case_alone() -> None:
    assert shares(MAX, 0.9, 0.8, 0.1) == [0.9, 0.0, 0.0]
    assert value(MAX, 0.9, 0.8, 0.1) == 0.9


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_without_evidence_there_is_no_affinity(aggregation: Aggregation) -> None:
    strangers = person(), person("p", took_part("elsewhere"), declared=("unknown",))
    for expert in strangers:
        found = affinity(expert, {"c1": 1.0, "t1": 1.0}, TODAY, aggregation)
        assert (found.expert, found.value, found.pieces) == (expert, 0.0, ())


def test_relevance_is_softplus_of_the_score() -> None:
    relevant = relevant_of({"low": -2.0, "mean": 0.0, "high": 40.0})
    assert relevant == pytest.approx(
        {"low": math.log(1 + math.exp(-2)), "mean": math.log(2), "high": 40.0}
    )


def test_a_case_outside_the_relevant_ones_is_no_evidence() -> None:
    expert = person("p", took_part("c1"), took_part("elsewhere"))
    assert [piece.document for piece in case_pieces(expert, {"c1": 1.0})] == ["c1"]


def test_pieces_come_strongest_first_and_ties_by_id() -> None:
    expert = person("p", *(took_part(case) for case in ("c3", "c1", "c2", "c4")))
    found = case_pieces(expert, {"c1": 1.0, "c2": 5.0, "c3": 1.0, "c4": 0.5})
    assert [piece.document for piece in found] == ["c2", "c1", "c3", "c4"]


def test_a_piece_is_as_strong_as_the_relevance_times_the_weight() -> None:
    part = took_part("c1", ParticipationRole.CO_SOLVER, Outcome.PARTLY, TODAY - HALF_LIFE)
    (piece,) = case_pieces(person("p", part), {"c1": 2.0})
    assert piece.strength == pytest.approx(2.0 * 0.9 * 0.9 * 0.8)


def test_only_the_best_declared_theme_counts_at_the_weight_of_one_declared() -> None:
    expert = person("p", declared=("t1", "t2", "t3"))
    (piece,) = theme_pieces(expert, {"t1": 1.0, "t2": 3.0, "t3": 2.0})
    assert (piece.document, piece.strength, piece.experience) == (
        "t2",
        3.0 * DECLARED_WEIGHT,
        None,
    )


def test_equal_declared_themes_are_told_apart_by_id() -> None:
    expert = person("p", declared=("t2", "t1"))
    (piece,) = theme_pieces(expert, {"t1": 1.0, "t2": 1.0})
    assert piece.document == "t1"


def test_a_declared_theme_is_weaker_than_an_equally_relevant_case() -> None:
    expert = person("p", took_part("z"), declared=("a",))
    found = affinity(expert, {"z": 1.0, "a": 1.0}, TODAY, HARMONIC)
    assert (evidence(found), found.value) == (["z"], 1.0)


def test_a_far_more_relevant_declared_theme_counts_alone_instead_of_the_cases() -> None:
    expert = person("p", took_part("c1"), declared=("t1",))
    found = affinity(expert, {"c1": 1.0, "t1": 40.0}, TODAY, HARMONIC)
    assert (evidence(found), found.value) == (["t1"], 40.0 * DECLARED_WEIGHT)


def test_of_equal_cases_and_theme_the_cases_are_the_evidence() -> None:
    expert = person("p", took_part("c1"), declared=("t1",))
    equal = 2.0 * DECLARED_WEIGHT
    found = affinity(expert, {"c1": equal, "t1": 2.0}, TODAY, HARMONIC)
    assert (evidence(found), found.value) == (["c1"], equal)


def test_a_theme_worth_as_much_takes_over_at_the_same_value_when_the_strongest_case_goes() -> None:
    worth = 6.0 * DECLARED_WEIGHT
    relevant = {"c1": worth, "t1": 6.0}
    part = took_part("c1")
    with_case = affinity(person("p", part, declared=("t1",)), relevant, TODAY, HARMONIC)
    without = affinity(person("p", declared=("t1",)), relevant, TODAY, HARMONIC)
    assert (evidence(with_case), with_case.value) == (["c1"], worth)
    assert (evidence(without), without.value) == (["t1"], worth)


def test_cases_together_are_compared_with_the_theme_and_not_the_strongest_alone() -> None:
    # The strongest case says 3, but both together 2.25: less than the theme's 2.5. As peers are
    # ranked they say 2.39 and the theme, as one case would, 2.5 and 0.25 / 21 of it: 2.53. As
    # advisers are, they say 3.00, and the theme 2.5 and 3 / 21 of it: 2.86.
    expert = person("p", took_part("c1"), took_part("c2"), declared=("t1",))
    relevant = {"c1": 3.0, "c2": 0.75, "t1": 2.5 / DECLARED_WEIGHT}
    found = {a: affinity(expert, relevant, TODAY, a) for a in AGGREGATIONS}
    assert {a: evidence(made) for a, made in found.items()} == {
        PEERS: ["t1"],
        ADVISERS: ["c1", "c2"],
        HARMONIC: ["t1"],
        MAX: ["c1", "c2"],
    }
    assert {a: made.value for a, made in found.items()} == pytest.approx(
        {
            PEERS: 2.5 + 0.25 * 2.5 / 21,
            ADVISERS: (3.0 + 0.75 / 2) / 1.5**0.75 + 3 * 3.75 / 22,
            HARMONIC: 2.5,
            MAX: 3.0,
        }
    )


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@pytest.mark.parametrize("theme", [0.1, 0.95, 1.0, 1.05, 20.0])
def test_a_declared_theme_never_lowers_what_the_cases_say(
    aggregation: Aggregation, theme: float
) -> None:
    parts = [took_part(case) for case in ("c1", "c2", "c3")]
    relevant = {"c1": 1.0, "c2": 0.9, "c3": 0.2, "t1": theme / DECLARED_WEIGHT}
    without = affinity(person("p", *parts), relevant, TODAY, aggregation)
    declaring = person("p", *parts, declared=("t1",))
    found = affinity(declaring, relevant, TODAY, aggregation)
    alone = affinity(person("p", declared=("t1",)), relevant, TODAY, aggregation)
    assert alone.value == pytest.approx(theme * share_weights(1, aggregation)[0])
    assert found.value == max(without.value, alone.value)
    assert evidence(found) == (["t1"] if alone.value > without.value else evidence(without))


def test_a_declared_theme_that_the_index_does_not_know_is_no_evidence() -> None:
    assert theme_pieces(person("p", declared=("unknown",)), {"c1": 1.0}) == []


def test_themes_are_no_evidence_of_cases_nor_cases_of_themes() -> None:
    expert = person("p", took_part("c1"), declared=("t1",))
    relevant = {"c1": 1.0, "t1": 1.0}
    assert [piece.document for piece in case_pieces(expert, relevant)] == ["c1"]
    assert [piece.document for piece in theme_pieces(expert, relevant)] == ["t1"]


def at(happened_on: date) -> float:
    return weight_of(took_part("c1", happened_on=happened_on))


def test_a_case_of_today_counts_in_full() -> None:
    assert at(TODAY) == 1.0


def test_after_a_half_life_half_of_what_age_can_take_is_gone() -> None:
    assert at(TODAY - HALF_LIFE) == pytest.approx((1.0 + RECENCY_FLOOR) / 2)
    assert at(TODAY - 2 * HALF_LIFE) == pytest.approx(RECENCY_FLOOR + (1.0 - RECENCY_FLOOR) / 4)


def test_an_older_case_always_counts_less() -> None:
    found = [at(TODAY - timedelta(days=days)) for days in (0, 1, 30, 365, 1461, 3650, 9000)]
    assert found == sorted(set(found), reverse=True)


def test_age_never_takes_more_than_the_floor() -> None:
    assert at(date(1900, 1, 1)) == pytest.approx(RECENCY_FLOOR)
    assert at(date(1, 1, 1)) >= RECENCY_FLOOR


def test_a_case_of_the_future_counts_as_one_of_today() -> None:
    assert at(TODAY + timedelta(days=400)) == at(TODAY)


def test_having_solved_counts_most_and_having_been_helped_least() -> None:
    solver, co_solver, asker, helped, adviser = (
        weight_of(took_part("c1", role))
        for role in (
            ParticipationRole.SOLVER,
            ParticipationRole.CO_SOLVER,
            ParticipationRole.ASKER,
            ParticipationRole.HELPED,
            ParticipationRole.ADVISER,
        )
    )
    assert solver == adviser
    assert solver > co_solver > asker > helped > 0.0


def test_what_worked_better_counts_more_but_what_did_not_still_counts() -> None:
    solved, partly, failed = (
        weight_of(took_part("c1", outcome=outcome))
        for outcome in (Outcome.SOLVED, Outcome.PARTLY, Outcome.NOT)
    )
    assert solved > partly > failed > 0.5


def test_every_role_and_every_outcome_has_a_weight() -> None:
    assert ROLE_WEIGHT.keys() == set(ParticipationRole)
    assert OUTCOME_WEIGHT.keys() == set(Outcome)
