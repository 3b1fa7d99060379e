"""A planned talk as an invitation for agendas (RFC 5545 and 5546)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from icalendar import Calendar, Event, vCalAddress

from api.texts_introductions import AMSTERDAM
from matcher.introduction_records import Talk

_AROUND: Final = timedelta(days=400)  # how far the changes to summer time are told


class Method(StrEnum):
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class Attendee:
    name: str
    address: str


def calendar(
    method: Method,
    introduction: str,
    talk: Talk,
    organizer: Attendee,
    attendees: Sequence[Attendee],
    page: str,
    now: datetime,
) -> str:
    """The file's text. Agendas know the talk by the introduction; what has the highest number
    of `talk.sequence` counts, and a cancellation is one higher than what it cancels."""
    cancelled = method is Method.CANCEL
    event = Event()
    event.add("uid", f"introductie-{introduction}@{urlsplit(page).hostname}")
    event.add("sequence", talk.sequence + cancelled)
    event.add("dtstamp", now)
    event.add("dtstart", talk.at.astimezone(AMSTERDAM))
    event.add("dtend", talk.end.astimezone(AMSTERDAM))
    event.add("summary", "Kennismaking via Schakel")
    event.add("description", page)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    if talk.place:
        event.add("location", talk.place)
    event.add("organizer", _address(organizer))
    for attendee in attendees:
        known = _address(attendee)
        known.params["RSVP"] = "FALSE"
        event.add("attendee", known)
    found = Calendar()
    found.add("prodid", "-//Schakel//NL")
    found.add("version", "2.0")
    found.add("method", method.value)
    found.add_component(event)
    found.add_missing_timezones(
        first_date=(talk.at - _AROUND).date(), last_date=(talk.at + _AROUND).date()
    )
    text: str = found.to_ical().decode()
    return text


def _address(attendee: Attendee) -> vCalAddress:
    """A name has no quotes or ends of lines there."""
    address = vCalAddress(f"mailto:{attendee.address}")
    address.params["CN"] = " ".join(attendee.name.replace('"', "'").split())
    return address
