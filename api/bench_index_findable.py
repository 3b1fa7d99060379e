"""From commit to findable: questions are put to a real service at a fixed pace, and looked for.

It answers 201 once a question can be found, so that is how long it takes. The pace does not wait
for answers, and each is counted from the moment it was due: what has to wait counts. Of some it
is tried, beside the others, whether a search with their own text finds them.
"""

from __future__ import annotations

import itertools
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final

import numpy as np

from api.bench_index_parts import Material, Sizes
from api.bench_index_service import Service, serving
from api.bench_index_targets import judged
from api.made_world import World
from api.prefix import PREFIX
from data.clock import utc_now
from data.keys import TokenScope, tokens_for
from data.made.questions import MIXED
from data.made.texts import Recombiner
from embeddings.recombined import RecombinedEncoder

FINDABLE_STEPS: Final = 3
A_SECOND: Final = 20  # questions
WORDS: Final = 60  # of a question, or somewhat more

_PEOPLE: Final = 0.1  # people a case in the database
_FEWEST_PEOPLE: Final = 50
_WARMING: Final = 20  # questions before any counts
_WRITERS: Final = 32  # at a time; who waits for one of them waits in time that counts
_SEEKERS: Final = 4
_POLL_SECONDS: Final = 0.2
_HALVED: Final = 6  # words of a sentence of which there is enough in a half
_TITLE: Final = 200  # characters
_PERCENTILES: Final = (50, 95, 99)
_SEED: Final = 5
_CREATED, _OK = 201, 200

Question = Mapping[str, str]


class _AsModel(RecombinedEncoder):
    """Under the model's own name, in a database to be thrown away: the service must take it."""

    @property
    def fingerprint(self) -> str:
        return self.encoder.fingerprint


@dataclass(slots=True)
class _Seen:
    """What came of the questions, and what the service told of itself meanwhile."""

    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    sought: list[Future[bool]] = field(default_factory=list)
    behind: list[float] = field(default_factory=list)  # seconds
    waiting: list[int] = field(default_factory=list)  # rows of the outbox
    generations: set[str] = field(default_factory=set)


def findable(material: Material, sizes: Sizes, step: Callable[[], None]) -> dict[str, Any]:
    """Figures of writing for `sizes.seconds` to a service with `sizes.served` cases."""
    count = max(1, round(A_SECOND * sizes.seconds))
    questions = _questions(_WARMING + count)
    with tempfile.TemporaryDirectory(prefix="schakel-bench-") as place:
        home = Path(place) / "home"
        people = max(_FEWEST_PEOPLE, round(_PEOPLE * sizes.served))
        encoder = _AsModel(material.kept)
        world = World.build(home, sizes.served, people, MIXED, encoder, None, None)
        tokens = _tokens(world)
        world.database.close()
        step()
        with serving(home, material.settings) as service:
            asked = list(zip(questions, itertools.cycle(tokens), strict=False))
            for question, token in asked[:_WARMING]:
                service.call("POST", f"{PREFIX}/vragen", token, question)
                service.call("POST", f"{PREFIX}/vragen/_zoek", token, _wanted(question))
            step()
            worked = service.worked()
            seen = _written(service, asked[_WARMING:], sizes.sought)
            worked = service.worked() - worked
    step()
    found = [each.result() for each in seen.sought]
    valid = bool(found) and all(found) and not seen.failed
    percentiles = {f"p{p}": float(np.percentile(seen.seconds, p)) for p in _PERCENTILES}
    return {
        "cases": sizes.served,
        "a_second": A_SECOND,
        "written": len(seen.seconds),
        "failed": seen.failed,
        "words": float(np.mean([len(" ".join(each.values()).split()) for each in questions])),
        "seconds": percentiles | {"longest": max(seen.seconds)},
        "looked_for": len(found),
        "not_found": found.count(False),
        "behind_seconds": max(seen.behind, default=0.0),
        "waiting_rows": max(seen.waiting, default=0),
        "service_seconds_a_question": worked / len(seen.seconds),
        "indexed_anew": max(0, len(seen.generations) - 1),
        "targets": judged({"findable_p99_seconds": percentiles["p99"]}, valid=valid),
    }


def _tokens(world: World) -> list[str]:
    """Of each helper, to ask with."""
    with world.database.write() as session:
        made = tokens_for(session, world.made.helpers, "bench", list(TokenScope), utc_now())
    return list(made.values())


def _written(service: Service, asked: Sequence[tuple[Question, str]], each: int) -> _Seen:
    """Each question put when it is due, whatever came of those before it; one in `each` sought."""
    seen, numbers = _Seen(), itertools.count()
    begin = time.perf_counter() + _POLL_SECONDS

    def write(seekers: ThreadPoolExecutor) -> None:
        while (number := next(numbers)) < len(asked):
            due = begin + number / A_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            question, token = asked[number]
            try:
                status, told = service.call("POST", f"{PREFIX}/vragen", token, question)
            except (OSError, HTTPException) as error:
                status, told = 0, type(error).__name__
            seen.seconds.append(time.perf_counter() - due)
            if status != _CREATED:
                seen.failed.append(f"{status} {told}")
            elif number % each == 0:
                seen.sought.append(
                    seekers.submit(_is_found, service, str(told["id"]), question, token)
                )

    with (
        ThreadPoolExecutor(_SEEKERS) as seekers,
        _polling(service, seen),
        ThreadPoolExecutor(_WRITERS) as writers,
    ):
        for done in [writers.submit(write, seekers) for _ in range(_WRITERS)]:
            done.result()
    return seen


def _is_found(service: Service, id_: str, question: Question, token: str) -> bool:
    try:
        status, told = service.call("POST", f"{PREFIX}/vragen/_zoek", token, _wanted(question))
    except (OSError, HTTPException):
        return False
    return status == _OK and id_ in [each["id"] for each in told["vragen"]]


@contextmanager
def _polling(service: Service, seen: _Seen) -> Iterator[None]:
    """Keeps asking the service how far behind it is."""
    stopped = threading.Event()

    def poll() -> None:
        while not stopped.wait(_POLL_SECONDS):
            try:
                _, told = service.call("GET", "/gezondheid")
            except (OSError, HTTPException):  # too busy: the questions will tell
                continue
            seen.behind.append(told["achterstandSeconden"])
            seen.waiting.append(told["achterstand"])
            seen.generations.add(told["generatie"])

    with ThreadPoolExecutor(1) as poller:
        polling = poller.submit(poll)
        try:
            yield
        finally:
            stopped.set()
            polling.result()


def _wanted(question: Question) -> dict[str, str]:
    return {"tekst": "\n".join(question.values())}


def _questions(count: int) -> list[Question]:
    """Of halves of sentences of the sample set: no sentence was met, or encoded, before."""
    rng = np.random.default_rng(_SEED)
    sources = Recombiner.from_sample().sources
    known = [line.split() for source in sources for own in source.fields.values() for line in own]
    known = [words for words in known if len(words) >= _HALVED]

    def sentence() -> str:
        first, last = (known[at] for at in rng.integers(len(known), size=2))
        return " ".join((*first[: len(first) // 2], *last[len(last) // 2 :]))

    found: list[Question] = []
    for _ in range(count):
        title, told = sentence()[:_TITLE], [sentence()]
        while len(" ".join((title, *told)).split()) < WORDS:
            told.append(sentence())
        found.append({"titel": title, "situatie": " ".join(told)})
    return found
