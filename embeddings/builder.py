"""From documents to a generation of the index, and from one generation to the next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from embeddings.analysis import Analyser
from embeddings.dense import QueryCentre, Spread, Whitening
from embeddings.generation import IndexGeneration
from embeddings.lexical import TermStatistics, lexical_text
from embeddings.recipe import Recipe
from embeddings.routing import Routing
from embeddings.segment import Segment
from embeddings.statistics import Statistics
from embeddings.topic import Topic, everyday
from matcher.ports import Encoder
from matcher.text import has_words
from matcher.types import Document, DocumentId, DocumentKind, Field, Vectors

# Documents from which is learnt where queries lie: docs/decisions/005-ranking.md.
QUERY_SAMPLE: Final = 128


def build(
    documents: Sequence[Document],
    *,
    name: str,
    position: int,
    documents_encoder: Encoder,
    query_encoder: Encoder,
    recipe: Recipe | None = None,
) -> IndexGeneration:
    """A generation with all `documents` in its base, true to the outbox at `position`.

    `documents_encoder` (a caching one, mostly) makes the vectors; `query_encoder` is the same
    model, by which the generation will encode what is asked of it.
    """
    recipe = recipe or Recipe()
    written = [d for d in documents if d.kind is not DocumentKind.THEME]
    vectors = _vectors(documents, documents_encoder)
    made = [vector for parts in vectors.values() for vector in parts.values()]
    dimension = len(made[0]) if made else documents_encoder.dimension
    whitening: dict[Field, Whitening] = {}
    spread: dict[Field, Spread] = {}
    for part in Field:
        own = [vectors[d.id][part] for d in written if part in vectors[d.id]]
        stacked = np.array(own, np.float32).reshape(-1, dimension)
        whitening[part] = Whitening.of(stacked, recipe.whitening)
        spread[part] = Spread.of(whitening[part].documents(stacked))
    short, long = _as_questions(written)
    short_vectors = documents_encoder.encode_queries(short)
    long_vectors = documents_encoder.encode_queries(long)
    query_centre = QueryCentre(
        _mean(short_vectors), _mean(long_vectors), _mean_words(short), _mean_words(long)
    )
    topic = Topic.of(
        np.concatenate([short_vectors, long_vectors]),
        documents_encoder.encode_queries(everyday()),
    )
    analyser = Analyser.from_texts((lexical_text(d, 1) for d in written), recipe.words)
    weighed = (lexical_text(d, recipe.title_counts) for d in written)
    terms = TermStatistics.from_texts(weighed, analyser)
    statistics = Statistics(whitening, query_centre, spread, terms, topic, recipe=recipe)
    base = Segment.from_items([statistics.item(d, vectors[d.id]) for d in documents], dimension)
    return IndexGeneration(
        name=name,
        model=documents_encoder.fingerprint,
        position=position,
        statistics=replace(statistics, routing=Routing.of(base)),
        base=base,
        delta=Segment.from_items([], dimension),
        gone=frozenset(),
        encoder=query_encoder,
    )


def apply(
    generation: IndexGeneration,
    changes: Collection[Document],
    removed: Collection[DocumentId],
    position: int,
    documents_encoder: Encoder,
) -> IndexGeneration:
    """`generation` after `changes` and removals, true to the outbox at `position`."""
    vectors = _vectors(changes, documents_encoder)
    items = [generation.statistics.item(d, vectors[d.id]) for d in changes]
    return generation.changed(items, removed, position)


def _vectors(
    documents: Collection[Document], encoder: Encoder
) -> dict[DocumentId, dict[Field, Vectors]]:
    """The vectors of every document, for the fields of it that hold words."""
    parts = [(d.id, part, d.text(part)) for d in documents for part in Field]
    worded = [(id_, part, text) for id_, part, text in parts if has_words(text)]
    made = encoder.encode_documents([text for _, _, text in worded])
    vectors: dict[DocumentId, dict[Field, Vectors]] = {d.id: {} for d in documents}
    for (id_, part, _), vector in zip(worded, made, strict=True):
        vectors[id_][part] = vector
    return vectors


def _mean(vectors: Vectors) -> Vectors:
    """Mean of `vectors` (n, dim); of fewer than two it is 0, which takes nothing away."""
    if len(vectors) < 2:
        return np.zeros(vectors.shape[1], np.float32)
    return np.asarray(vectors.mean(axis=0, dtype=np.float64), dtype=np.float32)


def _as_questions(documents: Sequence[Document]) -> tuple[list[str], list[str]]:
    """What a sample of `documents` would be as short questions, and as long ones."""
    step = max(1.0, len(documents) / QUERY_SAMPLE)
    count = min(QUERY_SAMPLE, len(documents))
    sample = [documents[int(at * step)].problem for at in range(count)]
    long = [problem for problem in sample if has_words(problem)]
    short = [title for problem in long if has_words(title := problem.split("\n", 1)[0])]
    return short, long


def _mean_words(texts: Sequence[str]) -> float:
    return float(np.mean([len(text.split()) for text in texts])) if texts else 0.0
