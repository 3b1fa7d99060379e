"""Why a person was suggested, in words."""

from __future__ import annotations

import pytest

from api.texts_nl import person_reason
from matcher.matches import Evidence, PersonMatch
from matcher.types import DocumentId, Outcome, ParticipationRole
from tests.unit.matcher.builders import TODAY, person

HISTORY = "Uw vraag lijkt op die waarover deze persoon vaker adviseerde."
ADVISED = Evidence(
    DocumentId("c1"), "Pesten in groep 7", 2.0, ParticipationRole.ADVISER, Outcome.SOLVED, TODAY
)


def told(others: int = 0, history: float = 0.0) -> str:
    return person_reason(
        PersonMatch(person("a1"), 2.0 + history, (ADVISED,), others=others, history_share=history)
    )


def test_the_case_that_says_most_is_told() -> None:
    assert told() == "Adviseerde: ‘Pesten in groep 7’ (2026, opgelost)."


@pytest.mark.parametrize(
    ("others", "sentence"),
    [(1, "Nog één casus telt mee."), (4, "Nog 4 casussen tellen mee.")],
)
def test_how_many_more_count_is_told(others: int, sentence: str) -> None:
    assert told(others) == f"{told()} {sentence}"
    assert told(others, 1.0) == f"{told()} {sentence} {HISTORY}"


@pytest.mark.parametrize(("history", "is_told"), [(0.0, False), (0.2, False), (0.3, True)])
def test_that_such_questions_came_to_them_is_told_from_a_tenth_of_the_affinity(
    history: float, is_told: bool
) -> None:
    assert told(history=history).endswith(HISTORY) is is_told
