"""A vector is the same to the bit, whoever else encodes at that moment and whatever beside it."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest

from embeddings.encoder import ModelEncoder
from matcher.types import Vectors

THREADS = 16
FIRST_USE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from embeddings.encoder import ModelEncoder
encoder, start = ModelEncoder.from_name(None, Path(sys.argv[1]), "openvino"), Barrier(16)
def work(at):
    start.wait()
    return encoder.encode_documents([f"tekst {at}", "nog een tekst", f"school {at}"])
with ThreadPoolExecutor(16) as pool:
    print(sum(map(len, pool.map(work, range(16)))))
"""
WORDS = ["de", "leerling", "komt", "niet", "naar", "school", "ouders", "coördinator", "rekenen"]


def _text(rng: np.random.Generator, words: int) -> str:
    return " ".join(rng.choice(WORDS, words))


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """From a short question to one over the limit; of some lengths there are several."""
    rng = np.random.default_rng(0)
    lengths = [3, 3, 3, 4, 5, 8, 8, 8, 12, 20, 20, 35, 60, 60, 110, 180, 300, 420]
    return [_text(rng, words) for words in lengths]


@pytest.fixture(scope="module")
def alone(encoder: ModelEncoder, texts: list[str]) -> Vectors:
    """The vector of each text, encoded by itself while nothing else is."""
    return np.concatenate([encoder.encode_documents([text]) for text in texts])


@dataclass(frozen=True)
class Task:
    """Texts of one call, as positions."""

    positions: tuple[int, ...]


def _tasks(count: int, seed: int) -> list[Task]:
    """For one thread: mostly single texts, as questions are, among small batches."""
    rng = np.random.default_rng(seed)
    sizes = [1, 1, 3, 1, 4]
    return [Task(tuple(rng.choice(count, size, replace=False).tolist())) for size in sizes]


def test_sixteen_threads_get_the_vectors_of_one(
    encoder: ModelEncoder, texts: list[str], alone: Vectors
) -> None:
    start = Barrier(THREADS)

    def work(thread: int) -> list[tuple[int, Vectors]]:
        start.wait()
        found: list[tuple[int, Vectors]] = []
        for task in _tasks(len(texts), thread):
            vectors = encoder.encode_documents([texts[at] for at in task.positions])
            found.extend(zip(task.positions, vectors, strict=True))
        return found

    with ThreadPoolExecutor(THREADS) as pool:
        found = [pair for pairs in pool.map(work, range(THREADS)) for pair in pairs]
    assert len(found) == THREADS * 10
    assert {at for at, _ in found} == set(range(len(texts)))
    other = [at for at, vector in found if not np.array_equal(vector, alone[at])]
    assert other == []


def test_a_vector_does_not_depend_on_the_texts_beside_it(
    encoder: ModelEncoder, texts: list[str], alone: Vectors
) -> None:
    np.testing.assert_array_equal(encoder.encode_documents(texts), alone)
    np.testing.assert_array_equal(encoder.encode_documents(texts[::-1]), alone[::-1])


@pytest.mark.parametrize("words", [3, 8, 30, 120])
def test_a_vector_does_not_depend_on_texts_of_its_own_length(
    encoder: ModelEncoder, words: int
) -> None:
    """Which a backend could compute together."""
    text = _text(np.random.default_rng(words), words)
    (by_itself,) = encoder.encode_queries([text])
    for count in (2, 3, 5, 16):
        for vector in encoder.encode_queries([text] * count):
            np.testing.assert_array_equal(vector, by_itself)


def test_threads_that_ask_before_the_model_is_loaded_load_it_once(encoder: ModelEncoder) -> None:
    fresh = ModelEncoder(encoder._folder, encoder._fingerprint, encoder._cache, "openvino")
    start = Barrier(4)

    def load(_: int) -> int:
        start.wait()
        return id(fresh.load())

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(load, range(4))) == {id(fresh.load())}


@pytest.mark.parametrize("_time", range(6))
def test_the_very_first_use_may_be_by_many_threads(
    encoder: ModelEncoder, models: Path, _time: int
) -> None:
    """In a process of its own: OpenVINO's binding stopped for good there, now and then."""
    assert encoder.loaded
    command = [sys.executable, "-c", FIRST_USE, str(models)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "48\n"), done.stderr
