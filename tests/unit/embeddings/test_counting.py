"""Texts to counts of words, against counting them one by one."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from embeddings.analysis import Analyser, content_words
from embeddings.counting import Counted

TEXTS = [
    "De leerlingen pesten, en er is gepest: PESTEN op het schoolplein",
    "",
    "Coördinatie en coordinatie van één café; een cafe\u0301",
    "de het een … – ?!",
    "lerarentekort lerarentekort leraren tekort b_c 20㎡ ﬁets",
]


def _rows(counted: Counted) -> list[dict[str, float]]:
    dense = counted.matrix.toarray()
    return [
        {word: count for word, count in zip(counted.words, row, strict=True) if count}
        for row in dense.tolist()
    ]


def test_words_are_counted_text_by_text() -> None:
    assert _rows(Counted.of(TEXTS)) == [Counter(content_words(text)) for text in TEXTS]


def test_a_word_in_several_ways_of_writing_is_one_word() -> None:
    counted = Counted.of(["Café cafe CAFÉ cafe\u0301"])
    assert _rows(counted) == [{"cafe": 4}]


def test_stop_words_are_not_among_the_words() -> None:
    assert Counted.of(["De school en het team", "EEN school"]).words == ("school", "team")


def test_frequency_is_in_how_many_texts_a_word_is() -> None:
    frequency = Counted.of(["school school team", "team", "", "rekenen"]).frequency()
    assert frequency == {"school": 1, "team": 2, "rekenen": 1}


@pytest.mark.parametrize("texts", [[], [""], ["de", "…"]], ids=["no texts", "empty", "no words"])
def test_nothing_to_count_is_no_words(texts: list[str]) -> None:
    counted = Counted.of(texts)
    assert (counted.words, counted.matrix.shape) == ((), (len(texts), 0))
    assert counted.frequency() == {}
    assert counted.terms(Analyser.from_frequency({})).matrix.shape == (len(texts), 0)


def test_terms_are_those_of_each_word_as_often_as_the_word_is_there() -> None:
    analyser = Analyser.from_frequency({})
    terms = Counted.of(TEXTS).terms(analyser)
    assert _rows(terms) == [Counter(analyser.terms(text)) for text in TEXTS]
    assert list(terms.words) == sorted(set(terms.words))


def test_words_that_share_a_term_are_added_up() -> None:
    """Leraren is one term, and a part of two other words."""
    analyser = Analyser.from_frequency({})
    terms = Counted.of(["lerarentekort lerarentekorten leraren"]).terms(analyser)
    (counts,) = _rows(terms)
    assert counts[analyser.terms("leraren")[0]] == 3


def test_some_texts_alone_are_counted_as_they_were_among_all() -> None:
    counted = Counted.of(TEXTS)
    some = counted.of_rows([4, 0])
    assert some.words == counted.words
    np.testing.assert_array_equal(some.matrix.toarray(), counted.matrix.toarray()[[4, 0]])
    assert some.frequency()["coordinatie"] == 0
    assert counted.of_rows([]).matrix.shape == (0, len(counted.words))
