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
