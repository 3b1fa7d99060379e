"""Ctrl-C in the middle of long work: what was encoded stays, and the next run goes on from there.

A real SIGINT to a real process, once while a fake encodes and once while the bundled model does.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from data.database import Database
from data.vectors import SqlVectors
from embeddings.caching import CHUNK, CachingEncoder
from embeddings.encoder import ModelEncoder
from matcher.ports import Encoder
from matcher.types import Vectors
from tests.fakes import WordEncoder

TEXTS = [f"tekst nummer {at:03} over lezen en rekenen " + "op school " * 20 for at in range(400)]
INTERRUPTED = (-signal.SIGINT, 128 + signal.SIGINT)
CHILD = """
import faulthandler, signal, sys
from pathlib import Path
faulthandler.dump_traceback_later(120, exit=True)  # should it never come to an end
from data.database import Database
from data.vectors import SqlVectors
from embeddings.caching import CachingEncoder
from tests.integration.test_interrupted import TEXTS, ENCODERS
signal.signal(signal.SIGINT, signal.default_int_handler)  # also where the parent ignores it
encoder = ENCODERS[sys.argv[1]](Path(sys.argv[2]))
store = SqlVectors(Database.for_vectors(Path(sys.argv[3])))
caching = CachingEncoder(encoder, store, lambda done, total: print(done, total, flush=True))
caching.encode_documents(TEXTS)
print("all of it")
"""


class Waiting(WordEncoder):
    """Never gets past its second chunk."""

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        if len(self.encoded) == 2 * CHUNK:
            signal.pause()
        return super().encode_documents(texts)


ENCODERS: dict[str, Callable[[Path], Encoder]] = {
    "fake": lambda _: Waiting(),
    "bundled": lambda models: ModelEncoder.from_name(None, models),
}


def _interrupted(kind: str, models: Path, file: Path) -> tuple[int, list[str]]:
    """Exit code and lines of a child that gets SIGINT after its first two chunks."""
    command = [sys.executable, "-c", CHILD, kind, str(models), str(file)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        lines = [child.stdout.readline() for _ in range(3)]  # after no chunk, one and two
        child.send_signal(signal.SIGINT)
        lines += child.stdout.readlines()
    return child.returncode, [line.strip() for line in lines]


class Noting:
    """An encoder that is asked for what another left, and notes it."""

    def __init__(self, like: Encoder) -> None:
        self.fingerprint, self.dimension = like.fingerprint, like.dimension
        self.encoded: list[str] = []

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        raise AssertionError("documents are encoded here")

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        self.encoded.extend(texts)
        return np.full((len(texts), self.dimension), 7, np.float32)


def _gone_on(like: Encoder, file: Path) -> tuple[int, list[str]]:
    """How many vectors the interrupted run left, and what the next one encodes.

    Every vector that was left is the right one.
    """
    noting, told = Noting(like), list[int]()
    database = Database.for_vectors(file)
    try:
        caching = CachingEncoder(noting, SqlVectors(database), lambda done, _: told.append(done))
        vectors = caching.encode_documents(TEXTS)
    finally:
        database.close()
    kept = [at for at, text in enumerate(TEXTS) if text not in noting.encoded]
    expected = like.encode_documents([TEXTS[at] for at in kept])
    np.testing.assert_array_equal(vectors[kept], expected)
    return told[0], noting.encoded


def _lines(chunks: int) -> list[str]:
    return [f"{chunk * CHUNK} {len(TEXTS)}" for chunk in range(chunks + 1)]


def test_finished_chunks_are_kept_and_the_rest_is_encoded_next_time(tmp_path: Path) -> None:
    file = tmp_path / "vectors.db"
    code, lines = _interrupted("fake", tmp_path, file)
    assert code in INTERRUPTED
    assert lines == _lines(2)
    saved, encoded = _gone_on(WordEncoder(), file)
    assert saved == 2 * CHUNK
    assert len(encoded) == len(set(encoded)) == len(TEXTS) - saved


def test_the_bundled_model_can_be_interrupted_as_well(
    encoder: ModelEncoder, models: Path, tmp_path: Path
) -> None:
    file = tmp_path / "vectors.db"
    code, lines = _interrupted("bundled", models, file)
    assert code in INTERRUPTED
    assert lines == _lines(len(lines) - 1)
    saved, encoded = _gone_on(encoder, file)
    assert saved % CHUNK == 0
    assert 2 * CHUNK <= saved < len(TEXTS)
    assert len(encoded) == len(set(encoded)) == len(TEXTS) - saved
