"""Letters as they are sent: made at that moment, from what still holds and the receiver may see.

Each kind of letter has one function in a registry; who adds a kind adds a line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from html import escape
from typing import Final

from api.calendar_file import Attendee, Method, calendar
from api.settings import Settings
from api.texts_mail import FOOTER, OF_INTRODUCTIONS, Told, Written
from data.database import Database
from data.directory import SqlDirectory
from data.introductions import Introductions
from data.mail import Mail
from matcher.errors import NotFound
from matcher.introduction_records import SIDES, IntroductionState, Party
from matcher.introduction_sight import SeenIntroduction
from matcher.letters import Letter
from matcher.policy import Act
from matcher.types import PersonId

Addresses = Callable[[PersonId], str | None]  # None: this person has no account


@dataclass(frozen=True, slots=True)
class Invitation:
    method: Method
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    text: str
    html: str
    invitation: Invitation | None = None


Renderer = Callable[[Mail, datetime], Rendered | None]  # None: it does not hold any more
Letters = Mapping[Letter, Renderer]

State = IntroductionState
# In which states, as the receiver sees them, a letter still holds.
_HOLDS: Final[Mapping[Letter, frozenset[IntroductionState]]] = {
    Letter.INTRODUCTION_ASKED: frozenset({State.PROPOSED}),
    Letter.INTRODUCTION_ASKED_AGAIN: frozenset({State.PROPOSED}),
    Letter.INTRODUCTION_DECLINED: frozenset({State.DECLINED}),
    Letter.INTRODUCTION_UNANSWERED: frozenset({State.LAPSED}),
    Letter.INTRODUCTION_REVEALED: frozenset({State.REVEALED, State.PLANNED}),
    Letter.INTRODUCTION_PLAN_AGAIN: frozenset({State.REVEALED}),
    Letter.INTRODUCTION_PLANNED: frozenset({State.PLANNED}),
    Letter.INTRODUCTION_HELD_AGAIN: frozenset({State.PLANNED}),
    Letter.INTRODUCTION_CONCLUDE: frozenset({State.HELD}),
    Letter.INTRODUCTION_CONCLUDE_AGAIN: frozenset({State.HELD}),
    Letter.INTRODUCTION_CONCLUDED: frozenset({State.CONCLUDED}),
    Letter.INTRODUCTION_LAPSED: frozenset({State.LAPSED}),
    Letter.INTRODUCTION_WITHDRAWN: frozenset({State.WITHDRAWN}),
}
_TO_ANSWER: Final = frozenset({Letter.INTRODUCTION_ASKED, Letter.INTRODUCTION_ASKED_AGAIN})


def introduction_letters(database: Database, addresses: Addresses, settings: Settings) -> Letters:
    """The letters about introductions, each made by the same function."""
    render = partial(_introduction, database, addresses, settings)
    return dict.fromkeys(OF_INTRODUCTIONS, render)


def laid_out(written: Written, link: str, invitation: Invitation | None = None) -> Rendered:
    """`written` as plain text and as HTML, with a link to where it can be done."""
    text = "\n\n".join((*written.paragraphs, f"{written.action}: {link}", FOOTER)) + "\n"
    body = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in written.paragraphs)
    html = (
        f'<!doctype html>\n<html lang="nl">\n<head><meta charset="utf-8">'
        f"<title>{escape(written.subject)}</title></head>\n<body>\n{body}\n"
        f'<p><a href="{escape(link)}">{escape(written.action)}</a></p>\n'
        f"<p><small>{escape(FOOTER)}</small></p>\n</body>\n</html>\n"
    )
    return Rendered(written.subject, text, html, invitation)


def _introduction(
    database: Database, addresses: Addresses, settings: Settings, mail: Mail, now: datetime
) -> Rendered | None:
    try:
        with database.read() as session:
            viewer = SqlDirectory(session).person(mail.to).viewer
            seen = Introductions(session).get(mail.about, viewer, now)
    except NotFound:  # erased since
        return None
    if not _holds(mail.letter, seen, now):
        return None
    link = f"{settings.base_address}/introducties/{seen.sight.id}"
    told = Told(seen, _address_of_other(seen, addresses))
    written = OF_INTRODUCTIONS[mail.letter](told)
    return laid_out(written, link, _invitation(mail.letter, seen, addresses, settings, link, now))


def _holds(letter: Letter, seen: SeenIntroduction, now: datetime) -> bool:
    sight = seen.sight
    if letter in _TO_ANSWER and Act.ACCEPT not in sight.can:
        return False
    if letter is Letter.INTRODUCTION_HELD_AGAIN and sight.talk and sight.talk.end > now:
        return False  # planned again
    return sight.state in _HOLDS[letter]


def _address_of_other(seen: SeenIntroduction, addresses: Addresses) -> str | None:
    mine = seen.sight.party
    if not seen.sight.revealed or mine not in SIDES:
        return None
    other = seen.party(Party.HELPER if mine is Party.ASKER else Party.ASKER)
    return addresses(other.named.person) if other and other.named else None


def _invitation(
    letter: Letter,
    seen: SeenIntroduction,
    addresses: Addresses,
    settings: Settings,
    link: str,
    now: datetime,
) -> Invitation | None:
    talk = seen.sight.talk
    planned = letter is Letter.INTRODUCTION_PLANNED
    if talk is None or not (planned or letter is Letter.INTRODUCTION_WITHDRAWN):
        return None
    method = Method.REQUEST if planned else Method.CANCEL
    attendees = [
        Attendee(one.named.name, address)
        for one in seen.parties
        if one.party in SIDES and one.named and (address := addresses(one.named.person))
    ]
    organizer = Attendee("Schakel", settings.smtp_from or "schakel@localhost")
    text = calendar(method, seen.sight.id, talk, organizer, attendees, link, now)
    return Invitation(method, text)
