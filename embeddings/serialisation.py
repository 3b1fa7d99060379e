"""A generation as files, and files as a generation.

    statistics-ORIGIN.json .arrays     what was learnt from the corpus
    segment-ORIGIN.json .arrays        documents, words, who took part
    segment-ORIGIN-FIELD.faiss         vectors, and for large shelves clusters of them
    state-NAME.arrays                  which rows are gone; NAME as it was when that was written

A file with the same name holds the same: a generation that only adds a few documents shares the
files of its base with the one before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Final

import faiss
import numpy as np

from embeddings.analysis import ANALYSIS_VERSION, Analyser
from embeddings.approximate import Clusters
from embeddings.arrays import Arrays, read_arrays, texts, write_arrays
from embeddings.compounds import Compounds
from embeddings.dense import DenseSegment, QueryCentre, Spread, Whitening
from embeddings.generation import IndexGeneration
from embeddings.lexical import TermStatistics
from embeddings.participations import Participations
from embeddings.postings import Postings
from embeddings.recipe import Recipe
from embeddings.routing import Routing
from embeddings.segment import Segment, Shelf
from embeddings.sight import Layer
from embeddings.statistics import Statistics
from embeddings.topic import Topic
from matcher.errors import IndexDamaged, IndexOfOtherModel
from matcher.ports import Encoder
from matcher.types import DocumentKind, Field, PersonId

FORMAT: Final = 5
_AT_ONCE: Final = 1 << 24  # bytes that FAISS hands over to be written

Writer = Callable[[BinaryIO], None]
Files = Mapping[str, memoryview]


def serialised(generation: IndexGeneration) -> tuple[dict[str, Any], dict[str, Writer]]:
    """What `generation` is, for a manifest, and its files by name, each as how to write it."""
    statistics = generation.statistics
    if statistics.recipe != Recipe():
        raise ValueError("only an index of the default recipe is saved: it does not tell")
    segments = [layer.segment for layer in generation.layers]
    facts = {
        "format": FORMAT,
        "analysis": ANALYSIS_VERSION,
        "model": generation.model,
        "position": generation.position,
        "anchor": generation.anchor,
        "documents": len(generation),
        "digest": generation.digest,
        "state": generation.name,
        "statistics": statistics.origin,
        "segments": [segment.origin for segment in segments],
    }
    gone = {str(at): layer.gone for at, layer in enumerate(generation.layers)}
    files = {f"state-{generation.name}.arrays": _arrays(gone)}
    files |= _statistics_files(statistics)
    for segment in segments:
        files |= _segment_files(segment)
    return facts, files


def deserialised(
    name: str, facts: Mapping[str, Any], files: Files, encoder: Encoder
) -> IndexGeneration:
    """The generation `name` from its `files`, whose hashes were found right.

    Raises IndexOfOtherModel, or IndexDamaged for one that another version made.
    """
    made_with = f"{facts.get('format')} {facts.get('analysis')}"
    if made_with != f"{FORMAT} {ANALYSIS_VERSION}":
        raise IndexDamaged(f"{name}/manifest.json", f"{FORMAT} {ANALYSIS_VERSION}", made_with)
    if facts["model"] != encoder.fingerprint:
        raise IndexOfOtherModel(facts["model"], encoder.fingerprint)
    gone = read_arrays(files[f"state-{facts['state']}.arrays"])
    layers = tuple(
        Layer(_segment(origin, files), gone[str(at)]) for at, origin in enumerate(facts["segments"])
    )
    return IndexGeneration(
        name=name,
        model=facts["model"],
        position=facts["position"],
        anchor=facts["anchor"],
        statistics=_statistics(facts["statistics"], files),
        layers=layers,
        encoder=encoder,
    )


def _statistics_files(statistics: Statistics) -> dict[str, Writer]:
    queries, routing, reference = statistics.query_centre, statistics.routing, statistics.reference
    arrays: dict[str, Any] = {
        "query_short": queries.short,
        "query_long": queries.long,
        "probes": statistics.probes,
        "query_words": np.array([queries.short_words, queries.long_words]),
        "topic_weights": statistics.topic.weights,
        "topic_offset": np.array([statistics.topic.offset]),
        "routing_dense": routing.dense,
        "routing_words": routing.words,
        "routing_offsets": routing.offsets,
        **_posting_arrays("reference", reference),
    }
    for part in Field:
        arrays[f"{part}_centre"] = statistics.whitening[part].centre
        arrays[f"{part}_whitening"] = statistics.whitening[part].matrix
        arrays[f"{part}_mean"] = statistics.spread[part].mean
        arrays[f"{part}_covariance"] = statistics.spread[part].covariance
    terms = statistics.terms
    told = {
        "position": statistics.position,
        "texts": statistics.texts,
        "documents": terms.documents,
        "frequency": terms.frequency,
        "words": terms.analyser.compounds.frequency,
        "reference": reference.size,
        "routing": routing.people,
    }
    name = f"statistics-{statistics.origin}"
    return {f"{name}.arrays": _arrays(arrays), f"{name}.json": _json(told)}


def _statistics(origin: str, files: Files) -> Statistics:
    arrays = read_arrays(files[f"statistics-{origin}.arrays"])
    told = json.loads(bytes(files[f"statistics-{origin}.json"]))
    analyser = Analyser(Compounds(told["words"]))
    return Statistics(
        origin=origin,
        position=told["position"],
        texts=told["texts"],
        whitening={
            part: Whitening(arrays[f"{part}_centre"], arrays[f"{part}_whitening"]) for part in Field
        },
        query_centre=QueryCentre(
            arrays["query_short"], arrays["query_long"], *arrays["query_words"].tolist()
        ),
        probes=arrays["probes"],
        spread={
            part: Spread(arrays[f"{part}_mean"], arrays[f"{part}_covariance"]) for part in Field
        },
        terms=TermStatistics.of(told["documents"], told["frequency"], analyser),
        reference=_postings("reference", arrays, told["reference"]),
        topic=Topic(arrays["topic_weights"], float(arrays["topic_offset"][0])),
        routing=Routing(
            tuple(map(PersonId, told["routing"])),
            arrays["routing_dense"],
            arrays["routing_words"],
            arrays["routing_offsets"],
        ),
    )


def _segment_files(segment: Segment) -> dict[str, Writer]:
    shelves = sorted(segment.shelves)
    postings = [segment.postings[shelf] for shelf in shelves]
    parts = segment.parts
    arrays: dict[str, Any] = {
        "ids": segment.ids,
        "revisions": segment.revisions,
        "contents": segment.contents,
        "parts": np.array(parts.columns, np.int32),
        "words_of_shelf": np.cumsum([0, *(len(each.terms) for each in postings)]),
        "entries_of_shelf": np.cumsum([0, *(len(each.documents) for each in postings)]),
        **_posting_arrays("shelf", *postings),
        **{f"{part}_rows": segment.dense[part].rows for part in Field},
    }
    told = {
        "shelves": [[kind, where, *segment.shelves[Shelf(kind, where)]] for kind, where in shelves],
        "people": parts.people,
        "clusters": [[*shelf, part] for shelf, part in sorted(segment.approximate)],
    }
    name = f"segment-{segment.origin}"
    files = {f"{name}.arrays": _arrays(arrays), f"{name}.json": _json(told)}
    for part in Field:
        files[f"{name}-{part}.faiss"] = _faiss(segment.dense[part].index)
    for at, key in enumerate(sorted(segment.approximate)):
        files[f"{name}-clusters-{at}.faiss"] = _faiss(segment.approximate[key].index)
    return files


def _segment(origin: str, files: Files) -> Segment:
    name = f"segment-{origin}"
    arrays, told = read_arrays(files[f"{name}.arrays"]), json.loads(bytes(files[f"{name}.json"]))
    shelves = {Shelf(DocumentKind(k), where): (b, e) for k, where, b, e in told["shelves"]}
    words, entries = (arrays[f"{of}_of_shelf"].tolist() for of in ("words", "entries"))
    dense = {}
    for part in Field:
        index, memory = _read_faiss(files[f"{name}-{part}.faiss"])
        dense[part] = DenseSegment(arrays[f"{part}_rows"], index, memory)
    clusters = {}
    for at, (kind, where, field) in enumerate(told["clusters"]):
        shelf, part = Shelf(DocumentKind(kind), where), Field(field)
        index, memory = _read_faiss(files[f"{name}-clusters-{at}.faiss"])
        own = dense[part].between(*shelves[shelf])
        clusters[shelf, part] = Clusters(index, dense[part].vectors[own], memory)
    return Segment.from_columns(
        origin=origin,
        ids=texts(arrays["ids"]),
        revisions=arrays["revisions"],
        contents=arrays["contents"],
        shelves=shelves,
        dense=dense,
        postings={
            shelf: Postings(
                arrays["shelf_terms"][words[at] : words[at + 1]],
                arrays["shelf_starts"][words[at] + at : words[at + 1] + at + 1],
                arrays["shelf_documents"][entries[at] : entries[at + 1]],
                arrays["shelf_weights"][entries[at] : entries[at + 1]],
                end - begin,
            )
            for at, (shelf, (begin, end)) in enumerate(shelves.items())
        },
        parts=Participations(tuple(map(PersonId, told["people"])), *arrays["parts"]),
        approximate=clusters,
    )


def _posting_arrays(name: str, *postings: Postings) -> dict[str, Any]:
    """The columns of several, one after another."""
    empty = {"terms": np.int64, "starts": np.int64, "documents": np.int32, "weights": np.float32}
    return {
        f"{name}_{column}": np.concatenate(
            [np.empty(0, dtype), *(getattr(each, column) for each in postings)]
        ).astype(dtype, copy=False)
        for column, dtype in empty.items()
    }


def _postings(name: str, arrays: Mapping[str, Any], size: int) -> Postings:
    terms, starts, documents, weights = (
        arrays[f"{name}_{of}"] for of in ("terms", "starts", "documents", "weights")
    )
    return Postings(terms, starts, documents, weights, size)


def _faiss(index: faiss.Index) -> Writer:
    """FAISS does not tell when a disk is full: what writing raised is kept, and raised after."""

    def write(file: BinaryIO) -> None:
        failed: list[OSError] = []

        def some(content: bytes) -> None:
            try:
                if not failed:
                    file.write(content)
            except OSError as error:
                failed.append(error)

        faiss.write_index(index, faiss.PyCallbackIOWriter(some, _AT_ONCE))  # type: ignore[attr-defined]
        if failed:
            raise failed[0]

    return write


def _read_faiss(content: memoryview) -> tuple[faiss.Index, object]:
    """The index in `content`, where it lies there, and what must live as long as it does."""
    memory = np.frombuffer(content, np.uint8)
    faiss.set_deserialization_vector_byte_limit(len(memory))  # no header is worth more than that
    reader = faiss.ZeroCopyIOReader(faiss.swig_ptr(memory), len(memory))  # type: ignore[attr-defined]
    return faiss.read_index(reader), (memory, content)


def _arrays(arrays: Arrays) -> Writer:
    return lambda file: write_arrays(file, arrays)


def _json(value: object) -> Writer:
    def write(file: BinaryIO) -> None:
        file.write(json.dumps(value, ensure_ascii=False).encode())

    return write
