"""The sample set, as `schakel sample` loads it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from data.database import Database
from data.importer import SAMPLE, import_folder
from data.tables import (
    BoardRow,
    OrganisationRow,
    OutboxRow,
    PartnershipRow,
    PersonRow,
    QuestionRow,
    ResolutionRow,
    ThemeRow,
)
from matcher.errors import ImportRefused
from matcher.types import OrganisationKind, ParticipationRole, QuestionStatus


@pytest.mark.parametrize(
    ("kind", "condition", "expected"),
    [
        (PartnershipRow, True, 2),
        (BoardRow, True, 6),
        (OrganisationRow, True, 33),
        (OrganisationRow, OrganisationRow.kind == OrganisationKind.SCHOOL, 25),
        (PersonRow, True, 45),
        (QuestionRow, True, 55),
        (QuestionRow, QuestionRow.status == QuestionStatus.SOLVED, 40),
        (ResolutionRow, True, 40),
    ],
)
def test_the_sample_set_is_as_large_as_it_is_said_to_be(
    sample: Database, kind: Any, condition: Any, expected: int
) -> None:
    query = select(func.count()).select_from(kind)
    with sample.read() as session:
        assert session.scalar(query if condition is True else query.where(condition)) == expected


def test_every_question_has_one_asker_who_works_where_it_was_asked(sample: Database) -> None:
    with sample.read() as session:
        for question in session.scalars(select(QuestionRow)).unique():
            (asker,) = [
                session.get_one(PersonRow, part.person_id)
                for part in question.participations
                if part.role is ParticipationRole.ASKER
            ]
            assert asker.organisation_id == question.organisation_id


def test_every_question_and_theme_is_announced_once(sample: Database) -> None:
    with sample.read() as session:
        announced = session.scalars(select(OutboxRow.document_id)).all()
        questions = session.scalars(select(QuestionRow.id)).all()
        themes = session.scalars(select(ThemeRow.id)).all()
    assert sorted(announced) == sorted([*questions, *(f"thema:{theme}" for theme in themes)])


def test_the_sample_set_cannot_be_loaded_twice(sample: Database) -> None:
    with pytest.raises(ImportRefused), sample.write() as session:
        import_folder(session, SAMPLE)
    with sample.read() as session:
        assert session.scalar(select(func.count()).select_from(QuestionRow)) == 55
