from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event, func, select
from sqlalchemy.orm import Session

from data.database import Database
from data.directory import SqlDirectory
from data.introduction_tables import IntroductionRow
from data.introductions import Introductions
from data.mail import MailOutbox, MailRow
from data.tables import OutboxRow, ParticipationRow, PersonRow, QuestionRow
from matcher.errors import Conflict, Forbidden, NotFound, UnknownReference
from matcher.introduction_records import (
    Accept,
    Conclude,
    Conclusion,
    Decline,
    DeclineReason,
    Deed,
    Hold,
    IntroductionState,
    NewIntroduction,
    Party,
    Plan,
    Withdraw,
)
from matcher.introduction_sight import SeenIntroduction
from matcher.letters import Letter
from matcher.policy import Act
from matcher.types import (
    ContactPreference,
    Outcome,
    ParticipationRole,
    PersonId,
    QuestionStatus,
    Role,
    SharingScope,
    Viewer,
)
from tests.unit.data.world import add_person, add_question, person, viewer

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = date(2026, 3, 2)
ASKER, HELPER, ADVISER = "leider-a1", "leider-b1", "adviseur-a"
NO = Decline(DeclineReason.OTHER)
State = IntroductionState


@pytest.fixture
def asked(world: Database) -> Database:
    """With question v1 of leider-a1, that is shared within the board."""
    with world.write() as session:
        took_part = [(ASKER, ParticipationRole.ASKER)]
        add_question(session, "v1", scope=SharingScope.BOARD, took_part=took_part)
    return world


@pytest.fixture
def session(asked: Database) -> Iterator[Session]:
    with asked.write() as session:
        yield session


def _propose(
    session: Session, by: str = ASKER, helper: str = HELPER, question: str = "v1", now: Any = NOW
) -> SeenIntroduction:
    new = NewIntroduction(question, PersonId(helper))
    return Introductions(session).propose(new, person(session, by), TODAY, now)


def _do(session: Session, who: str, id_: str, *deeds: Deed, now: datetime = NOW) -> str:
    """The state as `who` sees it after `deeds`."""
    for deed in deeds:
        seen = Introductions(session).do(id_, deed, viewer(session, who), now)
    return seen.sight.state


def _accepted(session: Session) -> str:
    id_ = _propose(session).sight.id
    _do(session, HELPER, id_, Accept())
    return id_


def _load(session: Session, helper: str = HELPER) -> int:
    (expert,) = SqlDirectory(session).experts([PersonId(helper)], (), viewer(session, ASKER))
    return expert.load


def _outbox(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(OutboxRow)) or 0


@pytest.mark.parametrize(
    ("by", "helper", "party", "answers"),
    [
        (ASKER, HELPER, Party.ASKER, {Party.ASKER}),
        (ADVISER, HELPER, Party.ADVISER, set()),
        (ADVISER, ADVISER, Party.HELPER, {Party.HELPER}),
    ],
)
def test_who_proposes_for_themselves_has_said_yes(
    session: Session, by: str, helper: str, party: Party, answers: set[Party]
) -> None:
    sight = _propose(session, by, helper).sight
    assert (sight.party, sight.proposed_by, set(sight.answers)) == (party, party, answers)


def test_a_colleague_who_proposes_is_the_one_to_be_introduced(session: Session) -> None:
    add_person(session, "adjunct-a1", Role.SCHOOL_LEADER, "a1")
    _propose(session, "adjunct-a1")
    row = session.scalars(select(IntroductionRow)).one()
    assert (row.asker_id, row.adviser_id) == ("adjunct-a1", None)


@pytest.mark.parametrize(
    ("who", "error"),
    [("leider-b1", NotFound), ("leider-z1", NotFound), ("beheerder", Forbidden)],
)
def test_who_does_not_decide_on_a_question_proposes_nothing(
    session: Session, who: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        _propose(session, who, "partner")


@pytest.mark.parametrize("status", [QuestionStatus.SOLVED, QuestionStatus.WITHDRAWN])
def test_a_question_that_is_not_under_way_has_no_introductions(
    session: Session, status: QuestionStatus
) -> None:
    id_ = _propose(session).sight.id
    session.get_one(QuestionRow, "v1").status = status
    with pytest.raises(Conflict):
        _propose(session, helper="partner")
    with pytest.raises(Conflict):
        _do(session, HELPER, id_, Accept())
    assert _do(session, HELPER, id_, NO) == State.DECLINED


@pytest.mark.parametrize(
    ("change", "error", "code"),
    [
        ({"findable": False}, UnknownReference, ""),
        ({"contact": ContactPreference.NOT}, UnknownReference, ""),
        ({"away_until": date(2026, 3, 3)}, Conflict, "helper-away"),
        ({"capacity": 0}, Conflict, "helper-no-capacity"),
    ],
)
def test_the_helper_s_consent_counts_as_it_is_now(
    session: Session, change: dict[str, Any], error: type[Exception], code: str
) -> None:
    for name, value in change.items():
        setattr(session.get_one(PersonRow, HELPER), name, value)
    session.flush()
    with pytest.raises(error) as refused:
        _propose(session)
    assert getattr(refused.value, "code", "") == code


def test_an_admin_an_unknown_person_and_the_asker_cannot_be_asked(session: Session) -> None:
    for helper in ("beheerder", "nee"):
        with pytest.raises(UnknownReference):
            _propose(session, helper=helper)
    with pytest.raises(Conflict):
        _propose(session, ADVISER, ASKER)


def test_nobody_is_asked_twice_for_the_same_while_it_is_open(session: Session) -> None:
    id_ = _propose(session).sight.id
    with pytest.raises(Conflict):
        _propose(session)
    _do(session, HELPER, id_, Accept())
    with pytest.raises(Conflict):
        _propose(session, ADVISER)
    _propose(session, helper="partner")


@pytest.mark.parametrize("deeds", [(), (NO,)])
def test_nobody_is_asked_again_what_they_did_not_say_yes_to(
    session: Session, deeds: Sequence[Deed]
) -> None:
    id_ = _propose(session).sight.id
    _do(session, HELPER, id_, *deeds) if deeds else None
    later = NOW + timedelta(days=15)
    assert Introductions(session).elapse(id_, later) is Act.LAPSE
    with pytest.raises(Conflict, match="asked-before"):
        _propose(session, now=later)


def test_what_was_withdrawn_before_an_answer_is_not_proposed_again(session: Session) -> None:
    _do(session, ASKER, _propose(session).sight.id, Withdraw())
    with pytest.raises(Conflict, match="asked-before"):
        _propose(session)


def test_after_a_conversation_the_same_two_may_meet_again(session: Session) -> None:
    id_ = _accepted(session)
    _do(session, ASKER, id_, Hold(), Conclude(Conclusion(Outcome.NOT, "", as_case=False)))
    _propose(session)


@pytest.mark.parametrize("who", ["leider-a2", ADVISER, "beheerder", None])
def test_for_who_is_no_party_there_is_no_such_introduction(
    session: Session, who: str | None
) -> None:
    id_ = _propose(session).sight.id
    eyes = viewer(session, who) if who else Viewer()
    with pytest.raises(NotFound):
        Introductions(session).get(id_, eyes, NOW)
    with pytest.raises(NotFound):
        Introductions(session).do(id_, Accept(), eyes, NOW)
    assert Introductions(session).all(eyes, NOW) == []


def test_everything_comes_back_as_it_was_stored(asked: Database) -> None:
    plan = Plan(NOW + timedelta(days=3), 30, "Lokaal 3")
    with asked.write() as session:
        id_ = _accepted(session)
        _do(session, HELPER, id_, plan, plan)
        _do(session, HELPER, id_, Hold(), now=plan.at)
        given = Conclusion(Outcome.PARTLY, "Een begin.", as_case=True)
        _do(session, ASKER, id_, Conclude(given), now=plan.at)
    with asked.read() as session:
        (seen,) = Introductions(session).all(viewer(session, HELPER), NOW)
    sight = seen.sight
    assert (sight.state, sight.conclusion) == (State.CONCLUDED, given)
    assert sight.talk is not None
    assert (sight.talk.at, sight.talk.minutes, sight.talk.place) == (plan.at, 30, "Lokaal 3")
    assert sight.talk.sequence == 2
    assert {answer.at for answer in sight.answers.values()} == {NOW}
    assert sight.named == frozenset(Party)


def test_when_both_accept_the_question_is_in_conversation_and_the_index_hears(
    session: Session,
) -> None:
    id_ = _propose(session).sight.id
    question = session.get_one(QuestionRow, "v1")
    before = question.revision, _outbox(session)
    _do(session, HELPER, id_, Accept())
    assert question.status is QuestionStatus.IN_CONVERSATION
    assert (question.revision, _outbox(session)) == (before[0] + 1, before[1] + 1)


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize(
    ("helper", "role"),
    [(HELPER, ParticipationRole.CO_SOLVER), ("adviseur-b", ParticipationRole.ADVISER)],
)
def test_who_helped_took_part_in_the_question(
    session: Session, helper: str, role: ParticipationRole, outcome: Outcome
) -> None:
    id_ = _propose(session, helper=helper).sight.id
    _do(session, helper, id_, Accept(), Hold())
    before = _outbox(session)
    _do(session, ASKER, id_, Conclude(Conclusion(outcome, "", as_case=False)))
    found = session.scalars(
        select(ParticipationRow.role).where(ParticipationRow.person_id == helper)
    ).all()
    helped = outcome is not Outcome.NOT
    assert found == ([role] if helped else [])
    assert _outbox(session) == before + helped


def test_it_is_load_from_the_helper_s_yes_until_they_have_spoken(session: Session) -> None:
    id_ = _propose(session, ADVISER).sight.id
    loads = [_load(session)]
    for who, deed in (
        (ASKER, Accept()),
        (HELPER, Accept()),
        (ASKER, Plan(NOW + timedelta(hours=1), 30, "hier")),
    ):
        _do(session, who, id_, deed)
        loads.append(_load(session))
    later = NOW + timedelta(hours=2)
    _do(session, ASKER, id_, Hold(), now=later)
    loads.append(_load(session))
    _do(session, ASKER, id_, Conclude(Conclusion(Outcome.SOLVED, "", as_case=False)), now=later)
    loads.append(_load(session))
    assert loads == [0, 0, 1, 1, 0, 0]


def test_a_question_in_which_one_helps_already_is_one_load(session: Session) -> None:
    session.get_one(PersonRow, HELPER).capacity = 9
    add_question(session, "v2", took_part=[(HELPER, ParticipationRole.ADVISER)])
    session.add(
        ParticipationRow(person_id=HELPER, question_id="v1", role=ParticipationRole.CO_SOLVER)
    )
    _accepted(session)
    assert _load(session) == 2


def test_capacity_that_is_freed_counts_at_once(session: Session) -> None:
    session.get_one(PersonRow, HELPER).capacity = 1
    add_question(session, "v2", took_part=[(ASKER, ParticipationRole.ASKER)])
    id_ = _accepted(session)
    with pytest.raises(Conflict, match="no-capacity"):
        _propose(session, question="v2")
    _do(session, HELPER, id_, Withdraw())
    _propose(session, question="v2")


@pytest.mark.databases("sqlite")  # its plan
def test_the_load_of_introductions_is_counted_by_their_own_index(session: Session) -> None:
    asked: list[tuple[str, Any]] = []

    @event.listens_for(session.connection(), "before_cursor_execute")
    def _note(_connection: Any, _cursor: Any, text: str, values: Any, *_: Any) -> None:
        asked.append((text, values))

    _load(session)
    ((text, values),) = [one for one in asked if "UNION" in one[0]]
    plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
    told = " ".join(row.detail for row in plan)
    assert "ix_question_under_way" in told
    assert "introduction USING INDEX ix_introduction_carried" in told
    assert "introduction USING COVERING INDEX ix_introduction_pair" in told


def test_letters_are_stored_with_what_they_tell_of_or_not_at_all(asked: Database) -> None:
    def propose_and_fail() -> None:
        with asked.write() as session:
            _propose(session)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        propose_and_fail()
    with asked.read() as session:
        assert session.scalars(select(MailRow)).all() == []
        assert session.scalars(select(IntroductionRow)).all() == []


def test_a_letter_with_the_same_key_is_added_once(session: Session) -> None:
    for _ in range(2):
        MailOutbox(session).add(Letter.INTRODUCTION_ASKED, PersonId(HELPER), "i1", "sleutel")
    assert MailOutbox(session).waiting() == 1


def test_time_is_told_of_what_is_due_alone(session: Session) -> None:
    first = _propose(session).sight.id
    second = _propose(session, helper="partner", now=NOW + timedelta(days=1)).sight.id
    introductions = Introductions(session)
    assert introductions.due(NOW + timedelta(days=7)) == [first]
    assert introductions.elapse(first, NOW + timedelta(days=7)) is Act.REMIND
    assert introductions.elapse(first, NOW + timedelta(days=7)) is None
    assert introductions.due(NOW + timedelta(days=8)) == [second]
    assert introductions.elapse("weg", NOW) is None
    assert introductions.due(NOW + timedelta(days=14)) == [second, first]


def test_of_two_who_act_at_once_one_wins(asked: Database) -> None:
    """The helper says yes while the asker withdraws: never both."""
    for number in range(10):
        with asked.write() as session:
            add_question(session, f"w{number}", took_part=[(ASKER, ParticipationRole.ASKER)])
            session.get_one(PersonRow, HELPER).capacity = None
            id_ = _propose(session, question=f"w{number}").sight.id
        results: list[str] = []
        ready = threading.Barrier(2)

        def act(who: str, deed: Deed, id_: str = id_, ready: Any = ready) -> None:
            ready.wait()
            try:
                with asked.write() as session:
                    results.append(_do(session, who, id_, deed))  # noqa: B023
            except Conflict as error:
                results.append(error.code)  # noqa: B023

        threads = [
            threading.Thread(target=act, args=(who, deed))
            for who, deed in ((HELPER, Accept()), (ASKER, Withdraw()))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with asked.read() as session:
            state = session.get_one(IntroductionRow, id_).state
        # an asker may withdraw after the yes as well: then the helper's came first
        assert state is State.WITHDRAWN
        assert sorted(results) in (
            ["ingetrokken", "introduction-ingetrokken"],
            ["ingetrokken", "onthuld"],
        )


def test_of_two_who_propose_the_same_at_once_one_does(asked: Database) -> None:
    results: list[str] = []
    ready = threading.Barrier(2)

    def act(who: str) -> None:
        ready.wait()
        try:
            with asked.write() as session:
                results.append(_propose(session, who).sight.state)
        except Conflict as error:
            results.append(error.code)

    threads = [threading.Thread(target=act, args=(who,)) for who in (ASKER, ADVISER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["introduction-open", "voorgesteld"]


def test_erasing_a_question_or_a_person_takes_introductions_and_letters_along(
    asked: Database,
) -> None:
    with asked.write() as session:
        _propose(session)
        session.execute(delete(PersonRow).where(PersonRow.id == HELPER))
        assert session.scalars(select(IntroductionRow)).all() == []
        assert session.scalars(select(MailRow)).all() == []
    with asked.write() as session:
        _propose(session, helper="partner")
        session.execute(delete(QuestionRow).where(QuestionRow.id == "v1"))
        assert session.scalars(select(IntroductionRow)).all() == []


def test_without_its_adviser_an_introduction_goes_on(asked: Database) -> None:
    with asked.write() as session:
        id_ = _propose(session, ADVISER).sight.id
        session.execute(delete(PersonRow).where(PersonRow.id == ADVISER))
        session.expire_all()
        _do(session, HELPER, id_, Accept())
        assert _do(session, ASKER, id_, Accept()) == State.REVEALED
