"""A small model on OpenVINO and on torch, against sentence-transformers itself."""

from __future__ import annotations

import json
import logging
import runpy
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from subprocess import CompletedProcess
from types import SimpleNamespace

import numpy as np
import pytest

from embeddings import conversion, golden
from embeddings.encoder import ModelEncoder
from embeddings.openvino_backend import MANIFEST, MODEL, OpenVinoBackend
from embeddings.torch_backend import load_model
from matcher.errors import BackendRefused, ModelNotFound
from matcher.types import Vectors

LIMIT = 256  # tokens; the longest golden text just fits
SEVERAL = ["lezen", "rekenen in de bovenbouw", "school lezen", "ouders en school, samen", "taal"]
BACKENDS = ("openvino", "torch")
# torch and transformers say what they may while a model is traced; the child's stderr is unread
traced_here = pytest.mark.filterwarnings("ignore")


def _vocabulary() -> list[str]:
    """The words of the golden set, and so many more that the table is stored in 8 bits."""
    text = resources.files("embeddings").joinpath("golden.json").read_text(encoding="utf-8")
    found = set("".join(c if c.isalnum() else " " for c in text).split())
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    return [*special, *sorted(found), ",", ".", "query", ":", *(f"woord{n}" for n in range(1000))]


def make_model(
    folder: Path, pooling: str = "mean", include_prompt: bool = True, limit: int = LIMIT
) -> Path:
    """A BERT of 2 layers with weights by chance, as a sentence-transformers folder."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = {word: at for at, word in enumerate(dict.fromkeys(_vocabulary()))}
    tokenizer = Tokenizer(WordLevel(words, "[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=256,
        max_position_embeddings=LIMIT,
        initializer_range=0.1,  # so that 8 bits differ from 32, though by less than allowed
    )
    parts = folder.with_name(f"{folder.name}-parts")
    BertModel(config).save_pretrained(parts)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_input_names=["input_ids", "attention_mask"],
    ).save_pretrained(parts)
    transformer = Transformer(str(parts), max_seq_length=limit)
    modules = [transformer, Pooling(128, pooling, include_prompt=include_prompt), Normalize()]
    model = SentenceTransformer(
        modules=modules, device="cpu", prompts={"query": "query: ", "document": ""}
    )
    model.save(str(folder), create_model_card=False)
    shutil.rmtree(parts)
    return folder


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("bert") / "mean")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the process that made `kept` was at home."""
    return tmp_path_factory.mktemp("bert-home")


@pytest.fixture(scope="session")
def kept(small: Path, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which `small` was converted, by a process of its own as in service."""
    cache = tmp_path_factory.mktemp("bert-cache")
    with pytest.MonkeyPatch.context() as patch:
        _at_home(patch, home)
        ModelEncoder.from_name(str(small), cache, "openvino").load()
    return cache


def _at_home(patch: pytest.MonkeyPatch, home: Path) -> None:
    """Processes that start are at `home`, and not in a CI job, where telemetry keeps silent."""
    for name in ("CI", "TF_BUILD", "JENKINS_URL"):
        patch.delenv(name, raising=False)
    patch.setenv("HOME", str(home))


class Conversions:
    """In the place of `subprocess`: runs what the child would, here, and counts."""

    def __init__(self) -> None:
        self.run_ = 0

    def run(self, command: Sequence[str], **_: object) -> CompletedProcess[str]:
        self.run_ += 1
        assert command[:3] == [sys.executable, "-m", "embeddings.conversion"]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", list(command[2:]))
            try:
                runpy.run_path(str(conversion.__file__), run_name="__main__")
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else 1
                return CompletedProcess(command, code, "", f"{ended.code}\n")
        return CompletedProcess(command, 0, "", "")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Conversions:
    """Conversions happen in this process, which has torch already.

    Weights by chance rank by chance, so that only the guard on the vectors is left.
    """
    conversions = Conversions()
    monkeypatch.setattr(conversion, "subprocess", conversions)
    monkeypatch.setattr(golden, "MOST_LOSS", 1.0)
    return conversions


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any conversion is an error."""

    def run(*_: object, **__: object) -> CompletedProcess[str]:
        raise AssertionError("a conversion began")

    monkeypatch.setattr(conversion, "subprocess", SimpleNamespace(run=run))


def _cosines(ours: Vectors, theirs: Vectors) -> Vectors:
    return (ours * theirs).sum(axis=1)


def _folders(cache: Path) -> list[Path]:
    return sorted(path for path in cache.iterdir() if path.is_dir())


def test_openvino_says_what_the_model_says(small: Path, kept: Path) -> None:
    encoder, model = ModelEncoder.from_name(str(small), kept, "openvino"), load_model(small)
    texts = [*SEVERAL, "school " * (LIMIT - 2)]
    ours = encoder.encode_documents(texts)
    assert encoder.load().precision in conversion.precisions()
    assert (ours.shape, ours.dtype) == ((len(texts), 128), np.float32)
    assert _cosines(ours, model.encode(texts)).min() >= 0.999
    questions = model.encode(texts[:-1], prompt_name="query")
    assert _cosines(encoder.encode_queries(texts[:-1]), questions).min() >= 0.999
    assert _cosines(ours[:-1], questions).max() < 0.99  # the prompt does count


def test_openvino_says_what_the_model_says_at_every_length(small: Path, kept: Path) -> None:
    """Whatever is done to lengths, as padding, does not show."""
    texts = [
        " ".join(["rekenen", "lezen", "school"][n % 3] for n in range(k)) for k in range(1, 40)
    ]
    encoder = ModelEncoder.from_name(str(small), kept, "openvino")
    assert _cosines(encoder.encode_documents(texts), load_model(small).encode(texts)).min() >= 0.999


def test_the_manifest_tells_what_was_made_and_how_well_it_agrees(kept: Path) -> None:
    (folder,) = _folders(kept)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["precision"] in conversion.precisions()
    assert (manifest["dimension"], manifest["limit"]) == (128, LIMIT)
    assert manifest["prompts"] == {"query": "query: ", "document": ""}
    assert golden.LEAST_COSINE <= manifest["agreement"]["cosine"] <= 1.000001
    assert manifest["agreement"]["ndcg"] >= -golden.MOST_LOSS


@traced_here
def test_openvino_pools_as_the_model_does(tmp_path: Path, here: Conversions) -> None:
    model = make_model(tmp_path / "cls", "cls")
    encoder = ModelEncoder.from_name(str(model), tmp_path / "cache", "openvino")
    theirs = load_model(model).encode(SEVERAL)
    assert _cosines(encoder.encode_documents(SEVERAL), theirs).min() >= 0.999
    assert here.run_ == 1


@traced_here
@pytest.mark.usefixtures("here")
def test_a_model_that_reads_less_than_the_golden_texts_is_converted_too(tmp_path: Path) -> None:
    model = make_model(tmp_path / "short", limit=32)
    encoder = ModelEncoder.from_name(str(model), tmp_path / "cache", "openvino")
    theirs = load_model(model).encode(SEVERAL)
    assert _cosines(encoder.encode_documents(SEVERAL), theirs).min() >= 0.999


@traced_here
@pytest.mark.usefixtures("here")
def test_a_model_that_is_stored_in_16_bits_is_converted_too(small: Path, tmp_path: Path) -> None:
    model = load_model(small)
    model.half().save(str(tmp_path / "half"), create_model_card=False)
    encoder = ModelEncoder.from_name(str(tmp_path / "half"), tmp_path / "cache", "openvino")
    theirs = load_model(small).encode(SEVERAL)
    assert _cosines(encoder.encode_documents(SEVERAL), theirs).min() >= 0.999


@traced_here
@pytest.mark.usefixtures("here")
def test_where_the_fastest_precision_does_not_agree_the_next_is_used(
    tmp_path: Path, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard is made so exact that 32 bits pass it and 8 or 16 do not."""
    monkeypatch.setattr(golden, "LEAST_COSINE", 0.99999)
    encoder = ModelEncoder.from_name(str(small), tmp_path, "openvino")
    assert encoder.load().precision == "f32"
    theirs = load_model(small).encode(SEVERAL)
    assert _cosines(encoder.encode_documents(SEVERAL), theirs).min() >= 0.99999


def test_torch_gives_the_very_vectors_of_the_model(small: Path, tmp_path: Path) -> None:
    encoder, model = ModelEncoder.from_name(str(small), tmp_path, "torch"), load_model(small)
    assert encoder.load().precision == "torch"
    texts = [*SEVERAL, "school " * (LIMIT - 2)]
    np.testing.assert_allclose(encoder.encode_documents(texts), model.encode(texts), atol=1e-6)
    np.testing.assert_allclose(
        encoder.encode_queries(SEVERAL), model.encode(SEVERAL, prompt_name="query"), atol=1e-6
    )
    assert list(tmp_path.iterdir()) == []  # nothing was converted


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_end_of_a_text_over_the_limit_counts(small: Path, kept: Path, backend: str) -> None:
    encoder = ModelEncoder.from_name(str(small), kept, backend)
    begin = "rekenen in de bovenbouw " * 100
    cut, one, other = encoder.encode_documents(
        [" ".join(begin.split()[: LIMIT - 2]), begin + "lezen " * 60, begin + "ouders " * 60]
    )
    assert one @ cut < 0.999
    assert one @ other < 0.999
    np.testing.assert_allclose([one @ one, other @ other], 1.0, atol=1e-5)


def test_both_backends_agree_on_a_text_over_the_limit(small: Path, kept: Path) -> None:
    text = "school en ouders samen lezen " * 150
    ours, theirs = (
        ModelEncoder.from_name(str(small), kept, backend).encode_documents([text])
        for backend in BACKENDS
    )
    assert _cosines(ours, theirs).min() >= 0.999


@pytest.mark.usefixtures("nowhere")
def test_a_converted_model_is_used_again(small: Path, kept: Path) -> None:
    (folder,) = _folders(kept)
    before = {path: path.stat() for path in folder.iterdir()}
    encoder = ModelEncoder.from_name(str(small), kept, "openvino")
    assert encoder.encode_documents(["lezen"]).shape == (1, 128)
    after = {path: path.stat() for path in folder.iterdir()}
    assert {p: (s.st_ino, s.st_mtime_ns) for p, s in before.items()} == {
        p: (s.st_ino, s.st_mtime_ns) for p, s in after.items()
    }
    assert (folder / MODEL) in before


@traced_here
def test_other_weights_are_converted_anew(
    small: Path, kept: Path, tmp_path: Path, here: Conversions
) -> None:
    """Also in a folder of the same name, with a cache that has the first."""
    from safetensors.numpy import load_file, save_file

    other, cache = tmp_path / small.name, tmp_path / "cache"
    shutil.copytree(small, other)
    shutil.copytree(kept, cache)
    weights = load_file(other / "model.safetensors")
    name = next(name for name in weights if name.endswith("word_embeddings.weight"))
    weights[name] = weights[name][::-1].copy()
    save_file(weights, other / "model.safetensors", metadata={"format": "pt"})
    changed = ModelEncoder.from_name(str(other), cache, "openvino").encode_documents(SEVERAL)
    assert (here.run_, len(_folders(cache))) == (1, 2)
    assert _cosines(changed, load_model(other).encode(SEVERAL)).min() >= 0.999
    assert _cosines(changed, load_model(small).encode(SEVERAL)).max() < 0.99


@pytest.fixture(scope="session")
def unprompted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that leaves the prompt out of its mean, which ours does not."""
    return make_model(tmp_path_factory.mktemp("bert") / "unprompted", include_prompt=False)


def test_a_refusal_is_an_error_and_is_remembered(
    unprompted: Path, tmp_path: Path, here: Conversions
) -> None:
    for _ in range(2):
        encoder = ModelEncoder.from_name(str(unprompted), tmp_path, "openvino")
        with pytest.raises(BackendRefused, match=r"prompt.*SCHAKEL_BACKEND=torch") as refused:
            encoder.encode_documents(["lezen"])
    assert here.run_ == 1
    (folder,) = _folders(tmp_path)
    assert refused.value.remembered_in == folder
    shutil.rmtree(folder)  # the remedy that the message names
    with pytest.raises(BackendRefused):
        encoder.load()
    assert here.run_ == 2


@pytest.mark.usefixtures("here")
def test_without_a_wish_a_refused_model_runs_on_torch_with_one_warning(
    unprompted: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    encoder = ModelEncoder.from_name(str(unprompted), tmp_path)
    vectors = encoder.encode_queries(SEVERAL)
    encoder.encode_queries(SEVERAL)
    assert encoder.load().precision == "torch"
    theirs = load_model(unprompted).encode(SEVERAL, prompt_name="query")
    assert np.isfinite(vectors).all()
    warnings = [r for r in caplog.records if r.levelno == logging.WARNING]
    assert [record.name for record in warnings] == ["embeddings.encoder"]
    assert "prompt" in warnings[0].getMessage()
    np.testing.assert_allclose(vectors, theirs, atol=1e-6)


@traced_here
def test_a_copy_that_does_not_agree_is_refused_with_what_was_tried(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(golden, "LEAST_COSINE", 1.1)
    with pytest.raises(conversion.ConversionFailed, match="does not agree") as failed:
        conversion.main(small, tmp_path)
    tried = str(failed.value).split("; ")[1:]
    assert [part.split(":")[0] for part in tried] == conversion.precisions()
    assert all("lowest cosine 0.9" in part or "lowest cosine 1.0" in part for part in tried)
    assert all("at least 1.1" in part for part in tried)


@traced_here
def test_a_precision_that_cannot_be_written_leaves_it_to_the_next(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: object) -> None:
        raise RuntimeError("a graph that it does not know")

    monkeypatch.setattr(conversion, "compress_table", fails)
    conversion.main(small, tmp_path)
    assert OpenVinoBackend(tmp_path).precision == "f32"


@pytest.mark.usefixtures("nowhere")
def test_a_model_that_is_no_transformer_is_refused_at_once(tmp_path: Path) -> None:
    model, cache = tmp_path / "static", tmp_path / "cache"
    model.mkdir()
    modules = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.StaticEmbedding"}]
    (model / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(BackendRefused, match="not a transformer") as refused:
        ModelEncoder.from_name(str(model), cache, "openvino").load()
    assert refused.value.remembered_in is None
    assert not cache.exists()


@pytest.mark.parametrize("code", [-9, 4])
def test_a_conversion_that_was_killed_or_had_no_room_is_tried_again(
    small: Path, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    (made,) = _folders(kept)
    codes = [code, 0]

    def run(command: Sequence[str], **_: object) -> CompletedProcess[str]:
        target, now = Path(command[-1]), codes.pop(0)
        assert list(target.iterdir()) == []
        for path in list(made.iterdir())[: 1 if now else None]:
            shutil.copy(path, target)
        return CompletedProcess(command, now, "", "")

    monkeypatch.setattr(conversion, "subprocess", SimpleNamespace(run=run))
    encoder = ModelEncoder.from_name(str(small), tmp_path, "openvino")
    with pytest.raises(BackendRefused, match=str(code)) as refused:
        encoder.load()
    assert refused.value.remembered_in is None
    assert _folders(tmp_path) == []
    assert isinstance(encoder.load(), OpenVinoBackend)
    assert codes == []


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("backend", [None, "openvino"])
def test_a_model_that_cannot_be_loaded_is_no_matter_of_the_backend(
    small: Path, tmp_path: Path, backend: str | None
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(small, broken)
    (broken / "config.json").write_text("{}")
    with pytest.raises(ModelNotFound):
        ModelEncoder.from_name(str(broken), tmp_path / "cache", backend).load()


SERVE = """
import sys
from pathlib import Path
from embeddings.encoder import ModelEncoder
ModelEncoder.from_name(sys.argv[1], Path(sys.argv[2]), "openvino").encode_queries(["lezen"])
print([n for n, m in sys.modules.items() if m and n.startswith("openvino_telemetry")])
print([n for n in ("torch", "transformers", "sentence_transformers") if n in sys.modules])
"""


@pytest.mark.usefixtures("kept")
def test_converting_tells_nobody(home: Path) -> None:
    """OpenVINO's telemetry keeps the number that it gives a machine in the home folder."""
    assert list(home.iterdir()) == []


def test_serving_tells_nobody_and_needs_no_torch(
    small: Path, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenVINO reports every import of it to its makers, where its telemetry can be imported."""
    _at_home(monkeypatch, tmp_path)
    command = [sys.executable, "-c", SERVE, str(small), str(kept)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    telemetry, heavy = done.stdout.splitlines()
    assert heavy == "[]"
    assert list(tmp_path.iterdir()) == []
    assert telemetry == "[]"
