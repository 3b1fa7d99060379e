"""What goes out at the doors: Dutch names, and sentences for reasons."""

from __future__ import annotations

from datetime import UTC, date, datetime

from api.json_models import Out
from api.person_schemas import PersoonUit, Seal, unsealed
from api.texts_nl import (
    NOTHING_FITS,
    SMALL,
    document_reason,
    quote,
)
from data.readers import Reading
from matcher.entities import Question, Resolution, Theme
from matcher.matches import DocumentMatch, Matches
from matcher.policy import Act
from matcher.types import (
    Outcome,
    QuestionStatus,
    Role,
    Sector,
    SharingScope,
    SupportForm,
    SupportRole,
)


class ThemaUit(Out):
    id: str
    naam: str
    groep: str
    omschrijving: str

    @classmethod
    def of(cls, theme: Theme) -> ThemaUit:
        return cls(
            id=theme.id, naam=theme.name, groep=theme.taxonomy, omschrijving=theme.description
        )


class OpbrengstUit(Out):
    aanpak: str
    wat_werkte: str
    wat_niet_werkte: str
    resultaat: Outcome
    datum: date

    @classmethod
    def of(cls, resolution: Resolution) -> OpbrengstUit:
        return cls(
            aanpak=resolution.approach,
            wat_werkte=resolution.worked,
            wat_niet_werkte=resolution.did_not_work,
            resultaat=resolution.outcome,
            datum=resolution.recorded_on,
        )


class VraagUit(Out):
    """Een vraag of, met een opbrengst, een casus."""

    id: str
    titel: str
    situatie: str
    geprobeerd: str
    doel: str
    themas: list[str]
    vorm: SupportForm | None
    rol: SupportRole | None
    sector: Sector | None
    deelbereik: SharingScope
    status: QuestionStatus
    organisatie: str
    datum: date
    opbrengst: OpbrengstUit | None

    @classmethod
    def of(cls, question: Question) -> VraagUit:
        resolution = question.resolution
        return cls(
            id=question.id,
            titel=question.title,
            situatie=question.situation,
            geprobeerd=question.tried,
            doel=question.goal,
            themas=[theme.id for theme in question.themes],
            vorm=question.form,
            rol=question.support_role,
            sector=question.sector,
            deelbereik=question.scope,
            status=question.status,
            organisatie=question.organisation_name,
            datum=question.asked_on,
            opbrengst=OpbrengstUit.of(resolution) if resolution else None,
        )


class DocumentUit(Out):
    """Een voorgestelde casus of vraag. `score` ordent alleen; hoger past beter.

    `zin` is de zin uit de tekst die het dichtst bij uw vraag ligt; soms is die er niet.
    """

    id: str
    titel: str
    rang: int
    score: float
    toelichting: str
    zin: str
    deelbereik: SharingScope

    @classmethod
    def of(cls, match: DocumentMatch, fits: bool) -> DocumentUit:
        return cls(
            id=match.document.id,
            titel=match.document.title,
            rang=match.rank,
            score=match.score,
            toelichting=document_reason(match) if fits else SMALL,
            zin=quote(match) if fits else "",
            deelbereik=match.document.scope,
        )


class MatchesUit(Out):
    """Het antwoord op een vraag: wie en wat erop lijkt, met de reden.

    Is `passend` niet waar, dan past er niets goed: `melding` zegt dat, er worden geen mensen
    voorgesteld, en de casussen en vragen zijn alleen wat nog het dichtst in de buurt komt.
    """

    passend: bool
    melding: str
    casussen: list[DocumentUit]
    vragen: list[DocumentUit]
    collegas: list[PersoonUit]
    adviseurs: list[PersoonUit]
    generatie: str
    duur_ms: float

    @classmethod
    def of(cls, matches: Matches, seconds: float, seal: Seal = unsealed) -> MatchesUit:
        return cls(
            passend=matches.fits,
            melding="" if matches.fits else NOTHING_FITS,
            casussen=[DocumentUit.of(match, matches.fits) for match in matches.cases],
            vragen=[DocumentUit.of(match, matches.fits) for match in matches.questions],
            collegas=[PersoonUit.of(match, seal) for match in matches.peers],
            adviseurs=[PersoonUit.of(match, seal) for match in matches.advisers],
            generatie=matches.generation,
            duur_ms=round(seconds * 1000, 1),
        )


class InzageUit(Out):
    """Eén keer dat een vraag is ingezien; een naam alleen van wie genoemd mag worden."""

    moment: datetime
    handeling: Act
    rol: Role | None
    bestuur: str | None
    naam: str | None
    reden: str | None

    @classmethod
    def of(cls, reading: Reading) -> InzageUit:
        return cls(
            moment=reading.at.replace(tzinfo=UTC),
            handeling=reading.act,
            rol=reading.role,
            bestuur=reading.board_name,
            naam=reading.name,
            reden=reading.reason,
        )
