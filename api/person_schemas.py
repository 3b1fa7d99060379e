"""How people go out: by name, or described, so that nothing tells who it is."""

from __future__ import annotations

from collections.abc import Callable

from api.json_models import Out
from api.texts_nl import evidence_title, hint_title, person_reason, shown_name
from matcher.matches import Description, Evidence, Hint, PersonMatch
from matcher.types import (
    OrganisationKind,
    Outcome,
    ParticipationRole,
    PersonId,
    Role,
    Sector,
    SizeClass,
)

Seal = Callable[[PersonId], str | None]  # makes a reference to a person, for one answer


def unsealed(_person: PersonId) -> None:
    """Without a question there is nothing that a reference could be for."""


class BewijsUit(Out):
    """Een casus die meetelt, en welk deel van de passendheid hij maakt.

    Bij een thema dat iemand zelf opgaf zijn `casusId`, `rol`, `resultaat` en `jaar` leeg. Bij wie
    niet genoemd wordt is `casusId` altijd leeg, en de rest waar het iemand zou verraden.
    """

    casus_id: str | None
    titel: str
    rol: ParticipationRole | None
    resultaat: Outcome | None
    jaar: int | None
    aandeel: float

    @classmethod
    def of(cls, evidence: Evidence) -> BewijsUit:
        return cls(
            casus_id=None if evidence.self_declared else evidence.document,
            titel=evidence_title(evidence),
            rol=evidence.role,
            resultaat=evidence.outcome,
            jaar=evidence.happened_on.year if evidence.happened_on else None,
            aandeel=evidence.share,
        )

    @classmethod
    def hinted(cls, hint: Hint) -> BewijsUit:
        return cls(
            casus_id=None,
            titel=hint_title(hint),
            rol=hint.role,
            resultaat=hint.outcome,
            jaar=hint.year,
            aandeel=hint.share,
        )


class OmschrijvingUit(Out):
    """Iemand die niet genoemd wordt, in woorden die voor minstens vijf organisaties gelden."""

    rol: Role
    sector: Sector | None
    grootte: SizeClass | None
    soort: OrganisationKind
    regio: str

    @classmethod
    def of(cls, told: Description) -> OmschrijvingUit:
        return cls(
            rol=told.role,
            sector=told.sector,
            grootte=told.size,
            soort=told.kind,
            regio=told.region_name,
        )


class PersoonUit(Out):
    """Een voorgestelde collega of adviseur. De aandelen tellen op tot de passendheid.

    `bewijs` noemt de casussen die het meest tellen. `overigeCasussen` zegt hoeveel er nog meer
    meetellen, `overigAandeel` hoeveel die samen doen. `eerderAandeel` komt erbij als de vraag
    meer dan andere lijkt op die waarover deze adviseur eerder adviseerde.

    Wie niet genoemd wil worden heeft geen `id`, `organisatie` of `overigeCasussen`, en een
    `omschrijving` als die voor genoeg anderen ook geldt. `verwijzing` zegt wie bedoeld is: alleen
    voor wie dit kreeg, bij deze vraag, en voor een dag. Bij zoeken zonder vraag is die er niet.
    """

    id: str | None
    verwijzing: str | None
    naam: str
    organisatie: str | None
    omschrijving: OmschrijvingUit | None
    rang: int
    passendheid: float
    bewijs: list[BewijsUit]
    overige_casussen: int | None
    overig_aandeel: float
    eerder_aandeel: float
    toelichting: str

    @classmethod
    def of(cls, match: PersonMatch, seal: Seal) -> PersoonUit:
        expert, described = match.expert, match.described
        if described is None:
            return cls(
                id=expert.id,
                verwijzing=seal(expert.id),
                naam=shown_name(match),
                organisatie=expert.organisation_name,
                omschrijving=None,
                rang=match.rank,
                passendheid=match.affinity,
                bewijs=[BewijsUit.of(evidence) for evidence in match.evidence],
                overige_casussen=match.others,
                overig_aandeel=match.others_share,
                eerder_aandeel=match.history_share,
                toelichting=person_reason(match),
            )
        told = described.description
        return cls(
            id=None,
            verwijzing=seal(expert.id),
            naam=shown_name(match),
            organisatie=None,
            omschrijving=OmschrijvingUit.of(told) if told else None,
            rang=match.rank,
            passendheid=described.affinity,
            bewijs=[BewijsUit.hinted(described.hint)],
            overige_casussen=None,
            overig_aandeel=described.rest,
            eerder_aandeel=0.0,
            toelichting=person_reason(match),
        )
