"""TF-IDF cosine against scikit-learn's, an independent implementation of the same formula."""

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from embeddings.analysis import terms
from embeddings.lexical import LexicalSegment, TermStatistics

TEXTS = [
    "De ouders willen een gesprek over het schooladvies van hun kind",
    "Het schooladvies wordt bijgesteld na de doorstroomtoets, ouders ouders ouders",
    "Schimmel in het lokaal: de gemeente betaalt het gebouw niet",
    "Een nieuwe rekenmethode voor de bovenbouw",
]
QUESTIONS = ["ouders boos over advies", "schooladvies na de doorstroomtoets", "wolf bij fietspad"]


def _segment() -> tuple[TermStatistics, LexicalSegment]:
    statistics = TermStatistics.from_texts(TEXTS)
    return statistics, LexicalSegment.from_weights([statistics.weights(t) for t in TEXTS])


def test_scores_agree_with_scikit_learn() -> None:
    statistics, segment = _segment()
    peer = TfidfVectorizer(analyzer=terms, sublinear_tf=True)
    documents = peer.fit_transform(TEXTS)
    for question in QUESTIONS[:2]:
        # a word that no document has counts in the length of our query, not of the peer's
        known = " ".join(t for t in question.split() if set(terms(t)) & set(peer.vocabulary_))
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
    assert sorted(shared[0]) == sorted(terms("doorstroomtoets ouders"))
    weight = {t: statistics.weights(TEXTS[1])[t] * query[t] for t in shared[0]}
    assert weight[shared[0][0]] >= weight[shared[0][1]]


def test_shared_terms_stop_at_the_limit() -> None:
    statistics, segment = _segment()
    assert len(segment.shared_terms(statistics.weights(TEXTS[0]), [0], limit=2)[0]) == 2


def test_an_empty_segment_gives_no_scores() -> None:
    statistics, _ = _segment()
    assert LexicalSegment.from_weights([]).scores(statistics.weights(TEXTS[0])).shape == (0,)


def test_a_word_in_most_texts_is_not_telling() -> None:
    statistics = TermStatistics.from_texts(["school lezen", "school rekenen", "school", "gebouw"])
    school, lezen = terms("school lezen")
    assert not statistics.telling(school)
    assert statistics.telling(lezen)
