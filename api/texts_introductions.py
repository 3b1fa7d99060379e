"""The words for introductions, in Dutch (B1): who someone is, and when something is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from matcher.introduction_records import DeclineReason, Party
from matcher.introduction_sight import SeenParty
from matcher.types import Role, Sector

AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")

_ROLES: Final[Mapping[Role, str]] = {
    Role.SCHOOL_LEADER: "een schoolleider",
    Role.ADVISER: "een beleidsadviseur",
    Role.ADMIN: "een beheerder",
    Role.PARTNER: "een professional van een partnerorganisatie",
}
_SECTORS: Final[Mapping[Sector, str]] = {
    Sector.PRIMARY: "in het primair onderwijs",
    Sector.SECONDARY: "in het voortgezet onderwijs",
    Sector.SPECIAL: "in het speciaal onderwijs",
}
REASONS: Final[Mapping[DeclineReason, str]] = {
    DeclineReason.NO_TIME: "geen tijd",
    DeclineReason.NO_EXPERIENCE: "geen ervaring hiermee",
    DeclineReason.TOO_CLOSE: "te dichtbij",
    DeclineReason.NO_NEED: "niet meer nodig",
    DeclineReason.OTHER: "een andere reden",
}
PARTIES: Final[Mapping[Party, str]] = {
    Party.ASKER: "de steller van de vraag",
    Party.HELPER: "wie om hulp is gevraagd",
    Party.ADVISER: "de adviseur",
}
_DAYS: Final = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
_MONTHS: Final = (
    *("januari", "februari", "maart", "april", "mei", "juni"),
    *("juli", "augustus", "september", "oktober", "november", "december"),
)


def described(party: SeenParty) -> str:
    """Who it is without saying who it is."""
    role = _ROLES[party.role]
    return f"{role} {_SECTORS[party.sector]}" if party.sector else role


def introduced(party: SeenParty) -> str:
    """By name where that may be seen."""
    named = party.named
    if named is None:
        return described(party)
    return f"{named.name} ({named.function}, {named.organisation_name})"


def day(moment: datetime) -> str:
    local = moment.astimezone(AMSTERDAM)
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}"


def day_and_time(moment: datetime) -> str:
    return f"{day(moment)} om {moment.astimezone(AMSTERDAM):%H.%M} uur"
