"""What goes out at the doors: Dutch names, and sentences for reasons."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from api.texts_nl import (
    NOTHING_FITS,
    SMALL,
    document_reason,
    evidence_title,
    gives_away,
    person_reason,
    quote,
    shown_name,
    shown_organisation,
)
from matcher.entities import Question, Resolution, Theme
from matcher.matches import DocumentMatch, Evidence, Matches, PersonMatch
from matcher.types import (
    Expert,
    Outcome,
    ParticipationRole,
    QuestionStatus,
    Sector,
    SharingScope,
    SupportForm,
    SupportRole,
)


class Out(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


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


class BewijsUit(Out):
    """Een casus die meetelt, en welk deel van de passendheid hij maakt.

    Bij een thema dat iemand zelf opgaf zijn `casusId`, `rol`, `resultaat` en `jaar` leeg; bij
    een casus die een niet genoemde persoon zou verraden alleen `casusId`.
    """

    casus_id: str | None
    titel: str
    rol: ParticipationRole | None
    resultaat: Outcome | None
    jaar: int | None
    aandeel: float

    @classmethod
    def of(cls, expert: Expert, evidence: Evidence) -> BewijsUit:
        hidden = evidence.self_declared or gives_away(expert, evidence)
        return cls(
            casus_id=None if hidden else evidence.document,
            titel=evidence_title(expert, evidence),
            rol=evidence.role,
            resultaat=evidence.outcome,
            jaar=evidence.happened_on.year if evidence.happened_on else None,
            aandeel=evidence.share,
        )


class PersoonUit(Out):
    """Een voorgestelde collega of adviseur. De aandelen tellen op tot de passendheid.

    `bewijs` noemt de casussen die het meest tellen. `overigeCasussen` zegt hoeveel er nog meer
    meetellen, `overigAandeel` hoeveel die samen doen. `eerderAandeel` komt erbij als de vraag
    meer dan andere lijkt op die waarover deze adviseur eerder adviseerde.
    """

    id: str
    naam: str
    organisatie: str
    rang: int
    passendheid: float
    bewijs: list[BewijsUit]
    overige_casussen: int
    overig_aandeel: float
    eerder_aandeel: float
    toelichting: str

    @classmethod
    def of(cls, match: PersonMatch) -> PersoonUit:
        return cls(
            id=match.expert.id,
            naam=shown_name(match.expert),
            organisatie=shown_organisation(match.expert),
            rang=match.rank,
            passendheid=match.affinity,
            bewijs=[BewijsUit.of(match.expert, evidence) for evidence in match.evidence],
            overige_casussen=match.others,
            overig_aandeel=match.others_share,
            eerder_aandeel=match.history_share,
            toelichting=person_reason(match),
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
    def of(cls, matches: Matches, seconds: float) -> MatchesUit:
        return cls(
            passend=matches.fits,
            melding="" if matches.fits else NOTHING_FITS,
            casussen=[DocumentUit.of(match, matches.fits) for match in matches.cases],
            vragen=[DocumentUit.of(match, matches.fits) for match in matches.questions],
            collegas=[PersoonUit.of(match) for match in matches.peers],
            adviseurs=[PersoonUit.of(match) for match in matches.advisers],
            generatie=matches.generation,
            duur_ms=round(seconds * 1000, 1),
        )
