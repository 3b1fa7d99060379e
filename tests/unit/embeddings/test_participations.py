"""Who took part in which case, as columns."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import permutations

import numpy as np
import pytest

from embeddings.participations import (
    OUTCOMES,
    ROLES,
    Participation,
    Participations,
    Roster,
    participations,
)
from matcher.affinity import ROLE_WEIGHT
from matcher.types import (
    Document,
    DocumentId,
    DocumentKind,
    Outcome,
    Part,
    ParticipationRole,
    PersonId,
)

DAY = date(2024, 5, 6)
ASKER, SOLVER, HELPED = (
    ParticipationRole.ASKER,
    ParticipationRole.SOLVER,
    ParticipationRole.HELPED,
)


def _case(*parts: tuple[str, ParticipationRole]) -> Document:
    return Document(
        DocumentId("c"), DocumentKind.CASE, "national", 1, "probleem", "aanpak",
        parts=tuple(Part(PersonId(person), role) for person, role in parts),
        outcome=Outcome.PARTLY, happened_on=DAY,
    )  # fmt: skip


def test_of_several_roles_in_one_case_the_weightiest_counts() -> None:
    for roles in permutations([HELPED, SOLVER, ASKER]):
        (only,) = participations(_case(*[("p1", role) for role in roles]))
        assert only == Participation(PersonId("p1"), SOLVER, Outcome.PARTLY, DAY.toordinal())
    assert ROLE_WEIGHT[SOLVER] > ROLE_WEIGHT[ASKER] > ROLE_WEIGHT[HELPED]


def test_each_person_in_a_case_is_there_in_order() -> None:
    found = participations(_case(("p2", ASKER), ("p1", HELPED), ("p2", HELPED)))
    assert [(part.person, part.role) for part in found] == [("p1", HELPED), ("p2", ASKER)]


@pytest.mark.parametrize("missing", ["outcome", "happened_on"])
def test_a_question_without_an_outcome_or_a_day_says_nothing_of_people(missing: str) -> None:
    assert participations(replace(_case(("p1", ASKER)), **{missing: None})) == ()


def test_a_case_in_which_nobody_is_known_says_nothing() -> None:
    assert participations(_case()) == ()


Entry = tuple[str, int, ParticipationRole, Outcome, int]


def _entries(table: Participations) -> list[Entry]:
    return [
        (table.people[person], row, ROLES[role], OUTCOMES[outcome], day)
        for person, row, role, outcome, day in zip(*map(list, table.columns), strict=True)
    ]


def test_columns_are_sorted_by_row_and_name_the_person() -> None:
    documents = [
        (Participation(PersonId("p3"), SOLVER, Outcome.SOLVED, 30),),
        (),
        (
            Participation(PersonId("p1"), ASKER, Outcome.NOT, 10),
            Participation(PersonId("p3"), HELPED, Outcome.NOT, 10),
        ),
    ]
    table = Participations.from_documents(documents)
    assert table.people == ("p1", "p3")
    assert _entries(table) == [
        ("p3", 0, SOLVER, Outcome.SOLVED, 30),
        ("p1", 2, ASKER, Outcome.NOT, 10),
        ("p3", 2, HELPED, Outcome.NOT, 10),
    ]


@pytest.mark.parametrize("documents", [[], [(), ()]], ids=["no documents", "no people"])
def test_nobody_gives_empty_columns(documents: list[tuple[Participation, ...]]) -> None:
    table = Participations.from_documents(documents)
    assert table.people == ()
    for column in (table.person, table.row, table.role, table.outcome, table.day):
        assert column.shape == (0,)
        assert column.dtype == np.int32


def _participations(*documents: tuple[tuple[str, ParticipationRole, int], ...]) -> Participations:
    return Participations.from_documents(
        [
            tuple(Participation(PersonId(who), role, Outcome.PARTLY, day) for who, role, day in own)
            for own in documents
        ]
    )


BASE = _participations(
    (("p3", SOLVER, 30),), (), (("p1", ASKER, 10), ("p3", HELPED, 10)), (("p5", ASKER, 40),)
)
LATER = _participations((("p0", HELPED, 7), ("p3", ASKER, 8)), (("p4", SOLVER, 9),))


@pytest.mark.parametrize(
    ("start", "stop", "expected"),
    [
        (0, 4, [("p3", 0), ("p1", 2), ("p3", 2), ("p5", 3)]),
        (2, 4, [("p1", 0), ("p3", 0), ("p5", 1)]),
        (1, 2, []),
        (3, 3, []),
    ],
)
def test_those_of_some_rows_count_from_the_first_of_them(
    start: int, stop: int, expected: list[tuple[str, int]]
) -> None:
    assert [(who, row) for who, row, *_ in _entries(BASE.between(start, stop))] == expected


def test_several_are_joined_by_the_rows_they_get() -> None:
    """Of the first the rows change places and one is left out; the second come in between."""
    joined = Participations.joined(
        [(BASE, np.array([4, -1, 0, -1])), (LATER, np.array([1, 3]))],
    )
    assert joined.people == ("p0", "p1", "p3", "p4")
    assert _entries(joined) == [
        ("p1", 0, ASKER, Outcome.PARTLY, 10),
        ("p3", 0, HELPED, Outcome.PARTLY, 10),
        ("p0", 1, HELPED, Outcome.PARTLY, 7),
        ("p3", 1, ASKER, Outcome.PARTLY, 8),
        ("p4", 3, SOLVER, Outcome.PARTLY, 9),
        ("p3", 4, SOLVER, Outcome.PARTLY, 30),
    ]


def test_of_who_took_part_only_in_what_is_left_out_nothing_is_kept() -> None:
    joined = Participations.joined([(BASE, np.array([-1, -1, -1, 0]))])
    assert joined.people == ("p5",)


def test_joining_leaves_what_was_joined_as_it_is() -> None:
    before = _entries(BASE)
    Participations.joined([(BASE, np.array([3, 2, 1, 0])), (LATER, np.array([-1, 4]))])
    assert _entries(BASE) == before


def test_a_roster_is_of_all_segments_by_person() -> None:
    """A person may be in several, and each document is named by its place among all."""
    roster = Roster.of([(BASE, np.arange(4)), (LATER, np.array([4, 5]))])
    assert roster.people == ("p0", "p1", "p3", "p4", "p5")
    assert roster.person.tolist() == sorted(roster.person.tolist())
    found = [
        (roster.people[person], document, ROLES[role], OUTCOMES[outcome], day)
        for person, document, role, outcome, day in zip(
            roster.person, roster.document, roster.role, roster.outcome, roster.day, strict=True
        )
    ]
    assert found == [
        (person, document, role, Outcome.PARTLY, day)
        for person, document, role, day in [
            ("p0", 4, HELPED, 7),
            ("p1", 2, ASKER, 10),
            ("p3", 0, SOLVER, 30),
            ("p3", 2, HELPED, 10),
            ("p3", 4, ASKER, 8),
            ("p4", 5, SOLVER, 9),
            ("p5", 3, ASKER, 40),
        ]
    ]


def test_what_is_out_of_sight_is_not_in_a_roster() -> None:
    roster = Roster.of([(BASE, np.array([0, 1, -1, -1])), (LATER, np.array([-1, -1]))])
    assert (roster.people, roster.document.tolist()) == (("p3",), [0])


@pytest.mark.parametrize("count", [0, 2], ids=["no documents", "no people"])
def test_a_roster_of_nobody_is_empty(count: int) -> None:
    nobody = _participations(*[()] * count)
    for some in ([], [(nobody, np.arange(count)), (_participations(), np.arange(0))]):
        roster = Roster.of(some)
        assert roster.people == ()
        for column in (roster.person, roster.document, roster.role, roster.outcome, roster.day):
            assert column.shape == (0,)
            assert column.dtype == np.int32
