"""A sealed reference opens for whom and for what it was made, while it lasts, and never else."""

from __future__ import annotations

import base64

import pytest

from api.references import LASTS, References
from matcher.errors import NotFound
from matcher.types import DocumentId, PersonId

SECRET = b"0123456789abcdef0123456789abcdef"
PERSON, VIEWER, QUESTION = PersonId("p01"), PersonId("p02"), DocumentId("v01")
LONG = PersonId("f" * 36)


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def references(clock: Clock) -> References:
    return References(SECRET, clock)


def refused(references: References, text: str) -> bool:
    with pytest.raises(NotFound) as caught:
        references.open(text, VIEWER, QUESTION)
    return caught.value.kind == "person"


@pytest.mark.parametrize("person", [PERSON, LONG, PersonId("é")])
def test_it_opens_for_the_viewer_and_the_question_it_was_made_for(
    references: References, person: PersonId
) -> None:
    sealed = references.seal(person, VIEWER, QUESTION)
    assert references.open(sealed, VIEWER, QUESTION) == person
    assert person not in sealed


@pytest.mark.parametrize(
    ("viewer", "question"),
    [("p03", "v01"), ("p02", "v02"), ("p02", ""), ("p02 v01", ""), ("", "p02 v01")],
)
def test_it_opens_for_no_other_viewer_or_question(
    references: References, viewer: str, question: str
) -> None:
    sealed = references.seal(PERSON, VIEWER, QUESTION)
    with pytest.raises(NotFound):
        references.open(sealed, PersonId(viewer), DocumentId(question))


def test_where_one_ends_and_the_other_begins_cannot_be_shifted(references: References) -> None:
    sealed = references.seal(PERSON, PersonId("a b"), DocumentId("c"))
    with pytest.raises(NotFound):
        references.open(sealed, PersonId("a"), DocumentId("b c"))


def test_it_is_another_every_time_and_as_long_for_every_id(references: References) -> None:
    made = [references.seal(who, VIEWER, QUESTION) for who in [PERSON, PERSON, LONG] * 20]
    assert len(set(made)) == len(made)
    assert len({len(sealed) for sealed in made}) == 1


def test_it_lasts_a_day(references: References, clock: Clock) -> None:
    sealed = references.seal(PERSON, VIEWER, QUESTION)
    clock.now += LASTS
    assert references.open(sealed, VIEWER, QUESTION) == PERSON
    clock.now += 1
    assert refused(references, sealed)


def test_every_changed_byte_is_noticed(references: References) -> None:
    sealed = references.seal(PERSON, VIEWER, QUESTION)
    raw = base64.urlsafe_b64decode(sealed)
    for place in range(len(raw)):
        changed = bytearray(raw)
        changed[place] ^= 1
        assert refused(references, base64.urlsafe_b64encode(changed).decode())


@pytest.mark.parametrize("text", ["", "p01", "é", "\ud800", "gAAAAA==", "a" * 10_000, "%00"])
def test_what_is_no_reference_is_not_found(references: References, text: str) -> None:
    assert refused(references, text)


def test_it_is_worth_nothing_elsewhere(references: References, clock: Clock) -> None:
    elsewhere = References(SECRET[::-1], clock)
    assert refused(references, elsewhere.seal(PERSON, VIEWER, QUESTION))
