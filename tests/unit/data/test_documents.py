from __future__ import annotations

import pytest

from data.database import Database
from data.documents import SqlDocuments
from data.tables import OutboxRow, QuestionRow
from matcher.errors import NotFound
from matcher.text import HIDDEN
from matcher.types import (
    NATIONAL_PARTITION,
    Document,
    DocumentId,
    DocumentKind,
    Outcome,
    Part,
    ParticipationRole,
    PersonId,
    QuestionStatus,
    SharingScope,
)
from tests.unit.data.world import RECORDED, add_question


def _documents(world: Database, *ids: str) -> list[Document]:
    with world.read() as session:
        return SqlDocuments(session).documents([DocumentId(id_) for id_ in ids])


@pytest.mark.parametrize(
    ("school", "scope", "partition"),
    [
        ("a1", SharingScope.SCHOOL, "school:a1"),
        ("a1", SharingScope.BOARD, "board:a"),
        ("a1", SharingScope.PARTNERSHIP, "partnership:noord"),
        ("a1", SharingScope.NATIONAL, "national"),
        ("ggd", SharingScope.SCHOOL, "school:ggd"),
        ("ggd", SharingScope.BOARD, "school:ggd"),
        ("ggd", SharingScope.PARTNERSHIP, "partnership:noord"),
        ("z1", SharingScope.PARTNERSHIP, "partnership:zuid"),
    ],
)
def test_a_question_lives_in_the_partition_of_its_scope(
    world: Database, school: str, scope: SharingScope, partition: str
) -> None:
    with world.write() as session:
        add_question(session, "v1", school=school, scope=scope)
    assert [document.partition for document in _documents(world, "v1")] == [partition]


def test_an_open_question_is_its_texts_and_the_names_of_its_themes(world: Database) -> None:
    with world.write() as session:
        add_question(session, "v1", themes=["ouders", "nt2"])
    assert _documents(world, "v1") == [
        Document(
            id=DocumentId("v1"),
            kind=DocumentKind.QUESTION,
            partition=NATIONAL_PARTITION,
            revision=1,
            problem="Titel v1\nNT2, OUDERS\nSituatie v1\nGeprobeerd v1\nDoel v1",
            title="Titel v1",
            passages=("Situatie v1", "Geprobeerd v1", "Doel v1"),
        )
    ]


def test_a_solved_question_is_a_case_with_what_did_and_did_not_work(world: Database) -> None:
    with world.write() as session:
        add_question(session, "c1", status=QuestionStatus.SOLVED)
    (document,) = _documents(world, "c1")
    assert document.kind is DocumentKind.CASE
    assert document.resolution == "Aanpak c1\nWerkte c1\nWerkte niet c1"


def test_a_case_carries_who_took_part_what_came_of_it_and_when(world: Database) -> None:
    took_part = [
        ("leider-b1", ParticipationRole.SOLVER),
        ("leider-a1", ParticipationRole.ASKER),
        ("leider-a1", ParticipationRole.SOLVER),
    ]
    with world.write() as session:
        add_question(session, "c1", status=QuestionStatus.SOLVED, took_part=took_part)
    (document,) = _documents(world, "c1")
    assert (document.outcome, document.happened_on) == (Outcome.PARTLY, RECORDED)
    assert set(document.parts) == {Part(PersonId(who), role) for who, role in took_part}
    assert len(document.parts) == 3
    assert document.title == "Titel c1"
    assert document.passages == (
        "Situatie c1",
        "Geprobeerd c1",
        "Doel c1",
        "Aanpak c1",
        "Werkte c1",
        "Werkte niet c1",
    )


def test_an_open_question_has_no_outcome_whoever_takes_part(world: Database) -> None:
    with world.write() as session:
        add_question(session, "v1", took_part=[("leider-a1", ParticipationRole.ASKER)])
    (document,) = _documents(world, "v1")
    assert (document.outcome, document.happened_on) == (None, None)


def test_title_and_passages_of_a_document_are_redacted(world: Database) -> None:
    with world.write() as session:
        add_question(session, "c1", status=QuestionStatus.SOLVED)
        row = session.get_one(QuestionRow, "c1")
        row.title = row.situation = row.tried = row.goal = "Mail jan@school.nl"
        assert row.resolution
        row.resolution.approach = row.resolution.worked = "Bel 06-12345678"
        row.resolution.did_not_work = " "
    (document,) = _documents(world, "c1")
    assert document.title == f"Mail {HIDDEN}"
    assert document.passages == (*[f"Mail {HIDDEN}"] * 3, *[f"Bel {HIDDEN}"] * 2)


@pytest.mark.parametrize(
    ("status", "indexed"),
    [
        (QuestionStatus.DRAFT, False),
        (QuestionStatus.OPEN, True),
        (QuestionStatus.IN_CONVERSATION, True),
        (QuestionStatus.SOLVED, True),
        (QuestionStatus.WITHDRAWN, False),
    ],
)
def test_drafts_and_withdrawn_questions_are_no_documents(
    world: Database, status: QuestionStatus, indexed: bool
) -> None:
    with world.write() as session:
        add_question(session, "v1", status=status)
    assert [document.id for document in _documents(world, "v1")] == ["v1"] * indexed


def test_a_theme_is_a_national_document_of_its_name_and_description(world: Database) -> None:
    assert _documents(world, "thema:nt2") == [
        Document(
            id=DocumentId("thema:nt2"),
            kind=DocumentKind.THEME,
            partition=NATIONAL_PARTITION,
            revision=1,
            problem="NT2\nOver nt2.",
            title="NT2",
        )
    ]


def test_without_ids_everything_comes_in_order_of_id(world: Database) -> None:
    with world.write() as session:
        for id_ in ("x", "v2", "v1"):
            add_question(session, id_)
    with world.read() as session:
        ids = [document.id for document in SqlDocuments(session).documents()]
    assert ids == ["thema:nt2", "thema:ouders", "v1", "v2", "x"]


def test_the_ids_are_those_of_all_documents_in_their_order(world: Database) -> None:
    with world.write() as session:
        for number, status in enumerate(QuestionStatus):
            add_question(session, f"v{9 - number}", status=status)
        add_question(session, "a")
    with world.read() as session:
        documents = SqlDocuments(session)
        assert documents.ids() == [document.id for document in documents.documents()]
        assert documents.ids() == ["a", "thema:nt2", "thema:ouders", "v6", "v7", "v8"]


def test_a_question_as_stored_is_the_same_document_whatever_its_status(world: Database) -> None:
    with world.write() as session:
        add_question(session, "v1", themes=["nt2"])
        documents = SqlDocuments(session)
        (found,) = documents.documents([DocumentId("v1")])
        for status in (QuestionStatus.OPEN, QuestionStatus.WITHDRAWN, QuestionStatus.DRAFT):
            session.get_one(QuestionRow, "v1").status = status
            session.flush()
            assert documents.as_stored(DocumentId("v1")) == found
        with pytest.raises(NotFound):
            documents.as_stored(DocumentId("v2"))


def test_only_the_named_documents_come_and_unknown_ids_are_left_out(world: Database) -> None:
    with world.write() as session:
        for id_ in ("v1", "v2", "v3"):
            add_question(session, id_)
    assert [d.id for d in _documents(world, "v3", "weg", "thema:weg", "v1")] == ["v1", "v3"]


def test_a_theme_is_named_by_its_document_and_not_by_its_code(world: Database) -> None:
    with world.write() as session:
        add_question(session, "ouders")
    found = _documents(world, "nt2", "ouders", "thema:ouders")
    assert [document.id for document in found] == ["ouders", "thema:ouders"]
    assert _documents(world, "nt2") == []
    assert _documents(world, "thema:thema:nt2") == []


def test_no_ids_give_no_documents(world: Database) -> None:
    assert _documents(world) == []


def test_what_was_written_since_comes_once_in_order_of_id(world: Database) -> None:
    with world.write() as session:
        session.add_all(OutboxRow(document_id=id_) for id_ in ("old", "b", "a", "b", "a", "b"))
    with world.read() as session:
        documents = SqlDocuments(session)
        assert documents.written_since(1) == ["a", "b"]
        assert documents.written_since(5) == ["b"]
        assert documents.written_since(6) == []


def test_the_position_is_that_of_the_last_write(world: Database) -> None:
    with world.write() as session:
        assert SqlDocuments(session).position() == 0
        session.add_all([OutboxRow(document_id="a"), OutboxRow(document_id="a")])
        session.flush()
        assert SqlDocuments(session).position() == 2
