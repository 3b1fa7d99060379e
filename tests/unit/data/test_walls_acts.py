"""Behind the walls of PostgreSQL each act ends as the policy says, no better and no worse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from data.database import Database
from data.directory import SqlDirectory
from data.outbox import announce
from data.questions import Questions
from data.vectors import forget
from matcher.entities import NewQuestion, Participant, Person, Resolution
from matcher.errors import Conflict, Forbidden, NotFound
from matcher.policy import Act, Verdict, may
from matcher.types import DocumentId, Outcome, ParticipationRole, PersonId, SharingScope
from tests.unit.data.walled import PEOPLE, places

TODAY = date(2026, 9, 1)
RESULT = Resolution("Zo.", "Dit.", "Dat.", Outcome.SOLVED, TODAY)
HELPER = [Participant(PersonId("leider-a2"), ParticipationRole.SOLVER)]
ONE_IN = 11  # of all there are one in so many, never the same kind twice in a row

Do = Callable[[Questions, Person, str], object]


def _erase(questions: Questions, person: Person, id_: str) -> object:
    document = questions.erase(id_, person)
    forget(questions._session, [document.problem])
    return document


ACTS: dict[Act, Do] = {
    Act.READ: lambda questions, person, id_: questions.get(id_, person.viewer),
    Act.WITHDRAW: lambda questions, person, id_: questions.withdraw(id_, person),
    Act.SHARE: lambda questions, person, id_: questions.share(
        id_, SharingScope.SCHOOL, person, read_again=True
    ),
    Act.ERASE: _erase,
}


def _verdict(do: Do, questions: Questions, person: Person, id_: str) -> Verdict:
    try:
        do(questions, person, id_)
    except NotFound:
        return Verdict.HIDDEN
    except Forbidden:
        return Verdict.FORBIDDEN
    except Conflict:  # allowed, but it is no question of which this can be
        pass
    return Verdict.ALLOWED


@pytest.mark.parametrize("act", ACTS)
def test_each_act_ends_as_the_policy_says(full: Database, act: Act) -> None:
    known = places(full)
    with full.read() as session:
        people = [SqlDirectory(session).person(id_) for id_ in PEOPLE]
    opened = full.read if act is Act.READ else full.write
    ended = set()
    tried = [(person, id_) for person in people for id_ in known][::ONE_IN]
    for person, id_ in tried:
        with opened(person.viewer) as session:
            verdict = _verdict(ACTS[act], Questions(session), person, id_)
            session.rollback()
        assert verdict is may(person.viewer, act, known[id_]), (person.id, id_)
        ended.add(verdict)
    assert ended == set(Verdict)


def test_what_is_not_there_is_not_found(full: Database) -> None:
    with full.read() as session:
        person = SqlDirectory(session).person("leider-a1")
    with full.read(person.viewer) as session, pytest.raises(NotFound):
        Questions(session).get("bestaat-niet", person.viewer)


@pytest.mark.databases("postgres")
def test_a_question_lives_its_life_behind_the_walls(world: Database) -> None:
    """Asked, resolved by the adviser, shared less widely by them, and erased by the admin."""
    with world.read() as session:
        leader, adviser, admin, other = (
            SqlDirectory(session).person(id_)
            for id_ in ("leider-a1", "adviseur-a", "beheerder", "leider-z1")
        )
    new = NewQuestion("Titel", "Situatie", themes=("nt2",), scope=SharingScope.NATIONAL)
    with world.write(leader.viewer) as session:
        id_ = Questions(session).ask(new, leader, TODAY).id
    with world.write(adviser.viewer) as session:
        Questions(session).resolve(id_, RESULT, HELPER, adviser)
    with world.read(other.viewer) as session:
        case = Questions(session).case(id_, other.viewer)
        assert (case.resolution, case.asker) == (RESULT, leader.id)
        assert [theme.id for theme in case.themes] == ["nt2"]
    with world.write(adviser.viewer) as session:
        Questions(session).share(id_, SharingScope.SCHOOL, adviser)
    with world.read(adviser.viewer) as session, pytest.raises(Forbidden):
        Questions(session).get(id_, adviser.viewer)
    with world.write(admin.viewer) as session:
        document = Questions(session).erase(id_, admin)
        forget(session, [document.problem])
    assert document.id == DocumentId(id_)
    assert "Situatie" in document.problem


def test_nothing_is_announced_by_who_only_reads(full: Database) -> None:
    with full.read() as session:
        person = SqlDirectory(session).person("leider-a1")
    with pytest.raises(Exception, match="read-only"), full.read(person.viewer) as session:
        announce(session, "een")
