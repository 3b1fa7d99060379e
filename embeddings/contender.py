"""One contender of :mod:`embeddings.benchmark`: Schakel's encoder, or the peer, as a process.

It prints a line of JSON when it has its first vector, and one for each request that it reads.
"""

from __future__ import annotations

import json
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import numpy as np

from embeddings.backend import TextRole, prompt_for

Encode = Callable[[TextRole, Sequence[str]], object]

OURS, PEER = CONTENDERS = ("schakel", "torch")
LONG_TOKENS: Final = 256
LONG_TEXTS: Final = 32
_PRODUCT: Final = (512, 384, 1536)  # tokens, input, output: as in a text and a small model


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which model, on which backend: the settings that decide."""

    model: str | None
    backend: str | None
    cache: Path

    def words(self) -> list[str]:
        return [self.model or "", self.backend or "", str(self.cache)]

    @classmethod
    def from_words(cls, model: str, backend: str, cache: str) -> Wanted:
        return cls(model or None, backend or None, Path(cache))


def main(name: str, wanted: Wanted) -> None:
    """Be a contender: first vector, then requests until the input ends."""
    encode, about = (_ours if name == OURS else _peer)(wanted)
    encode("query", ["Hoe vangen jullie nieuwkomers op?"])
    print(json.dumps({"megabytes": _peak_megabytes()}), flush=True)  # noqa: T201
    for line in sys.stdin:
        request = json.loads(line)
        answer = _timed(encode, **request) if "threads" in request else about(request)
        print(json.dumps(answer), flush=True)  # noqa: T201


def _ours(wanted: Wanted) -> tuple[Encode, Callable[[Any], Any]]:
    from embeddings.encoder import ModelEncoder

    encoder = ModelEncoder.from_name(wanted.model, wanted.cache, wanted.backend)
    backend = encoder.load()
    prompt = prompt_for("document", backend.prompts)

    def length(text: str) -> int:
        return sum(len(piece.tokens) for piece in backend.pieces(text, prompt))

    def about(request: Any) -> Any:
        from embeddings.machine import cores

        if "cut" in request:
            return _cut(request["cut"], length)
        counts = [[length(text) for text in texts] for texts in request["tokens"]]
        versions = {n: metadata.version(n) for n in ("openvino", "torch", "sentence-transformers")}
        return {
            "tokens": [float(np.mean(count)) for count in counts],
            "machine": {"cores": cores(), "precision": backend.precision} | versions,
            "products": {p: product_rate(p) for p in ("f32", backend.precision) if p != "torch"},
        }

    def encode(role: TextRole, texts: Sequence[str]) -> object:
        return (encoder.encode_queries if role == "query" else encoder.encode_documents)(texts)

    return encode, about


def _peer(wanted: Wanted) -> tuple[Encode, Callable[[Any], Any]]:
    from embeddings.models import locate_model
    from embeddings.torch_backend import load_model

    peer = load_model(locate_model(wanted.model, wanted.cache))

    def encode(role: TextRole, texts: Sequence[str]) -> object:
        prompt = prompt_for(role, peer.prompts)
        return peer.encode(list(texts), prompt=prompt, show_progress_bar=False)

    return encode, dict


def _timed(encode: Encode, texts: list[str], threads: int) -> dict[str, Any]:
    """Seconds in all, and of each: queries one by one over `threads`; 0: documents, at once."""

    def one(text: str) -> float:
        begin = time.perf_counter()
        encode("query", [text])
        return time.perf_counter() - begin

    begin = time.perf_counter()
    each: list[float] = []
    if threads == 0:
        encode("document", texts)
    elif threads == 1:
        each = [one(text) for text in texts]
    else:
        with ThreadPoolExecutor(threads) as pool:
            each = list(pool.map(one, texts))
    return {"seconds": time.perf_counter() - begin, "each": each}


def _cut(texts: Sequence[str], length: Callable[[str], int]) -> list[str]:
    """Texts of as many of these words as stay within LONG_TOKENS, until there are LONG_TEXTS."""
    words = " ".join(texts).split()
    found: list[str] = []
    while words and len(found) < LONG_TEXTS:
        count = bisect_right(
            range(1, LONG_TOKENS), LONG_TOKENS, key=lambda n: length(" ".join(words[:n]))
        )
        found.append(" ".join(words[: max(1, count)]))
        words = words[max(1, count) :]
    return found if words else found[:-1] or found  # the last words make no long text


def product_rate(precision: str) -> float:
    """Billions of operations a second of OpenVINO's matrix product alone, one on every core.

    A model of P weights in its products needs 2 P operations a token, so this bounds its speed.
    """
    from embeddings.compression import compress_products
    from embeddings.machine import cores
    from embeddings.openvino_backend import PRECISIONS, QUANTISED_TOGETHER
    from embeddings.quiet_openvino import op, openvino

    rows, width, out = _PRODUCT
    random = np.random.default_rng(0)
    given = op.parameter([rows, width], openvino.Type.f32)
    weights = op.constant(random.normal(size=(out, width)).astype(np.float32))
    graph = openvino.Model([op.matmul(given, weights, False, True)], [given])
    if precision == "int8":
        compress_products(graph, QUANTISED_TOGETHER)
    config = {"NUM_STREAMS": cores(), "INFERENCE_NUM_THREADS": cores(), **PRECISIONS[precision]}
    model = openvino.Core().compile_model(graph, "CPU", config)
    requests = [model.create_infer_request() for _ in range(cores())]
    values = random.normal(size=(rows, width)).astype(np.float32)
    times = []
    with ThreadPoolExecutor(cores()) as pool:
        for _ in range(30):
            begin = time.perf_counter()
            list(pool.map(lambda request: request.infer([values]), requests))
            times.append(time.perf_counter() - begin)
    return float(2e-9 * len(requests) * rows * width * out / min(times))


def _peak_megabytes() -> float:
    """The most memory that this process has held; NaN where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return float("nan")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


if __name__ == "__main__":
    main(sys.argv[1], Wanted.from_words(*sys.argv[2:]))
