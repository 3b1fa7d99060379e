"""Several segments as one, without those documents that are gone: nothing is weighed anew."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from embeddings.dense import DenseSegment, Rows
from embeddings.participations import Participations
from embeddings.postings import Postings
from embeddings.segment import Segment, Shelf
from matcher.types import Field

Layers = Sequence[tuple[Segment, Rows]]  # each with its rows that are gone


def merged(origin: str, layers: Layers) -> Segment:
    """The segment of all that is left of `layers`; no document is in two of them."""
    segments = [segment for segment, _ in layers]
    shelves = sorted({shelf for segment in segments for shelf in segment.shelves})
    on = np.concatenate([_shelf_numbers(segment, shelves) for segment in segments])
    kept = np.concatenate([_kept(segment, gone) for segment, gone in layers])
    ids = np.concatenate([segment.ids for segment in segments])
    taken = np.flatnonzero(kept)
    taken = taken[np.lexsort((ids[taken], on[taken]))]
    new_row = np.full(len(kept), -1)
    new_row[taken] = np.arange(len(taken))
    rows = np.split(new_row, np.cumsum([len(segment) for segment in segments])[:-1])
    moved = list(zip(segments, rows, strict=True))
    ends = np.searchsorted(on[taken], np.arange(len(shelves) + 1)).tolist()
    bounds = {shelf: (b, e) for shelf, b, e in zip(shelves, ends, ends[1:], strict=False) if e > b}
    return Segment.from_columns(
        origin=origin,
        ids=ids[taken],
        revisions=np.concatenate([segment.revisions for segment in segments])[taken],
        contents=np.concatenate([segment.contents for segment in segments])[taken],
        shelves=bounds,
        dense={part: _dense(part, moved) for part in Field},
        postings={shelf: _postings(shelf, *bounds[shelf], moved) for shelf in bounds},
        parts=Participations.joined([(segment.parts, row) for segment, row in moved]),
    )


def _shelf_numbers(segment: Segment, shelves: Sequence[Shelf]) -> Rows:
    """The shelf of every row, as its place in `shelves`."""
    numbers = np.empty(len(segment), np.int64)
    for at, shelf in enumerate(shelves):
        if shelf in segment.shelves:
            numbers[slice(*segment.shelves[shelf])] = at
    return numbers


def _kept(segment: Segment, gone: Rows) -> npt.NDArray[np.bool_]:
    kept = np.ones(len(segment), np.bool_)
    kept[gone] = False
    return kept


def _dense(part: Field, moved: Sequence[tuple[Segment, Rows]]) -> DenseSegment:
    fields = [(segment.dense[part], row[segment.dense[part].rows]) for segment, row in moved]
    rows = np.sort(np.concatenate([row[row >= 0] for _, row in fields]))
    vectors = np.empty((len(rows), fields[0][0].index.d), np.float32)
    for dense, row in fields:
        left = row >= 0
        vectors[np.searchsorted(rows, row[left])] = dense.vectors[left]
    return DenseSegment.from_vectors(rows, vectors)


def _postings(
    shelf: Shelf, start: int, stop: int, moved: Sequence[tuple[Segment, Rows]]
) -> Postings:
    """Those of one shelf, whose rows are from `start` to `stop` now."""
    here = [
        (segment.postings[shelf], row[slice(*segment.shelves[shelf])])
        for segment, row in moved
        if shelf in segment.shelves
    ]
    if len(here) == 1 and (here[0][1] >= 0).all():
        return here[0][0]  # not a document more or less
    numbers = np.unique(np.concatenate([postings.terms for postings, _ in here]))
    columns = []
    for postings, row in here:
        terms = np.repeat(np.searchsorted(numbers, postings.terms), np.diff(postings.starts))
        documents = row[postings.documents]
        left = documents >= 0
        columns.append((postings.weights[left], documents[left] - start, terms[left]))
    weights, documents, terms = (np.concatenate(column) for column in zip(*columns, strict=True))
    shape = (stop - start, len(numbers))
    return Postings.of(numbers, sp.csr_array(sp.coo_array((weights, (documents, terms)), shape)))
