"""Whether a question is on topic."""

import numpy as np
import pytest

from embeddings.analysis import content_words, stems
from embeddings.topic import FEWEST_OWN, Topic, everyday

OWN, OTHER = np.eye(8, dtype=np.float32)[:2]
# Words of which an everyday text with one in it would be about school after all.
OF_SCHOOL = (
    "school leerling leraar leerkracht docent juf meester ouder klas les onderwijs groep kind "
    "kleuter toets rekenen lezen schrijven taal pesten directeur bestuur opvang mentor rapport "
    "advies brugklas huiswerk"
)


def _around(centre: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Unit vectors in a narrow cone around `centre`, beside what all texts share."""
    shared = np.eye(8)[7] * 5.0
    noise = np.random.default_rng(seed).normal(scale=0.1, size=(count, 8))
    vectors = shared + centre + noise
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_what_lies_near_the_own_texts_is_on_topic_and_what_lies_elsewhere_is_not() -> None:
    topic = Topic.of(_around(OWN, 60, seed=0), _around(OTHER, 40, seed=1))
    for vector in _around(OWN, 20, seed=2):
        assert 0.5 < topic.probability(vector) <= 1.0
    for vector in _around(OTHER, 20, seed=3):
        assert 0.0 <= topic.probability(vector) < 0.5


def test_it_is_a_toss_up_half_way_however_many_own_texts_there_are() -> None:
    for count in (40, 2000):
        topic = Topic.of(_around(OWN, count, seed=0), _around(OTHER, 40, seed=1))
        half_way = _around(OWN, 200, seed=2).mean(axis=0) + _around(OTHER, 200, seed=3).mean(axis=0)
        assert topic.probability(half_way / 2) == pytest.approx(0.5, abs=0.25)


def test_of_too_few_own_texts_or_no_others_every_question_is_on_topic() -> None:
    few, enough = (_around(OWN, count, seed=0) for count in (FEWEST_OWN - 1, FEWEST_OWN))
    others = _around(OTHER, 40, seed=1)
    asked = [*_around(OTHER, 5, seed=2), np.zeros(8, np.float32)]
    for topic in (Topic.of(few, others), Topic.of(enough, others[:0]), Topic.of(few[:0], others)):
        assert [topic.probability(vector) for vector in asked] == [1.0] * len(asked)
    assert Topic.of(enough, others).probability(asked[0]) < 0.5


@pytest.mark.parametrize(("length", "expected"), [(1e4, 1.0), (-1e4, 0.0)])
def test_far_away_is_certain_and_no_overflow(length: float, expected: float) -> None:
    topic = Topic(np.array([length, 0.0], np.float32), 0.0)
    assert topic.probability(np.array([1.0, 0.0], np.float32)) == expected


def test_everyday_texts_are_many_and_all_different() -> None:
    texts = everyday()
    assert len(texts) >= 40
    assert len({tuple(content_words(text)) for text in texts}) == len(texts)
    assert all(len(content_words(text)) >= 2 for text in texts)
    assert not [text for text in texts if text.startswith("#") or text != text.strip()]


def test_everyday_texts_are_short_and_long() -> None:
    lengths = [len(text.split()) for text in everyday()]
    assert min(lengths) <= 8
    assert max(lengths) >= 16


def test_no_everyday_text_is_about_school() -> None:
    of_school = set(stems(OF_SCHOOL))
    found = {text: of_school & set(stems(text)) for text in everyday()}
    assert {text: words for text, words in found.items() if words} == {}
