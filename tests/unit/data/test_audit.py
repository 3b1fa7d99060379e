"""The audit in the store: what is noted of an act, and that nothing of it can be changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from data.audit import REQUEST, Audit, Result, entry_of
from data.audit_check import verify
from data.audit_tables import AuditRow
from data.chain import GENESIS, Entry, chained
from data.database import Database
from data.noted import noted
from data.questions import Questions
from data.readers import Reading, keep_reason, readings
from data.tables import PersonRow, PositionRow, QuestionRow
from matcher.errors import Conflict, Forbidden, NotFound
from matcher.policy import Act, require_reader
from matcher.types import ContactPreference, QuestionStatus, Role, SharingScope, Viewer
from tests.unit.data.world import add_question, person, viewer


@pytest.fixture
def asked(world: Database) -> Database:
    """With a question of school a1 that its board may see."""
    with world.write() as session:
        add_question(session, "v1", scope=SharingScope.BOARD)
    return world


@pytest.fixture
def within_request() -> Iterator[str]:
    token = REQUEST.set("verzoek-1")
    yield "verzoek-1"
    REQUEST.reset(token)


def _entries(database: Database) -> list[Entry]:
    with database.read() as session:
        return [entry_of(row) for row in session.scalars(select(AuditRow).order_by("number"))]


def _viewer(database: Database, id_: str) -> Viewer:
    with database.read() as session:
        return viewer(session, id_)


def _do(database: Database, who: str, act: Act, question: str = "v1") -> None:
    seen_by = _viewer(database, who)
    with noted(database, seen_by, act, question) as doing:
        Questions(doing.session).get(question, seen_by, act)


def _told(database: Database) -> tuple[object, ...]:
    """The one entry, without when."""
    (entry,) = _entries(database)
    return (entry.person, entry.role, entry.board, entry.act, entry.object, entry.result)


def test_an_act_is_noted_with_who_in_which_role_what_and_when(
    asked: Database, within_request: str
) -> None:
    before = datetime.now(UTC).replace(tzinfo=None)
    _do(asked, "leider-a2", Act.READ)
    (entry,) = _entries(asked)
    assert _told(asked) == ("leider-a2", "schoolleider", "a", "vraag-lezen", "v1", "gedaan")
    assert entry.number == 1
    assert entry.request == within_request
    assert timedelta() <= entry.at - before < timedelta(minutes=1)


def test_each_hash_is_over_the_row_and_the_hash_before_it(asked: Database) -> None:
    for who in ("leider-a1", "leider-a2", "adviseur-a"):
        _do(asked, who, Act.READ)
    with asked.read() as session:
        previous = GENESIS
        for number, row in enumerate(session.scalars(select(AuditRow).order_by("number")), 1):
            assert (row.number, row.previous) == (number, previous)
            assert row.hash == chained(entry_of(row), previous)
            previous = row.hash
        found = verify(session)
    assert (found.count, found.head, found.wrong, found.faults) == (3, previous, 0, [])


def test_the_hash_is_the_same_tomorrow() -> None:
    """A canon that shifts would make every audit wrong."""
    entry = Entry(
        7, datetime(2026, 3, 2, 12), "p01", "schoolleider", None, "zoeken", None, "gedaan", "ab"
    )
    canonical = (
        '{"act":"zoeken","at":"2026-03-02T12:00:00.000000","board":null,"number":7,'
        '"object":null,"person":"p01","previous":"' + GENESIS + '","request":"ab",'
        '"result":"gedaan","role":"schoolleider"}'
    )
    assert chained(entry, GENESIS) == sha256(canonical.encode()).hexdigest()


def test_what_is_undone_is_not_noted_as_done(asked: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        _share_and_break(asked)
    assert _told(asked)[3:] == ("vraag-delen", "v1", "mislukt")
    with asked.read() as session:
        assert session.get_one(QuestionRow, "v1").scope is SharingScope.BOARD


def _share_and_break(database: Database) -> None:
    with database.read() as session:
        actor = person(session, "leider-a1")
    with noted(database, actor.viewer, Act.SHARE, "v1") as doing:
        Questions(doing.session).share("v1", SharingScope.SCHOOL, actor)
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("who", "error"), [("leider-a2", Forbidden), ("leider-z1", NotFound)], ids=["own", "other"]
)
def test_what_was_refused_is_noted_with_its_object(
    asked: Database, who: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        _do(asked, who, Act.RESOLVE)
    assert _told(asked)[3:] == ("vraag-oplossen", "v1", "geweigerd")


def test_an_id_that_does_not_exist_is_noted_without_what_was_typed(asked: Database) -> None:
    with pytest.raises(NotFound):
        _do(asked, "leider-a1", Act.READ, "Jan Jansen uit groep 7")
    assert _told(asked)[3:] == ("vraag-lezen", None, "geweigerd")


def test_a_state_that_does_not_allow_it_is_a_failure_and_no_refusal(asked: Database) -> None:
    with asked.read() as session:
        actor = person(session, "leider-a1")
    with pytest.raises(Conflict), noted(asked, actor.viewer, Act.SHARE, "v1") as doing:
        Questions(doing.session).share("v1", SharingScope.NATIONAL, actor)
    assert _told(asked)[3:] == ("vraag-delen", "v1", "mislukt")


def test_a_question_that_is_no_case_yet_is_a_failure_and_no_refusal(asked: Database) -> None:
    seen_by = _viewer(asked, "leider-a1")
    with pytest.raises(NotFound), noted(asked, seen_by, Act.READ, "v1") as doing:
        Questions(doing.session).case("v1", seen_by)
    assert _told(asked)[3:] == ("vraag-lezen", "v1", "mislukt")


def test_what_has_no_object_is_noted_without_one(asked: Database) -> None:
    admin = _viewer(asked, "beheerder")
    with pytest.raises(Forbidden), noted(asked, admin, Act.SEARCH):
        require_reader(admin, Act.SEARCH)
    assert _told(asked) == ("beheerder", "beheerder", "a", "zoeken", None, "geweigerd")


def test_what_was_erased_is_noted_with_the_role_it_was_erased_in(asked: Database) -> None:
    with asked.read() as session:
        admin = person(session, "beheerder")
    with noted(asked, admin.viewer, Act.ERASE, "v1") as doing:
        Questions(doing.session).erase("v1", admin)
    assert _told(asked) == ("beheerder", "beheerder", "a", "vraag-wissen", "v1", "gedaan")


def test_of_several_positions_the_one_that_gave_the_right_is_noted(asked: Database) -> None:
    """In another board first, and an admin of this one."""
    with asked.write() as session:
        session.add(
            PositionRow(person_id="leider-b1", organisation_id="kantoor-a", role=Role.ADMIN)
        )
    _do(asked, "leider-b1", Act.BREAK_GLASS)
    assert _told(asked)[1:4] == ("beheerder", "a", "vraag-noodinzage")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET result = 'gedaan'",
        "UPDATE audit SET number = 9 WHERE number = 2",
        "DELETE FROM audit WHERE number = 2",
        "DELETE FROM audit",
        "UPDATE audit_head SET count = 1",
        "UPDATE audit_head SET count = 9",
        "DELETE FROM audit_head",
        "INSERT INTO audit_head (id, count, hash) VALUES (2, 0, '')",
    ],
)
def test_the_store_refuses_to_change_what_is_noted(asked: Database, statement: str) -> None:
    for who in ("leider-a1", "leider-a2"):
        _do(asked, who, Act.READ)
    before = _entries(asked)
    with pytest.raises(DatabaseError, match="audit"), asked.write() as session:
        session.execute(text(statement))
    assert _entries(asked) == before
    with asked.read() as session:
        assert verify(session).wrong == 0


def test_sqlite_refuses_to_put_one_row_in_the_place_of_another(asked: Database) -> None:
    _do(asked, "leider-a1", Act.READ)
    replace = "INSERT OR REPLACE INTO audit SELECT * FROM audit"
    with pytest.raises(DatabaseError, match="audit"), asked.write() as session:
        session.execute(text(replace))


def _seen(database: Database) -> list[Reading]:
    with database.read() as session:
        return readings(session, "v1")


def test_who_saw_a_question_is_told_the_last_first(asked: Database) -> None:
    _do(asked, "leider-a2", Act.READ)
    _do(asked, "adviseur-a", Act.MATCH)
    assert [(r.act, r.role, r.board_name, r.name) for r in _seen(asked)] == [
        (Act.MATCH, Role.ADVISER, "a", "Naam adviseur-a"),
        (Act.READ, Role.SCHOOL_LEADER, "a", "Naam leider-a2"),
    ]


def test_who_was_refused_saw_nothing(asked: Database) -> None:
    with pytest.raises(Forbidden):
        _do(asked, "leider-a2", Act.SHARE)
    with pytest.raises(NotFound):
        _do(asked, "leider-z1", Act.READ)
    assert _seen(asked) == []


@pytest.mark.parametrize(
    ("findable", "contact", "named"),
    [
        (True, ContactPreference.DIRECT, True),
        (True, ContactPreference.THROUGH_ADVISER, False),
        (True, ContactPreference.NOT, False),
        (False, ContactPreference.DIRECT, False),
    ],
)
def test_a_reader_of_another_board_is_named_only_who_may_be(
    asked: Database, findable: bool, contact: ContactPreference, named: bool
) -> None:
    with asked.write() as session:
        session.get_one(QuestionRow, "v1").scope = SharingScope.PARTNERSHIP
        reader = session.get_one(PersonRow, "leider-b1")
        reader.findable, reader.contact = findable, contact
    _do(asked, "leider-b1", Act.READ)
    (reading,) = _seen(asked)
    assert (reading.role, reading.board_name) == (Role.SCHOOL_LEADER, "b")
    assert reading.name == ("Naam leider-b1" if named else None)


def test_readers_without_a_board_are_not_of_one_another_s(world: Database) -> None:
    """The asking organisation has none either."""
    with world.write() as session:
        add_question(session, "v1", school="ggd", scope=SharingScope.PARTNERSHIP)
        session.get_one(PersonRow, "partner-2").contact = ContactPreference.NOT
    _do(world, "partner-2", Act.READ)
    (reading,) = _seen(world)
    assert (reading.role, reading.board_name, reading.name) == (Role.PARTNER, None, None)


def test_the_reason_for_breaking_the_glass_is_told_and_goes_with_the_question(
    asked: Database,
) -> None:
    with asked.read() as session:
        admin = person(session, "beheerder")
    with noted(asked, admin.viewer, Act.BREAK_GLASS, "v1") as doing:
        keep_reason(doing.session, doing.note("v1"), "v1", "Verzoek van de rechter")
    (reading,) = _seen(asked)
    assert (reading.role, reading.name) == (Role.ADMIN, "Naam beheerder")
    assert reading.reason == "Verzoek van de rechter"
    with asked.write() as session:
        Questions(session).erase("v1", admin)
    with asked.read() as session:
        assert session.scalar(text("SELECT count(*) FROM break_glass")) == 0
    assert _told(asked)[3:] == ("vraag-noodinzage", "v1", "gedaan")


def test_someone_who_is_no_one_yet_can_be_noted(world: Database) -> None:
    """Who gives a wrong password."""
    with world.write() as session:
        Audit(session).add(Viewer(), Act.SIGN_IN, result=Result.REFUSED)
    assert _told(world) == (None, None, None, "aanmelden", None, "geweigerd")


def test_a_draft_is_its_school_s_to_see_the_readers_of(world: Database) -> None:
    with world.write() as session:
        add_question(session, "v1", status=QuestionStatus.DRAFT)
    _do(world, "leider-a1", Act.SEE_READERS)
    with pytest.raises(Forbidden):
        _do(world, "adviseur-a", Act.SEE_READERS)
