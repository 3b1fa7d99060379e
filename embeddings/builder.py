"""From documents to a generation of the index, and from one generation to the next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from embeddings.approximate import Clusters
from embeddings.dense import QueryCentre, Rows, Spread, Whitening
from embeddings.generation import IndexGeneration
from embeddings.lexical import TermStatistics
from embeddings.postings import Postings
from embeddings.recipe import Recipe
from embeddings.routing import Routing
from embeddings.segment import Fields, Segment, lexical_counts
from embeddings.sight import Layer
from embeddings.statistics import Statistics
from embeddings.topic import Topic, everyday
from matcher.ports import Encoder
from matcher.text import has_words
from matcher.types import Document, DocumentId, DocumentKind, Field, Vectors

# Documents from which is learnt where queries lie: docs/decisions/005-ranking.md.
QUERY_SAMPLE: Final = 128
# Texts from which is learnt how vectors lie; more of them change nothing that can be measured.
VECTOR_SAMPLE: Final = 20_000
# Texts that tell what any query's words have in common with texts.
WORD_SAMPLE: Final = 4_096
EXACT_LIMIT: Final = 200_000  # documents on a shelf up to which all of them are looked at


def build(
    documents: Sequence[Document],
    *,
    name: str,
    position: int,
    documents_encoder: Encoder,
    query_encoder: Encoder,
    anchor: str = "",
    recipe: Recipe | None = None,
    exact_limit: int = EXACT_LIMIT,
) -> IndexGeneration:
    """A generation with all `documents` in its base, true to the outbox at `position`.

    `documents_encoder` (a caching one, mostly) makes the vectors; `query_encoder` is the same
    model, by which the generation will encode what is asked of it.
    """
    recipe = recipe or Recipe()
    written = [row for row, d in enumerate(documents) if d.kind is not DocumentKind.THEME]
    vectors = _vectors(documents, documents_encoder)
    whitening: dict[Field, Whitening] = {}
    spread: dict[Field, Spread] = {}
    for part, (rows, given) in vectors.items():
        own = given[_evenly(np.flatnonzero(np.isin(rows, written)), VECTOR_SAMPLE)]
        whitening[part] = Whitening.of(own, recipe.whitening)
        spread[part] = Spread.of(whitening[part].documents(own))
    probes, query_centre, topic = _queries([documents[row] for row in written], documents_encoder)
    counted = lexical_counts(documents, recipe.title_counts)
    terms = TermStatistics.from_counts(counted.of_rows(written), recipe.words)
    sample = counted.of_rows(_evenly(np.array(written, np.int64), WORD_SAMPLE).tolist())
    _, numbers, weights = terms.matrix(sample)
    base = Segment.of(name, documents, vectors, counted, whitening, terms)
    statistics = Statistics(
        origin=name,
        position=position,
        texts=len(written),
        whitening=whitening,
        query_centre=query_centre,
        probes=probes,
        spread=spread,
        terms=terms,
        reference=Postings.of(numbers, weights),
        topic=topic,
        routing=Routing.of(base, terms),
        recipe=recipe,
    )
    base = _with_clusters(base, statistics, exact_limit)
    return IndexGeneration(
        name=name,
        model=documents_encoder.fingerprint,
        position=position,
        anchor=anchor,
        statistics=statistics,
        layers=(Layer(base, np.zeros(0, np.int64)),),
        encoder=query_encoder,
    )


def apply(
    generation: IndexGeneration,
    changes: Sequence[Document],
    removed: Collection[DocumentId],
    position: int,
    documents_encoder: Encoder,
    anchor: str = "",
) -> IndexGeneration:
    """`generation` after `changes` and removals, true to the outbox at `position`."""
    statistics = generation.statistics
    added = Segment.of(
        f"{generation.name}-{position}",
        changes,
        _vectors(changes, documents_encoder),
        lexical_counts(changes, statistics.recipe.title_counts),
        statistics.whitening,
        statistics.terms,
    )
    return generation.changed(added, removed, position, anchor)


def compact(generation: IndexGeneration, name: str, exact_limit: int) -> IndexGeneration:
    """The same documents in one layer, found the same; nothing is encoded or weighed anew."""
    whole = generation.compacted(name)
    (base,) = whole.layers
    segment = _with_clusters(base.segment, generation.statistics, exact_limit)
    return replace(whole, layers=(Layer(segment, base.gone),))


def _with_clusters(segment: Segment, statistics: Statistics, exact_limit: int) -> Segment:
    """`segment`, its shelves of more than `exact_limit` documents searched by cluster."""
    centre = statistics.query_centre.short
    clusters = {
        (shelf, part): Clusters.of(
            vectors, statistics.whitening[part].query(statistics.probes, centre)
        )
        for shelf, (start, stop) in segment.shelves.items()
        if stop - start > exact_limit
        for part, dense in segment.dense.items()
        if len(vectors := dense.vectors[dense.between(start, stop)])
    }
    return replace(segment, approximate=clusters)


def _vectors(documents: Sequence[Document], encoder: Encoder) -> Fields:
    """By field the rows of `documents` with words in it, and their vectors."""
    found = {}
    for part in Field:
        rows = [row for row, document in enumerate(documents) if has_words(document.text(part))]
        given = encoder.encode_documents([documents[row].text(part) for row in rows])
        found[part] = np.array(rows, np.int64), given
    return found


def _evenly(rows: Rows, most: int) -> Rows:
    """At most `most` of `rows`, as far apart as can be."""
    if len(rows) <= most:
        return rows
    return rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]


def _queries(written: Sequence[Document], encoder: Encoder) -> tuple[Vectors, QueryCentre, Topic]:
    """Some questions about `written`, where such lie, and how they are told from any other."""
    short, long = _as_questions(written)
    short_vectors, long_vectors = encoder.encode_queries(short), encoder.encode_queries(long)
    centre = QueryCentre(
        _mean(short_vectors), _mean(long_vectors), _mean_words(short), _mean_words(long)
    )
    own = np.concatenate([short_vectors, long_vectors])
    return short_vectors, centre, Topic.of(own, encoder.encode_queries(everyday()))


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
