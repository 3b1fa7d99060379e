"""What may come in at the doors: Dutch names, every field checked."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from unicodedata import category

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from matcher.entities import NewQuestion, Participant, Resolution
from matcher.text import has_words, redact
from matcher.types import (
    Outcome,
    ParticipationRole,
    PersonId,
    Sector,
    SharingScope,
    SupportForm,
    SupportRole,
)

LONGEST_TEXT = 10_000


_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # turn text round


def _worded(text: str) -> str:
    if not has_words(redact(text)):  # what is taken out cannot be matched on
        raise PydanticCustomError("no_words", "no words")
    return text


def _clean(text: str) -> str:
    if any(c in _BIDI or (category(c) in ("Cc", "Cs") and c not in "\n\r\t") for c in text):
        raise PydanticCustomError("control_characters", "control characters")
    return text


Line = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_clean)
]
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=LONGEST_TEXT), AfterValidator(_clean)
]
WordedLine = Annotated[Line, AfterValidator(_worded)]
WordedText = Annotated[Text, AfterValidator(_worded)]


def _no_asker(role: ParticipationRole) -> ParticipationRole:
    if role is ParticipationRole.ASKER:
        raise PydanticCustomError("asker_is_known", "the asker is known")
    return role


def _each_once(codes: list[str]) -> list[str]:
    return list(dict.fromkeys(codes))


Code = Annotated[str, StringConstraints(min_length=1, max_length=42)]


class In(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=False)


class VraagIn(In):
    """Een nieuwe ondersteuningsvraag."""

    titel: WordedLine
    situatie: WordedText
    geprobeerd: Text = ""
    doel: Text = ""
    themas: Annotated[list[Code], Field(max_length=20), AfterValidator(_each_once)] = []
    vorm: SupportForm | None = None
    rol: SupportRole | None = None
    sector: Sector | None = None
    deelbereik: SharingScope | None = None  # dat van het bestuur
    organisatie: Code | None = None  # die waar de steller in de eerste plaats werkt

    def record(self) -> NewQuestion:
        return NewQuestion(
            title=self.titel,
            situation=self.situatie,
            tried=self.geprobeerd,
            goal=self.doel,
            themes=tuple(self.themas),
            form=self.vorm,
            support_role=self.rol,
            sector=self.sector,
            scope=self.deelbereik,
            organisation=self.organisatie,
        )


class DeelIn(In):
    """Hoe ver een vraag of casus voortaan gedeeld wordt; wijder kan na nog eens nakijken."""

    deelbereik: SharingScope
    tekst_nagekeken: bool = False


class ZoekIn(In):
    """Een tekst om mee te zoeken; er wordt niets van bewaard."""

    tekst: WordedText


class BetrokkeneIn(In):
    id: Code
    rol: Annotated[ParticipationRole, AfterValidator(_no_asker)]


class OpbrengstIn(In):
    """Wat er gedaan is en wat het opleverde; daarmee wordt de vraag een casus."""

    aanpak: WordedText
    wat_werkte: Text = ""
    wat_niet_werkte: Text = ""
    resultaat: Outcome
    betrokkenen: Annotated[list[BetrokkeneIn], Field(max_length=50)] = []

    def record(self, today: date) -> Resolution:
        return Resolution(self.aanpak, self.wat_werkte, self.wat_niet_werkte, self.resultaat, today)

    def participants(self) -> list[Participant]:
        return [Participant(PersonId(b.id), b.rol) for b in self.betrokkenen]
