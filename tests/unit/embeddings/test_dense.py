"""Centring, the centre of queries, moments and FAISS segments, against plain numpy."""

import numpy as np
import pytest

from embeddings.dense import DenseSegment, QueryCentre, Spread, centred


def _unit(count: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, 16)).astype(np.float32) + 2.0
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_centred_vectors_have_unit_length_and_no_common_direction() -> None:
    vectors = _unit(200)
    moved = centred(vectors, vectors.mean(axis=0))
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), 1.0, atol=1e-5)
    assert np.linalg.norm(moved.mean(axis=0)) < 0.2 < np.linalg.norm(vectors.mean(axis=0))


def test_a_vector_at_the_centre_becomes_zero_and_not_nan() -> None:
    vectors = _unit(1)
    assert centred(vectors, vectors[0]).tolist() == [[0.0] * 16]


SHORT, LONG = np.array([0.0, 1.0, -2.0], np.float32), np.array([1.0, 0.0, 2.0], np.float32)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (0, SHORT),
        (4, SHORT),
        (5, SHORT),
        (10, [0.25, 0.75, -1.0]),
        (15, [0.5, 0.5, 0.0]),
        (20, [0.75, 0.25, 1.0]),
        (25, LONG),
        (26, LONG),
        (1000, LONG),
    ],
)
def test_a_query_is_centred_between_short_and_long_by_its_words(
    words: int, expected: list[float]
) -> None:
    centre = QueryCentre(SHORT, LONG, short_words=5.0, long_words=25.0).at(words)
    assert centre.dtype == np.float32
    np.testing.assert_array_equal(centre, expected)


@pytest.mark.parametrize("long_words", [7.0, 3.0], ids=["equal", "the other way round"])
def test_lengths_that_do_not_rise_divide_by_nothing(long_words: float) -> None:
    centre = QueryCentre(SHORT, LONG, short_words=7.0, long_words=long_words)
    np.testing.assert_array_equal(centre.at(7), SHORT)
    np.testing.assert_array_equal(centre.at(8), LONG)


def test_moments_of_a_query_are_those_of_its_cosines_with_all() -> None:
    vectors, query = centred(_unit(50), _unit(50).mean(axis=0)), _unit(1, seed=1)[0]
    mean, std = Spread.of(vectors).of_query(query)
    cosines = vectors @ query
    np.testing.assert_allclose([mean, std], [cosines.mean(), cosines.std()], atol=1e-6)


def test_moments_of_nothing_are_zero() -> None:
    assert Spread.of(np.empty((0, 16), np.float32)).of_query(_unit(1)[0]) == (0.0, 0.0)


def test_best_are_the_nearest_of_those_wanted() -> None:
    vectors, query = _unit(40), _unit(1, seed=1)[0]
    wanted = np.arange(40) % 3 == 0
    segment = DenseSegment.from_vectors(range(40), vectors)
    expected = sorted(np.flatnonzero(wanted), key=lambda row: -float(vectors[row] @ query))[:5]
    assert segment.best(query, wanted, 5) == expected


def test_fewer_wanted_than_asked_gives_no_padding() -> None:
    segment = DenseSegment.from_vectors(range(3), _unit(3))
    wanted = np.array([True, False, False])
    assert segment.best(_unit(1)[0], wanted, 10) == [0]
    assert segment.best(_unit(1)[0], np.zeros(3, np.bool_), 10) == []


def test_a_document_without_the_field_has_no_score() -> None:
    vectors, query = _unit(2), _unit(1, seed=1)[0]
    segment = DenseSegment.from_vectors([1, 4], vectors)
    scores = segment.scores(query, np.array([0, 1, 4, 5]))
    assert np.isnan(scores[[0, 3]]).all()
    np.testing.assert_allclose(scores[[1, 2]], vectors @ query, atol=1e-6)
