"""What words weigh, against scikit-learn's, an independent implementation of the same formula."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from embeddings.counting import Counted
from embeddings.lexical import TermStatistics, Weighed, lexical_text
from embeddings.postings import Postings
from matcher.types import Document, DocumentId, DocumentKind, Scores

TEXTS = [
    "De ouders willen een gesprek over het schooladvies van hun kind",
    "Het schooladvies wordt bijgesteld na de doorstroomtoets, ouders ouders ouders",
    "Schimmel in het lokaal: de gemeente betaalt het gebouw niet",
    "Een nieuwe rekenmethode voor de bovenbouw",
]
QUESTIONS = ["ouders boos over advies", "schooladvies na de doorstroomtoets", "wolf bij fietspad"]
NEW = "wolf bij het fietspad"

STATISTICS = TermStatistics.from_texts(TEXTS)
TERMS = STATISTICS.analyser.terms


def _postings(texts: Iterable[str]) -> Postings:
    _, numbers, weights = STATISTICS.matrix(Counted.of(texts))
    return Postings.of(numbers, weights)


POSTINGS = _postings(TEXTS)


def _scores(question: str, postings: Postings = POSTINGS) -> Scores:
    return postings.scores(STATISTICS.weighed(question))


def _weight_of(weighed: Weighed) -> dict[str, float]:
    return dict(zip(weighed.terms, weighed.weights.tolist(), strict=True))


@pytest.fixture(scope="module")
def peer() -> TfidfVectorizer:
    return TfidfVectorizer(analyzer=TERMS, sublinear_tf=True).fit(TEXTS)


@pytest.mark.parametrize("text", TEXTS)
def test_weights_agree_with_scikit_learn(peer: TfidfVectorizer, text: str) -> None:
    (row,) = peer.transform([text]).toarray()
    names = peer.get_feature_names_out()
    expected = {names[at]: row[at] for at in np.flatnonzero(row)}
    assert _weight_of(STATISTICS.weighed(text)) == pytest.approx(expected, abs=1e-12)


def test_scores_agree_with_scikit_learn(peer: TfidfVectorizer) -> None:
    documents = peer.transform(TEXTS)
    for question in QUESTIONS[:2]:
        # a word that no document has counts in the length of our query, not of the peer's
        known = " ".join(t for t in question.split() if set(TERMS(t)) & set(peer.vocabulary_))
        expected = (documents @ peer.transform([known]).T).toarray()[:, 0]
        assert expected.max() > 0.1
        np.testing.assert_allclose(_scores(known), expected, atol=1e-6)


def test_many_texts_at_once_weigh_what_each_weighs_alone() -> None:
    texts = [*TEXTS, "", *QUESTIONS, "de het een", TEXTS[1]]
    names, numbers, matrix = STATISTICS.matrix(Counted.of(texts))
    for row, text in enumerate(texts):
        (at,) = matrix[[row]].toarray()
        alone = STATISTICS.weighed(text)
        held = [column for column in np.argsort(numbers) if at[column]]
        assert [names[column] for column in held] == list(alone.terms)
        assert numbers[held].tolist() == alone.numbers.tolist()
        np.testing.assert_allclose(at[held], alone.weights, rtol=1e-7)


def test_weighing_texts_leaves_their_counts_as_they_are() -> None:
    counted = Counted.of(TEXTS)
    before = counted.matrix.toarray()
    STATISTICS.matrix(counted)
    np.testing.assert_array_equal(counted.matrix.toarray(), before)


def test_unknown_words_score_nothing() -> None:
    assert _scores("wolf fietspad").tolist() == [0.0] * len(TEXTS)


def test_a_new_word_is_found_in_what_was_written_since() -> None:
    """It weighs as one that no text of the base has."""
    later = _postings([NEW, TEXTS[0]])
    found = _scores("een wolf in de klas", later)
    assert found[0] > 0.0 == found[1]
    weights = _weight_of(STATISTICS.weighed("wolf ouders"))
    idf = {term: np.log(5 / (1 + held)) + 1 for term, held in (("wolf", 0), (*TERMS("ouders"), 2))}
    assert weights["wolf"] / weights[TERMS("ouders")[0]] == pytest.approx(
        idf["wolf"] / idf[TERMS("ouders")[0]]
    )


def test_a_known_word_has_its_place_and_no_new_word_has_one() -> None:
    known = [STATISTICS.number(term) for term in STATISTICS.frequency]
    assert known == list(range(len(STATISTICS.frequency)))
    new = [STATISTICS.number(f"woord{at}") for at in range(10_000)]
    assert max(new) < 0
    assert len(set(new)) == len(new)
    assert min(new) >= np.iinfo(np.int64).min


def test_a_new_word_has_the_same_number_whatever_the_statistics() -> None:
    """So that it is known again after a restart, in another process."""
    assert STATISTICS.number("wolf") == TermStatistics.from_texts([]).number("wolf")
    assert STATISTICS.number("wolf") == -2427218168199770679


def test_terms_are_in_order_of_number() -> None:
    weighed = STATISTICS.weighed(f"{NEW} {TEXTS[3]} {TEXTS[0]}")
    assert weighed.numbers.tolist() == sorted(weighed.numbers.tolist())
    assert weighed.numbers[0] < 0 <= weighed.numbers[-1]
    assert [STATISTICS.number(term) for term in weighed.terms] == weighed.numbers.tolist()


def test_some_of_the_terms_keep_their_weights() -> None:
    weighed = STATISTICS.weighed(TEXTS[0])
    some = weighed.of([2, 0])
    assert len(some) == 2
    assert some.terms == (weighed.terms[2], weighed.terms[0])
    assert some.numbers.tolist() == weighed.numbers[[2, 0]].tolist()
    assert some.weights.tolist() == weighed.weights[[2, 0]].tolist()


def test_a_document_added_later_is_weighed_by_the_same_statistics() -> None:
    later = _postings(TEXTS[:1])
    np.testing.assert_array_equal(_scores(QUESTIONS[0], later), _scores(QUESTIONS[0])[:1])


def test_a_word_in_most_texts_is_not_telling() -> None:
    statistics = TermStatistics.from_texts(["school lezen", "school rekenen", "school", "gebouw"])
    school, lezen = statistics.analyser.terms("school lezen")
    assert not statistics.telling(school)
    assert statistics.telling(lezen)
    assert statistics.telling("onbekend")


def test_a_text_of_one_part_of_a_compound_is_found_by_the_whole() -> None:
    assert _scores("Schoolgebouw")[2] > 0.0
    shared = POSTINGS.shared(STATISTICS.weighed("Schoolgebouw"), np.array([2]), limit=5)
    assert shared == [TERMS("gebouw")]


def test_weights_have_unit_length_and_a_text_without_terms_none() -> None:
    weighed = STATISTICS.weighed(f"{TEXTS[1]} {NEW}")
    assert float(weighed.weights @ weighed.weights) == pytest.approx(1.0)
    assert len(STATISTICS.weighed("de het een …")) == 0


def test_statistics_of_no_texts_weigh_all_words_alike() -> None:
    weighed = TermStatistics.from_texts([]).weighed("wolf fiets")
    np.testing.assert_allclose(weighed.weights, [2**-0.5] * 2)


def test_a_word_that_is_common_in_the_texts_becomes_a_part_of_others() -> None:
    statistics = TermStatistics.from_texts(["de zorg", "onze zorg", "zonder zorg"])
    assert set(statistics.analyser.terms("zorg")) < set(statistics.analyser.terms("zorgleerling"))


def test_a_word_of_the_title_counts_as_often_as_is_asked() -> None:
    document = Document(
        DocumentId("a"), DocumentKind.CASE, "national", 1,
        problem="Schimmel\nIn het lokaal.", resolution="Gelucht.", title="Schimmel",
    )  # fmt: skip
    for times in (1, 3):
        text = lexical_text(document, times)
        assert (text.count("Schimmel"), text.count("lokaal"), text.count("Gelucht")) == (
            times, 1, 1,
        )  # fmt: skip
