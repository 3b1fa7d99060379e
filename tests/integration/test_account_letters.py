"""Letters with a link to come in by, through a real mail server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.bootstrap import Schakel, load_sample, open_schakel
from api.cli import app
from api.settings import Settings
from data.account_tables import LinkPurpose, LinkRow
from data.accounts import LIFETIME, Accounts
from data.clock import utc_now
from data.mail import MailEnd, MailRow
from matcher.types import PersonId
from tests.fakes import WordEncoder
from tests.mail_sink import Sink
from tests.mail_sink import sink as mail_server

LEADER = PersonId("p01")
ADDRESS = "directeur@school.example"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with mail_server() as kept:
        yield kept


@pytest.fixture
def schakel(tmp_path: Path, sink: Sink) -> Iterator[Schakel]:
    settings = Settings(
        home=tmp_path,
        address="https://schakel.example",
        smtp_host="127.0.0.1",
        smtp_port=sink.port,
        smtp_from="schakel@school.example",
    )
    schakel = open_schakel(settings, WordEncoder())
    schakel.database.migrate()
    load_sample(schakel.database)
    with schakel.database.write() as session:
        Accounts(session).make(LEADER, ADDRESS)
    yield schakel
    schakel.database.close()


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def _ask(schakel: Schakel, purpose: LinkPurpose) -> None:
    with schakel.database.write() as session:
        schakel.doorkeeper.invite(session, LEADER, purpose)


@pytest.mark.parametrize("purpose", LinkPurpose)
def test_the_letter_has_a_link_that_works_and_the_store_has_not(
    schakel: Schakel, sink: Sink, purpose: LinkPurpose
) -> None:
    _ask(schakel, purpose)
    with schakel.database.read() as session:
        (waiting,) = session.query(MailRow).all()
        assert ADDRESS not in str(vars(waiting))
        assert session.query(LinkRow).count() == 0
    schakel.postman.deliver()
    (mail,) = sink.messages
    assert mail["To"] == ADDRESS
    assert "Veldkamp" not in str(mail["Subject"])
    text = _part(mail, "plain")
    html = _part(mail, "html")
    (link,) = re.findall(r"https://schakel\.example/uitnodiging/(\S+)", text)
    assert f"/uitnodiging/{link}" in html
    with schakel.database.write() as session:
        assert Accounts(session).use_link(link, utc_now()) == LEADER
    schakel.postman.deliver()
    assert len(sink.messages) == 1


@pytest.mark.parametrize("purpose", LinkPurpose)
def test_a_letter_that_waited_too_long_is_not_sent(
    schakel: Schakel, sink: Sink, purpose: LinkPurpose
) -> None:
    _ask(schakel, purpose)
    late = datetime.now(UTC) + LIFETIME[purpose] + timedelta(minutes=1)
    object.__setattr__(schakel.postman, "_now", lambda: late)
    schakel.postman.deliver()
    assert sink.messages == []
    with schakel.database.read() as session:
        assert session.query(MailRow).one().end is MailEnd.MOOT


def test_with_a_mail_server_the_command_mails_and_shows_no_link(
    schakel: Schakel, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHAKEL_HOME", str(schakel.settings.home))
    monkeypatch.setenv("SCHAKEL_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("SCHAKEL_SMTP_PORT", str(sink.port))
    monkeypatch.setenv("SCHAKEL_SMTP_FROM", "schakel@school.example")
    done = CliRunner().invoke(app, ["user", "invite", LEADER])
    assert done.exit_code == 0, done.output
    assert "uitnodiging/" not in done.stdout
    schakel.postman.deliver()
    assert [mail["To"] for mail in sink.messages] == [ADDRESS]
