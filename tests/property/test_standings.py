"""Everyone's affinity at once is the affinity of each, computed one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.affinity import Aggregation, affinity
from matcher.ports import EvidenceTable, Signal, Signals
from matcher.standings import Standings, affinities, experiences
from matcher.types import DocumentId, Expert, Outcome, ParticipationRole, PersonId, Scores
from tests.property.strategies import CASES, PROPERTY, dates, strengths
from tests.unit.matcher.builders import TODAY, person, took_part

ONLY_ASKED = (ParticipationRole.ASKER, ParticipationRole.HELPED)
aggregations = st.sampled_from(Aggregation)
relevants = st.lists(strengths, min_size=len(CASES), max_size=len(CASES)).map(np.array)


@st.composite
def crowds(draw: st.DrawFn, at_least: int = 1) -> list[Expert]:
    """People in order of id, each with one part in each of their cases; some without any."""
    parts = st.tuples(st.sampled_from(ParticipationRole), st.sampled_from(Outcome), dates)
    cases = st.dictionaries(st.sampled_from(CASES), parts)
    crowd = draw(st.lists(cases, min_size=at_least, max_size=5))
    return [
        person(f"p{number}", *(took_part(case, *part) for case, part in theirs.items()))
        for number, theirs in enumerate(crowd)
    ]


def table(crowd: Sequence[Expert]) -> EvidenceTable:
    """What an index would say of them: entries by person, of the documents in CASES."""
    size = len(Signal)
    none = np.zeros(size)
    ids = tuple(map(DocumentId, CASES))
    signals = Signals(ids, np.zeros((len(ids), size)), none, np.ones(size), np.ones(size))
    entries = [
        (
            number,
            CASES.index(x.case),
            list(ParticipationRole).index(x.role),
            list(Outcome).index(x.outcome),
            x.happened_on.toordinal(),
        )
        for number, expert in enumerate(crowd)
        for x in expert.experiences
    ]
    columns = np.array(entries, np.int32).reshape(-1, 5).T
    return EvidenceTable(signals, tuple(expert.id for expert in crowd), *columns)


def one_by_one(crowd: Sequence[Expert], relevant: Scores, aggregation: Aggregation) -> list[float]:
    known = dict(zip(CASES, relevant.tolist(), strict=True))
    return [affinity(expert, known, TODAY, aggregation).value for expert in crowd]


@PROPERTY
@given(crowds(), relevants, aggregations)
def test_the_affinity_of_everyone_at_once_is_that_of_each(
    crowd: list[Expert], relevant: Scores, aggregation: Aggregation
) -> None:
    found = affinities(table(crowd), relevant, TODAY, aggregation)
    assert found == pytest.approx(one_by_one(crowd, relevant, aggregation), abs=1e-9)


@PROPERTY
@given(st.integers(1, 60), strengths, aggregations)
def test_they_agree_for_any_number_of_equally_strong_cases(
    count: int, strength: float, aggregation: Aggregation
) -> None:
    expert = person("p", *(took_part(f"c{number}") for number in range(count)))
    size = len(Signal)
    zero, one = np.zeros(size), np.ones(size)
    ids = tuple(DocumentId(f"c{number}") for number in range(count))
    entry = np.zeros(count, np.int32)
    solved = list(Outcome).index(Outcome.SOLVED)
    evidence = EvidenceTable(
        Signals(ids, np.zeros((count, size)), zero, one, one),
        (PersonId("p"),),
        person=entry,
        document=np.arange(count, dtype=np.int32),
        role=entry + list(ParticipationRole).index(ParticipationRole.SOLVER),
        outcome=entry + solved,
        day=entry + TODAY.toordinal(),
    )
    (found,) = affinities(evidence, np.full(count, strength), TODAY, aggregation)
    known: dict[str, float] = dict.fromkeys(ids, strength)
    assert found == pytest.approx(affinity(expert, known, TODAY, aggregation).value, abs=1e-9)


@PROPERTY
@given(crowds(at_least=0), relevants, aggregations)
def test_everyone_with_a_case_is_listed_once_the_best_first(
    crowd: list[Expert], relevant: Scores, aggregation: Aggregation
) -> None:
    values = dict(zip((e.id for e in crowd), one_by_one(crowd, relevant, aggregation), strict=True))
    standings = Standings.of(table(crowd), relevant, TODAY, aggregation)
    lists = [[crowd[row].id for row in rows] for rows in (standings.peers, standings.advisers)]
    found = {id_: standings.known(id_)[0] for ids in lists for id_ in ids}
    assert sorted(id_ for ids in lists for id_ in ids) == [e.id for e in crowd if e.experiences]
    assert found == pytest.approx({id_: values[id_] for id_ in found}, abs=1e-9)
    for ids in lists:
        assert ids == sorted(ids, key=lambda id_: (-found[id_], id_))


@PROPERTY
@given(crowds(), relevants)
def test_those_who_mostly_advise_are_listed_apart(crowd: list[Expert], relevant: Scores) -> None:
    standings = Standings.of(table(crowd), relevant, TODAY, Aggregation.BEST_AND_WHOLE)
    helping, advising = (
        {crowd[row].id for row in rows} for rows in (standings.peers, standings.advisers)
    )
    advised = {e.id: sum(x.role is ParticipationRole.ADVISER for x in e.experiences) for e in crowd}
    size = {e.id: len(e.experiences) for e in crowd}
    assert all(advised[id_] * 2 > size[id_] for id_ in advising)
    assert all(advised[id_] * 2 <= size[id_] for id_ in helping)


@PROPERTY
@given(crowds())
def test_the_cases_in_which_one_solved_or_advised_are_counted(crowd: list[Expert]) -> None:
    relevant = np.ones(len(CASES))
    standings = Standings.of(table(crowd), relevant, TODAY, Aggregation.BEST_AND_WHOLE)
    assert {e.id: standings.known(e.id)[1] for e in crowd} == {
        e.id: sum(x.role not in ONLY_ASKED for x in e.experiences) for e in crowd
    }
    assert standings.known(PersonId("stranger")) == (0.0, 0)


@PROPERTY
@given(crowds())
def test_the_table_gives_back_what_each_did(crowd: list[Expert]) -> None:
    wanted = [e.id for e in crowd[::2]]
    relevant = np.arange(1.0, len(CASES) + 1)
    found, known = experiences(table(crowd), wanted, relevant)
    assert all(known[case] == relevant[CASES.index(case)] for case in known)
    assert known.keys() == {x.case for e in crowd[::2] for x in e.experiences}
    assert {id_: set(parts) for id_, parts in found.items()} == {
        e.id: set(e.experiences) for e in crowd[::2]
    }


@PROPERTY
@given(crowds(), relevants, st.sets(st.sampled_from(CASES).map(DocumentId)), aggregations)
def test_a_table_without_some_cases_is_that_of_people_who_were_not_in_them(
    crowd: list[Expert], relevant: Scores, gone: set[DocumentId], aggregation: Aggregation
) -> None:
    left = [
        replace(e, experiences=tuple(x for x in e.experiences if x.case not in gone)) for e in crowd
    ]
    found = affinities(table(crowd).without(gone), relevant, TODAY, aggregation)
    assert found == pytest.approx(one_by_one(left, relevant, aggregation), abs=1e-9)
