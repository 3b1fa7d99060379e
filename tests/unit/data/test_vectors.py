from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, event

from data.database import Database
from data.vectors import SqlVectors, forget
from matcher.ports import VectorKey
from matcher.text import content_hash

KEY = VectorKey("a" * 64, "model-1", "document")


@pytest.fixture
def store(database: Database) -> Database:
    return database


@pytest.fixture
def vectors(store: Database) -> SqlVectors:
    return SqlVectors(store)


def _keys(*texts: str) -> list[VectorKey]:
    """Of each text, by two models and in both roles."""
    return [
        VectorKey(content_hash(text), model, role)
        for text in texts
        for model in ("model-1", "model-2")
        for role in ("document", "query")
    ]


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


@pytest.mark.parametrize("count", [1, 499, 501, 900, 1200, 2000])
def test_few_or_most_of_what_is_stored_comes_back_and_nothing_else(
    vectors: SqlVectors, count: int
) -> None:
    """Each by itself where few are asked for; where it is most, all there is is gone through."""
    stored = {
        KEY._replace(content_hash=content_hash(str(number)), model=f"model-{number % 2}"): number
        for number in range(2000)
    }
    vectors.save({key: np.full(1, number, np.float32) for key, number in stored.items()})
    asked = dict(list(stored.items())[:count])
    unknown = [key._replace(role="query") for key in asked]
    found = vectors.load([*asked, *unknown])
    assert {key: float(vector[0]) for key, vector in found.items()} == asked
    assert all(type(key) is VectorKey for key in found)


@pytest.mark.parametrize(("count", "by_hash"), [(2000, False), (700, False), (600, True)])
def test_where_most_of_what_is_stored_is_asked_for_it_is_read_in_one_go(
    vectors: SqlVectors, count: int, by_hash: bool
) -> None:
    """And not by hash: an index is made of all there is, and looking up takes three times as long.

    From a third on; another model counts for nothing.
    """
    keys = [KEY._replace(content_hash=content_hash(str(number))) for number in range(2000)]
    vectors.save({key: np.ones(1, np.float32) for key in keys})
    vectors.save({key._replace(model="other"): np.ones(1, np.float32) for key in keys})
    asked: list[str] = []

    def listen(_c: object, _u: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        assert len(vectors.load(keys[:count])) == count
    finally:
        event.remove(Engine, "before_cursor_execute", listen)
    assert any("content_hash IN" in statement for statement in asked) is by_hash


def test_what_is_forgotten_is_gone_for_every_model_and_role(
    store: Database, vectors: SqlVectors
) -> None:
    keys = _keys("een", "twee", "drie")
    vectors.save({key: np.ones(2, np.float32) for key in keys})
    with store.write() as session:
        forget(session, ["een", "drie", "nooit bewaard"])
    assert set(vectors.load(keys)) == set(_keys("twee"))


def test_more_texts_than_fit_in_one_query_are_all_forgotten(
    store: Database, vectors: SqlVectors
) -> None:
    texts = [str(number) for number in range(1001)]
    vectors.save({key: np.ones(1, np.float32) for key in _keys(*texts)})
    with store.write() as session:
        forget(session, texts)
    assert dict(vectors.load(_keys(*texts))) == {}


def test_what_is_undone_is_not_forgotten(store: Database, vectors: SqlVectors) -> None:
    vectors.save({key: np.ones(2, np.float32) for key in _keys("een")})
    with store.write() as session:
        forget(session, ["een"])
        session.rollback()
    assert set(vectors.load(_keys("een"))) == set(_keys("een"))


def _hashes(*texts: str) -> list[str]:
    return [content_hash(text) for text in texts]


def test_what_no_text_uses_any_more_is_forgotten_and_told(vectors: SqlVectors) -> None:
    keys = _keys("een", "twee", "drie")
    vectors.save({key: np.ones(2, np.float32) for key in keys})
    assert vectors.forget_unused(_hashes("twee", "nooit bewaard")) == 2
    assert set(vectors.load(keys)) == set(_keys("twee"))


def test_what_is_used_stays_for_every_model_and_role(vectors: SqlVectors) -> None:
    kept = {key: np.full(2, at, np.float32) for at, key in enumerate(_keys("een", "twee"))}
    vectors.save(kept)
    assert vectors.forget_unused(_hashes("een", "twee")) == 0
    found = vectors.load(kept)
    assert {key: vector.tolist() for key, vector in found.items()} == {
        key: vector.tolist() for key, vector in kept.items()
    }


def test_where_nothing_is_used_nothing_is_left(vectors: SqlVectors) -> None:
    vectors.save({key: np.ones(2, np.float32) for key in _keys("een", "twee")})
    assert vectors.forget_unused([]) == 2
    assert dict(vectors.load(_keys("een", "twee"))) == {}


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_of_more_texts_than_are_looked_at_at_once_each_is_told_apart(
    vectors: SqlVectors, kept: int
) -> None:
    """Every third is used, wherever in order that begins."""
    texts = [str(number) for number in range(1601)]
    vectors.save({key: np.ones(1, np.float32) for key in _keys(*texts)})
    used = sorted(texts, key=content_hash)[kept::3]
    assert vectors.forget_unused(_hashes(*used)) == len(texts) - len(used)
    assert set(vectors.load(_keys(*texts))) == set(_keys(*used))


def test_a_text_instead_of_a_hash_is_refused_and_nothing_is_forgotten(vectors: SqlVectors) -> None:
    vectors.save({KEY: np.ones(2, np.float32)})
    with pytest.raises(ValueError, match="een tekst"):
        vectors.forget_unused(["een tekst"])
    assert set(vectors.load([KEY])) == {KEY}


def test_others_write_while_much_is_forgotten(vectors: SqlVectors) -> None:
    """Between some and some more: what is deleted is never all in one transaction."""
    texts = [str(number) for number in range(1600)]
    vectors.save({key: np.ones(1, np.float32) for key in _keys(*texts)})
    commits: list[int] = []

    def listen(_: object) -> None:
        commits.append(1)

    event.listen(Engine, "commit", listen)
    try:
        assert vectors.forget_unused([]) == len(texts)
    finally:
        event.remove(Engine, "commit", listen)
    assert len(commits) >= 4


def test_to_remember_what_is_used_takes_a_few_bytes_a_text(vectors: SqlVectors) -> None:
    vectors.save({key: np.ones(1, np.float32) for key in _keys("een")})
    many = 100_000
    tracemalloc.start()
    try:
        assert vectors.forget_unused(f"{number:016x}" for number in range(many)) == 1
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 50 * many


def test_nothing_is_asked_for_and_nothing_comes(vectors: SqlVectors) -> None:
    vectors.save({})
    assert dict(vectors.load([])) == {}
