"""Reasons, codes and values as Dutch sentences (B1): the one place that makes them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Final

from api.oidc_refusals import Refusal
from matcher.matches import DocumentMatch, Evidence, PersonMatch, Reason, ReasonCode
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
}
FORBIDDEN: Final = (
    "Dit mag u niet doen. Het hoort bij uw bestuur; vraag het aan de school of aan uw adviseur."
)
NOT_FOUND: Final[Mapping[str, str]] = {
    "question": "Deze vraag bestaat niet, of is niet met u gedeeld.",
    "case": "Deze casus bestaat niet, of is niet met u gedeeld.",
    "provider": "Op deze manier kunt u zich hier niet aanmelden.",
}
LOGIN_REFUSALS: Final[Mapping[Refusal, str]] = {
    Refusal.OVER: "Deze aanmelding is verlopen, al gebruikt of in een andere browser begonnen. "
    "Begin opnieuw.",
    Refusal.STOPPED: "Het aanmelden is afgebroken. Begin opnieuw als u zich wilt aanmelden.",
    Refusal.UNPROVEN: "Het aanmelden is niet gelukt. Begin opnieuw. Lukt het dan ook niet, vraag "
    "het dan uw beheerder.",
    Refusal.STUDENT: "Schakel is alleen voor medewerkers. Met een account van een leerling of "
    "student kunt u zich niet aanmelden.",
    Refusal.NO_STAFF: "Uw school liet niet weten dat u medewerker bent. Vraag de ICT-beheerder van "
    "uw school om dat mee te sturen.",
    Refusal.SCHOOL_UNKNOWN: "Wij weten niet van welke organisatie u bent. Vraag uw beheerder om "
    "het BRIN-nummer in Schakel na te kijken.",
    Refusal.SCHOOL_OF_OTHERS: "U bent hier niet bekend bij de organisatie waarmee u zich "
    "aanmeldde. Vraag uw beheerder om dat na te kijken.",
    Refusal.UNLINKED: "Dit account is nog niet aan u gekoppeld. Meld u aan met uw e-mailadres en "
    "koppel het daarna, of gebruik de link in uw uitnodiging.",
    Refusal.INVITATION_OVER: "Deze uitnodiging is al gebruikt of verlopen. Vraag uw beheerder om "
    "een nieuwe.",
    Refusal.OF_ANOTHER: "Dit account is al aan iemand anders gekoppeld. Vraag uw beheerder om dat "
    "na te kijken.",
    Refusal.SIGNED_OUT: "U bent niet meer aangemeld. Meld u eerst aan en koppel daarna opnieuw.",
}
PROVIDER_DOWN: Final = (
    "De dienst waarmee u zich aanmeldt, antwoordt niet. Probeer het straks opnieuw, of meld u aan "
    "met uw e-mailadres."
)


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
