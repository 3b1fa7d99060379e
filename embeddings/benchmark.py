"""The encoder beside the one that everyone would use, in turns within one run.

Each contender is a process of its own (:mod:`embeddings.contender`), so that start-up and peak
memory are theirs alone and the waiting threads of one do not take a core of the other. The
peer is plain ``SentenceTransformer.encode`` on torch float32 with its default settings.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import IO, Any, Final, Self, cast

import numpy as np

from embeddings.caching import Progress
from embeddings.contender import CONTENDERS, LONG_TOKENS, OURS, PEER, Wanted
from embeddings.encoder import ModelEncoder

Round = dict[str, Any]  # contender → what it answered

STARTS: Final = 3
ROUNDS: Final = 5


def measure(
    wanted: Wanted,
    queries: Sequence[str],
    batches: Mapping[str, Sequence[str]],
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Every figure, for JSON: seconds, milliseconds, megabytes (2**20) and texts a second.

    `queries` are encoded one by one, each of `batches` (documents, by name) at once; a batch of
    long texts is cut from them. A ratio is the median of the ratios of the rounds, Schakel
    against torch. Raises what :meth:`~embeddings.encoder.ModelEncoder.load` raises.
    """
    ModelEncoder.from_name(wanted.model, wanted.cache, wanted.backend).load()
    turns = STARTS + ROUNDS * (3 + len(batches))
    taken = 0

    def step() -> None:
        nonlocal taken
        taken += 1
        if progress:
            progress(taken, turns)

    def turn(contenders: Sequence[Contender], **request: Any) -> Round:
        answers = {one.name: one.ask(**request) for one in contenders}
        step()
        return answers

    starts: list[Round] = []
    for _ in range(STARTS):
        starts.append({name: Contender.start_of(name, wanted) for name in CONTENDERS})
        step()
    with ExitStack() as stack:
        both = [stack.enter_context(Contender(name, wanted)) for name in CONTENDERS]
        for contender in both:
            contender.ask(texts=list(queries), threads=2)  # what is made at first use is made
        cut = both[0].ask(cut=[text for texts in batches.values() for text in texts])
        batches = {f"{LONG_TOKENS} tokens": cut, **batches}
        asked = [
            [turn(both, texts=list(queries), threads=threads) for threads in (1, 2)]
            for _ in range(ROUNDS)
        ]
        single, paired = ([pair[at] for pair in asked] for at in (0, 1))
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

    def __init__(self, name: str, wanted: Wanted) -> None:
        """Start it, and wait until it has its first vector."""
        self.name = name
        begin = time.perf_counter()
        command = [sys.executable, "-m", "embeddings.contender", name, *wanted.words()]
        self._process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.start: dict[str, float] = self._answer()
        self.start["seconds"] = time.perf_counter() - begin

    @classmethod
    def start_of(cls, name: str, wanted: Wanted) -> dict[str, float]:
        """Seconds to the first vector of a fresh process, and the megabytes it took at most."""
        with cls(name, wanted) as contender:
            return contender.start

    def ask(self, **request: Any) -> Any:
        requests = cast(IO[bytes], self._process.stdin)
        requests.write(json.dumps(request).encode() + b"\n")
        requests.flush()
        return self._answer()

    def _answer(self) -> Any:
        line = cast(IO[bytes], self._process.stdout).readline()
        if not line:
            raise ChildProcessError(f"the process of {self.name} ended before it answered")
        return json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
