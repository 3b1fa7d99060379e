"""The encoder beside the one that everyone would use, in turns within one run.

Each contender is a process of its own (:func:`main`), so that start-up and peak memory are
theirs alone and the waiting threads of one do not take a core of the other. The peer is plain
``SentenceTransformer.encode`` on torch float32 with its default settings.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from importlib import metadata
from pathlib import Path
from typing import IO, Any, Final, Self, cast

import numpy as np

Round = dict[str, Any]  # contender → what it answered
Encode = Callable[[Sequence[str]], object]

OURS, PEER = CONTENDERS = ("schakel", "torch")
STARTS: Final = 3
ROUNDS: Final = 5
LONG_TOKENS: Final = 256
LONG_TEXTS: Final = 32
_PRODUCT: Final = (4096, 384, 1536)  # rows, input, output: of the size that the models have


def measure(
    model: str | None,
    cache: Path,
    queries: Sequence[str],
    batches: Mapping[str, Sequence[str]],
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Every figure, for JSON: seconds, milliseconds, megabytes (2**20) and texts a second.

    `queries` are encoded one by one, each of `batches` (documents, by name) at once; a batch of
    long texts is cut from them. A ratio is the median of the ratios of the rounds, Schakel
    against torch.
    """
    turns = STARTS + ROUNDS * (3 + len(batches))
    taken = 0

    def turn(contenders: Sequence[Contender], **request: Any) -> Round:
        nonlocal taken
        answers = {one.name: one.ask(**request) for one in contenders}
        taken += 1
        if progress:
            progress(taken, turns)
        return answers

    starts = []
    for _ in range(STARTS):
        with ExitStack() as stack:
            both = [stack.enter_context(Contender(name, model, cache)) for name in CONTENDERS]
            starts.append(turn(both, started=True))
    with ExitStack() as stack:
        both = [stack.enter_context(Contender(name, model, cache)) for name in CONTENDERS]
        for contender in both:
            contender.ask(texts=list(queries), threads=2)  # what is made at first use is made
        cut = both[0].ask(cut=[text for texts in batches.values() for text in texts])
        batches = {f"{LONG_TOKENS} tokens": cut, **batches}
        single = [turn(both, texts=list(queries), threads=1) for _ in range(ROUNDS)]
        paired = [turn(both, texts=list(queries), threads=2) for _ in range(ROUNDS)]
        together = {
            name: [turn(both, texts=list(texts), threads=0) for _ in range(ROUNDS)]
            for name, texts in batches.items()
        }
        about = both[0].ask(tokens=[list(texts) for texts in batches.values()])
    latencies = {name: [r for found in single for r in found[name]["each"]] for name in CONTENDERS}
    return {
        "machine": about["machine"],
        "start": {
            "seconds": _against([{n: r[n]["seconds"] for n in r} for r in starts], inverse=True),
            "peak_megabytes": _against([{n: r[n]["megabytes"] for n in r} for r in starts]),
        },
        "query_milliseconds": {
            "p50": _against(
                [{n: 1000 * float(np.median(r[n]["each"])) for n in r} for r in single],
                inverse=True,
            ),
            "p99": {n: 1000 * float(np.percentile(latencies[n], 99)) for n in CONTENDERS},
        },
        "two_threads": _two_threads(single, paired, len(queries)),
        "texts_a_second": {
            name: {"texts": len(batches[name]), "tokens": tokens}
            | _against([{n: len(batches[name]) / r[n]["seconds"] for n in r} for r in rounds])
            for (name, rounds), tokens in zip(together.items(), about["tokens"], strict=True)
        },
        "products": about["products"],
    }


def _against(rounds: Sequence[Mapping[str, float]], *, inverse: bool = False) -> dict[str, float]:
    """Medians, and the median ratio; `inverse` where less is better, so that 2 is twice as fast."""
    ratios = [r[PEER] / r[OURS] if inverse else r[OURS] / r[PEER] for r in rounds]
    return {name: float(np.median([r[name] for r in rounds])) for name in CONTENDERS} | {
        "ratio": float(np.median(ratios))
    }


def _two_threads(single: Sequence[Round], paired: Sequence[Round], count: int) -> dict[str, float]:
    """Queries a second of Schakel from one thread and from two."""
    one = np.array([count / r[OURS]["seconds"] for r in single])
    two = np.array([count / r[OURS]["seconds"] for r in paired])
    return {
        "one": float(np.median(one)),
        "two": float(np.median(two)),
        "ratio": float(np.median(two / one)),
    }


class Contender:
    """A process that has encoded its first text, and answers requests: a line of JSON each."""

    def __init__(self, name: str, model: str | None, cache: Path) -> None:
        """Start it, and wait until it has its first vector."""
        self.name = name
        begin = time.perf_counter()
        command = [sys.executable, "-m", "embeddings.benchmark", name, model or "", str(cache)]
        self._process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._requests = cast(IO[str], self._process.stdin)
        self._answers = cast(IO[str], self._process.stdout)
        self._started = {"megabytes": self._answer()["megabytes"]}
        self._started["seconds"] = time.perf_counter() - begin

    def ask(self, **request: Any) -> Any:
        if "started" in request:
            return self._started
        self._requests.write(json.dumps(request) + "\n")
        self._requests.flush()
        return self._answer()

    def _answer(self) -> Any:
        line = self._answers.readline()
        if not line:
            raise ChildProcessError(f"the process of {self.name} ended before it answered")
        return json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


def main(name: str, model: str | None, cache: Path) -> None:
    """Be a contender: first vector, then requests until the input ends."""
    encode, about = (_ours if name == OURS else _peer)(model, cache)
    encode(["Hoe vangen jullie nieuwkomers op?"])
    print(json.dumps({"megabytes": _peak_megabytes()}), flush=True)  # noqa: T201
    for line in sys.stdin:
        request = json.loads(line)
        answer = _timed(encode, **request) if "threads" in request else about(request)
        print(json.dumps(answer), flush=True)  # noqa: T201


def _ours(model: str | None, cache: Path) -> tuple[Encode, Callable[[Any], Any]]:
    from embeddings.encoder import ModelEncoder

    encoder = ModelEncoder.from_name(model, cache)
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


def _peer(model: str | None, cache: Path) -> tuple[Encode, Callable[[Any], Any]]:
    from embeddings.models import locate_model
    from embeddings.torch_backend import load_model

    peer = load_model(locate_model(model, cache))
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
    words, found = " ".join(texts).split(), []
    while words and len(found) < LONG_TEXTS:
        count = bisect_right(
            range(1, LONG_TOKENS), LONG_TOKENS, key=lambda n: length(" ".join(words[:n]))
        )
        found.append(" ".join(words[: max(1, count)]))
        words = words[max(1, count) :]
    return found[:-1] or found  # the last one is what was left over


def product_rate(precision: str) -> float:
    """Billions of operations a second of OpenVINO's matrix product alone: what there is to get.

    A model of P weights in its products needs 2 P operations a token, and cannot be faster.
    """
    import openvino
    from openvino import opset13 as op

    from embeddings.compression import compress_products
    from embeddings.openvino_backend import PRECISIONS, QUANTISED_TOGETHER, cores

    rows, width, out = _PRODUCT
    random = np.random.default_rng(0)
    given = op.parameter([rows, width], openvino.Type.f32)
    weights = op.constant(random.normal(size=(out, width)).astype(np.float32))
    graph = openvino.Model([op.matmul(given, weights, False, True)], [given])
    if precision == "int8":
        compress_products(graph, QUANTISED_TOGETHER)
    config = {"NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": cores(), **PRECISIONS[precision]}
    request = openvino.Core().compile_model(graph, "CPU", config).create_infer_request()
    values = random.normal(size=(rows, width)).astype(np.float32)
    times = []
    for _ in range(20):
        begin = time.perf_counter()
        request.infer([values])
        times.append(time.perf_counter() - begin)
    return float(2e-9 * rows * width * out / min(times))


def _peak_megabytes() -> float:
    """The most memory that this process has held; NaN where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return float("nan")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] or None, Path(sys.argv[3]))
