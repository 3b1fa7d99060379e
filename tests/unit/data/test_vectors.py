from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from data.database import Database
from data.vectors import SqlVectors
from matcher.ports import VectorKey

KEY = VectorKey("a" * 64, "model-1", "document")


@pytest.fixture
def vectors(tmp_path: Path) -> Iterator[SqlVectors]:
    database = Database.for_vectors(tmp_path / "vectors.db")
    yield SqlVectors(database)
    database.close()


def test_a_vector_comes_back_exactly(vectors: SqlVectors) -> None:
    vector = np.random.default_rng(1).normal(size=384).astype(np.float32)
    vectors.save({KEY: vector})
    found = vectors.load([KEY])[KEY]
    assert found.dtype == np.float32
    assert found.tobytes() == vector.tobytes()


def test_a_row_of_a_matrix_comes_back_as_that_row(vectors: SqlVectors) -> None:
    """A column-ordered matrix has rows that do not lie together in memory."""
    matrix = np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3))
    vectors.save({KEY: matrix[1]})
    assert vectors.load([KEY])[KEY].tolist() == [3.0, 4.0, 5.0]


def test_vectors_survive_closing_and_opening(tmp_path: Path) -> None:
    for _ in range(2):
        database = Database.for_vectors(tmp_path / "vectors.db")
        store = SqlVectors(database)
        found = store.load([KEY])
        store.save({KEY: np.ones(3, np.float32)})
        database.close()
    assert found[KEY].tolist() == [1.0, 1.0, 1.0]


def test_a_second_save_of_a_key_replaces_the_first(vectors: SqlVectors) -> None:
    vectors.save({KEY: np.zeros(3, np.float32)})
    vectors.save({KEY: np.ones(3, np.float32)})
    assert vectors.load([KEY])[KEY].tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    "other",
    [
        KEY._replace(model="model-2"),
        KEY._replace(role="query"),
        KEY._replace(content_hash="b" * 64),
    ],
)
def test_a_vector_of_another_key_is_not_returned(vectors: SqlVectors, other: VectorKey) -> None:
    vectors.save({KEY: np.ones(3, np.float32)})
    assert dict(vectors.load([other])) == {}


def test_only_the_keys_that_were_asked_for_come_back(vectors: SqlVectors) -> None:
    """The four combinations of two hashes and two models are stored, two are asked for."""
    keys = [KEY._replace(content_hash=h * 64, model=m) for h in "ab" for m in ("m1", "m2")]
    vectors.save({key: np.full(2, number, np.float32) for number, key in enumerate(keys)})
    found = vectors.load([keys[0], keys[3]])
    assert {key: vector.tolist() for key, vector in found.items()} == {
        keys[0]: [0.0, 0.0],
        keys[3]: [3.0, 3.0],
    }


def test_more_keys_than_fit_in_one_query_all_come_back(vectors: SqlVectors) -> None:
    kept = {
        KEY._replace(content_hash=f"{number:064x}"): np.full(1, number, np.float32)
        for number in range(1001)
    }
    vectors.save(kept)
    found = vectors.load(kept.keys())
    assert {key: float(vector[0]) for key, vector in found.items()} == {
        key: float(vector[0]) for key, vector in kept.items()
    }


def test_nothing_is_asked_for_and_nothing_comes(vectors: SqlVectors) -> None:
    vectors.save({})
    assert dict(vectors.load([])) == {}
