"""Whitening, the centre of queries, moments and FAISS segments, against plain numpy."""

import numpy as np
import pytest

from embeddings.dense import DenseSegment, QueryCentre, Spread, Whitening, unit


def _unit(count: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, 16)).astype(np.float32) + 2.0
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _away_from_identity(whitening: Whitening) -> float:
    """How far the matrix is from a multiple of the identity, as a part of that; 0 is not at all."""
    matrix = whitening.matrix.astype(np.float64)
    multiple = np.trace(matrix) / len(matrix)
    return float(np.abs(matrix / multiple - np.eye(len(matrix))).max())


def test_rows_are_scaled_to_unit_length_and_those_without_a_direction_to_zero() -> None:
    scaled = unit(np.array([[3.0, 4.0], [0.0, 0.0], [1e-9, 0.0]], np.float32))
    np.testing.assert_allclose(scaled, [[0.6, 0.8], [0.0, 0.0], [0.0, 0.0]], rtol=1e-6)
    assert scaled.dtype == np.float32


def test_whitened_vectors_have_unit_length_and_no_common_direction() -> None:
    vectors = _unit(200)
    seen = Whitening.of(vectors, 0.25).documents(vectors)
    assert seen.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(seen, axis=1), 1.0, atol=1e-5)
    assert np.linalg.norm(seen.mean(axis=0)) < 0.2 < np.linalg.norm(vectors.mean(axis=0))


def test_without_power_only_the_mean_is_taken_out() -> None:
    vectors = _unit(200)
    moved = vectors - vectors.mean(axis=0)
    expected = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    np.testing.assert_allclose(Whitening.of(vectors, 0.0).documents(vectors), expected, atol=1e-5)


def test_a_query_is_centred_where_queries_lie_and_not_where_documents_do() -> None:
    whitening, queries = Whitening.of(_unit(200), 0.25), -_unit(9, seed=1)
    mean = queries.mean(axis=0)
    seen = whitening.query(queries, mean)
    np.testing.assert_allclose(np.linalg.norm(seen, axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(
        seen, Whitening(mean, whitening.matrix).documents(queries), atol=1e-6
    )


@pytest.mark.parametrize("count", [0, 1])
def test_of_fewer_than_two_texts_nothing_is_learnt(count: int) -> None:
    whitening, vectors = Whitening.of(_unit(count), 0.25), _unit(5, seed=1)
    np.testing.assert_allclose(whitening.documents(vectors), vectors, atol=1e-6)


def test_of_twenty_texts_little_more_than_the_mean_is_learnt() -> None:
    few = np.random.default_rng(0).normal(size=(20, 64)).astype(np.float32) + 2.0
    whitening = Whitening.of(few, 0.25)
    np.testing.assert_allclose(whitening.centre, few.mean(axis=0), atol=1e-5)
    assert _away_from_identity(whitening) < 0.05


def test_a_direction_in_which_thousands_of_texts_differ_a_lot_is_drawn_in() -> None:
    """Standard deviation 4 in one direction against 1; cosines know directions, not lengths."""
    many = np.random.default_rng(0).normal(size=(4000, 16)).astype(np.float32)
    many[:, 3] *= 4.0
    whitening = Whitening.of(many, 0.25)
    drawn = np.diag(whitening.matrix) / np.median(np.diag(whitening.matrix))
    assert np.argmin(drawn) == 3
    before, after = np.var(unit(many), axis=0), np.var(whitening.documents(many), axis=0)
    ratios = [np.delete(variance, 3).mean() / variance[3] for variance in (before, after)]
    assert ratios[0] < ratios[1] < 1.0
    np.testing.assert_allclose(drawn[3], ratios[0] ** (0.25 / 2), rtol=0.02)
    np.testing.assert_allclose(np.delete(drawn, 3), 1.0, atol=0.03)
    assert _away_from_identity(whitening) > 0.1


def test_the_order_of_the_texts_makes_no_difference() -> None:
    vectors, asked = _unit(300), _unit(7, seed=1)
    there, back = (Whitening.of(own, 0.25).documents(asked) for own in (vectors, vectors[::-1]))
    np.testing.assert_allclose(there, back, atol=1e-5)


def test_texts_that_are_all_alike_are_no_nan() -> None:
    """Nor a warning, which here is an error."""
    whitening = Whitening.of(np.repeat(_unit(1), 50, axis=0), 0.25)
    assert whitening.documents(_unit(1)).tolist() == [[0.0] * 16]
    other = whitening.documents(_unit(3, seed=1))
    np.testing.assert_allclose(np.linalg.norm(other, axis=1), 1.0, atol=1e-5)


def test_two_texts_are_opposites() -> None:
    vectors = _unit(2)
    first, second = Whitening.of(vectors, 0.25).documents(vectors)
    np.testing.assert_allclose(first, -second, atol=1e-5)
    assert np.isfinite(first).all()


def test_a_vector_at_the_mean_becomes_zero_and_not_nan() -> None:
    whitening = Whitening.of(_unit(50), 0.25)
    assert whitening.documents(whitening.centre[None]).tolist() == [[0.0] * 16]


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
    vectors = Whitening.of(_unit(50), 0.25).documents(_unit(50))
    query = _unit(1, seed=1)[0]
    mean, std = Spread.of(vectors).of_query(query)
    cosines = vectors @ query
    np.testing.assert_allclose([mean, std], [cosines.mean(), cosines.std()], atol=1e-6)


def test_moments_of_nothing_are_zero() -> None:
    assert Spread.of(np.empty((0, 16), np.float32)).of_query(_unit(1)[0]) == (0.0, 0.0)


def test_scores_are_the_cosines_of_the_rows_that_have_the_field() -> None:
    vectors, query = _unit(2), _unit(1, seed=1)[0]
    segment = DenseSegment.from_vectors([1, 4], vectors)
    scores = segment.scores(query, 0, 6)
    assert np.isnan(scores[[0, 2, 3, 5]]).all()
    np.testing.assert_allclose(scores[[1, 4]], vectors @ query, atol=1e-6)


@pytest.mark.parametrize(("start", "stop"), [(0, 60), (7, 31), (8, 9), (9, 10), (30, 30)])
def test_scores_of_a_shelf_are_those_among_the_scores_of_all(start: int, stop: int) -> None:
    rows = np.flatnonzero(np.arange(60) % 3)
    segment, query = DenseSegment.from_vectors(rows, _unit(40)), _unit(1, seed=1)[0]
    own = segment.between(start, stop)
    assert rows[own].tolist() == [row for row in rows if start <= row < stop]
    found, every = segment.scores(query, start, stop), segment.scores(query, 0, 60)
    np.testing.assert_allclose(found, every[start:stop], atol=1e-6)


@pytest.mark.parametrize("dimension", [7, 16, 64, 384])
def test_a_score_is_the_same_to_the_last_bit_whatever_it_is_asked_with(dimension: int) -> None:
    rng = np.random.default_rng(0)
    vectors = unit(rng.normal(size=(50, dimension)))
    segment, query = DenseSegment.from_vectors(range(50), vectors), unit(vectors[:1] + 0.1)[0]
    together = segment.scores_of(query, np.arange(50))
    for rows in (np.arange(1), np.arange(3, 50), np.array([49, 7]), np.arange(0, 50, 3)):
        assert segment.scores_of(query, rows).tolist() == together[rows].tolist()
    moved = DenseSegment.from_vectors(range(33), vectors[17:])
    assert moved.scores_of(query, np.arange(33)).tolist() == together[17:].tolist()


def test_a_segment_without_the_field_scores_nothing() -> None:
    segment = DenseSegment.from_vectors([], np.empty((0, 16), np.float32))
    assert segment.vectors.shape == (0, 16)
    assert np.isnan(segment.scores(_unit(1)[0], 0, 3)).all()
    assert segment.scores(_unit(1)[0], 2, 2).shape == (0,)


@pytest.mark.parametrize(
    ("asked", "at", "has"),
    [
        ([1, 4], [0, 1], [True, True]),
        ([4, 1, 4], [1, 0, 1], [True, True, True]),
        ([0, 1, 2, 3, 4, 5, 9], [0, 1], [False, True, False, False, True, False, False]),
        ([0], [], [False]),
        ([], [], []),
    ],
)
def test_places_tell_where_the_vectors_are_and_who_has_one(
    asked: list[int], at: list[int], has: list[bool]
) -> None:
    segment = DenseSegment.from_vectors([1, 4], _unit(2))
    places, known = segment.places(np.array(asked, np.int64))
    assert (places.tolist(), known.tolist()) == (at, has)


def test_scores_of_some_are_those_among_the_scores_of_all() -> None:
    vectors, query = _unit(40), _unit(1, seed=1)[0]
    rows = np.flatnonzero(np.arange(60) % 3)
    segment = DenseSegment.from_vectors(rows.tolist(), vectors)
    every = np.full(60, np.nan)
    every[rows] = vectors @ query
    for asked in (np.arange(60), np.array([59, 0, 7, 7, 3]), np.arange(0, 60, 3)):
        np.testing.assert_allclose(segment.scores_of(query, asked), every[asked], atol=1e-6)
    assert np.isnan(segment.scores_of(query, np.arange(0, 60, 3))).all()


def test_without_the_field_there_is_no_place_and_no_score_of_any() -> None:
    segment = DenseSegment.from_vectors([], np.empty((0, 16), np.float32))
    for asked in (np.arange(3), np.arange(0)):
        places, has = segment.places(asked)
        assert (places.tolist(), has.tolist()) == ([], [False] * len(asked))
        scores = segment.scores_of(_unit(1)[0], asked)
        assert scores.shape == asked.shape
        assert np.isnan(scores).all()


def test_vectors_outlive_whoever_gave_them() -> None:
    vectors = _unit(5)
    segment = DenseSegment.from_vectors(range(5), vectors)
    kept = vectors.copy()
    vectors[:] = 0.0
    np.testing.assert_array_equal(segment.vectors, kept)
