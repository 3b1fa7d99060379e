"""Introductions as they come in and go out at the doors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from api.json_models import In, Out
from api.requests import Code, Line, Text, WordedLine
from api.texts_introductions import AMSTERDAM, described
from matcher.introduction_records import (
    Accept,
    Answer,
    AnswerKind,
    Conclude,
    Conclusion,
    Decline,
    DeclineReason,
    IntroductionState,
    NewIntroduction,
    Party,
    Plan,
    Talk,
)
from matcher.introduction_sight import SeenIntroduction, SeenParty, SeenQuestion
from matcher.policy import Act
from matcher.types import Outcome, PersonId, Sector, SupportForm, SupportRole

_LAST_YEAR: Final = 2100
Kan = Literal["aanvaarden", "afwijzen", "intrekken", "plannen", "gevoerd", "afronden"]
_DEEDS: Final[Mapping[Act, Kan]] = {
    Act.ACCEPT: "aanvaarden",
    Act.DECLINE: "afwijzen",
    Act.CANCEL: "intrekken",
    Act.PLAN: "plannen",
    Act.HELD: "gevoerd",
    Act.CONCLUDE: "afronden",
}


def _in_amsterdam(moment: datetime) -> datetime:
    """Without a time zone it is meant as on the clock here."""
    if not 2000 <= moment.year < _LAST_YEAR:
        raise PydanticCustomError("no_such_time", "no such time")
    return moment if moment.tzinfo else moment.replace(tzinfo=AMSTERDAM)


class IntroductieIn(In):
    """Een voorstel om de steller van een vraag met iemand te laten kennismaken."""

    vraag: Code
    persoon: Annotated[str, Field(min_length=1, max_length=400)]  # zoals de matches die geven
    rol: SupportRole | None = None  # wat van de ander verwacht wordt; die van de vraag
    inbreng: Line = ""

    def record(self) -> NewIntroduction:
        return NewIntroduction(self.vraag, PersonId(self.persoon), Accept(self.rol, self.inbreng))


class AanvaardIn(In):
    """Ja: met de rol die van de helper verwacht wordt, en wat u zelf inbrengt."""

    rol: SupportRole
    inbreng: Line = ""

    def deed(self) -> Accept:
        return Accept(self.rol, self.inbreng)


class AfwijsIn(In):
    """Nee. De ander hoort dat niet; een adviseur die dit voorstelde hoort wel de reden."""

    reden: DeclineReason
    toelichting: Line = ""

    def deed(self) -> Decline:
        return Decline(self.reden, self.toelichting)


class PlanIn(In):
    begin: Annotated[datetime, AfterValidator(_in_amsterdam)]
    minuten: Annotated[int, Field(ge=5, le=480, strict=True)] = 60
    plaats: WordedLine  # of een link

    def deed(self) -> Plan:
        return Plan(self.begin, self.minuten, self.plaats)


class AfrondIn(In):
    """Wat het gesprek opleverde."""

    resultaat: Outcome
    toelichting: Text = ""
    delen_als_casus: bool = False

    def deed(self) -> Conclude:
        return Conclude(Conclusion(self.resultaat, self.toelichting, self.delen_als_casus))


class AntwoordUit(Out):
    antwoord: AnswerKind
    rol: SupportRole | None
    inbreng: str
    reden: DeclineReason | None
    toelichting: str

    @classmethod
    def of(cls, answer: Answer) -> AntwoordUit:
        return cls(
            antwoord=answer.kind,
            rol=answer.role,
            inbreng=answer.brings,
            reden=answer.reason,
            toelichting=answer.note,
        )


class DeelnemerUit(Out):
    """Wie meedoet: bij naam, of alleen omschreven tot allebei de kanten ja zeiden."""

    kant: Party
    omschrijving: str
    persoon: str | None
    naam: str | None
    functie: str | None
    organisatie: str | None
    antwoord: AntwoordUit | None

    @classmethod
    def of(cls, party: SeenParty, answer: Answer | None) -> DeelnemerUit:
        named = party.named
        return cls(
            kant=party.party,
            omschrijving=described(party),
            persoon=named.person if named else None,
            naam=named.name if named else None,
            functie=named.function if named else None,
            organisatie=named.organisation_name if named else None,
            antwoord=AntwoordUit.of(answer) if answer else None,
        )


class IntroductieVraagUit(Out):
    """De vraag; de teksten zijn leeg tot u die mag zien."""

    themas: list[str]
    sector: Sector | None
    vorm: SupportForm | None
    id: str | None
    titel: str | None
    situatie: str | None
    geprobeerd: str | None
    doel: str | None

    @classmethod
    def of(cls, question: SeenQuestion) -> IntroductieVraagUit:
        texts = question.texts
        return cls(
            themas=[theme.id for theme in question.themes],
            sector=question.sector,
            vorm=question.form,
            id=texts.question if texts else None,
            titel=texts.title if texts else None,
            situatie=texts.situation if texts else None,
            geprobeerd=texts.tried if texts else None,
            doel=texts.goal if texts else None,
        )


class GesprekUit(Out):
    begin: datetime
    minuten: int
    plaats: str

    @classmethod
    def of(cls, talk: Talk) -> GesprekUit:
        return cls(begin=talk.at.astimezone(AMSTERDAM), minuten=talk.minutes, plaats=talk.place)


class GesprekOpbrengstUit(Out):
    resultaat: Outcome
    toelichting: str
    delen_als_casus: bool

    @classmethod
    def of(cls, conclusion: Conclusion) -> GesprekOpbrengstUit:
        return cls(
            resultaat=conclusion.outcome,
            toelichting=conclusion.note,
            delen_als_casus=conclusion.as_case,
        )


class IntroductieUit(Out):
    """Een introductie, zoals u die mag zien. `mogelijk` zegt wat u nu kunt doen."""

    id: str
    uw_kant: Party
    status: IntroductionState
    voorgesteld_door: Party
    voorgesteld_op: datetime
    antwoord_voor: datetime
    vraag: IntroductieVraagUit
    deelnemers: list[DeelnemerUit]
    gesprek: GesprekUit | None
    opbrengst: GesprekOpbrengstUit | None
    mogelijk: list[Kan]

    @classmethod
    def of(cls, seen: SeenIntroduction) -> IntroductieUit:
        sight = seen.sight
        return cls(
            id=sight.id,
            uw_kant=sight.party,
            status=sight.state,
            voorgesteld_door=sight.proposed_by,
            voorgesteld_op=sight.proposed_at.astimezone(AMSTERDAM),
            antwoord_voor=sight.answer_by.astimezone(AMSTERDAM),
            vraag=IntroductieVraagUit.of(seen.question),
            deelnemers=[DeelnemerUit.of(p, sight.answers.get(p.party)) for p in seen.parties],
            gesprek=GesprekUit.of(sight.talk) if sight.talk else None,
            opbrengst=GesprekOpbrengstUit.of(sight.conclusion) if sight.conclusion else None,
            mogelijk=[_DEEDS[act] for act in sight.can],
        )


class IntroductiesUit(Out):
    introducties: list[IntroductieUit]
