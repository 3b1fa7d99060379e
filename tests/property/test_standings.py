"""Everyone's affinity at once is the affinity of each, computed one by one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.affinity import ADVISERS, PEERS, Aggregation
from matcher.people import Aggregations, Evidence
from matcher.ports import EvidenceTable
from matcher.standings import Standings
from matcher.types import Outcome, ParticipationRole, PersonId, Role, Scores
from tests.property.strategies import PROPERTY, aggregations, dates, strengths
from tests.unit.matcher.builders import (
    HARMONIC,
    MAX,
    TODAY,
    Helper,
    affinity,
    neutral,
    part_weight,
    person,
    shares_of,
    strengths_of,
    table,
    took_part,
)

CASES = [f"c{number:02}" for number in range(14)]  # more than are named one by one
ONLY_ASKED = (ParticipationRole.ASKER, ParticipationRole.HELPED)
relevants = st.lists(strengths, min_size=len(CASES), max_size=len(CASES)).map(np.array)


@st.composite
def crowds(draw: st.DrawFn, at_least: int = 1) -> list[Helper]:
    """People in order of id, each with one part in each of their cases; some without any."""
    parts = st.tuples(st.sampled_from(ParticipationRole), st.sampled_from(Outcome), dates)
    cases = st.dictionaries(st.sampled_from(CASES), parts, max_size=len(CASES))
    crowd = draw(st.lists(cases, min_size=at_least, max_size=5))
    return [
        person(
            f"p{number}",
            *(took_part(case, *part) for case, part in theirs.items()),
            role=draw(st.sampled_from((Role.SCHOOL_LEADER, Role.ADVISER))),
        )
        for number, theirs in enumerate(crowd)
    ]


def table_of(crowd: Sequence[Helper]) -> EvidenceTable:
    """What an index would say of them: entries by person, of the documents in CASES."""
    return table(crowd, neutral(CASES), CASES)


def standings_of(
    crowd: Sequence[Helper], relevant: Scores, peers: Aggregation, advisers: Aggregation
) -> Standings:
    return Standings.of(table_of(crowd), relevant, TODAY, peers, advisers)


def strengths_in(evidence: EvidenceTable, crowd: Sequence[Helper], relevant: Scores) -> Scores:
    """How strong each entry of `evidence` is, by formula."""
    parts = {(helper.id, x.case): x for helper in crowd for x in helper.experiences}
    ids = evidence.signals.ids
    entries = zip(evidence.person.tolist(), evidence.document.tolist(), strict=True)
    return np.array(
        [
            relevant[document] * part_weight(parts[evidence.people[number], ids[document]], TODAY)
            for number, document in entries
        ]
    )


def one_by_one(crowd: Sequence[Helper], relevant: Scores, aggregation: Aggregation) -> list[float]:
    """By formula."""
    known = dict(zip(CASES, relevant.tolist(), strict=True))
    return [
        math.fsum(shares_of(strengths_of(helper, known).values(), aggregation)) for helper in crowd
    ]


@PROPERTY
@given(crowds(), relevants, aggregations, aggregations)
def test_the_affinity_of_everyone_at_once_is_that_of_each(
    crowd: list[Helper], relevant: Scores, peers: Aggregation, advisers: Aggregation
) -> None:
    found = standings_of(crowd, relevant, peers, advisers).values
    assert found.keys() == {peers, advisers}
    for aggregation, values in found.items():
        assert values == pytest.approx(one_by_one(crowd, relevant, aggregation), abs=1e-9)


@PROPERTY
@given(st.integers(1, 60), strengths, aggregations)
def test_they_agree_for_any_number_of_equally_strong_cases(
    count: int, strength: float, aggregation: Aggregation
) -> None:
    cases = [f"c{number:02}" for number in range(count)]
    expert = person("p", *map(took_part, cases))
    evidence = table([expert], neutral(cases), cases)
    relevant = np.full(count, strength)
    standings = Standings.of(evidence, relevant, TODAY, aggregation, aggregation)
    (found,) = standings.values[aggregation]
    known = dict.fromkeys(cases, strength)
    assert found == pytest.approx(affinity(expert, known, TODAY, aggregation).value, abs=1e-9)
    assert found == pytest.approx(math.fsum(shares_of([strength] * count, aggregation)), abs=1e-9)


@PROPERTY
@given(crowds(), relevants)
def test_an_entry_is_as_strong_as_its_case_is_relevant_times_the_weight_of_the_part(
    crowd: list[Helper], relevant: Scores
) -> None:
    standings = standings_of(crowd, relevant, PEERS, ADVISERS)
    expected = strengths_in(standings.table, crowd, relevant)
    assert standings.strengths == pytest.approx(expected)


@PROPERTY
@given(crowds(at_least=0), relevants, aggregations, aggregations)
def test_everyone_with_a_case_is_queued_once_by_each_formula_the_best_first(
    crowd: list[Helper], relevant: Scores, peers: Aggregation, advisers: Aggregation
) -> None:
    standings = standings_of(crowd, relevant, peers, advisers)
    formulas = (advisers, peers, advisers, peers)
    listed = [
        ([crowd[row].id for row in rows], aggregation)
        for rows, aggregation in zip(standings.queues, formulas, strict=True)
    ]
    for by in (0, 1):
        everyone = sorted(id_ for ids, _ in listed[by::2] for id_ in ids)
        assert everyone == [helper.id for helper in crowd if helper.experiences]
    for ids, aggregation in listed:
        by_formula = one_by_one(crowd, relevant, aggregation)
        values = dict(zip((helper.id for helper in crowd), by_formula, strict=True))
        found = {id_: standings.known(id_, aggregation)[0] for id_ in values}
        assert found == pytest.approx(values, abs=1e-9)
        assert ids == [id_ for _, id_ in sorted((-found[id_], id_) for id_ in ids)]


@pytest.mark.parametrize("role", [ParticipationRole.SOLVER, ParticipationRole.ADVISER])
@pytest.mark.parametrize("count", [1, 2, 3, 12])
def test_of_people_who_did_the_same_the_first_by_id_stands_first(
    count: int, role: ParticipationRole
) -> None:
    parts = [took_part(case, role) for case in CASES[:count]]
    crowd = [person(f"p{number:02}", *parts) for number in range(40)]
    relevant = np.linspace(4.1, 0.3, len(CASES))
    standings = standings_of(crowd, relevant, PEERS, ADVISERS)
    advising, helping = standings.queues[:2], standings.queues[2:]
    for queue in advising if role is ParticipationRole.ADVISER else helping:
        assert [crowd[row].id for row in queue] == [helper.id for helper in crowd]


@PROPERTY
@given(crowds(), relevants)
def test_those_who_mostly_advise_are_queued_apart(crowd: list[Helper], relevant: Scores) -> None:
    standings = standings_of(crowd, relevant, PEERS, ADVISERS)
    advising, helping = (
        {crowd[row].id for rows in queues for row in rows}
        for queues in (standings.queues[:2], standings.queues[2:])
    )
    advised = {e.id: sum(x.role is ParticipationRole.ADVISER for x in e.experiences) for e in crowd}
    size = {e.id: len(e.experiences) for e in crowd}
    assert all(advised[id_] * 2 > size[id_] for id_ in advising)
    assert all(advised[id_] * 2 <= size[id_] for id_ in helping)


@PROPERTY
@given(crowds())
def test_the_cases_in_which_one_solved_or_advised_are_counted(crowd: list[Helper]) -> None:
    standings = standings_of(crowd, np.ones(len(CASES)), PEERS, ADVISERS)
    for aggregation in (PEERS, ADVISERS):
        assert {e.id: standings.known(e.id, aggregation)[1] for e in crowd} == {
            e.id: sum(x.role not in ONLY_ASKED for x in e.experiences) for e in crowd
        }
        assert standings.known(PersonId("stranger"), aggregation) == (0.0, 0)


@PROPERTY
@given(crowds(), relevants, aggregations)
def test_of_each_is_told_what_they_did_the_ten_strongest_one_by_one(
    crowd: list[Helper], relevant: Scores, aggregation: Aggregation
) -> None:
    standings = standings_of(crowd, relevant, aggregation, MAX)
    known = dict(zip(CASES, relevant.tolist(), strict=True))
    for helper in crowd:
        told = standings.told(helper, aggregation)
        by_case = {part.case: part for part in helper.experiences}
        strong = strengths_of(helper, known)
        shares = shares_of(strong.values(), aggregation)
        named = [piece for piece, _ in told.pieces]
        assert [piece.experience for piece in named] == [by_case[p.document] for p in named]
        assert len({piece.document for piece in named}) == len(named) == min(10, len(strong))
        assert [p.strength for p in named] == pytest.approx(list(strong.values())[:10])
        assert [p.strength for p in named] == pytest.approx([strong[p.document] for p in named])
        assert [share for _, share in told.pieces] == pytest.approx(shares[:10], abs=1e-9)
        assert told.others == len(shares[10:])
        assert told.others_share == pytest.approx(math.fsum(shares[10:]), abs=1e-9)
        assert told.value == pytest.approx(standings.known(helper.id, aggregation)[0], abs=1e-9)
        assert told.expert is helper


@PROPERTY
@given(crowds(), relevants, aggregations)
def test_of_a_stranger_nothing_is_told(
    crowd: list[Helper], relevant: Scores, aggregation: Aggregation
) -> None:
    standings = standings_of(crowd, relevant, aggregation, aggregation)
    for id_ in ("", "p00", "stranger"):
        told = standings.told(person(id_), aggregation)
        assert (told.value, told.pieces, told.others, told.others_share) == (0.0, (), 0, 0.0)


@PROPERTY
@given(crowds(), relevants, st.dictionaries(st.sampled_from(("t1", "t2")), strengths), st.data())
def test_who_is_ranked_has_the_value_that_is_told_of_them(
    crowd: list[Helper], relevant: Scores, themes: dict[str, float], data: st.DataObject
) -> None:
    """Each by the formula for what they are, by cases or by a theme; and no piece looked up."""
    ways = Aggregations(peers=HARMONIC, advisers=ADVISERS)
    evidence = Evidence(standings_of(crowd, relevant, HARMONIC, ADVISERS), themes, ways)
    known = dict(zip(CASES, relevant.tolist(), strict=True))
    for helper in crowd:
        declared = tuple(data.draw(st.sets(st.sampled_from(("t1", "t2", "t3")))))
        expert = replace(helper, declared=declared)
        ranked = evidence.ranked(expert)
        told = evidence.told(ranked)
        way = ADVISERS if helper.role is Role.ADVISER else HARMONIC
        expected = affinity(expert, known | themes, TODAY, way)
        assert told.value == pytest.approx(expected.value)
        assert ranked.value == pytest.approx(told.value, abs=1e-9)
        assert [p.document for p, _ in told.pieces] == [p.document for p, _ in expected.pieces]
        assert (ranked.expert, ranked.pieces) == (expert, ())
        assert ranked.helped == sum(x.role not in ONLY_ASKED for x in helper.experiences)


@PROPERTY
@given(crowds(), relevants, st.sets(st.sampled_from(CASES)), aggregations)
def test_a_table_without_some_cases_is_that_of_people_who_were_not_in_them(
    crowd: list[Helper], relevant: Scores, gone: set[str], aggregation: Aggregation
) -> None:
    """The documents of the table are the same: of some of them is no entry."""
    left = [
        replace(e, experiences=tuple(x for x in e.experiences if x.case not in gone)) for e in crowd
    ]
    evidence = table(crowd, neutral(CASES), set(CASES) - gone)
    standings = Standings.of(evidence, relevant, TODAY, aggregation, aggregation)
    expected = one_by_one(left, relevant, aggregation)
    assert standings.values[aggregation] == pytest.approx(expected, abs=1e-9)
    told = [standings.told(helper, aggregation) for helper in crowd]
    assert [one.value for one in told] == pytest.approx(expected, abs=1e-9)
    assert all(piece.document not in gone for one in told for piece, _ in one.pieces)
