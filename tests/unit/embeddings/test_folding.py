"""Words of a text, counted no further than is asked."""

from __future__ import annotations

import pytest

from embeddings.folding import has_words, words

TEXTS = ["", "  \n", "…?!", "a b c", "Eén twee", "e\u0301e\u0301n keer", "wat er-was: 3 of 12."]


@pytest.mark.parametrize("text", [*TEXTS, " ".join(TEXTS)])
def test_a_text_has_as_many_words_as_can_be_counted(text: str) -> None:
    count = len(words(text))
    assert [has_words(text, least) for least in range(count + 3)] == [
        *[True] * (count + 1),
        False,
        False,
    ]


def test_a_word_is_of_two_letters_or_more_with_their_accents() -> None:
    assert has_words("één of e\u0301e\u0301n en 12", 5)
    assert not has_words("één a b_c e\u0301 ?", 2)
