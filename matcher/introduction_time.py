"""What time does to an introduction: each state that waits reminds once, then lapses. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from matcher.introduction_records import (
    PATIENCE,
    SIDES,
    Introduction,
    IntroductionState,
    Party,
    Post,
    Step,
)
from matcher.letters import Letter
from matcher.policy import Act

_REMINDERS: Final[Mapping[IntroductionState, Letter]] = {
    IntroductionState.PROPOSED: Letter.INTRODUCTION_ASKED_AGAIN,
    IntroductionState.REVEALED: Letter.INTRODUCTION_PLAN_AGAIN,
    IntroductionState.PLANNED: Letter.INTRODUCTION_HELD_AGAIN,
    IntroductionState.HELD: Letter.INTRODUCTION_CONCLUDE_AGAIN,
}


def due_at(introduction: Introduction) -> datetime | None:
    """When time does something to it next; None once it has ended."""
    patience = PATIENCE.get(introduction.state)
    if patience is None:
        return None
    reminds = bool(waited_for(introduction)) and not introduction.reminded
    return introduction.since + (patience.reminds if reminds else patience.lapses)


def due(introduction: Introduction, now: datetime) -> Act | None:
    """What is to be done now: LAPSE, or else REMIND, or nothing."""
    at = due_at(introduction)
    if at is None or now < at:
        return None
    lapsed = now >= introduction.since + PATIENCE[introduction.state].lapses
    return Act.LAPSE if lapsed else Act.REMIND


def elapse(introduction: Introduction, now: datetime) -> Step | None:
    """What is due now, done; None where nothing is.

    Of a proposal that lapses hear who accepted it, and an adviser who had not heard of a decline.
    Later on both sides hear of it, and the adviser; but nobody that no outcome was recorded.
    """
    match due(introduction, now):
        case Act.REMIND:
            letter = _REMINDERS[introduction.state]
            post = tuple(Post(letter, party) for party in waited_for(introduction))
            return Step(replace(introduction, reminded=True), Act.REMIND, post)
        case Act.LAPSE:
            return _lapsed(introduction, now)
        case _:
            return None


def waited_for(introduction: Introduction) -> tuple[Party, ...]:
    """Whose turn it is."""
    match introduction.state:
        case IntroductionState.PROPOSED:
            return tuple(side for side in SIDES if introduction.answer(side) is None)
        case IntroductionState.REVEALED | IntroductionState.PLANNED:
            return SIDES
        case IntroductionState.HELD:
            return (Party.ASKER,)
        case _:
            return ()


def _lapsed(introduction: Introduction, now: datetime) -> Step:
    declined = any(introduction.declined(side) for side in SIDES)
    state = IntroductionState.DECLINED if declined else IntroductionState.LAPSED
    after = replace(introduction, state=state, since=now, reminded=False)
    adviser = (Party.ADVISER,) if introduction.proposed_by is Party.ADVISER else ()
    match introduction.state:
        case IntroductionState.PROPOSED:
            accepted = tuple(side for side in SIDES if introduction.accepted(side))
            told = accepted if declined else accepted + adviser
            return Step(
                after,
                Act.LAPSE,
                tuple(Post(Letter.INTRODUCTION_UNANSWERED, party) for party in told),
            )
        case IntroductionState.HELD:
            return Step(after, Act.LAPSE)
        case _:
            told = SIDES + adviser
            return Step(
                after, Act.LAPSE, tuple(Post(Letter.INTRODUCTION_LAPSED, party) for party in told)
            )
