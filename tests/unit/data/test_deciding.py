"""Withdrawing, sharing otherwise and erasing: what becomes of a question that was asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, inspect, select, text
from sqlalchemy.orm import Session

from data.database import Database
from data.documents import SqlDocuments
from data.questions import Questions
from data.tables import (
    OutboxRow,
    ParticipationRow,
    PersonRow,
    QuestionRow,
    ResolutionRow,
    ThemeRow,
    question_theme,
)
from matcher.entities import Person, Question
from matcher.errors import Conflict, Forbidden, NotFound
from matcher.types import (
    Document,
    DocumentId,
    DocumentKind,
    Part,
    ParticipationRole,
    PersonId,
    QuestionStatus,
    SharingScope,
)
from tests.unit.data.world import add_question, person, viewer

SCHOOL, BOARD = SharingScope.SCHOOL, SharingScope.BOARD
PARTNERSHIP, NATIONAL = SharingScope.PARTNERSHIP, SharingScope.NATIONAL
DRAFT, OPEN, SOLVED = QuestionStatus.DRAFT, QuestionStatus.OPEN, QuestionStatus.SOLVED
TALKING, WITHDRAWN = QuestionStatus.IN_CONVERSATION, QuestionStatus.WITHDRAWN

Decision = Callable[[Questions, str, Person], object]
DECISIONS: dict[str, Decision] = {
    "withdraw": lambda questions, id_, actor: questions.withdraw(id_, actor),
    "share": lambda questions, id_, actor: questions.share(id_, NATIONAL, actor, read_again=True),
    "erase": lambda questions, id_, actor: questions.erase(id_, actor),
}


def _add(
    world: Database,
    id_: str = "v1",
    *,
    scope: SharingScope = NATIONAL,
    status: QuestionStatus = OPEN,
) -> None:
    with world.write() as session:
        took_part = [
            ("leider-a1", ParticipationRole.ASKER),
            ("leider-b1", ParticipationRole.SOLVER),
        ]
        themes = ["nt2", "ouders"]
        add_question(session, id_, scope=scope, status=status, took_part=took_part, themes=themes)


def _withdraw(world: Database, id_: str = "v1", actor: str = "leider-a1") -> Question:
    with world.write() as session:
        return Questions(session).withdraw(id_, person(session, actor))


def _share(world: Database, scope: SharingScope, actor: str = "leider-a1") -> Question:
    with world.write() as session:
        return Questions(session).share("v1", scope, person(session, actor), read_again=True)


def _erase(world: Database, id_: str = "v1", actor: str = "leider-a1") -> Document:
    with world.write() as session:
        return Questions(session).erase(id_, person(session, actor))


def _sees(world: Database, who: str, id_: str = "v1") -> bool:
    with world.read() as session:
        try:
            Questions(session).get(id_, viewer(session, who))
        except NotFound:
            return False
    return True


def _partition(world: Database) -> list[str]:
    with world.read() as session:
        return [d.partition for d in SqlDocuments(session).documents([DocumentId("v1")])]


def _rows(session: Session) -> dict[str, int]:
    """How many rows there are of what hangs on questions."""
    return {
        name: session.scalar(select(func.count()).select_from(table)) or 0
        for name, table in (
            ("question", QuestionRow),
            ("resolution", ResolutionRow),
            ("participation", ParticipationRow),
            ("question_theme", question_theme),
        )
    }


def _written(session: Session) -> list[str]:
    query = select(OutboxRow.document_id).order_by(OutboxRow.position)
    return list(session.scalars(query))


@pytest.mark.parametrize("status", [OPEN, TALKING, SOLVED])
def test_a_withdrawn_question_is_kept_and_seen_by_nobody(
    world: Database, status: QuestionStatus
) -> None:
    _add(world, status=status)
    withdrawn = _withdraw(world)
    assert (withdrawn.id, withdrawn.status) == ("v1", WITHDRAWN)
    assert (withdrawn.resolution is not None) is (status is SOLVED)
    assert not any(_sees(world, who) for who in ("leider-a1", "adviseur-a", "leider-z1"))
    assert _partition(world) == []
    with world.read() as session:
        kept = session.get_one(QuestionRow, "v1")
        assert (kept.status, kept.revision, kept.situation) == (WITHDRAWN, 2, "Situatie v1")


@pytest.mark.parametrize(("before", "after"), [(BOARD, NATIONAL), (NATIONAL, SCHOOL)])
@pytest.mark.parametrize("status", [OPEN, TALKING, SOLVED])
def test_a_question_is_shared_wider_or_narrower_from_then_on(
    world: Database, before: SharingScope, after: SharingScope, status: QuestionStatus
) -> None:
    _add(world, scope=before, status=status)
    assert _sees(world, "leider-b1") is (before is NATIONAL)
    shared = _share(world, after)
    assert (shared.scope, shared.status) == (after, status)
    assert _sees(world, "leider-b1") is (after is NATIONAL)
    assert _sees(world, "leider-a1")
    assert _partition(world) == ["national" if after is NATIONAL else "school:a1"]
    with world.read() as session:
        assert session.get_one(QuestionRow, "v1").revision == 2


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_decision_is_announced_in_its_own_transaction(world: Database, decision: str) -> None:
    _add(world)
    with world.write() as session:
        DECISIONS[decision](Questions(session), "v1", person(session, "leider-a1"))
        with world.read() as other:
            assert _written(other) == []
            assert other.get_one(QuestionRow, "v1").status is OPEN
    with world.read() as session:
        assert _written(session) == ["v1"]


@pytest.mark.parametrize(
    ("decision", "status"),
    [("withdraw", WITHDRAWN), ("withdraw", DRAFT), ("share", WITHDRAWN), ("share", DRAFT)],
)
def test_what_cannot_be_found_can_be_neither_withdrawn_nor_shared(
    world: Database, decision: str, status: QuestionStatus
) -> None:
    _add(world, scope=BOARD, status=status)
    with pytest.raises(Conflict) as refused, world.write() as session:
        DECISIONS[decision](Questions(session), "v1", person(session, "leider-a1"))
    assert (refused.value.kind, refused.value.code) == ("question", f"status-{status.value}")
    with world.read() as session:
        kept = session.get_one(QuestionRow, "v1")
        assert (kept.status, kept.scope, kept.revision) == (status, BOARD, 1)
        assert _written(session) == []


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize(
    ("actor", "scope", "may"),
    [
        ("leider-a1", SCHOOL, True),
        ("leider-a1", NATIONAL, True),
        ("adviseur-a", BOARD, True),
        ("adviseur-a", PARTNERSHIP, True),
        ("adviseur-a", SCHOOL, Forbidden),
        ("leider-a2", NATIONAL, Forbidden),
        ("beheerder", NATIONAL, Forbidden),
        ("adviseur-b", NATIONAL, NotFound),
        ("leider-z1", NATIONAL, NotFound),
        ("partner", NATIONAL, NotFound),
    ],
)
@pytest.mark.parametrize("status", [OPEN, SOLVED])
def test_the_school_and_advisers_of_its_board_decide(
    world: Database,
    decision: str,
    actor: str,
    scope: SharingScope,
    may: bool | type[Exception],
    status: QuestionStatus,
) -> None:
    """Others of that board are told that they may not, and elsewhere there is nothing."""
    if (actor, decision) == ("beheerder", "erase"):
        may = True  # retention is theirs
    _add(world, scope=scope, status=status)

    def decide() -> None:
        with world.write() as session:
            DECISIONS[decision](Questions(session), "v1", person(session, actor))

    if may is True:
        decide()
    else:
        with pytest.raises(may):
            decide()
    with world.read() as session:
        assert _written(session) == ["v1"] * (may is True)


@pytest.mark.parametrize("decision", DECISIONS)
def test_what_does_not_exist_is_not_found(world: Database, decision: str) -> None:
    with pytest.raises(NotFound), world.write() as session:
        DECISIONS[decision](Questions(session), "v1", person(session, "leider-a1"))


@pytest.mark.parametrize("status", [WITHDRAWN, DRAFT])
@pytest.mark.parametrize(
    ("actor", "scope", "may"),
    [
        ("leider-a1", SCHOOL, True),
        ("adviseur-a", BOARD, True),
        ("beheerder", SCHOOL, True),
        ("adviseur-a", SCHOOL, Forbidden),
        ("leider-a2", NATIONAL, Forbidden),
        ("leider-z1", NATIONAL, NotFound),
    ],
)
def test_what_is_out_of_everyone_s_sight_can_be_erased_by_whose_it_is(
    world: Database,
    status: QuestionStatus,
    actor: str,
    scope: SharingScope,
    may: bool | type[Exception],
) -> None:
    """A draft is of its school, not of its adviser."""
    _add(world, scope=scope, status=status)
    if status is DRAFT and actor == "adviseur-a":
        may = Forbidden
    if may is True:
        _erase(world, actor=actor)
    else:
        with pytest.raises(may):
            _erase(world, actor=actor)
    with world.read() as session:
        assert (session.get(QuestionRow, "v1") is None) is (may is True)


def test_sharing_wider_waits_for_a_second_look_and_narrower_does_not(world: Database) -> None:
    _add(world, scope=BOARD)
    with pytest.raises(Conflict) as refused, world.write() as session:
        Questions(session).share("v1", NATIONAL, person(session, "leider-a1"))
    assert refused.value.code == "read-again"
    with world.write() as session:
        Questions(session).share("v1", SCHOOL, person(session, "leider-a1"))
    assert _partition(world) == ["school:a1"]


@pytest.mark.parametrize("status", QuestionStatus)
def test_of_what_is_erased_its_id_is_left_and_of_others_everything(
    world: Database, status: QuestionStatus
) -> None:
    _add(world, "v2", status=SOLVED)
    with world.read() as session:
        before = _rows(session)
    _add(world, "v1", status=status)
    _erase(world)
    with world.read() as session:
        assert _rows(session) == before
        assert _written(session) == ["v1"]
        assert session.get(PersonRow, "leider-a1") is not None
        assert session.get(ThemeRow, "nt2") is not None


def test_no_column_of_the_database_holds_an_erased_text(world: Database) -> None:
    _add(world, "v1", status=SOLVED)
    _erase(world)
    with world.read() as session:
        connection = session.connection()
        for table in inspect(connection).get_table_names():
            for row in session.execute(text(f"SELECT * FROM {table}")):
                assert not any(str(value).endswith("v1") and value != "v1" for value in row), table


def test_erasing_twice_finds_nothing_the_second_time(world: Database) -> None:
    _add(world)
    _erase(world)
    with pytest.raises(NotFound):
        _erase(world)


@pytest.mark.parametrize("withdrawn", [False, True])
def test_erasing_gives_the_document_as_the_index_held_it(world: Database, withdrawn: bool) -> None:
    _add(world, status=SOLVED, scope=BOARD)
    with world.read() as session:
        (indexed,) = SqlDocuments(session).documents([DocumentId("v1")])
    assert indexed.parts == (
        Part(PersonId("leider-a1"), ParticipationRole.ASKER),
        Part(PersonId("leider-b1"), ParticipationRole.SOLVER),
    )
    assert indexed.kind is DocumentKind.CASE
    if withdrawn:
        _withdraw(world)
    erased = _erase(world)
    assert (erased.problem, erased.resolution, erased.passages) == (
        indexed.problem,
        indexed.resolution,
        indexed.passages,
    )
    assert erased.revision == 1 + withdrawn
