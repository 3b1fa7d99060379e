"""TF-IDF cosine against scikit-learn's, an independent implementation of the same formula."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from embeddings.analysis import Analyser
from embeddings.lexical import LexicalSegment, TermStatistics, lexical_text
from matcher.types import Document, DocumentId, DocumentKind

TEXTS = [
    "De ouders willen een gesprek over het schooladvies van hun kind",
    "Het schooladvies wordt bijgesteld na de doorstroomtoets, ouders ouders ouders",
    "Schimmel in het lokaal: de gemeente betaalt het gebouw niet",
    "Een nieuwe rekenmethode voor de bovenbouw",
]
ANALYSER = Analyser.from_texts(TEXTS)
QUESTIONS = ["ouders boos over advies", "schooladvies na de doorstroomtoets", "wolf bij fietspad"]


def _segment() -> tuple[TermStatistics, LexicalSegment]:
    statistics = TermStatistics.from_texts(TEXTS, ANALYSER)
    return statistics, LexicalSegment.from_weights([statistics.weights(t) for t in TEXTS])


def test_scores_agree_with_scikit_learn() -> None:
    statistics, segment = _segment()
    peer = TfidfVectorizer(analyzer=ANALYSER.terms, sublinear_tf=True)
    documents = peer.fit_transform(TEXTS)
    for question in QUESTIONS[:2]:
        # a word that no document has counts in the length of our query, not of the peer's
        known = " ".join(
            t for t in question.split() if set(ANALYSER.terms(t)) & set(peer.vocabulary_)
        )
        expected = (documents @ peer.transform([known]).T).toarray()[:, 0]
        np.testing.assert_allclose(segment.scores(statistics.weights(known)), expected, atol=1e-6)


def test_unknown_words_score_nothing() -> None:
    statistics, segment = _segment()
    assert segment.scores(statistics.weights("wolf fietspad")).tolist() == [0.0] * len(TEXTS)


def test_a_document_added_later_is_weighed_by_the_same_statistics() -> None:
    statistics, segment = _segment()
    later = LexicalSegment.from_weights([statistics.weights(TEXTS[0])])
    query = statistics.weights(QUESTIONS[0])
    np.testing.assert_allclose(later.scores(query), segment.scores(query)[:1], atol=1e-7)


def test_shared_terms_are_those_of_the_document_heaviest_first() -> None:
    statistics, segment = _segment()
    query = statistics.weights("de doorstroomtoets en de ouders en een wolf")
    shared = segment.shared_terms(query, [1, 2], limit=5)
    assert shared[1] == []
    assert sorted(shared[0]) == sorted(ANALYSER.terms("doorstroomtoets ouders"))
    weight = {t: statistics.weights(TEXTS[1])[t] * query[t] for t in shared[0]}
    assert weight[shared[0][0]] >= weight[shared[0][1]]


def test_shared_terms_stop_at_the_limit() -> None:
    statistics, segment = _segment()
    assert len(segment.shared_terms(statistics.weights(TEXTS[0]), [0], limit=2)[0]) == 2


def test_an_empty_segment_gives_no_scores() -> None:
    statistics, _ = _segment()
    assert LexicalSegment.from_weights([]).scores(statistics.weights(TEXTS[0])).shape == (0,)


def test_a_word_in_most_texts_is_not_telling() -> None:
    texts = ["school lezen", "school rekenen", "school", "gebouw"]
    statistics = TermStatistics.from_texts(texts, ANALYSER)
    school, lezen = ANALYSER.terms("school lezen")
    assert not statistics.telling(school)
    assert statistics.telling(lezen)


def test_a_text_of_one_part_of_a_compound_is_found_by_the_whole() -> None:
    statistics, segment = _segment()
    assert segment.scores(statistics.weights("Schoolgebouw"))[2] > 0.0
    shared = segment.shared_terms(statistics.weights("Schoolgebouw"), [2], limit=5)
    assert shared == [ANALYSER.terms("gebouw")]


def test_weights_have_unit_length_and_a_text_without_terms_none() -> None:
    statistics, _ = _segment()
    weights = statistics.weights(TEXTS[1])
    assert sum(weight**2 for weight in weights.values()) == pytest.approx(1.0)
    assert statistics.weights("de het een …") == {}


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
