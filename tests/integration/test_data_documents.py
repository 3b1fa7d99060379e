"""Documents read in bulk are what the rows say, one by one, as objects: an oracle of its own."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from data.database import Database
from data.documents import SqlDocuments
from data.made.fill import fill
from data.made.questions import MIXED
from data.tables import QuestionRow
from matcher.text import passages, problem_text, redact, resolution_text
from matcher.types import (
    Document,
    DocumentId,
    DocumentKind,
    Part,
    PersonId,
    QuestionStatus,
    SharingScope,
)

NOT_FOUND = (QuestionStatus.DRAFT, QuestionStatus.WITHDRAWN)


@pytest.fixture
def made(database: Database) -> Database:
    """Some hundreds of made cases, shared in every way, some of them withdrawn."""
    with database.write() as session:
        fill(session, 600, 80, MIXED, np.random.default_rng(1))
        some = select(QuestionRow.id).where(QuestionRow.id.like("%7"))
        session.execute(
            update(QuestionRow)
            .where(QuestionRow.id.in_(some))
            .values(status=QuestionStatus.WITHDRAWN, revision=3)
        )
        session.execute(
            update(QuestionRow)
            .where(QuestionRow.id.like("%3"))
            .values(tried=" ", situation="Bel 06-12345678\nof mail jan@school.nl ")
        )
    return database


def _one_by_one(session: Session) -> list[Document]:
    rows = session.scalars(select(QuestionRow).order_by(QuestionRow.id)).unique()
    return [_document(row) for row in rows if row.status not in NOT_FOUND]


def _document(row: QuestionRow) -> Document:
    of, school = row.resolution, row.organisation
    written = [of.approach, of.worked, of.did_not_work] if of else []
    return Document(
        id=DocumentId(row.id),
        kind=DocumentKind.CASE if of else DocumentKind.QUESTION,
        partition={
            SharingScope.NATIONAL: "national",
            SharingScope.PARTNERSHIP: f"partnership:{school.partnership_id}",
            SharingScope.BOARD: f"board:{school.board_id}"
            if school.board_id
            else f"school:{school.id}",
            SharingScope.SCHOOL: f"school:{school.id}",
        }[row.scope],
        revision=row.revision,
        problem=problem_text(
            title=row.title,
            situation=row.situation,
            tried=row.tried,
            goal=row.goal,
            themes=[theme.name for theme in row.themes],
        ),
        resolution=resolution_text(
            approach=of.approach, worked=of.worked, did_not_work=of.did_not_work
        )
        if of
        else "",
        title=redact(row.title),
        passages=passages(row.situation, row.tried, row.goal, *written),
        parts=tuple(Part(PersonId(part.person_id), part.role) for part in row.participations),
        outcome=of.outcome if of else None,
        happened_on=of.recorded_on if of else None,
    )


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("fixture", ["sample", "made"])
def test_in_bulk_every_document_is_as_the_rows_say(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    database: Database = request.getfixturevalue(fixture)
    with database.read() as session:
        questions = [
            d for d in SqlDocuments(session).documents() if d.kind is not DocumentKind.THEME
        ]
        expected = _one_by_one(session)
    assert len(expected) >= 50
    assert any(len(document.parts) > 2 for document in expected)
    assert {document.kind for document in expected} == {DocumentKind.CASE, DocumentKind.QUESTION}
    assert questions == expected


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("fixture", ["sample", "made"])
def test_by_id_every_document_is_as_in_bulk(fixture: str, request: pytest.FixtureRequest) -> None:
    database: Database = request.getfixturevalue(fixture)
    with database.read() as session:
        documents = SqlDocuments(session)
        everything = documents.documents()
        assert documents.documents(documents.ids()) == everything
        for document in everything[::20]:
            assert documents.documents([document.id]) == [document]
