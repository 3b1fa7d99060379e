from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.database import Database
from data.directory import SqlDirectory
from data.documents import SqlDocuments
from data.questions import Questions
from data.tables import OutboxRow, ParticipationRow, PersonRow, QuestionRow
from matcher.entities import NewQuestion, Participant, Question, Resolution, Theme
from matcher.errors import Conflict, Forbidden, NotFound, UnknownReference
from matcher.types import (
    ContactPreference,
    DocumentId,
    Outcome,
    ParticipationRole,
    PersonId,
    Position,
    QuestionStatus,
    Role,
    Sector,
    SharingScope,
    SupportForm,
    SupportRole,
    Viewer,
)
from tests.unit.data.world import RECORDED, add_person, add_question, person, viewer

TODAY = date(2026, 9, 1)
NEW = NewQuestion(
    title="Verzuim in groep 6",
    situation="Een leerling komt niet.",
    tried="Gebeld.",
    goal="Terug in de klas.",
    themes=("ouders", "nt2"),
    form=SupportForm.SPARRING,
    support_role=SupportRole.ADVISE,
    scope=SharingScope.PARTNERSHIP,
)
RESOLUTION = Resolution("Op huisbezoek.", "Luisteren.", "Brieven.", Outcome.SOLVED, TODAY)
SCHOOL, BOARD = SharingScope.SCHOOL, SharingScope.BOARD
PARTNERSHIP, NATIONAL = SharingScope.PARTNERSHIP, SharingScope.NATIONAL


def _ask(world: Database, asker: str = "leider-a1", new: NewQuestion = NEW) -> Question:
    with world.write() as session:
        return Questions(session).ask(new, person(session, asker), TODAY)


def _resolve(
    world: Database, id_: str, actor: str, *took_part: tuple[str, ParticipationRole]
) -> Question:
    participants = [Participant(PersonId(who), role) for who, role in took_part]
    with world.write() as session:
        return Questions(session).resolve(id_, RESOLUTION, participants, person(session, actor))


def _sees(session: Session, id_: str, who: Viewer) -> bool:
    try:
        return Questions(session).get(id_, who).id == id_
    except (NotFound, Forbidden):
        return False


def _participations(session: Session, id_: str) -> set[tuple[str, ParticipationRole]]:
    query = select(ParticipationRow).where(ParticipationRow.question_id == id_)
    return {(row.person_id, row.role) for row in session.scalars(query)}


def _count(session: Session, kind: type[QuestionRow] | type[OutboxRow]) -> int:
    return session.scalar(select(func.count()).select_from(kind)) or 0


def test_an_asked_question_is_kept_open_as_it_was_put(world: Database) -> None:
    asked = _ask(world)
    with world.read() as session:
        kept = Questions(session).get(asked.id, viewer(session, "leider-a1"))
    assert kept == asked
    assert kept == Question(
        id=asked.id,
        title=NEW.title,
        situation=NEW.situation,
        tried=NEW.tried,
        goal=NEW.goal,
        themes=(
            Theme("nt2", "NT2", "inhoud", "Over nt2."),
            Theme("ouders", "OUDERS", "inhoud", "Over ouders."),
        ),
        form=SupportForm.SPARRING,
        support_role=SupportRole.ADVISE,
        sector=Sector.PRIMARY,
        scope=SharingScope.PARTNERSHIP,
        status=QuestionStatus.OPEN,
        organisation="a1",
        organisation_name="Organisatie a1",
        asker=PersonId("leider-a1"),
        asked_on=TODAY,
        resolution=None,
    )


def test_the_sector_that_was_given_goes_before_that_of_the_school(world: Database) -> None:
    new = NewQuestion(title="t", situation="s", sector=Sector.SPECIAL)
    assert _ask(world, new=new).sector is Sector.SPECIAL


def test_the_asker_is_the_only_one_who_takes_part(world: Database) -> None:
    asked = _ask(world)
    with world.read() as session:
        assert _participations(session, asked.id) == {("leider-a1", ParticipationRole.ASKER)}


def test_a_question_is_announced_in_the_transaction_that_stores_it(world: Database) -> None:
    with world.write() as session:
        asked = Questions(session).ask(NEW, person(session, "leider-a1"), TODAY)
        with world.read() as other:
            assert (_count(other, QuestionRow), _count(other, OutboxRow)) == (0, 0)
        assert SqlDocuments(session).written_since(0) == [asked.id]
    with world.read() as session:
        assert (_count(session, QuestionRow), _count(session, OutboxRow)) == (1, 1)
        assert SqlDocuments(session).written_since(0) == [asked.id]


def test_two_questions_with_the_same_text_are_two_questions(world: Database) -> None:
    assert _ask(world).id != _ask(world).id


def test_a_question_with_an_unknown_theme_is_not_stored(world: Database) -> None:
    with pytest.raises(UnknownReference) as refused:
        _ask(world, new=NewQuestion(title="t", situation="s", themes=("nt2", "bestaat-niet")))
    assert refused.value.kind == "theme"
    with world.read() as session:
        assert (_count(session, QuestionRow), _count(session, OutboxRow)) == (0, 0)


def test_a_theme_that_is_named_twice_counts_once(world: Database) -> None:
    asked = _ask(world, new=NewQuestion(title="t", situation="s", themes=("nt2", "nt2")))
    assert [theme.id for theme in asked.themes] == ["nt2"]


@pytest.mark.parametrize(
    ("scope", "who", "seen"),
    [
        (SCHOOL, "leider-a1", True),
        (SCHOOL, "leider-a2", False),
        (SCHOOL, "leider-b1", False),
        (SCHOOL, "leider-z1", False),
        (BOARD, "leider-a1", True),
        (BOARD, "leider-a2", True),
        (BOARD, "leider-b1", False),
        (BOARD, "leider-z1", False),
        (PARTNERSHIP, "leider-a1", True),
        (PARTNERSHIP, "leider-a2", True),
        (PARTNERSHIP, "leider-b1", True),
        (PARTNERSHIP, "leider-z1", False),
        (NATIONAL, "leider-a1", True),
        (NATIONAL, "leider-a2", True),
        (NATIONAL, "leider-b1", True),
        (NATIONAL, "leider-z1", True),
    ],
)
@pytest.mark.parametrize("status", [QuestionStatus.OPEN, QuestionStatus.SOLVED])
def test_the_scope_decides_who_sees_a_question_or_case(
    world: Database, scope: SharingScope, who: str, seen: bool, status: QuestionStatus
) -> None:
    """From the same school, the same board, the same partnership and another partnership.

    The partition in which the index keeps it has to say the same as the store does.
    """
    with world.write() as session:
        add_question(session, "v1", school="a1", scope=scope, status=status)
    with world.read() as session:
        looking = viewer(session, who)
        (document,) = SqlDocuments(session).documents([DocumentId("v1")])
        assert _sees(session, "v1", looking) is seen
        assert (document.partition in looking.partitions) is seen
        if status is QuestionStatus.SOLVED and seen:
            assert Questions(session).case("v1", looking).resolution is not None
        else:
            with pytest.raises((NotFound, Forbidden)):
                Questions(session).case("v1", looking)


@pytest.mark.parametrize("scope", SharingScope)
def test_who_belongs_nowhere_sees_only_what_is_shared_with_all(
    world: Database, scope: SharingScope
) -> None:
    with world.write() as session:
        add_question(session, "v1", scope=scope)
    with world.read() as session:
        assert _sees(session, "v1", Viewer()) is (scope is NATIONAL)


def test_partners_without_a_board_do_not_form_a_board_together(world: Database) -> None:
    with world.write() as session:
        add_question(session, "v1", school="ggd", scope=BOARD)
    with world.read() as session:
        assert _sees(session, "v1", viewer(session, "partner"))
        assert not _sees(session, "v1", viewer(session, "partner-2"))


@pytest.mark.parametrize("status", [QuestionStatus.DRAFT, QuestionStatus.WITHDRAWN])
@pytest.mark.parametrize("who", ["leider-a1", "adviseur-a", "beheerder", "leider-z1"])
def test_a_draft_or_withdrawn_question_is_invisible_to_everyone(
    world: Database, status: QuestionStatus, who: str
) -> None:
    with world.write() as session:
        add_question(session, "v1", scope=NATIONAL, status=status)
    with world.read() as session:
        assert not _sees(session, "v1", viewer(session, who))


def test_a_question_in_conversation_is_still_seen(world: Database) -> None:
    with world.write() as session:
        add_question(session, "v1", status=QuestionStatus.IN_CONVERSATION)
    with world.read() as session:
        assert _sees(session, "v1", viewer(session, "leider-z1"))


def test_out_of_sight_looks_the_same_as_absent(world: Database) -> None:
    with world.write() as session:
        add_question(session, "v1", scope=SCHOOL)
    errors = []
    with world.read() as session:
        for id_ in ("v1", "bestaat-niet"):
            with pytest.raises(NotFound) as refused:
                Questions(session).get(id_, viewer(session, "leider-z1"))
            errors.append(str(refused.value))
    assert errors[0] == errors[1]


def test_a_resolved_question_is_a_case(world: Database) -> None:
    asked = _ask(world)
    resolved = _resolve(world, asked.id, "leider-a1")
    assert (resolved.status, resolved.resolution) == (QuestionStatus.SOLVED, RESOLUTION)
    with world.read() as session:
        assert Questions(session).case(asked.id, viewer(session, "leider-b1")) == resolved


def test_resolving_raises_the_revision_by_one(world: Database) -> None:
    asked = _ask(world)
    _resolve(world, asked.id, "leider-a1")
    with world.read() as session:
        assert session.get_one(QuestionRow, asked.id).revision == 2


def test_resolving_is_announced(world: Database) -> None:
    asked = _ask(world)
    with world.read() as session:
        position = SqlDocuments(session).position()
    _resolve(world, asked.id, "leider-a1")
    with world.read() as session:
        assert SqlDocuments(session).written_since(position) == [asked.id]


def test_those_who_took_part_are_kept_beside_the_asker(world: Database) -> None:
    asked = _ask(world)
    solver, adviser = ParticipationRole.SOLVER, ParticipationRole.ADVISER
    took_part = [("leider-b1", solver), ("adviseur-a", adviser), ("partner", solver)]
    _resolve(world, asked.id, "leider-a1", *took_part)
    with world.read() as session:
        assert _participations(session, asked.id) == {
            ("leider-a1", ParticipationRole.ASKER),
            *took_part,
        }


def test_who_is_named_twice_or_took_part_already_is_kept_once(world: Database) -> None:
    asked = _ask(world)
    twice = ("leider-b1", ParticipationRole.SOLVER)
    asker = ("leider-a1", ParticipationRole.ASKER)
    _resolve(world, asked.id, "leider-a1", twice, twice, asker)
    with world.read() as session:
        assert _participations(session, asked.id) == {twice, asker}


def test_one_person_may_have_two_roles(world: Database) -> None:
    asked = _ask(world)
    _resolve(world, asked.id, "leider-a1", ("leider-a1", ParticipationRole.SOLVER))
    with world.read() as session:
        assert _participations(session, asked.id) == {
            ("leider-a1", ParticipationRole.ASKER),
            ("leider-a1", ParticipationRole.SOLVER),
        }


def test_resolving_twice_is_a_conflict_and_keeps_the_first_resolution(world: Database) -> None:
    with world.write() as session:
        add_question(session, "c1", status=QuestionStatus.SOLVED)
    with pytest.raises(Conflict) as refused:
        _resolve(world, "c1", "leider-a1")
    assert (refused.value.kind, refused.value.code) == ("question", "status-opgelost")
    with world.read() as session:
        kept = Questions(session).case("c1", viewer(session, "leider-a1")).resolution
        assert kept is not None
        assert (kept.approach, kept.recorded_on) == ("Aanpak c1", RECORDED)
        assert _count(session, OutboxRow) == 0


def test_a_question_in_conversation_can_be_resolved(world: Database) -> None:
    with world.write() as session:
        add_question(session, "v1", status=QuestionStatus.IN_CONVERSATION)
    assert _resolve(world, "v1", "leider-a1").status is QuestionStatus.SOLVED


def test_an_adviser_of_the_board_may_resolve_a_question_of_its_school(world: Database) -> None:
    with world.write() as session:
        add_question(session, "v1", scope=BOARD)
    assert _resolve(world, "v1", "adviseur-a").status is QuestionStatus.SOLVED


@pytest.mark.parametrize(
    ("actor", "scope", "refusal"),
    [
        ("leider-a2", BOARD, Forbidden),
        ("leider-a2", NATIONAL, Forbidden),
        ("leider-a2", SCHOOL, Forbidden),
        ("beheerder", NATIONAL, Forbidden),
        ("adviseur-a", SCHOOL, Forbidden),
        ("adviseur-b", NATIONAL, NotFound),
        ("leider-z1", NATIONAL, NotFound),
        ("partner", NATIONAL, NotFound),
    ],
)
def test_who_may_not_resolve_a_question_is_told_so_only_within_its_board(
    world: Database, actor: str, scope: SharingScope, refusal: type[Exception]
) -> None:
    with world.write() as session:
        add_question(session, "v1", scope=scope)
    with pytest.raises(refusal):
        _resolve(world, "v1", actor)
    with world.read() as session:
        assert session.get_one(QuestionRow, "v1").status is QuestionStatus.OPEN


def test_an_adviser_without_a_board_is_no_adviser_of_others_without_one(world: Database) -> None:
    with world.write() as session:
        add_person(session, "adviseur-ggd", Role.ADVISER, "ggd")
        add_question(session, "v1", school="ggd-2")
    with pytest.raises(NotFound):
        _resolve(world, "v1", "adviseur-ggd")


@pytest.mark.parametrize("status", [QuestionStatus.DRAFT, QuestionStatus.WITHDRAWN])
def test_a_draft_or_withdrawn_question_cannot_be_resolved(
    world: Database, status: QuestionStatus
) -> None:
    with world.write() as session:
        add_question(session, "v1", status=status)
    with pytest.raises(Conflict) as refused:
        _resolve(world, "v1", "leider-a1")
    assert refused.value.code == f"status-{status.value}"


def test_who_is_not_shown_by_name_is_named_by_their_own_board_alone(world: Database) -> None:
    """To others it is as if there were no such person."""
    with world.write() as session:
        for who in ("leider-b1", "leider-a2"):
            session.get_one(PersonRow, who).contact = ContactPreference.THROUGH_ADVISER
    asked = _ask(world)
    with pytest.raises(UnknownReference):
        _resolve(world, asked.id, "leider-a1", ("leider-b1", ParticipationRole.SOLVER))
    colleague = ("leider-a2", ParticipationRole.SOLVER)
    _resolve(world, asked.id, "leider-a1", colleague)
    with world.read() as session:
        assert colleague in _participations(session, asked.id)


@pytest.mark.parametrize("participant", ["leider-z1", "bestaat-niet"])
def test_who_is_not_of_the_partnership_cannot_be_named_and_nothing_is_resolved(
    world: Database, participant: str
) -> None:
    asked = _ask(world)
    with pytest.raises(UnknownReference) as refused:
        _resolve(world, asked.id, "leider-a1", (participant, ParticipationRole.SOLVER))
    assert refused.value.kind == "person"
    with world.read() as session:
        kept = session.get_one(QuestionRow, asked.id)
        assert (kept.status, kept.resolution, kept.revision) == (QuestionStatus.OPEN, None, 1)
        assert _count(session, OutboxRow) == 1


def test_a_person_looks_with_the_eyes_of_their_organisation(world: Database) -> None:
    with world.read() as session:
        found = SqlDirectory(session).person("leider-a1")
    assert found.viewer == Viewer(found.id, (Position(found.role, "a1", "a", "noord"),))
    assert (found.name, found.organisation_name, found.sector) == (
        "Naam leider-a1",
        "Organisatie a1",
        Sector.PRIMARY,
    )
