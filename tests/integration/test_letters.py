"""Letters about introductions, through a real mail server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from sqlalchemy import inspect, select

from api.introductions import Introducing
from api.letters import introduction_letters
from api.postman import Postman, message_id
from api.settings import Settings
from api.smtp import NotSent, Smtp
from data.database import Database
from data.directory import SqlDirectory
from data.mail import LEASE, MOST_ATTEMPTS, MailEnd, MailRow
from data.tables import PersonRow, QuestionRow
from matcher.entities import Person
from matcher.introduction_records import (
    Accept,
    Conclude,
    Conclusion,
    Decline,
    DeclineReason,
    Deed,
    Hold,
    NewIntroduction,
    Plan,
    Withdraw,
)
from matcher.letters import Letter
from matcher.types import Outcome, ParticipationRole, PersonId, SharingScope, SupportRole
from tests.mail_sink import Sink, sink
from tests.unit.data.world import add_question, build

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
ASKER, HELPER, ADVISER = "leider-a1", "leider-b1", "adviseur-a"
YES = Accept(SupportRole.ADVISE, "INBRENG")
NO = Decline(DeclineReason.NO_TIME, "NEE-TOELICHTING")
TALK = Plan(datetime(2026, 3, 30, 8, tzinfo=UTC), 45, "Lokaal 3, OBS <De Wulp>")
DONE = Conclude(Conclusion(Outcome.SOLVED, "OPBRENGST", as_case=False))
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def _address(person: str) -> str | None:
    return f"{person}@school.nl"


class Office:
    """An introduction, the postman, and a clock that stands until it is moved."""

    def __init__(self, database: Database, port: int) -> None:
        self.database = database
        self.now = MONDAY
        self.settings = Settings(
            smtp_host="127.0.0.1",
            smtp_port=port,
            smtp_from="schakel@bestuur.nl",
            address="https://schakel.bestuur.nl/",
        )
        self.introducing = Introducing(
            database,
            lambda: None,
            lambda: None,
            lambda new, _viewer: new,
            lambda: self.now,
        )
        self.postman = self.hire()
        self.id = ""

    def hire(self, address: Callable[[str], str | None] = _address) -> Postman:
        """A postman, as every process has one."""
        return Postman(
            self.database,
            introduction_letters(self.database, address, self.settings),
            address,
            Smtp(self.settings),
            self.settings.smtp_from or "",
            self.introducing.run_due,
            lambda: self.now,
        )

    def person(self, id_: str) -> Person:
        with self.database.read() as session:
            return SqlDirectory(session).person(id_)

    def propose(self, by: str = ASKER) -> None:
        new = NewIntroduction("v1", PersonId(HELPER), YES)
        self.id = self.introducing.propose(self.person(by), new).sight.id

    def do(self, who: str, deed: Deed) -> None:
        self.introducing.do(self.person(who), self.id, deed)

    def wait(self, **time: int) -> None:
        self.now += timedelta(**time)
        self.introducing.run_due(self.now)

    def rows(self) -> list[MailRow]:
        with self.database.read() as session:
            return list(session.scalars(select(MailRow).order_by(MailRow.id)))


@pytest.fixture
def inbox() -> Iterator[Sink]:
    with sink() as kept:
        yield kept


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database with one question, that the helper may not read."""
    file = tmp_path_factory.mktemp("world") / "schakel.db"
    database = Database.open(f"sqlite:///{file}")
    database.migrate()
    with database.write() as session:
        build(session)
        asked = [(ASKER, ParticipationRole.ASKER)]
        add_question(session, "v1", scope=SharingScope.BOARD, themes=["nt2"], took_part=asked)
        question = session.get_one(QuestionRow, "v1")
        question.title, question.situation = "TITEL", "SITUATIE"
        session.get_one(PersonRow, HELPER).name = 'Ans "A&O" <b>de Boer</b>'
    database.close()
    return file.read_bytes()


@pytest.fixture
def office(world: bytes, tmp_path: Path, inbox: Sink) -> Iterator[Office]:
    file = tmp_path / "schakel.db"
    file.write_bytes(world)
    database = Database.open(f"sqlite:///{file}")
    yield Office(database, inbox.port)
    database.close()


def _sent(office: Office, inbox: Sink) -> list[tuple[str, str]]:
    """What goes now: to whom, and the subject."""
    before = len(inbox.messages)
    office.postman.deliver()
    return [
        (str(m["To"]).removesuffix("@school.nl"), str(m["Subject"]))
        for m in inbox.messages[before:]
    ]


def _part(message: EmailMessage, kind: str) -> EmailMessage:
    (found,) = (part for part in message.walk() if part.get_content_type() == kind)
    assert isinstance(found, EmailMessage)
    return found


def _text(message: EmailMessage, kind: str = "text/plain") -> str:
    return str(_part(message, kind).get_content())


def _event(message: EmailMessage) -> tuple[str, Calendar, dict[str, object]]:
    part = _part(message, "text/calendar")
    file = Calendar.from_ical(str(part.get_content()))
    (event,) = file.walk("VEVENT")
    return str(part.get_param("method")), file, event


def test_what_goes_out_when_an_asker_proposes(office: Office, inbox: Sink) -> None:
    office.propose()
    assert _sent(office, inbox) == [(HELPER, "Wilt u kennismaken?")]
    office.wait(days=7)
    assert _sent(office, inbox) == [(HELPER, "Herinnering: wilt u kennismaken?")]
    office.do(HELPER, YES)
    told = [(ASKER, "U kunt kennismaken"), (HELPER, "U kunt kennismaken")]
    assert _sent(office, inbox) == told
    office.wait(days=10)
    reminded = [(who, "Herinnering: maak een afspraak") for who in (ASKER, HELPER)]
    assert _sent(office, inbox) == reminded
    office.do(HELPER, TALK)
    planned = [(who, "Uw gesprek is gepland") for who in (ASKER, HELPER)]
    assert _sent(office, inbox) == planned
    office.now = TALK.at
    office.wait(days=4)
    asked = [(who, "Is het gesprek geweest?") for who in (ASKER, HELPER)]
    assert _sent(office, inbox) == asked
    office.do(HELPER, Hold())
    assert _sent(office, inbox) == [(ASKER, "Wat leverde het gesprek op?")]
    office.wait(days=14)
    assert _sent(office, inbox) == [(ASKER, "Herinnering: wat leverde het gesprek op?")]
    office.do(ASKER, DONE)
    assert _sent(office, inbox) == [(HELPER, "De introductie is afgerond")]
    office.wait(days=1000)
    assert _sent(office, inbox) == []
    assert {row.end for row in office.rows()} == {MailEnd.SENT}


def test_what_goes_out_when_an_adviser_proposes(office: Office, inbox: Sink) -> None:
    office.propose(ADVISER)
    assert _sent(office, inbox) == [(who, "Wilt u kennismaken?") for who in (ASKER, HELPER)]
    office.do(HELPER, YES)
    assert _sent(office, inbox) == []
    office.do(ASKER, YES)
    assert _sent(office, inbox) == [
        (ASKER, "U kunt kennismaken"),
        (HELPER, "U kunt kennismaken"),
        (ADVISER, "U bracht twee mensen bij elkaar"),
    ]
    office.do(ASKER, Hold())
    office.do(ASKER, DONE)
    assert _sent(office, inbox) == [
        (HELPER, "De introductie is afgerond"),
        (ADVISER, "De introductie is afgerond"),
    ]


@pytest.mark.parametrize("declines", [True, False])
def test_a_decline_sends_the_other_side_what_silence_does(
    office: Office, inbox: Sink, declines: bool
) -> None:
    office.propose(ADVISER)
    office.postman.deliver()
    office.do(ASKER, YES)
    if declines:
        office.do(HELPER, NO)
    office.wait(days=7)
    office.postman.deliver()
    office.wait(days=7)
    office.postman.deliver()
    mine = inbox.to(f"{ASKER}@school.nl")
    subjects = [(str(one["Subject"]), str(one["Date"])) for one in mine]
    assert subjects == [
        ("Wilt u kennismaken?", "Mon, 02 Mar 2026 09:00:00 +0000"),
        ("Er kwam geen antwoord", "Mon, 16 Mar 2026 09:00:00 +0000"),
    ]
    key = f"{office.id}/{Letter.INTRODUCTION_UNANSWERED.value}/steller/0"
    assert mine[-1]["Message-ID"] == message_id(key, "schakel@bestuur.nl")
    told = [str(one["Subject"]) for one in inbox.to(f"{ADVISER}@school.nl")]
    assert told == ["Uw voorstel gaat niet door" if declines else "Er kwam geen antwoord"]


def test_the_adviser_is_told_the_reason_and_not_the_note_nor_a_name(
    office: Office, inbox: Sink
) -> None:
    office.propose(ADVISER)
    office.do(HELPER, NO)
    office.postman.deliver()
    (told,) = inbox.to(f"{ADVISER}@school.nl")
    assert "geen tijd" in _text(told)
    assert "NEE-TOELICHTING" not in told.as_string()
    assert "Ans" not in _text(told)


def test_who_said_no_hears_no_more_of_it(office: Office, inbox: Sink) -> None:
    office.propose()
    office.postman.deliver()
    office.do(HELPER, NO)
    office.do(ASKER, Withdraw())
    office.wait(days=30)
    office.postman.deliver()
    assert len(inbox.messages) == 1


def test_before_both_said_yes_a_letter_names_nobody_and_tells_no_question(
    office: Office, inbox: Sink
) -> None:
    office.propose()
    office.wait(days=7)
    office.postman.deliver()
    for message in inbox.messages:
        for part in (_text(message), _text(message, "text/html")):
            assert "Naam" not in part
            assert "Organisatie" not in part
            assert "TITEL" not in part
            assert ASKER not in part
    assert "een schoolleider in het primair onderwijs" in _text(inbox.messages[0])
    assert "Het gaat over: NT2." in _text(inbox.messages[0])


def test_afterwards_it_names_the_other_and_says_how_to_reach_them(
    office: Office, inbox: Sink
) -> None:
    office.propose()
    office.do(HELPER, YES)
    office.postman.deliver()
    (letter,) = (m for m in inbox.to(f"{ASKER}@school.nl"))
    assert 'Ans "A&O" <b>de Boer</b> (functie, Organisatie b1)' in _text(letter)
    assert f"{HELPER}@school.nl" in _text(letter)
    html = _text(letter, "text/html")
    assert "<b>" not in html
    assert "A&amp;O" in html
    assert f"https://schakel.bestuur.nl/introducties/{office.id}" in html
    assert letter["Auto-Submitted"] == "auto-generated"


def test_a_subject_holds_nothing_personal(office: Office, inbox: Sink) -> None:
    office.propose()
    office.do(HELPER, YES)
    office.do(ASKER, TALK)
    office.postman.deliver()
    assert inbox.messages
    for message in inbox.messages:
        for secret in ("Ans", "Naam", "TITEL", "Lokaal", "NT2"):
            assert secret not in message["Subject"]


def test_a_planned_talk_is_an_invitation_that_agendas_understand(
    office: Office, inbox: Sink
) -> None:
    office.propose()
    office.do(HELPER, YES)
    office.do(ASKER, TALK)
    office.postman.deliver()
    letter = inbox.to(f"{HELPER}@school.nl")[-1]
    method, file, event = _event(letter)
    assert (method, file["METHOD"]) == ("REQUEST", "REQUEST")
    assert event["UID"] == f"introductie-{office.id}@schakel.bestuur.nl"
    assert event["SEQUENCE"] == 1
    assert event["DTSTART"].dt == datetime(2026, 3, 30, 10, tzinfo=AMSTERDAM)
    assert event["DTSTART"].params["TZID"] == "Europe/Amsterdam"
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=45)
    assert event["LOCATION"] == "Lokaal 3, OBS <De Wulp>"
    assert event["ORGANIZER"] == "mailto:schakel@bestuur.nl"
    assert set(event["ATTENDEE"]) == {f"mailto:{who}@school.nl" for who in (ASKER, HELPER)}
    (zone,) = file.walk("VTIMEZONE")
    assert zone["TZID"] == "Europe/Amsterdam"
    assert {part.name for part in zone.subcomponents} == {"STANDARD", "DAYLIGHT"}
    assert "maandag 30 maart 2026 om 10.00 uur" in _text(letter)


def test_planned_again_or_withdrawn_it_is_the_same_event_with_a_higher_number(
    office: Office, inbox: Sink
) -> None:
    office.propose()
    office.do(HELPER, YES)
    later = Plan(TALK.at + timedelta(days=1), 30, "https://bellen.nl/x")
    seen = []
    for who, deed in ((ASKER, TALK), (HELPER, later), (HELPER, Withdraw())):
        office.do(who, deed)
        office.postman.deliver()
        seen.append([_event(inbox.to(f"{one}@school.nl")[-1]) for one in (ASKER, HELPER)])
    assert [[m for m, _, _ in both] for both in seen] == [["REQUEST"] * 2] * 2 + [["CANCEL"] * 2]
    assert [{e["SEQUENCE"] for _, _, e in both} for both in seen] == [{1}, {2}, {3}]
    assert len({e["UID"] for both in seen for _, _, e in both}) == 1
    assert {e["STATUS"] for _, _, e in seen[-1]} == {"CANCELLED"}
    assert {e["DTSTART"].dt for _, _, e in seen[-1]} == {later.at.astimezone(AMSTERDAM)}


def test_a_letter_that_does_not_hold_any_more_is_not_sent(office: Office, inbox: Sink) -> None:
    office.propose()
    office.do(ASKER, Withdraw())
    assert _sent(office, inbox) == [(HELPER, "De introductie is ingetrokken")]
    assert [row.end for row in office.rows()] == [MailEnd.MOOT, MailEnd.SENT]


def test_what_the_server_did_not_take_goes_later_and_once(office: Office, inbox: Sink) -> None:
    office.propose(ADVISER)
    inbox.answers = ["451 try later"]
    assert office.postman.deliver() == 0
    assert [str(m["To"]) for m in inbox.messages] == []
    assert office.postman.deliver() == 1  # the other one does not wait for it
    office.now += timedelta(minutes=1)
    assert office.postman.deliver() == 1
    assert office.postman.deliver() == 0
    assert sorted(str(m["To"]) for m in inbox.messages) == [
        f"{who}@school.nl" for who in sorted((ASKER, HELPER))
    ]


def test_a_process_that_dies_after_sending_has_it_sent_again_recognisably(
    office: Office, inbox: Sink
) -> None:
    office.propose()
    dying = office.hire()
    carrier = Smtp(office.settings)

    class Dying:
        def send(self, message: EmailMessage) -> None:
            carrier.send(message)
            raise KeyboardInterrupt

    dying._carrier = Dying()
    with pytest.raises(KeyboardInterrupt):
        dying.deliver()
    assert office.postman.deliver() == 0  # it is still taken
    office.now += LEASE
    assert office.postman.deliver() == 1
    first, second = inbox.messages
    assert first["Message-ID"] == second["Message-ID"]


def test_two_processes_send_no_letter_twice(office: Office, inbox: Sink) -> None:
    office.propose(ADVISER)
    other = office.hire()

    class Both:
        """While one sends, the other looks."""

        def __init__(self) -> None:
            self.sends = Smtp(office.settings)

        def send(self, message: EmailMessage) -> None:
            other.deliver()
            self.sends.send(message)

    office.postman._carrier = Both()
    office.postman.deliver()
    assert len(inbox.messages) == 2
    assert len({m["Message-ID"] for m in inbox.messages}) == 2


def test_who_has_no_address_gets_nothing_and_that_is_known(office: Office, inbox: Sink) -> None:
    office.propose(ADVISER)
    only = office.hire(lambda person: _address(person) if person == ASKER else None)
    only.deliver()
    assert [str(m["To"]) for m in inbox.messages] == [f"{ASKER}@school.nl"]
    ends = {row.to_id: row.end for row in office.rows()}
    assert ends == {ASKER: MailEnd.SENT, HELPER: MailEnd.NO_ADDRESS}


def test_an_address_that_the_server_refuses_is_not_tried_again(office: Office, inbox: Sink) -> None:
    inbox.refused = {f"{HELPER}@school.nl"}
    office.propose()
    office.postman.deliver()
    assert [row.end for row in office.rows()] == [MailEnd.REFUSED]


def test_after_four_days_in_vain_it_gives_up(office: Office) -> None:
    office.propose()

    class Down:
        def send(self, message: EmailMessage) -> None:
            raise NotSent("SMTPConnectError")

    office.postman._carrier = Down()
    begin = office.now
    while not office.rows()[0].end:
        office.now = office.rows()[0].next_try_at.replace(tzinfo=UTC)
        office.postman.deliver()
    (row,) = office.rows()
    assert (row.end, row.attempts) == (MailEnd.GAVE_UP, MOST_ATTEMPTS)
    assert timedelta(days=3) < office.now - begin < timedelta(days=5)


def test_without_a_mail_server_nothing_is_sent_and_nothing_lost(
    office: Office, inbox: Sink
) -> None:
    carrier, office.postman._carrier = office.postman._carrier, None
    office.propose()
    office.now += timedelta(days=6)
    assert office.postman.deliver() == 0
    office.postman._carrier = carrier
    assert _sent(office, inbox) == [(HELPER, "Wilt u kennismaken?")]


def test_a_server_that_is_not_there_is_not_sent_and_says_no_address(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.settings.smtp_port = 1
    office.propose()
    assert office.postman.deliver() == 0
    assert "was not sent" in caplog.text
    assert "@" not in caplog.text


def test_the_mail_table_holds_ids_and_words_only(office: Office) -> None:
    office.propose(ADVISER)
    office.do(HELPER, NO)
    office.wait(days=14)
    columns = {column.name for column in inspect(MailRow).columns}
    ids = {office.id, ASKER, HELPER, ADVISER}
    words = {letter.value for letter in Letter} | {"steller", "helper", "adviseur"}
    for row in office.rows():
        texts = [v for c in columns if isinstance(v := getattr(row, c), str) and c != "key"]
        assert set(texts) <= ids | words
        about, letter, party, planned = row.key.split("/")
        assert {about, letter, party} <= ids | words
        assert planned.isdigit()


def test_the_thread_sends_what_it_is_woken_for(office: Office, inbox: Sink) -> None:
    """And stops when it is told to."""
    sent = []
    postman = office.hire()
    deliver = postman.deliver

    def noted() -> int:
        sent.append(deliver())
        if sum(sent):
            postman._stopped.set()
            postman.wake()
        return sent[-1]

    postman.deliver = noted  # type: ignore[method-assign]
    office.propose()
    postman.start()
    postman._thread.join(timeout=30)
    assert len(inbox.messages) == 1
    postman.stop()
