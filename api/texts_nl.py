"""Reasons, codes and values as Dutch sentences (B1): the one place that makes them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Final

from api.oidc_refusals import Refusal
from api.refusals import Why
from matcher.matches import (
    Described,
    Description,
    DocumentMatch,
    Evidence,
    Hint,
    PersonMatch,
    Reason,
    ReasonCode,
)
from matcher.policy import Act
from matcher.types import (
    OrganisationKind,
    Outcome,
    ParticipationRole,
    Role,
    Sector,
    Sensitive,
    SizeClass,
)

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
_DID_ALIKE: Final[Mapping[ParticipationRole, str]] = {
    ParticipationRole.ASKER: "Had zelf een vergelijkbare vraag",
    ParticipationRole.SOLVER: "Loste een vergelijkbare vraag op",
    ParticipationRole.CO_SOLVER: "Werkte mee aan de oplossing van een vergelijkbare vraag",
    ParticipationRole.ADVISER: "Adviseerde bij een vergelijkbare vraag",
    ParticipationRole.HELPED: "Werd geholpen bij een vergelijkbare vraag",
}
_UNSOLVED_DID_ALIKE: Final[Mapping[ParticipationRole, str]] = {
    ParticipationRole.SOLVER: "Pakte een vergelijkbare vraag aan",
    ParticipationRole.CO_SOLVER: "Werkte mee aan een vergelijkbare vraag",
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
    Role.PARTNER: "Professional",
}
_SIZE: Final[Mapping[SizeClass, str]] = {
    SizeClass.SMALL: "kleine",
    SizeClass.MIDDLE: "middelgrote",
    SizeClass.LARGE: "grote",
}
_SCHOOL: Final[Mapping[Sector | None, str]] = {
    Sector.PRIMARY: "basisschool",
    Sector.SECONDARY: "school voor voortgezet onderwijs",
    Sector.SPECIAL: "school voor speciaal onderwijs",
    None: "school",
}
_KIND: Final[Mapping[OrganisationKind, str]] = {
    OrganisationKind.BOARD_OFFICE: "bestuursbureau",
    OrganisationKind.CHILDCARE: "organisatie voor kinderopvang",
    OrganisationKind.HEALTH: "GGD",
    OrganisationKind.YOUTH_CARE: "organisatie voor jeugdhulp",
    OrganisationKind.TEACHER_TRAINING: "lerarenopleiding",
}
_SENSITIVE: Final[Mapping[Sensitive, tuple[str, str]]] = {
    Sensitive.EMAIL: ("e-mailadres", "e-mailadressen"),
    Sensitive.BIRTH_DATE: ("geboortedatum", "geboortedatums"),
    Sensitive.BSN: ("burgerservicenummer", "burgerservicenummers"),
    Sensitive.PHONE: ("telefoonnummer", "telefoonnummers"),
    Sensitive.ADDRESS: ("adres", "adressen"),
}
_READ_AGAIN: Final = (
    "U deelt de vraag met meer mensen. Kijk de tekst eerst nog eens na: staat er niets in wat zij "
    "niet mogen weten, zoals de naam van een leerling?"
)

CONFLICTS: Final[Mapping[str, str]] = {
    "status-opgelost": "Deze vraag is al opgelost en heeft al een opbrengst.",
    "status-ingetrokken": "Deze vraag is ingetrokken.",
    "status-concept": "Deze vraag is nog niet gesteld.",
    "email-taken": "Dit e-mailadres hoort al bij iemand anders.",
    "code-set": "Er is al een tweede stap ingesteld. Zet die eerst uit.",
    "own-account": "Uw eigen account en rollen wijzigt een andere beheerder.",
    "no-position": "Iemand heeft minstens één rol nodig. Sluit anders het account.",
    "no-asker": "Van deze vraag is niet bekend wie haar stelde.",
    "helper-is-asker": "Deze persoon stelde de vraag zelf.",
    "helper-barred": "Dat bent u zelf.",
    "helper-own-school": "Deze persoon werkt op de school die de vraag stelt.",
    "helper-away": "Deze persoon is er nu niet. Kies iemand anders, of wacht even.",
    "helper-other-theme": "Deze persoon wil over andere thema's meedenken.",
    "helper-no-capacity": "Deze persoon heeft nu geen ruimte voor nog een gesprek.",
    "introduction-open": "Deze introductie is al voorgesteld.",
    "introduction-asked-before": "Deze introductie is al eens voorgesteld en kwam er niet van.",
    "introduction-answered": "U hebt al geantwoord.",
    "introduction-voorgesteld": "Dit kan pas als allebei de kanten ja hebben gezegd.",
    "introduction-onthuld": "U zei allebei al ja. Plan nu het gesprek.",
    "introduction-gepland": "Het gesprek is gepland. Dit kan nu niet meer, of nog niet.",
    "introduction-gevoerd": "Het gesprek is al geweest.",
    "introduction-afgerond": "Deze introductie is al afgerond.",
    "introduction-afgewezen": "Deze introductie gaat niet door.",
    "introduction-ingetrokken": "Deze introductie is ingetrokken.",
    "introduction-verlopen": "Deze introductie is vervallen: het bleef te lang stil.",
    "talk-past": "Dat moment is al voorbij. Kies een moment dat nog komt.",
    "talk-to-come": "Het gesprek moet nog komen.",
}
FORBIDDEN_ACTS: Final[Mapping[str, str]] = {
    Act.SEARCH: "Een beheerder zoekt niet in vragen. Daarvoor is een andere rol nodig.",
    Act.ASK: "Een beheerder stelt geen vragen. Daarvoor is een andere rol nodig.",
    Act.SEE_PEOPLE: "Dit is voor de beheerder van uw bestuur.",
    Act.MANAGE_PEOPLE: "Dit is voor een beheerder van alle besturen waar deze persoon werkt.",
    Act.SET_DEFAULT_SCOPE: "Dit is voor de beheerder van uw bestuur.",
    Act.ACCEPT: "Alleen de twee die kennismaken zeggen ja of nee.",
    Act.DECLINE: "Alleen de twee die kennismaken zeggen ja of nee.",
    Act.CANCEL: "Vooraf kan alleen wie dit voorstelde het intrekken, daarna alleen de twee zelf.",
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
    "person": "Deze persoon is hier niet bekend.",
    "account": "Deze persoon heeft nog geen account.",
    "session": "Deze sessie bestaat niet meer.",
    "token": "Dit token bestaat niet meer.",
    "board": "U werkt niet bij een bestuur.",
    "provider": "Op deze manier kunt u zich hier niet aanmelden.",
    "introduction": "Deze introductie bestaat niet, of u doet er niet aan mee.",
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


REFUSALS: Final[Mapping[Why, str]] = {
    Why.NOT_SIGNED_IN: "Meld u eerst aan. Was u aangemeld, dan is dat verlopen.",
    Why.WRONG: "Het e-mailadres of het wachtwoord klopt niet.",
    Why.WRONG_PASSWORD: "Dit is niet uw huidige wachtwoord.",
    Why.CODE_KEPT: "Een beheerder houdt de tweede stap. Is uw telefoon weg? Vraag hulp bij de "
    "mensen die Schakel draaien.",
    Why.CLOSED: "U heeft hier geen account meer. Vraag het uw beheerder.",
    Why.CODE_NEEDED: "Vul eerst de code in van de app op uw telefoon.",
    Why.CODE_TO_SET: "Een beheerder meldt zich aan in twee stappen. Stel eerst de tweede stap in.",
    Why.CODE_WRONG: "Deze code klopt niet of is al gebruikt. Wacht op de volgende code.",
    Why.LINK_OVER: "Deze link is al gebruikt of verlopen. Vraag een nieuwe aan.",
    Why.CROSS_SITE: "Dit verzoek kwam niet van Schakel zelf. Open de pagina opnieuw.",
    Why.OUT_OF_SCOPE: "Dit token mag dit niet. Maak er een met een ander bereik.",
    Why.SESSION_ONLY: "Dit kan alleen wie zelf is aangemeld, niet met een token.",
    Why.TOO_OFTEN: "Dit is te vaak geprobeerd. Wacht een kwartier en probeer het dan opnieuw.",
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
    if match.described is not None:
        return _described_reason(match.described)
    first, rest = match.evidence[0], match.evidence[1:]
    more = match.others + sum(1 for evidence in rest if not evidence.self_declared)
    sentences = [_evidence(first, evidence_title(first))]
    if more:
        sentences.append(
            "Nog één casus telt mee." if more == 1 else f"Nog {more} casussen tellen mee."
        )
    if match.history_share >= _TELLING_HISTORY * match.affinity:
        sentences.append("Uw vraag lijkt op die waarover deze persoon vaker adviseerde.")
    return " ".join(sentences)


def shown_name(match: PersonMatch) -> str:
    """The name, or a description of who is not named, or only how they can be reached."""
    if match.described is None:
        return match.expert.name
    told = match.described.description
    return f"{_description(told)}, via uw adviseur" if told else "Via uw adviseur"


def evidence_title(evidence: Evidence) -> str:
    return f"Zelf opgegeven: {evidence.title}" if evidence.self_declared else evidence.title


def hint_title(hint: Hint) -> str:
    return "een thema dat bij uw vraag past" if hint.self_declared else "een vergelijkbare vraag"


def read_again(found: Mapping[Sensitive, int]) -> str:
    """That a text is to be read before it is shared wider, and what there is to look for."""
    told = [f"{count} {_SENSITIVE[kind][count > 1]}" for kind, count in found.items()]
    seen = f" Wij zien in elk geval: {', '.join(told)}." if told else ""
    return f"{_READ_AGAIN}{seen} Stuur tekstNagekeken mee als het klopt."


def _description(told: Description) -> str:
    """Schoolleider van een kleine basisschool in Kern Harderwaard."""
    what = _SCHOOL[told.sector] if told.kind is OrganisationKind.SCHOOL else _KIND[told.kind]
    size = f"{_SIZE[told.size]} " if told.size else ""
    return f"{_ROLE_NAME[told.role]} van een {size}{what} in {told.region_name}"


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


def _described_reason(described: Described) -> str:
    """The same of someone who is not named: without the case, and without how many more."""
    hint = described.hint
    if hint.role is None or hint.outcome is None:
        own = "Geeft zelf aan hierin thuis te zijn."
        return own if hint.self_declared else "Had te maken met een vergelijkbare vraag."
    did = _DID_ALIKE[hint.role]
    if hint.outcome is Outcome.NOT:
        did = _UNSOLVED_DID_ALIKE.get(hint.role, did)
    return f"{did} ({hint.year}, {_CAME_OF_IT[hint.outcome]})."


def _evidence(evidence: Evidence, title: str) -> str:
    if evidence.role is None or evidence.outcome is None or evidence.happened_on is None:
        return f"Geeft zelf aan thuis te zijn in ‘{evidence.title}’."
    did = _DID[evidence.role]
    if evidence.outcome is Outcome.NOT:
        did = _UNSOLVED_DID.get(evidence.role, did)
    came = f"{evidence.happened_on.year}, {_CAME_OF_IT[evidence.outcome]}"
    return f"{did}: ‘{title}’ ({came})."
