"""The nightly job where little changed, beside one in which all is made anew.

Texts are made, and so are their vectors (:mod:`embeddings.recombined`). So the time spent on
vectors is taken off, and what the model itself would have spent is reckoned: as many texts as
were encoded, at what some of those same texts are measured to cost.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from api.bench_index_parts import Material, Sizes
from api.bench_index_targets import judged
from api.indexing import Indexer, Models
from api.made_world import World
from api.reindexing import Done, reindex
from api.served import ServedIndex
from data.made.change import change
from data.made.questions import MIXED
from data.vectors import SqlVectors
from embeddings.caching import CHUNK
from embeddings.recombined import RecombinedEncoder
from embeddings.storage import IndexFolder
from embeddings.wrapping import Wrapping
from matcher.ports import Encoder
from matcher.types import Vectors

AGAIN_STEPS: Final = 4
CHANGED: Final = 0.01  # part of the cases

_PEOPLE: Final = 0.1  # people a case in the database
_FEWEST_PEOPLE: Final = 50
_SAMPLE: Final = 6 * CHUNK  # texts of which is measured what they cost
_SEED: Final = 6


@dataclass(slots=True)
class _Counting(Wrapping):
    """Implements :class:`matcher.ports.Encoder`: which texts were encoded, and in what time."""

    encoder: Encoder
    documents: list[str] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        self.documents += texts
        return self._timed(self.encoder.encode_documents, texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.queries += texts
        return self._timed(self.encoder.encode_queries, texts)

    def _timed(self, encode: Callable[[Sequence[str]], Vectors], texts: Sequence[str]) -> Vectors:
        begin = time.perf_counter()
        try:
            return encode(texts)
        finally:
            self.seconds += time.perf_counter() - begin


@dataclass(frozen=True, slots=True)
class _Run:
    """One run: seconds of everything but encoding, and what was encoded."""

    done: Done
    beyond: float
    documents: Sequence[str]
    queries: Sequence[str]


def again(material: Material, sizes: Sizes, step: Callable[[], None]) -> dict[str, Any]:
    """Figures at `sizes.again` cases, of which a hundredth gets other texts."""
    people = max(_FEWEST_PEOPLE, round(_PEOPLE * sizes.again))
    counting = _Counting(RecombinedEncoder(material.kept))
    with tempfile.TemporaryDirectory(prefix="schakel-bench-") as place:
        home = Path(place) / "home"
        world = World.build(home, sizes.again, people, MIXED, counting, None, None)
        anew = list(counting.documents), list(counting.queries)
        step()
        indexer = Indexer(
            world.database,
            SqlVectors(world.database),
            Models(None, lambda _: counting),
            IndexFolder(home / "index"),
            ServedIndex(),
        )
        whole = _run(indexer, counting, full=True)
        step()
        with world.database.write() as session:
            changed = change(session, CHANGED, np.random.default_rng(_SEED))
        some = _run(indexer, counting, full=False)
        step()
        world.database.close()
    material.model.load()
    all_of_it = _figures(material.model, _Run(whole.done, whole.beyond, *anew))
    changes = _figures(material.model, some)
    step()
    part = {name: changes[name] / all_of_it[name] for name in ("beyond_seconds", "whole_seconds")}
    return {
        "cases": sizes.again,
        "changed": changed,
        "all": all_of_it | {"why": whole.done.plan.why},
        "changes": changes | {"why": some.done.plan.why},
        "part": part,
        "targets": judged({"again_part_of_all": part["whole_seconds"]}),
    }


def _run(indexer: Indexer, counting: _Counting, *, full: bool) -> _Run:
    counting.documents, counting.queries, counting.seconds = [], [], 0.0
    done = reindex(indexer, full=full)
    return _Run(done, done.seconds - counting.seconds, counting.documents, counting.queries)


def _figures(model: Encoder, run: _Run) -> dict[str, Any]:
    """Of a run with what the model would have spent: "whole" is that and everything else."""
    document, query = (
        _cost(model.encode_documents, run.documents),
        _cost(
            lambda texts: np.concatenate([model.encode_queries([text]) for text in texts]),
            run.queries,
        ),
    )
    encoding = len(run.documents) * document + len(run.queries) * query
    return {
        "beyond_seconds": run.beyond,
        "encoded": {"documents": len(run.documents), "queries": len(run.queries)},
        "milliseconds_a_text": {"documents": 1000 * document, "queries": 1000 * query},
        "encoding_seconds": encoding,
        "whole_seconds": run.beyond + encoding,
    }


def _cost(encode: Callable[[Sequence[str]], Vectors], texts: Sequence[str]) -> float:
    """Seconds a text, of a sample of `texts`, by length and so many at a time as ever."""
    if not texts:
        return 0.0
    rng = np.random.default_rng(_SEED)
    chosen = rng.choice(len(texts), min(_SAMPLE, len(texts)), replace=False).tolist()
    sample = sorted((texts[at] for at in chosen), key=lambda text: (len(text), text))
    encode(sample[:1])
    begin = time.perf_counter()
    for at in range(0, len(sample), CHUNK):
        encode(sample[at : at + CHUNK])
    return (time.perf_counter() - begin) / len(sample)
