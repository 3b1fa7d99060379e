"""What an introduction is, what can be done to it, and how long it waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from matcher.letters import Letter
from matcher.policy import Act
from matcher.types import DocumentId, Outcome, PersonId, SupportRole


class IntroductionState(StrEnum):
    PROPOSED = "voorgesteld"
    REVEALED = "onthuld"
    PLANNED = "gepland"
    HELD = "gevoerd"
    CONCLUDED = "afgerond"
    DECLINED = "afgewezen"
    WITHDRAWN = "ingetrokken"
    LAPSED = "verlopen"


class Party(StrEnum):
    """Who takes part: the two sides, and the adviser where one proposed it."""

    ASKER = "steller"
    HELPER = "helper"
    ADVISER = "adviseur"


class AnswerKind(StrEnum):
    ACCEPTED = "aanvaard"
    DECLINED = "afgewezen"


class DeclineReason(StrEnum):
    NO_TIME = "geen-tijd"
    NO_EXPERIENCE = "geen-ervaring"
    TOO_CLOSE = "te-dichtbij"
    NO_NEED = "niet-meer-nodig"
    OTHER = "anders"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one side said; `role` is what is expected of the helper, `brings` what one brings."""

    kind: AnswerKind
    at: datetime
    role: SupportRole | None = None
    brings: str = ""
    reason: DeclineReason | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """When and where they speak; `sequence` rises each time that it is planned, from 1."""

    at: datetime
    minutes: int
    place: str  # or a link
    sequence: int = 1

    @property
    def end(self) -> datetime:
        return self.at + timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class Conclusion:
    outcome: Outcome
    note: str
    as_case: bool  # the asker wants to share it as a case


@dataclass(frozen=True, slots=True)
class Introduction:
    """All of an introduction. `since`: from when its state waits. Moments have a time zone."""

    id: str
    question: DocumentId
    asker: PersonId
    helper: PersonId
    adviser: PersonId | None
    proposed_by: Party
    proposed_at: datetime
    since: datetime
    state: IntroductionState = IntroductionState.PROPOSED
    asker_answer: Answer | None = None
    helper_answer: Answer | None = None
    revealed: bool = False
    reminded: bool = False  # in this state
    talk: Talk | None = None
    conclusion: Conclusion | None = None

    def answer(self, party: Party) -> Answer | None:
        match party:
            case Party.ASKER:
                return self.asker_answer
            case Party.HELPER:
                return self.helper_answer
            case Party.ADVISER:
                return None

    def accepted(self, party: Party) -> bool:
        answer = self.answer(party)
        return answer is not None and answer.kind is AnswerKind.ACCEPTED

    def declined(self, party: Party) -> bool:
        answer = self.answer(party)
        return answer is not None and answer.kind is AnswerKind.DECLINED

    @property
    def answer_by(self) -> datetime:
        """Until when the sides can answer; no answer, nor a decline, moves it."""
        return self.proposed_at + PATIENCE[IntroductionState.PROPOSED].lapses

    @property
    def counts_as_load(self) -> bool:
        """Whether the helper carries it: from their acceptance until they have spoken, or it ended.

        That the other side declined frees them when silence would have: they would notice.
        """
        waits = self.state is IntroductionState.PROPOSED and self.accepted(Party.HELPER)
        return waits or self.state in (IntroductionState.REVEALED, IntroductionState.PLANNED)


@dataclass(frozen=True, slots=True)
class Accept:
    role: SupportRole | None = None
    brings: str = ""


@dataclass(frozen=True, slots=True)
class NewIntroduction:
    """As it is proposed; `accept` is what a side says that proposes it.

    `referred`: the helper was suggested to them, be it without a name.
    """

    question: str
    helper: PersonId
    accept: Accept = Accept()
    referred: bool = False


@dataclass(frozen=True, slots=True)
class Decline:
    reason: DeclineReason
    note: str = ""


@dataclass(frozen=True, slots=True)
class Withdraw:
    pass


@dataclass(frozen=True, slots=True)
class Plan:
    at: datetime
    minutes: int
    place: str


@dataclass(frozen=True, slots=True)
class Hold:
    pass


@dataclass(frozen=True, slots=True)
class Conclude:
    conclusion: Conclusion


Deed = Accept | Decline | Withdraw | Plan | Hold | Conclude


@dataclass(frozen=True, slots=True)
class Post:
    letter: Letter
    to: Party


@dataclass(frozen=True, slots=True)
class Step:
    """What a transition gives: how it stands now, the word for the audit, and the mails."""

    introduction: Introduction
    act: Act
    post: tuple[Post, ...] = ()


ACT_OF: Final[Mapping[type[Deed], Act]] = {
    Accept: Act.ACCEPT,
    Decline: Act.DECLINE,
    Withdraw: Act.CANCEL,
    Plan: Act.PLAN,
    Hold: Act.HELD,
    Conclude: Act.CONCLUDE,
}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a state waits before it reminds, and before it lapses."""

    reminds: timedelta
    lapses: timedelta


# By judgement of a school's calendar, not measured. Two weeks: a school holiday of one week must
# not cost someone their answer. Four for a date: agendas of two schools are full. After the talk
# a weekend may pass first; then it is a matter of one click, for which a month is long enough.
# The outcome takes a while to show itself.
PATIENCE: Final[Mapping[IntroductionState, Patience]] = {
    IntroductionState.PROPOSED: Patience(timedelta(days=7), timedelta(days=14)),
    IntroductionState.REVEALED: Patience(timedelta(days=10), timedelta(days=28)),
    IntroductionState.PLANNED: Patience(timedelta(days=3), timedelta(days=28)),
    IntroductionState.HELD: Patience(timedelta(days=14), timedelta(days=42)),
}
SIDES: Final = (Party.ASKER, Party.HELPER)
OPEN: Final = frozenset(PATIENCE)
