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


def test_columns_are_sorted_by_person_and_name_the_row() -> None:
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
    found = [
        (table.people[person], row, ROLES[role], OUTCOMES[outcome], day)
        for person, row, role, outcome, day in zip(
            table.person, table.row, table.role, table.outcome, table.day, strict=True
        )
    ]
    assert found == [
        ("p1", 2, ASKER, Outcome.NOT, 10),
        ("p3", 0, SOLVER, Outcome.SOLVED, 30),
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


def test_a_roster_is_of_all_segments_by_person() -> None:
    """A person may be in several, and each document is named by its place among all."""
    base = _participations(
        (("p3", SOLVER, 30),), (), (("p1", ASKER, 10), ("p3", HELPED, 10)), (("p5", ASKER, 40),)
    )
    delta = _participations((("p0", HELPED, 7), ("p3", ASKER, 8)), (("p4", SOLVER, 9),))
    ids = [[DocumentId(id_) for id_ in named] for named in ("abcd", "kq")]
    roster = Roster.of(list(zip(ids, (base, delta), strict=True)))
    assert roster.documents == tuple("abcdkq")
    assert roster.people == ("p0", "p1", "p3", "p4", "p5")
    assert roster.person.tolist() == sorted(roster.person.tolist())
    found = [
        (roster.people[person], roster.documents[document], ROLES[role], OUTCOMES[outcome], day)
        for person, document, role, outcome, day in zip(
            roster.person, roster.document, roster.role, roster.outcome, roster.day, strict=True
        )
    ]
    assert sorted(found) == sorted(
        (person, document, role, Outcome.PARTLY, day)
        for person, document, role, day in [
            ("p3", "a", SOLVER, 30),
            ("p1", "c", ASKER, 10),
            ("p3", "c", HELPED, 10),
            ("p5", "d", ASKER, 40),
            ("p0", "k", HELPED, 7),
            ("p3", "k", ASKER, 8),
            ("p4", "q", SOLVER, 9),
        ]
    )


@pytest.mark.parametrize("ids", [[], ["a", "b"]], ids=["no documents", "no people"])
def test_a_roster_of_nobody_is_empty(ids: list[str]) -> None:
    named = [DocumentId(id_) for id_ in ids]
    roster = Roster.of([(named, _participations(*[()] * len(ids))), ([], _participations())])
    assert (roster.people, roster.documents) == ((), tuple(ids))
    for column in (roster.person, roster.document, roster.role, roster.outcome, roster.day):
        assert column.shape == (0,)
        assert column.dtype == np.int32
