"""Reasons, codes and values as Dutch sentences (B1): the one place that makes them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Final

from matcher.matches import DocumentMatch, Evidence, PersonMatch, Reason, ReasonCode
from matcher.policy import Act
from matcher.types import ContactPreference, Expert, Outcome, ParticipationRole, Role

# Standard deviations above the corpus from which a signal is put into words; by judgement.
_TELLING: Final = 1.0
_TELLING_HISTORY: Final = 0.1  # part of an affinity from which it is put into words

_DID: Final[Mapping[ParticipationRole, str]] = {
    ParticipationRole.ASKER: "Stelde zelf de vraag",
    ParticipationRole.SOLVER: "Loste dit op",
    ParticipationRole.CO_SOLVER: "Werkte mee aan de oplossing",
    ParticipationRole.ADVISER: "Adviseerde",
    ParticipationRole.HELPED: "Werd geholpen",
}
_UNSOLVED_DID: Final[Mapping[ParticipationRole, str]] = {
    ParticipationRole.SOLVER: "Pakte dit aan",
    ParticipationRole.CO_SOLVER: "Werkte hieraan mee",
}
_CAME_OF_IT: Final[Mapping[Outcome, str]] = {
    Outcome.SOLVED: "opgelost",
    Outcome.PARTLY: "deels opgelost",
    Outcome.NOT: "niet opgelost",
}
_ROLE_NAME: Final[Mapping[Role, str]] = {
    Role.SCHOOL_LEADER: "Schoolleider",
    Role.ADVISER: "Beleidsadviseur",
    Role.ADMIN: "Beheerder",
    Role.PARTNER: "Professional van een partnerorganisatie",
}

CONFLICTS: Final[Mapping[str, str]] = {
    "status-opgelost": "Deze vraag is al opgelost en heeft al een opbrengst.",
    "status-ingetrokken": "Deze vraag is ingetrokken.",
    "status-concept": "Deze vraag is nog niet gesteld.",
    "read-again": "U deelt de vraag met meer mensen. Kijk de tekst eerst nog eens na: staat er "
    "niets in wat zij niet mogen weten? Stuur dan tekstNagekeken mee.",
    "no-asker": "Van deze vraag is niet bekend wie haar stelde.",
    "helper-is-asker": "Deze persoon stelde de vraag zelf.",
    "helper-barred": "Dat bent u zelf.",
    "helper-own-school": "Deze persoon werkt op de school die de vraag stelt.",
    "helper-away": "Deze persoon is er nu niet. Kies iemand anders, of wacht even.",
    "helper-no-capacity": "Deze persoon heeft nu geen ruimte voor nog een gesprek.",
    "introduction-open": "Deze introductie is al voorgesteld.",
    "introduction-asked-before": "Deze introductie is al eens voorgesteld en kwam er niet van.",
    "introduction-answered": "U hebt al geantwoord.",
    "introduction-voorgesteld": "Dit kan pas als allebei de kanten ja hebben gezegd.",
    "introduction-onthuld": "U zei allebei al ja. Plan nu het gesprek.",
    "introduction-gepland": "Het gesprek is gepland. Dit kan pas als het geweest is.",
    "introduction-gevoerd": "Het gesprek is al geweest.",
    "introduction-afgerond": "Deze introductie is al afgerond.",
    "introduction-afgewezen": "Deze introductie gaat niet door.",
    "introduction-ingetrokken": "Deze introductie is ingetrokken.",
    "introduction-verlopen": "Deze introductie is vervallen: er kwam niet op tijd een antwoord.",
    "talk-past": "Dat moment is al voorbij. Kies een moment dat nog komt.",
    "talk-to-come": "Het gesprek moet nog komen.",
}
FORBIDDEN_ACTS: Final[Mapping[str, str]] = {
    Act.ACCEPT: "Alleen de twee die kennismaken zeggen ja of nee.",
    Act.DECLINE: "Alleen de twee die kennismaken zeggen ja of nee.",
    Act.CANCEL: "Alleen wie dit voorstelde kan het nu intrekken.",
    Act.PLAN: "Alleen de twee die kennismaken plannen het gesprek.",
    Act.HELD: "Alleen de twee die kennismaken kunnen dit zeggen.",
    Act.CONCLUDE: "Wie de vraag stelde, schrijft op wat het opleverde.",
}
FORBIDDEN: Final = (
    "Dit mag u niet doen. Het hoort bij uw bestuur; vraag het aan de school of aan uw adviseur."
)
NOT_FOUND: Final[Mapping[str, str]] = {
    "question": "Deze vraag bestaat niet, of is niet met u gedeeld.",
    "case": "Deze casus bestaat niet, of is niet met u gedeeld.",
    "introduction": "Deze introductie bestaat niet, of u doet er niet aan mee.",
}


NOTHING_FITS: Final = (
    "Geen goede match gevonden. Uw vraag lijkt over iets anders te gaan dan wat hier bekend is. "
    "Beschrijf de situatie op uw school wat uitgebreider, of bel uw beleidsadviseur."
)
SMALL: Final = "De overeenkomst is klein."
_LONGEST_QUOTE: Final = 200  # characters


def document_reason(match: DocumentMatch) -> str:
    """Why a case or question was suggested."""
    sentences = [s for reason in match.reasons if (s := _reason(reason))]
    return " ".join(sentences) or SMALL


def quote(match: DocumentMatch) -> str:
    """The sentence that fits best, cut at a word where it is long; empty if there is none."""
    return textwrap.shorten(match.sentence, _LONGEST_QUOTE, placeholder=" …")


def person_reason(match: PersonMatch) -> str:
    """Why a person was suggested: the case that says most, how many more count, and history."""
    first, rest = match.evidence[0], match.evidence[1:]
    more = match.others + sum(1 for evidence in rest if not evidence.self_declared)
    sentences = [_evidence(first, evidence_title(match.expert, first))]
    if more:
        sentences.append(
            "Nog één casus telt mee." if more == 1 else f"Nog {more} casussen tellen mee."
        )
    if match.history_share >= _TELLING_HISTORY * match.affinity:
        sentences.append("Uw vraag lijkt op die waarover deze persoon vaker adviseerde.")
    return " ".join(sentences)


def shown_name(expert: Expert) -> str:
    """The name, or a description while the person wants to be reached through an adviser."""
    if expert.contact is ContactPreference.DIRECT:
        return expert.name
    return f"{_ROLE_NAME[expert.role]} (naam via uw adviseur)"


def shown_organisation(expert: Expert) -> str:
    """The organisation, or its sector where its name would give the person away."""
    if expert.contact is ContactPreference.DIRECT:
        return expert.organisation_name
    return f"een school in het {expert.sector}" if expert.sector else "een organisatie in de regio"


def gives_away(expert: Expert, evidence: Evidence) -> bool:
    """Whether naming this case would name someone who is only described."""
    return evidence.own_organisation and expert.contact is not ContactPreference.DIRECT


def evidence_title(expert: Expert, evidence: Evidence) -> str:
    if gives_away(expert, evidence):
        return "een casus van de eigen school"
    return f"Zelf opgegeven: {evidence.title}" if evidence.self_declared else evidence.title


def _reason(reason: Reason) -> str:
    if reason.deviations < _TELLING:
        return ""
    if reason.code is ReasonCode.SIMILAR_PROBLEM:
        return "De situatie lijkt op de uwe."
    if reason.code is ReasonCode.SIMILAR_RESOLUTION:
        return "De aanpak past bij uw vraag."
    if reason.code is ReasonCode.LIKE_THE_BEST:
        return ""  # says of other cases what the first of the list says already
    return f"Woorden die u ook gebruikt: {', '.join(reason.words)}." if reason.words else ""


def _evidence(evidence: Evidence, title: str) -> str:
    if evidence.role is None or evidence.outcome is None or evidence.happened_on is None:
        return f"Geeft zelf aan thuis te zijn in ‘{evidence.title}’."
    did = _DID[evidence.role]
    if evidence.outcome is Outcome.NOT:
        did = _UNSOLVED_DID.get(evidence.role, did)
    came = f"{evidence.happened_on.year}, {_CAME_OF_IT[evidence.outcome]}"
    return f"{did}: ‘{title}’ ({came})."
