"""Introductions under any order of acts, beside a model and beside a world of silence.

Three run together: the introduction itself; a model, written here, of who accepted and what that
reveals; and a twin in which the one who declines says nothing at all. Who did not decline must
see the same in both, and get the same mails, whatever else happens.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from matcher.errors import Conflict, Forbidden
from matcher.introduction_records import (
    Accept,
    Conclude,
    Conclusion,
    Decline,
    DeclineReason,
    Deed,
    Hold,
    Introduction,
    IntroductionState,
    Party,
    Plan,
    Post,
    Step,
    Withdraw,
)
from matcher.introduction_sight import seen_by
from matcher.introduction_time import due_at, elapse
from matcher.introductions import propose, step
from matcher.policy import Act
from matcher.types import DocumentId, Outcome, PersonId, SupportRole

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
OTHER = {Party.ASKER: Party.HELPER, Party.HELPER: Party.ASKER}
State = IntroductionState
SECRET = "ALLEEN-VOOR-MIJ"


class Introductions(RuleBasedStateMachine):
    @initialize(by=st.sampled_from(Party))
    def proposed(self, by: Party) -> None:
        self.now = BEGIN
        self.by = by
        first = propose(_introduction(by), Accept(SupportRole.ADVISE, "brengt"))
        self.real = self.twin = first.introduction
        self.mails: list[Post] = list(first.post)
        self.twin_mails: list[Post] = list(first.post)
        # the model
        self.said: dict[Party, bool] = {by: True} if by in OTHER else {}
        self.names = False
        self.phase = "wacht"
        self.decliner: Party | None = None  # the first
        self.talk: datetime | None = None
        self.heard: dict[Party, int] = {}  # how many letters, who declined

    def _is_over(self) -> bool:
        return self.phase == "wacht" and self.now >= BEGIN + timedelta(days=14)

    def _do(self, party: Party, deed: Deed, allowed: bool) -> bool:
        """Try `deed`; whether it is done must be what the model says, and the twin agrees."""
        if not allowed:
            before = self.real
            with pytest.raises((Conflict, Forbidden)) as refused:
                step(self.real, party, deed, self.now)
            assert self.real == before
            if party is not self.decliner and self._same_twin(party):
                with pytest.raises(type(refused.value)) as twin:
                    step(self.twin, party, deed, self.now)
                assert str(twin.value) == str(refused.value)
            return False
        self._take(step(self.real, party, deed, self.now))
        silent = isinstance(deed, Decline) and self.decliner in (None, party)
        if not silent:
            done = step(self.twin, party, deed, self.now)
            self.twin = done.introduction
            self.twin_mails += done.post
        return True

    def _same_twin(self, party: Party) -> bool:
        """An adviser knows of a decline: for them the worlds are not the same."""
        return self.decliner is None or party is not Party.ADVISER

    def _take(self, done: Step) -> None:
        self.real = done.introduction
        self.mails += done.post

    @rule(side=st.sampled_from(tuple(OTHER)))
    def accept(self, side: Party) -> None:
        can = self.phase == "wacht" and side not in self.said and not self._is_over()
        if self._do(side, Accept(SupportRole.SUPPORT, f"{SECRET} {side}"), can):
            self.said[side] = True
            if all(self.said.get(one) for one in OTHER):
                self.phase, self.names = "onthuld", True

    @rule(side=st.sampled_from(tuple(OTHER)))
    def decline(self, side: Party) -> None:
        """Also of who said yes to a proposal of another: they take it back, unnoticed."""
        back = self.said.get(side) is True and side is not self.by
        can = self.phase == "wacht" and (side not in self.said or back) and not self._is_over()
        if can and back and self.decliner in (None, side):  # in the other world they never spoke
            self.twin = replace(self.twin, **{f"{side.name.lower()}_answer": None})
        if self._do(side, Decline(DeclineReason.TOO_CLOSE, SECRET), can):
            self.said[side] = False
            self.decliner = self.decliner or side
            self.heard[side] = len(_to(side, self.mails))

    @rule(party=st.sampled_from(Party))
    def withdraw(self, party: Party) -> None:
        if self.phase == "wacht":
            knows = party is Party.ADVISER and self.decliner is not None
            can = party is self.by and not self._is_over() and not knows
        else:
            can = self.phase in ("onthuld", "gepland") and party in OTHER
        if self._do(party, Withdraw(), can):
            self.phase = "ingetrokken"

    @rule(party=st.sampled_from(Party), ahead=st.integers(-2, 40), minutes=st.integers(15, 240))
    def plan(self, party: Party, ahead: int, minutes: int) -> None:
        at = self.now + timedelta(days=ahead)
        can = self.phase in ("onthuld", "gepland") and party in OTHER and ahead > 0
        if self._do(party, Plan(at, minutes, "op school"), can):
            self.phase, self.talk = "gepland", at

    @rule(party=st.sampled_from(Party))
    def hold(self, party: Party) -> None:
        met = self.phase == "onthuld" or (
            self.phase == "gepland" and self.talk is not None and self.now >= self.talk
        )
        if self._do(party, Hold(), met and party in OTHER):
            self.phase = "gevoerd"

    @rule(party=st.sampled_from(Party), outcome=st.sampled_from(Outcome))
    def conclude(self, party: Party, outcome: Outcome) -> None:
        deed = Conclude(Conclusion(outcome, SECRET, as_case=True))
        if self._do(party, deed, self.phase == "gevoerd" and party is Party.ASKER):
            self.phase = "afgerond"

    @rule(days=st.integers(1, 15))
    def wait(self, days: int) -> None:
        """Time passes; the clock does what is due each day, in both worlds."""
        for _ in range(days):
            self.now += timedelta(days=1)
            while done := elapse(self.real, self.now):
                self._take(done)
            while done := elapse(self.twin, self.now):
                self.twin = done.introduction
                self.twin_mails += done.post
        ended = self.real.state in (State.LAPSED, State.DECLINED)
        assert ended or due_at(self.real) is None or due_at(self.real) > self.now
        if ended:
            self.phase = "voorbij"

    @invariant()
    def names_are_seen_after_both_accepted_and_not_before(self) -> None:
        asker, helper = self._seen(Party.ASKER), self._seen(Party.HELPER)
        assert (Party.HELPER in asker.named) is self.names
        assert (Party.ASKER in helper.named) is self.names
        assert asker.revealed is helper.revealed is self.names

    @invariant()
    def what_a_side_wrote_is_seen_by_the_other_only_after_both_accepted(self) -> None:
        for side, other in OTHER.items():
            answer = self._seen(side).answers.get(other)
            assert (answer is not None) is (self.names and other in self.said)

    @invariant()
    def an_adviser_reads_nothing_that_a_side_wrote(self) -> None:
        assert SECRET not in str(self._seen(Party.ADVISER))

    @invariant()
    def an_adviser_sees_names_of_who_accepted(self) -> None:
        accepted = {side for side, yes in self.said.items() if yes}
        assert self._seen(Party.ADVISER).named == {Party.ADVISER, *accepted}

    @invariant()
    def who_did_not_decline_cannot_tell_a_decline_from_silence(self) -> None:
        for party in OTHER:
            if party is not self.decliner and self.said.get(party) is not False:
                assert self._seen(party) == seen_by(self.twin, party, self.now)
                assert _to(party, self.mails) == _to(party, self.twin_mails)

    @invariant()
    def who_declined_hears_no_more_of_it(self) -> None:
        for side, heard in self.heard.items():
            assert len(_to(side, self.mails)) == heard

    @invariant()
    def the_helper_carries_it_from_their_yes_until_they_spoke(self) -> None:
        waits = self.phase == "wacht" and self.said.get(Party.HELPER) is True
        assert self.real.counts_as_load is (waits or self.phase in ("onthuld", "gepland"))

    @invariant()
    def what_can_be_done_is_what_succeeds(self) -> None:
        tries: dict[Act, Deed] = {
            Act.ACCEPT: Accept(),
            Act.DECLINE: Decline(DeclineReason.OTHER),
            Act.CANCEL: Withdraw(),
            Act.PLAN: Plan(self.now + timedelta(days=1), 30, "hier"),
            Act.HELD: Hold(),
            Act.CONCLUDE: Conclude(Conclusion(Outcome.NOT, "", as_case=False)),
        }
        for party in Party:
            can = {act for act, deed in tries.items() if _works(self.real, party, deed, self.now)}
            assert set(self._seen(party).can) == can

    @precondition(lambda self: self.phase in ("afgerond", "voorbij", "ingetrokken"))
    @invariant()
    def what_ended_waits_for_nobody(self) -> None:
        assert due_at(self.real) is None
        assert elapse(self.real, self.now + timedelta(days=1000)) is None

    def _seen(self, party: Party) -> Any:
        return seen_by(self.real, party, self.now)


def _works(introduction: Introduction, party: Party, deed: Deed, now: datetime) -> bool:
    try:
        step(introduction, party, deed, now)
    except (Conflict, Forbidden):
        return False
    return True


def _to(party: Party, mails: list[Post]) -> list[Post]:
    return [post for post in mails if post.to is party]


def _introduction(by: Party) -> Introduction:
    return Introduction(
        id="i1",
        question=DocumentId("v1"),
        asker=PersonId("a"),
        helper=PersonId("h"),
        adviser=PersonId("x") if by is Party.ADVISER else None,
        proposed_by=by,
        proposed_at=BEGIN,
        since=BEGIN,
    )


TestIntroductions = Introductions.TestCase
TestIntroductions.settings = settings(max_examples=100, stateful_step_count=25, deadline=None)


def test_each_state_that_waits_reminds_once_and_then_lapses() -> None:
    revealed = replace(_introduction(Party.ASKER), state=State.REVEALED, revealed=True, since=BEGIN)
    planned = replace(revealed, state=State.PLANNED)
    held = replace(revealed, state=State.HELD)
    for waiting in (_introduction(Party.ADVISER), revealed, planned, held):
        acts = []
        for day in range(100):
            if done := elapse(waiting, BEGIN + timedelta(days=day)):
                waiting = done.introduction
                acts.append(done.act)
        assert acts == [Act.REMIND, Act.LAPSE]
        assert waiting.state is State.LAPSED


def test_after_a_long_standstill_nobody_is_reminded_of_what_lapses_anyway() -> None:
    done = elapse(_introduction(Party.ADVISER), BEGIN + timedelta(days=30))
    assert done is not None
    assert done.act is Act.LAPSE
