"""Bringing two people together, with both sides' consent, as a state machine. Pure.

    propose ─▶ VOORGESTELD ── both accept ─▶ ONTHULD ── plan ─▶ GEPLAND ── held ─▶ GEVOERD
                 │  │                          │  └───── held ────│──▲───────────────▲  │
                 │  └ withdraw (proposer)      │     plan again ──┘──┘               conclude
                 │      │                      ├ withdraw (either side) ┤               │
                 │      ▼                      ▼                        ▼               ▼
                 │   INGETROKKEN          INGETROKKEN             INGETROKKEN       AFGEROND
                 └ no two answers in time ─▶ AFGEWEZEN where someone declined, else VERLOPEN
                                             ONTHULD, GEPLAND and GEVOERD lapse to VERLOPEN too

| act       | who                 | what it reveals                             | mail to          |
| --------- | ------------------- | ------------------------------------------- | ---------------- |
| PROPOSE   | see policy.PROPOSE  | to both: theme, sector and form; no name    | who must answer  |
| ACCEPT    | a side, once        | to the adviser: who accepted, with name     | nobody           |
| – by both |                     | to both: names, addresses, question, roles  | both, adviser    |
| DECLINE   | a side, once        | to the adviser: that, and the reason's code | adviser          |
| CANCEL    | proposer; then side | to all: that it was withdrawn               | who knew of it   |
| PLAN      | a side              | to both: moment and place                   | both (calendar)  |
| HELD      | a side              | to all: that they spoke                     | asker            |
| CONCLUDE  | asker               | to all: the outcome; to both: the note      | helper, adviser  |
| REMIND    | time                | nothing                                     | who is waited for|
| LAPSE     | time                | to all: that it lapsed                      | see `elapse`     |

A decline is the same as no answer to the other side, in state, texts, moments and mails: it
changes no state until the day on which silence would have ended it as well. The other side may
still answer meanwhile. What each may see is told by :mod:`matcher.introduction_sight`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from matcher.errors import Conflict, Forbidden
from matcher.introduction_records import (
    ACT_OF,
    OPEN,
    SIDES,
    Accept,
    Answer,
    AnswerKind,
    Conclude,
    Decline,
    Deed,
    Hold,
    Introduction,
    IntroductionState,
    Party,
    Plan,
    Post,
    Step,
    Talk,
    Withdraw,
)
from matcher.letters import Letter
from matcher.policy import Act

_STATES: Final[Mapping[Act, frozenset[IntroductionState]]] = {
    Act.ACCEPT: frozenset({IntroductionState.PROPOSED}),
    Act.DECLINE: frozenset({IntroductionState.PROPOSED}),
    Act.CANCEL: OPEN - {IntroductionState.HELD},
    Act.PLAN: frozenset({IntroductionState.REVEALED, IntroductionState.PLANNED}),
    Act.HELD: frozenset({IntroductionState.REVEALED, IntroductionState.PLANNED}),
    Act.CONCLUDE: frozenset({IntroductionState.HELD}),
}


def propose(introduction: Introduction, accept: Accept) -> Step:
    """`introduction` as it begins: a side that proposes has accepted thereby."""
    by = introduction.proposed_by
    if by in SIDES:
        introduction = _answered(introduction, by, _acceptance(accept, introduction.proposed_at))
    waiting = [side for side in SIDES if introduction.answer(side) is None]
    return Step(introduction, Act.PROPOSE, _to(Letter.INTRODUCTION_ASKED, *waiting))


def state_for(introduction: Introduction, party: Party, now: datetime) -> IntroductionState:
    """The state as `party` sees it; who did not decline sees a decline as silence."""
    state = introduction.state
    if introduction.revealed:
        return state
    if introduction.declined(party):
        return IntroductionState.DECLINED
    declined = any(introduction.declined(side) for side in SIDES)
    if party is Party.ADVISER and declined and state is not IntroductionState.WITHDRAWN:
        return IntroductionState.DECLINED
    over = state is IntroductionState.PROPOSED and now >= introduction.answer_by
    return IntroductionState.LAPSED if over or state is IntroductionState.DECLINED else state


def check(introduction: Introduction, party: Party, act: Act, now: datetime) -> None:
    """Raises Forbidden where `act` is not for `party`, Conflict where it cannot be done now."""
    if party not in _who(introduction, act):
        raise Forbidden(act)
    state = state_for(introduction, party, now)
    if state not in _STATES[act]:
        raise Conflict("introduction", f"introduction-{state.value}")
    if act in (Act.ACCEPT, Act.DECLINE) and introduction.answer(party):
        # a yes can be taken back until both said so; who proposed withdraws
        invited = party is not introduction.proposed_by
        if act is Act.ACCEPT or not (invited and introduction.accepted(party)):
            raise Conflict("introduction", "introduction-answered")


def step(introduction: Introduction, party: Party, deed: Deed, now: datetime) -> Step:
    """What `deed` of `party` makes of it.

    Raises as `check` does, and Conflict for a talk planned in the past or held before its time.
    """
    act = ACT_OF[type(deed)]
    check(introduction, party, act, now)
    match deed:
        case Accept():
            after = _answered(introduction, party, _acceptance(deed, now))
            return _revealed(after, now) if _both_accepted(after) else Step(after, act)
        case Decline(reason, note):
            answer = Answer(AnswerKind.DECLINED, now, reason=reason, note=note)
            after = _answered(introduction, party, answer)
            return Step(after, act, _to(Letter.INTRODUCTION_DECLINED, *_adviser(after)))
        case Withdraw():
            after = _enter(introduction, IntroductionState.WITHDRAWN, now)
            return Step(after, act, _to(Letter.INTRODUCTION_WITHDRAWN, *_told(introduction, party)))
        case Plan(at, minutes, place):
            if at <= now:
                raise Conflict("introduction", "talk-past")
            before = introduction.talk
            talk = Talk(at, minutes, place, before.sequence + 1 if before else 1)
            after = _enter(introduction, IntroductionState.PLANNED, talk.end)
            after = replace(after, talk=talk)
            return Step(after, act, _to(Letter.INTRODUCTION_PLANNED, *SIDES))
        case Hold():
            if introduction.talk and now < introduction.talk.at:
                raise Conflict("introduction", "talk-to-come")
            after = _enter(introduction, IntroductionState.HELD, now)
            return Step(after, act, _to(Letter.INTRODUCTION_CONCLUDE, Party.ASKER))
        case Conclude(conclusion):
            after = _enter(introduction, IntroductionState.CONCLUDED, now)
            after = replace(after, conclusion=conclusion)
            told = (Party.HELPER, *_adviser(after))
            return Step(after, act, _to(Letter.INTRODUCTION_CONCLUDED, *told))


def _who(introduction: Introduction, act: Act) -> tuple[Party, ...]:
    if act is Act.CONCLUDE:  # it makes evidence for the helper, who does not give it themselves
        return (Party.ASKER,)
    if act is Act.CANCEL and not introduction.revealed:
        return (introduction.proposed_by,)
    return SIDES


def _told(introduction: Introduction, party: Party) -> tuple[Party, ...]:
    """Who hears that `party` withdrew: the others; of a planned talk they too, for the calendar."""
    planned = introduction.state is IntroductionState.PLANNED
    known = (*SIDES, *_adviser(introduction))
    return tuple(
        one for one in known if not introduction.declined(one) and (one is not party or planned)
    )


def _revealed(introduction: Introduction, now: datetime) -> Step:
    after = replace(_enter(introduction, IntroductionState.REVEALED, now), revealed=True)
    told = (*SIDES, *_adviser(after))
    return Step(after, Act.ACCEPT, _to(Letter.INTRODUCTION_REVEALED, *told))


def _enter(introduction: Introduction, state: IntroductionState, since: datetime) -> Introduction:
    return replace(introduction, state=state, since=since, reminded=False)


def _answered(introduction: Introduction, side: Party, answer: Answer) -> Introduction:
    if side is Party.ASKER:
        return replace(introduction, asker_answer=answer)
    return replace(introduction, helper_answer=answer)


def _acceptance(accept: Accept, at: datetime) -> Answer:
    return Answer(AnswerKind.ACCEPTED, at, role=accept.role, brings=accept.brings)


def _both_accepted(introduction: Introduction) -> bool:
    return all(introduction.accepted(side) for side in SIDES)


def _adviser(introduction: Introduction) -> tuple[Party, ...]:
    return (Party.ADVISER,) if introduction.proposed_by is Party.ADVISER else ()


def _to(letter: Letter, *parties: Party) -> tuple[Post, ...]:
    return tuple(Post(letter, party) for party in parties)
