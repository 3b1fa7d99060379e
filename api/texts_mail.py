"""What letters say, in plain Dutch (B1). A subject holds nothing personal: it is seen in lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from api.texts_introductions import PARTIES, REASONS, day, day_and_time, introduced
from matcher.introduction_records import SIDES, AnswerKind, Party
from matcher.introduction_sight import SeenIntroduction, SeenParty
from matcher.letters import Letter

FOOTER: Final = "U krijgt deze mail omdat u meedoet in Schakel. U kunt deze mail niet beantwoorden."


@dataclass(frozen=True, slots=True)
class Written:
    """A letter's words; `action` is what the link to the page says."""

    subject: str
    paragraphs: tuple[str, ...]
    action: str = "Bekijk de introductie"


@dataclass(frozen=True, slots=True)
class Told:
    """What a letter about an introduction is made of: no more than its receiver may see.

    `address` is the mail address of the other side, once both accepted.
    """

    seen: SeenIntroduction
    address: str | None = None

    @property
    def other(self) -> SeenParty:
        """The other side; to an adviser, the helper."""
        mine = self.seen.sight.party
        other = Party.ASKER if mine is Party.HELPER else Party.HELPER
        party = self.seen.party(other)
        assert party is not None  # noqa: S101 (an introduction has two sides)
        return party

    @property
    def talk(self) -> str:
        talk = self.seen.sight.talk
        if talk is None:
            return ""
        where = f" Plaats: {talk.place}." if talk.place else ""
        return f"{day_and_time(talk.at)}, {talk.minutes} minuten.{where}"


def _asked(told: Told) -> Written:
    helps = told.seen.sight.party is Party.HELPER
    who = introduced(told.other)
    what = (
        f"Iemand zoekt hulp en denkt aan u. Het is {who}."
        if helps
        else f"Er is iemand die u kan helpen bij uw vraag. Het is {who}."
    )
    return Written(
        "Wilt u kennismaken?",
        (
            what,
            *_about(told),
            "U ziet elkaars naam pas als u allebei ja zegt.",
            "Zegt u nee, dan hoort de ander dat niet.",
            f"U kunt antwoorden tot {day(told.seen.sight.answer_by)}.",
        ),
        "Zeg ja of nee",
    )


def _asked_again(told: Told) -> Written:
    return Written(
        "Herinnering: wilt u kennismaken?",
        (
            "U kreeg een week geleden een voorstel om met iemand kennis te maken.",
            f"U kunt nog antwoorden tot {day(told.seen.sight.answer_by)}.",
            "Daarna vervalt het vanzelf.",
        ),
        "Zeg ja of nee",
    )


def _declined(told: Told) -> Written:
    answers = told.seen.sight.answers
    noes = [
        f"Nee zei {PARTIES[side]}. De reden: {REASONS[answer.reason]}."
        for side in SIDES
        if (answer := answers.get(side))
        and answer.kind is AnswerKind.DECLINED
        and answer.reason is not None
    ]
    return Written(
        "Uw voorstel gaat niet door",
        (
            "U stelde voor om twee mensen bij elkaar te brengen. Dat gaat niet door.",
            *noes,
            "De ander hoort niet dat er nee is gezegd. Houd dit dus voor uzelf.",
        ),
    )


def _unanswered(_told: Told) -> Written:
    return Written(
        "Er kwam geen antwoord",
        (
            "Er is een kennismaking voorgesteld, maar er kwam niet op tijd een antwoord.",
            "Het voorstel is daarom vervallen. U hoeft niets te doen.",
        ),
    )


def _revealed(told: Told) -> Written:
    if told.seen.sight.party is Party.ADVISER:
        return Written(
            "U bracht twee mensen bij elkaar",
            ("Allebei de kanten zeiden ja. Zij maken nu zelf een afspraak.",),
        )
    reach = (f"U bereikt elkaar per mail: {told.address}.",) if told.address else ()
    return Written(
        "U kunt kennismaken",
        (
            f"U zei allebei ja. U maakt kennis met {introduced(told.other)}.",
            *reach,
            "Maak samen een afspraak en zet die in Schakel.",
        ),
        "Plan het gesprek",
    )


def _plan_again(told: Told) -> Written:
    return Written(
        "Herinnering: maak een afspraak",
        (
            f"U en {introduced(told.other)} zeiden ja tegen een gesprek.",
            "Er is nog geen afspraak.",
            "Plant u niets, dan vervalt de introductie over een paar weken.",
        ),
        "Plan het gesprek",
    )


def _planned(told: Told) -> Written:
    return Written(
        "Uw gesprek is gepland",
        (
            f"U spreekt {introduced(told.other)}.",
            f"Wanneer: {told.talk}",
            "De afspraak zit bij deze mail, voor in uw agenda.",
        ),
    )


def _held_again(told: Told) -> Written:
    return Written(
        "Is het gesprek geweest?",
        (
            f"U zou {introduced(told.other)} spreken op {told.talk}",
            "Laat weten of dat gelukt is, of plan het gesprek opnieuw.",
        ),
        "Laat het weten",
    )


def _conclude(told: Told) -> Written:
    return Written(
        "Wat leverde het gesprek op?",
        (
            f"U sprak {introduced(told.other)}.",
            "Schrijf kort op wat het opleverde, ook als het weinig was. Anderen leren daarvan.",
        ),
        "Schrijf het op",
    )


def _conclude_again(told: Told) -> Written:
    return Written(
        "Herinnering: wat leverde het gesprek op?",
        (f"U sprak {introduced(told.other)}. Wat leverde het op? Een paar woorden is genoeg.",),
        "Schrijf het op",
    )


def _concluded(told: Told) -> Written:
    if told.seen.sight.party is Party.ADVISER:
        said = "Twee mensen die u bij elkaar bracht hebben elkaar gesproken."
    else:
        said = f"{introduced(told.other)} schreef op wat uw gesprek opleverde. Dank voor uw hulp."
    return Written("De introductie is afgerond", (said,))


def _lapsed(_told: Told) -> Written:
    return Written(
        "De introductie is vervallen",
        (
            "Er gebeurde al een tijd niets meer met deze introductie. Daarom is zij vervallen.",
            "Is het gesprek toch nog nodig? Stel het dan opnieuw voor.",
        ),
    )


def _withdrawn(told: Told) -> Written:
    planned = ("Het gesprek gaat niet door. Haal het uit uw agenda.",) if told.talk else ()
    return Written("De introductie is ingetrokken", ("Deze introductie is ingetrokken.", *planned))


def _about(told: Told) -> tuple[str, ...]:
    themes = ", ".join(theme.name for theme in told.seen.question.themes)
    return (f"Het gaat over: {themes}.",) if themes else ()


OF_INTRODUCTIONS: Final[Mapping[Letter, Callable[[Told], Written]]] = {
    Letter.INTRODUCTION_ASKED: _asked,
    Letter.INTRODUCTION_ASKED_AGAIN: _asked_again,
    Letter.INTRODUCTION_DECLINED: _declined,
    Letter.INTRODUCTION_UNANSWERED: _unanswered,
    Letter.INTRODUCTION_REVEALED: _revealed,
    Letter.INTRODUCTION_PLAN_AGAIN: _plan_again,
    Letter.INTRODUCTION_PLANNED: _planned,
    Letter.INTRODUCTION_HELD_AGAIN: _held_again,
    Letter.INTRODUCTION_CONCLUDE: _conclude,
    Letter.INTRODUCTION_CONCLUDE_AGAIN: _conclude_again,
    Letter.INTRODUCTION_CONCLUDED: _concluded,
    Letter.INTRODUCTION_LAPSED: _lapsed,
    Letter.INTRODUCTION_WITHDRAWN: _withdrawn,
}
