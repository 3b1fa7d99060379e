"""From a sentence-transformers folder to one that OpenVINO runs, checked before it is used.

:func:`converted` is what serves: it gives the folder, and has a process of its own make it
where there is none, because converting needs torch, which serving does not. That process is
this module's :func:`main`. What it made is used only when it says the same as the original
(:mod:`embeddings.golden`); a model that cannot be converted, or that does not agree, is refused,
and that is remembered.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from embeddings import openvino_backend as runtime
from embeddings.compression import compress_products, compress_table
from embeddings.folders import whole_folder
from embeddings.golden import Agreement, agreement_of
from embeddings.quiet_openvino import openvino
from embeddings.torch_backend import fast_tokenizer, load_model, modules_of
from matcher.errors import BackendRefused, ModelNotFound

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

VERSION: Final = 2  # raise when what is written changes, so that folders are made anew
_REFUSED: Final = "refused.json"
_NOT_FOUND: Final = 3  # exit code: there is no model, whatever the backend
_PASSING: Final = 4  # exit code: memory or disk, nothing that is wrong with the model


def converted(model: Path, fingerprint: str, cache: Path) -> Path:
    """The folder for :class:`~embeddings.openvino_backend.OpenVinoBackend`, made at first use.

    Raises BackendRefused when the model cannot be converted or does not agree with the
    original, and ModelNotFound when there is no model. Safe when several processes call it.
    """
    if not modules_of(model)[0].endswith("Transformer"):
        raise BackendRefused("openvino", model.name, "its first module is not a transformer", None)
    name = f"{fingerprint}-openvino-{precisions()[0]}-{VERSION}"
    folder = whole_folder(cache / name, lambda target: _convert(model, target))
    if (folder / _REFUSED).is_file():
        reason = json.loads((folder / _REFUSED).read_text(encoding="utf-8"))["reason"]
        raise BackendRefused("openvino", model.name, reason, folder)
    return folder


def precisions() -> list[str]:
    """What to try on this processor, the fastest first; the last one is always right."""
    capabilities = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    if "BF16" in capabilities:
        return ["bf16", "f32"]
    return ["int8", "f32"] if _has_integer_products() else ["f32"]


def _has_integer_products() -> bool:
    """Whether the processor multiplies 8-bit integers at four times the rate of floats."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return "avx512_vnni" in flags or "avx_vnni" in flags


def _convert(model: Path, target: Path) -> None:
    """Have another process fill `target`; where it cannot, say why in a file instead."""
    command = [sys.executable, "-m", "embeddings.conversion", str(model), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode == 0:
        return
    said = done.stderr.strip().splitlines()
    reason = said[-1] if said else f"the conversion ended with code {done.returncode}"
    if done.returncode == _NOT_FOUND:
        raise ModelNotFound(str(model), reason)
    if done.returncode < 0 or done.returncode == _PASSING:  # killed, full: may go well next time
        raise BackendRefused("openvino", model.name, reason, None)
    for path in target.iterdir():
        path.unlink()
    (target / _REFUSED).write_text(json.dumps({"reason": reason}), encoding="utf-8")


def main(source: Path, target: Path) -> None:
    """Write `target` in the first precision that agrees with the original.

    Raises ConversionFailed, with what was found for each precision that was tried.
    """
    original = load_model(source)
    tokenizer = fast_tokenizer(original)
    if tokenizer is None:
        raise ConversionFailed("it has no fast tokenizer")
    if any(getattr(module, "include_prompt", True) is False for module in original):
        raise ConversionFailed("it leaves the prompt out of its pooling")
    if original.max_seq_length is None:
        raise ConversionFailed("it names no most tokens that it reads")
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(target / runtime.TOKENIZER))
    found: list[str] = []
    for precision in precisions():
        try:
            agreement = _write(original, precision, target)
        except (RuntimeError, ValueError) as error:  # the next one asks less of the graph
            found.append(f"{precision}: {_first_line(error)}")
            continue
        if agreement.good:
            return
        found.append(f"{precision}: {agreement}")
    raise ConversionFailed("it does not agree with the original; " + "; ".join(found))


class ConversionFailed(Exception):
    """Why a model cannot be converted."""


def _write(original: SentenceTransformer, precision: str, target: Path) -> Agreement:
    """Write the model in `precision`, read it back as it will serve, and compare."""
    graph = _graph(original)
    if precision in ("int8", "bf16"):
        compress_table(graph)
    if precision == "int8":
        compress_products(graph, runtime.QUANTISED_TOGETHER)
    openvino.save_model(graph, str(target / runtime.MODEL), compress_to_fp16=True)
    manifest: dict[str, Any] = {
        "dimension": original.get_embedding_dimension(),
        "limit": original.max_seq_length,
        "pad": getattr(original.tokenizer, "pad_token_id", None) or 0,
        "prompts": dict(original.prompts),
        "precision": precision,
        "openvino": metadata.version("openvino"),
    }
    path = target / runtime.MANIFEST
    path.write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    agreement = agreement_of(original, runtime.OpenVinoBackend(target))
    manifest["agreement"] = {"cosine": agreement.cosine, "ndcg": agreement.ndcg}
    path.write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    return agreement


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"


def _graph(original: SentenceTransformer) -> openvino.Model:
    """All modules as one: ids and mask, int64 (texts, length), to float32 (texts, dimension)."""
    import torch

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.original = original

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            found: torch.Tensor = self.original(features)["sentence_embedding"]
            return found

    example = torch.arange(5, 39).reshape(2, 17)
    any_shape = openvino.PartialShape([-1, -1])
    with torch.inference_mode():
        return openvino.convert_model(
            Whole().eval(),
            input=[
                (name, any_shape, openvino.Type.i64) for name in ("input_ids", "attention_mask")
            ],
            example_input={"input_ids": example, "attention_mask": torch.ones_like(example)},
        )


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
    except ModelNotFound as error:
        print(error.why, file=sys.stderr)  # noqa: T201
        sys.exit(_NOT_FOUND)
    except ConversionFailed as error:
        sys.exit(str(error))
    except (MemoryError, OSError) as error:
        print(_first_line(error), file=sys.stderr)  # noqa: T201
        sys.exit(_PASSING)
    except Exception as error:
        sys.exit(_first_line(error))
