"""The encoder on a backend that is a fake: prompts, windows, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from embeddings.backend import Backend
from embeddings.caching import CachingEncoder
from embeddings.encoder import ModelEncoder
from embeddings.pieces import Piece
from matcher.errors import BackendUnknown, EmptyText, VectorsInvalid
from matcher.types import Vectors
from tests.fakes import DictVectors

NOTHING = Path("nergens")


class FakeBackend:
    """A `|` in a text begins a window; a token is a word; vectors are looked up, or (3, 4)."""

    dimension = 2
    precision = "fake"

    def __init__(
        self,
        vectors: Mapping[str, tuple[float, float]] | None = None,
        prompts: Mapping[str, str] | None = None,
    ) -> None:
        self.prompts = prompts or {}
        self.embedded: list[str] = []
        self._vectors = vectors or {}

    def pieces(self, text: str, prompt: str) -> list[Piece]:
        windows = [window.strip() for window in text.split("|")]
        return [Piece(prompt, w, np.zeros(len((prompt + w).split()), np.int64)) for w in windows]

    def embed(self, pieces: Sequence[Piece]) -> Vectors:
        given = [piece.prompt + piece.text for piece in pieces]
        self.embedded.extend(given)
        found = [self._vectors.get(text, (3.0, 4.0)) for text in given]
        return np.array(found, np.float32).reshape(-1, self.dimension)


class EncoderOn(ModelEncoder):
    """A ModelEncoder on a backend that is given."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(NOTHING, "model-1", NOTHING, None)
        self._given = backend
        self.loads = 0

    def _loaded(self) -> Backend:
        self.loads += 1
        return self._given


def test_a_vector_is_brought_to_unit_length() -> None:
    vectors = EncoderOn(FakeBackend()).encode_documents(["lezen"])
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, [[0.6, 0.8]], rtol=1e-6)


def test_windows_are_averaged_by_their_tokens() -> None:
    """(1, 0) weighs 3 and (0, 1), of another length than 1 as the model gave it, weighs 1."""
    backend = FakeBackend({"een twee drie": (1.0, 0.0), "vier": (0.0, 20.0)})
    vectors = EncoderOn(backend).encode_documents(["een twee drie | vier"])
    np.testing.assert_allclose(vectors, [[3 / 10**0.5, 1 / 10**0.5]], rtol=1e-6)


def test_windows_of_one_text_never_count_for_another() -> None:
    backend = FakeBackend({"een": (1.0, 0.0), "twee": (0.0, 1.0), "drie": (-1.0, 0.0)})
    vectors = EncoderOn(backend).encode_documents(["drie", "een | twee", "twee"])
    half = 0.5**0.5
    np.testing.assert_allclose(vectors, [[-1, 0], [half, half], [0, 1]], atol=1e-6)


def test_a_piece_without_tokens_counts_for_one() -> None:
    """As of a model whose tokenizer is not known: one piece a text, no tokens counted."""

    class Untokenized(FakeBackend):
        def pieces(self, text: str, prompt: str) -> list[Piece]:
            return [Piece(prompt, text, np.empty(0, np.int64))]

    vectors = EncoderOn(Untokenized()).encode_documents(["lezen"])
    np.testing.assert_allclose(vectors, [[0.6, 0.8]], rtol=1e-6)


@pytest.mark.parametrize("blank", ["", " \n\t", "…!?", "_"])
def test_a_text_without_words_is_refused_before_the_model_is_loaded(blank: str) -> None:
    backend = FakeBackend()
    encoder = EncoderOn(backend)
    for encode in (encoder.encode_documents, encoder.encode_queries):
        with pytest.raises(EmptyText) as refused:
            encode(["lezen", "taal", blank, ""])
        assert refused.value.position == 2
    assert (encoder.loads, backend.embedded) == (0, [])


@pytest.mark.parametrize(
    "vector", [(0.0, 0.0), (float("nan"), 1.0), (float("inf"), 1.0)], ids=["zero", "nan", "inf"]
)
def test_a_vector_without_a_direction_is_an_error(vector: tuple[float, float]) -> None:
    encoder = EncoderOn(FakeBackend({"taal": vector}))
    assert len(encoder.encode_documents(["lezen"])) == 1
    with pytest.raises(VectorsInvalid, match="finite"):
        encoder.encode_documents(["lezen", "taal"])
    with pytest.raises(VectorsInvalid, match="finite"):
        encoder.encode_documents(["lezen | taal"])


def test_windows_that_cancel_each_other_are_an_error() -> None:
    encoder = EncoderOn(FakeBackend({"ja": (1.0, 0.0), "nee": (-1.0, 0.0)}))
    with pytest.raises(VectorsInvalid):
        encoder.encode_documents(["ja | nee"])


def test_no_texts_give_no_vectors_of_the_right_width() -> None:
    backend = FakeBackend()
    vectors = EncoderOn(backend).encode_queries([])
    assert (vectors.shape, vectors.dtype, backend.embedded) == ((0, 2), np.float32, [])


@pytest.mark.parametrize(
    ("prompts", "query", "document"),
    [
        ({"query": "query: ", "document": "passage: "}, "query: x", "passage: x"),
        ({"query": "query: ", "passage": "passage: "}, "query: x", "passage: x"),
        ({"query": "q ", "document": "", "passage": "p "}, "q x", "p x"),
        ({"query": "q ", "document": "d ", "passage": "p "}, "q x", "d x"),
        ({"clustering": "topic: "}, "x", "x"),
        ({}, "x", "x"),
    ],
)
def test_the_prompt_is_that_of_the_role(prompts: dict[str, str], query: str, document: str) -> None:
    backend = FakeBackend(prompts=prompts)
    encoder = EncoderOn(backend)
    encoder.encode_queries(["x"])
    encoder.encode_documents(["x"])
    assert backend.embedded == [query, document]


def test_the_model_is_loaded_at_the_first_text_and_once() -> None:
    encoder = EncoderOn(FakeBackend())
    assert not encoder.loaded
    encoder.encode_queries(["lezen"])
    encoder.encode_documents(["lezen"])
    assert encoder.dimension == 2
    assert (encoder.loaded, encoder.loads) == (True, 1)


def test_an_unknown_backend_is_an_error_that_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(BackendUnknown, match=r"'cuda'.*openvino, torch") as refused:
        ModelEncoder.from_name(str(tmp_path), tmp_path, "cuda")
    assert (refused.value.name, refused.value.known) == ("cuda", ("openvino", "torch"))


def test_a_fingerprint_is_of_the_model_and_not_of_the_backend(tmp_path: Path) -> None:
    model, other = tmp_path / "model", tmp_path / "other"
    for folder in (model, other):
        folder.mkdir()
        (folder / "modules.json").write_text(folder.name)
    prints = {
        ModelEncoder.from_name(str(model), tmp_path, backend).fingerprint
        for backend in (None, "openvino", "torch")
    }
    assert len(prints) == 1
    assert ModelEncoder.from_name(str(other), tmp_path).fingerprint not in prints


def test_a_corpus_encoded_again_calls_the_model_zero_times() -> None:
    backend, store = FakeBackend(prompts={"query": "query: "}), DictVectors()
    corpus = ["lezen", "taal | rekenen", "lezen", "ouders"]
    first = CachingEncoder(EncoderOn(backend), store).encode_documents(corpus)
    assert sorted(backend.embedded) == ["lezen", "ouders", "rekenen", "taal"]
    again = EncoderOn(backend)
    backend.embedded.clear()
    second = CachingEncoder(again, store).encode_documents(corpus)
    assert (backend.embedded, again.loads) == ([], 0)
    np.testing.assert_array_equal(first, second)


def test_a_query_is_encoded_in_its_own_role_and_leaves_no_trace() -> None:
    backend, store = FakeBackend(prompts={"query": "query: "}), DictVectors()
    caching = CachingEncoder(EncoderOn(backend), store)
    caching.encode_documents(["lezen"])
    kept = dict(store.kept)
    backend.embedded.clear()
    for _ in range(2):
        caching.encode_queries(["lezen", "taal"])
    assert backend.embedded == ["query: lezen", "query: taal"] * 2
    assert store.kept == kept


def test_queries_are_kept_where_that_is_wished_and_never_as_documents() -> None:
    """A model gives a text another vector as a query than as a document."""
    backend = FakeBackend({"query: lezen": (1.0, 0.0)}, prompts={"query": "query: "})
    caching = CachingEncoder(EncoderOn(backend), DictVectors(), keeps_queries=True)
    for _ in range(2):
        np.testing.assert_allclose(caching.encode_queries(["lezen"]), [[1.0, 0.0]])
        np.testing.assert_allclose(caching.encode_documents(["lezen"]), [[0.6, 0.8]], rtol=1e-6)
    assert backend.embedded == ["query: lezen", "lezen"]


def test_an_empty_text_among_many_is_named_by_its_place_behind_a_cache() -> None:
    texts = ["rekenen in de bovenbouw", "taal", " ", "lezen"]
    with pytest.raises(EmptyText) as refused:
        CachingEncoder(EncoderOn(FakeBackend()), DictVectors()).encode_documents(texts)
    assert refused.value.position == 2
