"""A generation as files, and files as a generation: arrays, postings, vectors and names."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

import faiss
import numpy as np
import scipy.sparse as sp

from embeddings.analysis import Analyser
from embeddings.compounds import Compounds
from embeddings.dense import DenseSegment, QueryCentre, Spread, Whitening
from embeddings.generation import IndexGeneration
from embeddings.lexical import LexicalSegment, TermStatistics
from embeddings.participations import Participations
from embeddings.routing import Routing
from embeddings.segment import Entry, Segment
from embeddings.statistics import Statistics
from embeddings.topic import Topic
from matcher.ports import Encoder
from matcher.types import DocumentId, DocumentKind, Field, PersonId


def serialised(generation: IndexGeneration) -> dict[str, bytes]:
    """The files of the base of `generation`, by name."""
    base, statistics = generation.base, generation.statistics
    queries = statistics.query_centre
    arrays: dict[str, Any] = {
        "query_short": queries.short,
        "query_long": queries.long,
        "topic_weights": statistics.topic.weights,
        "topic_offset": np.array(statistics.topic.offset),
        "routing_dense": statistics.routing.dense,
        "routing_words": statistics.routing.words,
        "routing_offsets": statistics.routing.offsets,
        "query_words": np.array([queries.short_words, queries.long_words]),
    }
    for part in Field:
        arrays[f"{part}_rows"] = base.dense[part].rows
        arrays[f"{part}_centre"] = statistics.whitening[part].centre
        arrays[f"{part}_whitening"] = statistics.whitening[part].matrix
        arrays[f"{part}_mean"] = statistics.spread[part].mean
        arrays[f"{part}_covariance"] = statistics.spread[part].covariance
    parts = base.parts
    arrays["parts"] = np.stack([parts.person, parts.row, parts.role, parts.outcome, parts.day])
    files = {
        f"{part}.faiss": faiss.serialize_index(base.dense[part].index).tobytes() for part in Field
    }
    files["arrays.npz"] = _bytes(lambda file: np.savez(file, **arrays))
    files["postings.npz"] = _bytes(lambda file: sp.save_npz(file, base.lexical.matrix))
    files["terms.json"] = as_json(
        {
            "documents": statistics.terms.documents,
            "frequency": statistics.terms.frequency,
            "vocabulary": base.lexical.vocabulary,
            "words": statistics.terms.analyser.compounds.frequency,
        }
    )
    files["people.json"] = as_json(
        {"took_part": base.parts.people, "routing": statistics.routing.people}
    )
    files["entries.json"] = as_json(
        [[entry.id, entry.kind, entry.partition, entry.revision] for entry in base.entries]
    )
    return files


def deserialised(
    name: str, manifest: Mapping[str, Any], files: Mapping[str, bytes], encoder: Encoder
) -> IndexGeneration:
    """The generation `name` from its `files`, whose hashes were found right."""
    arrays = np.load(io.BytesIO(files["arrays.npz"]), allow_pickle=False)
    terms, people = json.loads(files["terms.json"]), json.loads(files["people.json"])
    statistics = Statistics(
        whitening={
            part: Whitening(arrays[f"{part}_centre"], arrays[f"{part}_whitening"]) for part in Field
        },
        query_centre=QueryCentre(
            arrays["query_short"], arrays["query_long"], *arrays["query_words"].tolist()
        ),
        spread={
            part: Spread(arrays[f"{part}_mean"], arrays[f"{part}_covariance"]) for part in Field
        },
        terms=TermStatistics(
            terms["documents"], terms["frequency"], Analyser(Compounds(terms["words"]))
        ),
        topic=Topic(arrays["topic_weights"], float(arrays["topic_offset"])),
        routing=Routing(
            tuple(map(PersonId, people["routing"])),
            arrays["routing_dense"],
            arrays["routing_words"],
            arrays["routing_offsets"],
        ),
    )
    dense = {
        part: DenseSegment(
            arrays[f"{part}_rows"],
            faiss.deserialize_index(np.frombuffer(files[f"{part}.faiss"], dtype=np.uint8)),
        )
        for part in Field
    }
    matrix = sp.csr_array(sp.load_npz(io.BytesIO(files["postings.npz"])))
    entries = [
        Entry(DocumentId(id_), DocumentKind(kind), partition, revision)
        for id_, kind, partition, revision in json.loads(files["entries.json"])
    ]
    lexical = LexicalSegment.from_matrix(terms["vocabulary"], matrix)
    parts = Participations(tuple(map(PersonId, people["took_part"])), *arrays["parts"])
    return IndexGeneration(
        name=name,
        model=manifest["model"],
        position=manifest["position"],
        statistics=statistics,
        base=Segment.from_columns(entries, dense, lexical, parts),
        delta=Segment.from_items([], statistics.dimension),
        gone=frozenset(),
        encoder=encoder,
    )


def as_json(value: object) -> bytes:
    """The same bytes for the same value: keys in order."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1).encode("utf-8")


def _bytes(write: Callable[[BinaryIO], object]) -> bytes:
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()
