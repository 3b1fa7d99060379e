"""What each party may see of an introduction: the one place that decides. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from matcher.entities import Theme
from matcher.errors import Conflict, Forbidden
from matcher.introduction_records import (
    ACT_OF,
    SIDES,
    Answer,
    Conclusion,
    Introduction,
    IntroductionState,
    Party,
    Talk,
)
from matcher.introductions import check, state_for
from matcher.policy import Act
from matcher.types import PersonId, Role, Sector, SupportForm


@dataclass(frozen=True, slots=True)
class Sight:
    """An introduction as `party` sees it.

    `named` are the parties whose name they may see, themselves included; the others are
    described. `revealed`: they may see the question itself. `can`: what they could do now.
    """

    id: str
    party: Party
    state: IntroductionState
    proposed_by: Party
    proposed_at: datetime
    answer_by: datetime
    revealed: bool
    named: frozenset[Party]
    answers: Mapping[Party, Answer] = field(default_factory=dict)
    talk: Talk | None = None
    conclusion: Conclusion | None = None
    can: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """Who a party is, once that may be seen."""

    person: PersonId
    name: str
    function: str
    organisation_name: str


@dataclass(frozen=True, slots=True)
class SeenParty:
    """A party as another sees it: named, or described only."""

    party: Party
    role: Role
    sector: Sector | None
    named: Named | None


@dataclass(frozen=True, slots=True)
class SeenTexts:
    """What was asked, once that may be seen."""

    question: str
    title: str
    situation: str
    tried: str
    goal: str


@dataclass(frozen=True, slots=True)
class SeenQuestion:
    themes: tuple[Theme, ...]
    sector: Sector | None
    form: SupportForm | None
    texts: SeenTexts | None


@dataclass(frozen=True, slots=True)
class SeenIntroduction:
    """All that one party may see, the people and the question included."""

    sight: Sight
    parties: tuple[SeenParty, ...]
    question: SeenQuestion

    def party(self, party: Party) -> SeenParty | None:
        return next((one for one in self.parties if one.party is party), None)


def party_of(introduction: Introduction, person: str | None) -> Party | None:
    """As whom `person` takes part; None where they do not."""
    if person is None:
        return None
    parties = {
        introduction.adviser: Party.ADVISER,
        introduction.helper: Party.HELPER,
        introduction.asker: Party.ASKER,
    }
    return {str(id_): party for id_, party in parties.items() if id_}.get(person)


def seen_by(introduction: Introduction, party: Party, now: datetime) -> Sight:
    """What `party` sees at `now`; equal whether another side declined or kept silent."""
    adviser = party is Party.ADVISER
    conclusion = introduction.conclusion
    return Sight(
        id=introduction.id,
        party=party,
        state=state_for(introduction, party, now),
        proposed_by=introduction.proposed_by,
        proposed_at=introduction.proposed_at,
        answer_by=introduction.answer_by,
        revealed=introduction.revealed,
        named=_named(introduction, party),
        answers=_answers(introduction, party),
        talk=None if adviser else introduction.talk,
        conclusion=replace(conclusion, note="") if adviser and conclusion else conclusion,
        can=tuple(act for act in ACT_OF.values() if _can(introduction, party, act, now)),
    )


def _named(introduction: Introduction, party: Party) -> frozenset[Party]:
    """Both sides once both accepted; to the adviser who accepted, to the asker their adviser."""
    if introduction.revealed:
        return frozenset(Party)
    named = {party}
    if party is Party.ADVISER:
        named |= {side for side in SIDES if introduction.accepted(side)}
    if party is Party.ASKER:
        named.add(Party.ADVISER)
    return frozenset(named)


def _answers(introduction: Introduction, party: Party) -> dict[Party, Answer]:
    """One's own; that of the other side once revealed; to the adviser, without what was written."""
    given = {side: answer for side in SIDES if (answer := introduction.answer(side))}
    if party is Party.ADVISER:
        return {side: replace(answer, brings="", note="") for side, answer in given.items()}
    return {s: answer for s, answer in given.items() if s is party or introduction.revealed}


def _can(introduction: Introduction, party: Party, act: Act, now: datetime) -> bool:
    try:
        check(introduction, party, act, now)
    except (Conflict, Forbidden):
        return False
    talk = introduction.talk
    return not (act is Act.HELD and talk and now < talk.at)
