from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pytest

from matcher.affinity import (
    DECLARED_WEIGHT,
    OUTCOME_WEIGHT,
    RECENCY_FLOOR,
    ROLE_WEIGHT,
    Affinity,
    Aggregation,
    affinity,
    case_pieces,
    relevance,
    share_weights,
    theme_pieces,
    weight_of,
)
from matcher.fusion import Fused
from matcher.ports import Signal
from matcher.types import DocumentId, Outcome, ParticipationRole
from tests.unit.matcher.builders import HALF_LIFE, TODAY, person, took_part


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


def relevant_of(
    scores: Mapping[str, float], aggregation: Aggregation = Aggregation.BEST_AND_WHOLE
) -> dict[str, float]:
    """The relevance of documents with these fused scores, by id."""
    ids = tuple(DocumentId(id_) for id_ in scores)
    none = np.zeros((len(ids), len(Signal)))
    found = relevance(Fused(ids, np.array(list(scores.values())), none, none), aggregation)
    return dict(zip(scores, found.tolist(), strict=True))


def test_one_case_counts_in_full() -> None:
    assert value(Aggregation.HARMONIC, 1.4) == pytest.approx(1.4)


def test_two_cases_count_two_to_one() -> None:
    assert shares(Aggregation.HARMONIC, 3.0, 1.5) == pytest.approx([2.0, 0.5])
    assert value(Aggregation.HARMONIC, 3.0, 1.5) == pytest.approx(2.5)


def test_of_seven_cases_the_five_best_count_harmonically() -> None:
    # 60 times the weights 1, 1/2, 1/3, 1/4, 1/5 is 60, 30, 20, 15, 12; together 137.
    expected = [60 * 7 / 137, 30 * 6 / 137, 20 * 5 / 137, 15 * 4 / 137, 12 * 3 / 137]
    found = of_cases(Aggregation.HARMONIC, 7, 6, 5, 4, 3, 2, 1)
    assert [share for _, share in found.pieces] == pytest.approx(expected)
    assert found.value == pytest.approx(796 / 137)
    assert evidence(found) == ["c1", "c2", "c3", "c4", "c5"]


def test_by_best_and_whole_the_ten_best_count_by_rank_and_all_by_their_part_of_the_whole() -> None:
    strengths = [float(n) for n in range(12, 0, -1)]
    ranks = math.fsum(1 / rank for rank in range(1, 11)) ** 0.75
    by_rank = [s / rank / ranks for rank, s in enumerate(strengths[:10], start=1)]
    whole = [s * 3 / (12 + 20) for s in strengths]
    found = of_cases(Aggregation.BEST_AND_WHOLE, *strengths)
    expected = [w + r for w, r in zip(whole, [*by_rank, 0.0, 0.0], strict=True)]
    assert [share for _, share in found.pieces] == pytest.approx(expected)
    assert found.value == pytest.approx(math.fsum(expected))


def test_by_best_and_whole_a_second_case_as_good_adds_a_little() -> None:
    one, two = (value(Aggregation.BEST_AND_WHOLE, *[1.0] * n) for n in (1, 2))
    assert one * 1.05 < two < one * 1.5


def test_by_best_and_whole_one_precise_case_stands_above_many_vague_ones() -> None:
    many = value(Aggregation.BEST_AND_WHOLE, *[0.7] * 60)
    assert value(Aggregation.BEST_AND_WHOLE, 6.0) > many


def test_having_many_equal_cases_neither_helps_nor_harms() -> None:
    one, many = value(Aggregation.HARMONIC, 0.8), value(Aggregation.HARMONIC, *[0.8] * 7)
    assert many == pytest.approx(one)


def test_max_takes_the_strongest_case_alone() -> None:
    assert shares(Aggregation.MAX, 0.9, 0.8, 0.1) == [0.9]
    assert value(Aggregation.MAX, 0.9, 0.8, 0.1) == 0.9


def test_combsum_adds_every_case() -> None:
    strengths = (0.9, 0.8, 0.5, 0.4, 0.3, 0.2, 0.1)
    assert value(Aggregation.COMBSUM, *strengths) == pytest.approx(3.2)
    assert shares(Aggregation.COMBSUM, *strengths) == pytest.approx(list(strengths))


def test_reciprocal_rank_adds_one_over_the_rank_of_each_case() -> None:
    relevant = relevant_of(
        {"c1": 0.1, "c2": 9.0, "c3": -4.0, "c4": 5.0}, Aggregation.RECIPROCAL_RANK
    )
    expert = person("p", took_part("c2"), took_part("c3"))
    # c2 is first and c3 fourth of four.
    found = affinity(expert, relevant, TODAY, Aggregation.RECIPROCAL_RANK)
    assert found.value == pytest.approx(1.25)


def test_reciprocal_rank_breaks_ties_by_id() -> None:
    relevant = relevant_of({"b": 1.0, "a": 1.0}, Aggregation.RECIPROCAL_RANK)
    assert relevant == {"a": 1.0, "b": 0.5}


@pytest.mark.parametrize("aggregation", Aggregation)
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


def test_a_person_with_two_roles_in_a_case_has_one_piece_of_the_stronger() -> None:
    helped = took_part("c1", ParticipationRole.HELPED)
    solved = took_part("c1", ParticipationRole.SOLVER)
    for expert in (person("p", helped, solved), person("p", solved, helped)):
        (piece,) = case_pieces(expert, {"c1": 2.0}, TODAY)
        assert piece.experience == solved
        assert piece.strength == pytest.approx(2.0)


def test_a_case_outside_the_relevant_ones_is_no_evidence() -> None:
    expert = person("p", took_part("c1"), took_part("elsewhere"))
    assert [piece.document for piece in case_pieces(expert, {"c1": 1.0}, TODAY)] == ["c1"]


def test_pieces_come_strongest_first_and_ties_by_id() -> None:
    expert = person("p", *(took_part(case) for case in ("c3", "c1", "c2", "c4")))
    found = case_pieces(expert, {"c1": 1.0, "c2": 5.0, "c3": 1.0, "c4": 0.5}, TODAY)
    assert [piece.document for piece in found] == ["c2", "c1", "c3", "c4"]


def test_a_piece_is_as_strong_as_the_relevance_times_the_weight() -> None:
    part = took_part("c1", ParticipationRole.CO_SOLVER, Outcome.PARTLY, TODAY - HALF_LIFE)
    (piece,) = case_pieces(person("p", part), {"c1": 2.0}, TODAY)
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
    found = affinity(expert, {"z": 1.0, "a": 1.0}, TODAY, Aggregation.HARMONIC)
    assert (evidence(found), found.value) == (["z"], 1.0)


def test_a_far_more_relevant_declared_theme_counts_alone_instead_of_the_cases() -> None:
    expert = person("p", took_part("c1"), declared=("t1",))
    found = affinity(expert, {"c1": 1.0, "t1": 40.0}, TODAY, Aggregation.HARMONIC)
    assert (evidence(found), found.value) == (["t1"], 40.0 * DECLARED_WEIGHT)


def test_of_equal_cases_and_theme_the_cases_are_the_evidence() -> None:
    expert = person("p", took_part("c1"), declared=("t1",))
    equal = 2.0 * DECLARED_WEIGHT
    found = affinity(expert, {"c1": equal, "t1": 2.0}, TODAY, Aggregation.HARMONIC)
    assert (evidence(found), found.value) == (["c1"], equal)


def test_a_theme_worth_as_much_takes_over_at_the_same_value_when_the_strongest_case_goes() -> None:
    worth = 6.0 * DECLARED_WEIGHT
    relevant = {"c1": worth, "t1": 6.0}
    part = took_part("c1")
    with_case = affinity(person("p", part, declared=("t1",)), relevant, TODAY, Aggregation.HARMONIC)
    without = affinity(person("p", declared=("t1",)), relevant, TODAY, Aggregation.HARMONIC)
    assert (evidence(with_case), with_case.value) == (["c1"], worth)
    assert (evidence(without), without.value) == (["t1"], worth)


def test_cases_together_are_compared_with_the_theme_and_not_the_strongest_alone() -> None:
    # The strongest case says 3, but both together 2.25: less than the theme's 2.5. By best and
    # whole they say 3.00, and the theme, as one case would, 2.5 and 3 / 21 of it: 2.86.
    expert = person("p", took_part("c1"), took_part("c2"), declared=("t1",))
    relevant = {"c1": 3.0, "c2": 0.75, "t1": 2.5 / DECLARED_WEIGHT}
    found = {a: affinity(expert, relevant, TODAY, a) for a in Aggregation}
    assert {a: evidence(made) for a, made in found.items()} == {
        Aggregation.BEST_AND_WHOLE: ["c1", "c2"],
        Aggregation.HARMONIC: ["t1"],
        Aggregation.MAX: ["c1"],
        Aggregation.COMBSUM: ["c1", "c2"],
        Aggregation.RECIPROCAL_RANK: ["c1", "c2"],
    }
    assert {a: made.value for a, made in found.items()} == pytest.approx(
        {
            Aggregation.BEST_AND_WHOLE: (3.0 + 0.75 / 2) / 1.5**0.75 + 3 * 3.75 / 22,
            Aggregation.HARMONIC: 2.5,
            Aggregation.MAX: 3.0,
            Aggregation.COMBSUM: 3.75,
            Aggregation.RECIPROCAL_RANK: 3.75,
        }
    )


@pytest.mark.parametrize("aggregation", Aggregation)
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
    assert [piece.document for piece in case_pieces(expert, relevant, TODAY)] == ["c1"]
    assert [piece.document for piece in theme_pieces(expert, relevant)] == ["t1"]


def at(happened_on: date) -> float:
    return weight_of(took_part("c1", happened_on=happened_on), TODAY)


def test_a_case_of_today_counts_in_full() -> None:
    assert at(TODAY) == 1.0


def test_after_a_half_life_half_of_what_age_can_take_is_gone() -> None:
    assert at(TODAY - HALF_LIFE) == pytest.approx((1.0 + RECENCY_FLOOR) / 2)
    assert at(TODAY - 2 * HALF_LIFE) == pytest.approx(RECENCY_FLOOR + (1.0 - RECENCY_FLOOR) / 4)


def test_an_older_case_always_counts_less() -> None:
    weights = [at(TODAY - timedelta(days=days)) for days in (0, 1, 30, 365, 1461, 3650, 9000)]
    assert weights == sorted(set(weights), reverse=True)


def test_age_never_takes_more_than_the_floor() -> None:
    assert at(date(1900, 1, 1)) == pytest.approx(RECENCY_FLOOR)
    assert at(date(1, 1, 1)) >= RECENCY_FLOOR


def test_a_case_of_the_future_counts_as_one_of_today() -> None:
    assert at(TODAY + timedelta(days=400)) == at(TODAY)


def test_having_solved_counts_most_and_having_been_helped_least() -> None:
    solver, co_solver, asker, helped, adviser = (
        weight_of(took_part("c1", role), TODAY)
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
        weight_of(took_part("c1", outcome=outcome), TODAY)
        for outcome in (Outcome.SOLVED, Outcome.PARTLY, Outcome.NOT)
    )
    assert solved > partly > failed > 0.5


def test_every_role_and_every_outcome_has_a_weight() -> None:
    assert ROLE_WEIGHT.keys() == set(ParticipationRole)
    assert OUTCOME_WEIGHT.keys() == set(Outcome)
