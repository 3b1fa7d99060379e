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

Encode = Callable[[Sequence[str]], object]

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
    encode(["Hoe vangen jullie nieuwkomers op?"])
    print(json.dumps({"megabytes": _peak_megabytes()}), flush=True)  # noqa: T201
    for line in sys.stdin:
        request = json.loads(line)
        answer = _timed(encode, **request) if "threads" in request else about(request)
        print(json.dumps(answer), flush=True)  # noqa: T201


def _ours(wanted: Wanted) -> tuple[Encode, Callable[[Any], Any]]:
    from embeddings.encoder import ModelEncoder

    encoder = ModelEncoder.from_name(wanted.model, wanted.cache, wanted.backend)
    backend = encoder.load()

    prompt = backend.prompts.get("document", "")

    def length(text: str) -> int:
        return sum(len(piece.tokens) for piece in backend.pieces(text, prompt))

    def about(request: Any) -> Any:
        from embeddings.openvino_backend import cores

        if "cut" in request:
            return _cut(request["cut"], length)
        counts = [[length(text) for text in texts] for texts in request["tokens"]]
        versions = {n: metadata.version(n) for n in ("openvino", "torch", "sentence-transformers")}
        return {
            "tokens": [float(np.mean(count)) for count in counts],
            "machine": {"cores": cores(), "precision": backend.precision} | versions,
            "products": {p: product_rate(p) for p in ("f32", backend.precision) if p != "torch"},
        }

    return encoder.encode_documents, about


def _peer(wanted: Wanted) -> tuple[Encode, Callable[[Any], Any]]:
    from embeddings.models import locate_model
    from embeddings.torch_backend import load_model

    peer = load_model(locate_model(wanted.model, wanted.cache))
    prompt = peer.prompts.get("document") or ""
    return lambda texts: peer.encode(list(texts), prompt=prompt, show_progress_bar=False), dict


def _timed(encode: Encode, texts: list[str], threads: int) -> dict[str, Any]:
    """Seconds in all, and of each text when they go one by one over `threads` (0: at once)."""

    def one(text: str) -> float:
        begin = time.perf_counter()
        encode([text])
        return time.perf_counter() - begin

    begin = time.perf_counter()
    each: list[float] = []
    if threads == 0:
        encode(texts)
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
    return found[:-1] or found  # the last one is what was left over


def product_rate(precision: str) -> float:
    """Billions of operations a second of OpenVINO's matrix product alone, one on every core.

    A model of P weights in its products needs 2 P operations a token, so this bounds its speed.
    """
    from embeddings.compression import compress_products
    from embeddings.openvino_backend import PRECISIONS, QUANTISED_TOGETHER, cores
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
