"""From documents to a generation of the index, encoding nothing twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from embeddings.dense import Spread, centred
from embeddings.generation import IndexGeneration, Statistics
from embeddings.lexical import TermStatistics
from embeddings.segment import Segment, lexical_text
from matcher.ports import Encoder, VectorKey, VectorStore
from matcher.types import Document, DocumentId, DocumentKind, Field, Vectors

# Texts encoded as queries to find their mean: from .451 to .459 nDCG@10 on dekamer-dev against
# using the documents' mean, and the mean of all true queries gave no more.
QUERY_CENTRE_SAMPLE: Final = 128
_CHUNK: Final = 64  # texts encoded between two saves: what an interruption can lose

Progress = Callable[[int, int], None]  # texts done, texts in all


@dataclass(slots=True)
class _Report:
    """Counts texts towards a total and tells how far it is."""

    total: int
    tell: Progress | None
    done: int = 0

    def add(self, texts: int) -> None:
        self.done += texts
        if self.tell:
            self.tell(self.done, self.total)


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds generations with one model, through a store of vectors made before."""

    encoder: Encoder
    store: VectorStore

    def build(
        self,
        documents: Sequence[Document],
        name: str,
        position: int,
        progress: Progress | None = None,
    ) -> IndexGeneration:
        """A generation with all `documents` in its base, true to the outbox at `position`."""
        own = [d for d in documents if d.kind is not DocumentKind.THEME]
        sample = [d.problem for d in _evenly(own, QUERY_CENTRE_SAMPLE)]
        texts = [d.text(part) for d in documents for part in Field if d.text(part)]
        report = _Report(len(set(texts)) + len(set(sample)), progress)
        vectors = self._vectors(texts, "document", report)
        as_query = self._vectors(sample, "query", report)
        dimension = len(next(iter(vectors.values()))) if vectors else self.encoder.dimension
        statistics = _statistics(own, vectors, as_query, dimension)
        held = {
            part: {
                d.id: centred(vectors[d.text(part)][None], statistics.centre[part])[0]
                for d in documents
                if d.text(part)
            }
            for part in Field
        }
        return IndexGeneration(
            name=name,
            model=self.encoder.fingerprint,
            position=position,
            statistics=statistics,
            base=Segment.from_documents(documents, held, dimension, statistics.terms),
            delta=Segment.from_documents([], {part: {} for part in Field}, dimension,
                                         statistics.terms),
            gone=frozenset(),
            encoder=self.encoder,
        )  # fmt: skip

    def apply(
        self,
        generation: IndexGeneration,
        changes: Collection[Document],
        removed: Collection[DocumentId],
        position: int,
    ) -> IndexGeneration:
        """`generation` after `changes` and removals, true to the outbox at `position`."""
        texts = [d.text(part) for d in changes for part in Field if d.text(part)]
        made = self._vectors(texts, "document", _Report(len(texts), None))
        vectors = {
            part: {d.id: made[d.text(part)] for d in changes if d.text(part)} for part in Field
        }
        return generation.changed(changes, removed, vectors, position)

    def _vectors(self, texts: Sequence[str], role: str, report: _Report) -> dict[str, Vectors]:
        """The vector of every text, from the store or newly made and then stored.

        Equal texts share one vector: it is kept by content, never by the id of a document.
        """
        encode = self.encoder.encode_queries if role == "query" else self.encoder.encode_documents
        keys = {text: self._key(text, role) for text in dict.fromkeys(texts)}
        stored = self.store.load(keys.values())
        vectors = {text: stored[key] for text, key in keys.items() if key in stored}
        missing = sorted((t for t in keys if t not in vectors), key=lambda t: (len(t), t))
        report.add(len(vectors))
        for start in range(0, len(missing), _CHUNK):
            chunk = missing[start : start + _CHUNK]
            made = dict(zip(chunk, encode(chunk), strict=True))
            self.store.save({keys[text]: vector for text, vector in made.items()})
            vectors |= made
            report.add(len(made))
        return vectors

    def _key(self, text: str, role: str) -> VectorKey:
        content = hashlib.sha256(text.encode("utf-8")).hexdigest()
        return VectorKey(content, self.encoder.fingerprint, role)


def _statistics(
    documents: Sequence[Document],
    vectors: Mapping[str, Vectors],
    as_query: Mapping[str, Vectors],
    dimension: int,
) -> Statistics:
    centre: dict[Field, Vectors] = {}
    spread: dict[Field, Spread] = {}
    for part in Field:
        own = [vectors[d.text(part)] for d in documents if d.text(part)]
        stacked = np.array(own, np.float32).reshape(-1, dimension)
        centre[part] = _mean(stacked)
        spread[part] = Spread.of(centred(stacked, centre[part]))
    queries = np.array(list(as_query.values()), np.float32).reshape(-1, dimension)
    terms = TermStatistics.from_texts(lexical_text(d) for d in documents)
    return Statistics(centre, _mean(queries), spread, terms)


def _mean(vectors: Vectors) -> Vectors:
    """Mean of `vectors` (n, dim); of fewer than two it is 0, which takes nothing away."""
    if len(vectors) < 2:
        return np.zeros(vectors.shape[1], np.float32)
    return np.asarray(vectors.mean(axis=0, dtype=np.float64), dtype=np.float32)


def _evenly(documents: Sequence[Document], count: int) -> list[Document]:
    """At most `count` of `documents`, spread evenly over them."""
    step = max(1.0, len(documents) / count)
    return [documents[int(at * step)] for at in range(min(count, len(documents)))]
