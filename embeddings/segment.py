"""Some documents with everything by which they are found; never changed once made.

Documents lie on shelves: all of one kind that are shared equally widely. A shelf is searched or
it is not, whoever asks; no document is scored for someone who may not see it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from embeddings.counting import Counted
from embeddings.dense import DenseSegment, Rows, Whitening
from embeddings.lexical import TermStatistics, lexical_text
from embeddings.participations import Participations, participations
from embeddings.postings import Postings
from matcher.types import Document, DocumentId, DocumentKind, Field, Vectors

_HASH_BYTES: Final = 16
_LONGEST_ID: Final = 42  # bytes, mostly: numpy makes room for longer ones


class Shelf(NamedTuple):
    """Where a document lies: its kind, and with whom it is shared."""

    kind: DocumentKind
    partition: str


Fields = Mapping[Field, tuple[Rows, Vectors]]  # rows that have it (m,), and their vectors (m, dim)


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows are by shelf, and on a shelf by id; all columns run parallel to `ids`."""

    origin: str  # a name that no other segment has, for its files
    ids: npt.NDArray[np.bytes_]  # (n,), UTF-8
    revisions: npt.NDArray[np.int32]  # (n,)
    contents: npt.NDArray[np.uint8]  # (n, 16): of all that a document says, a hash
    shelves: Mapping[Shelf, tuple[int, int]]  # first row and the one after the last
    dense: Mapping[Field, DenseSegment]
    postings: Mapping[Shelf, Postings] = field(repr=False)
    parts: Participations = field(repr=False)
    approximate: Mapping[tuple[Shelf, Field], Any] = field(repr=False, default_factory=dict)
    _by_id: npt.NDArray[np.int32] = field(repr=False, kw_only=True)  # rows in order of id

    @classmethod
    def of(
        cls,
        origin: str,
        documents: Sequence[Document],
        vectors: Fields,
        counted: Counted,
        whitening: Mapping[Field, Whitening],
        terms: TermStatistics,
    ) -> Segment:
        """Of `documents`, with their vectors as the model gave them and their words.

        The rows of `vectors` and `counted` are those of `documents`, in any order.
        """
        keys = [(document.kind, document.partition, document.id) for document in documents]
        order = sorted(range(len(keys)), key=keys.__getitem__)
        ordered = [documents[at] for at in order]
        row_of = np.empty(len(order), np.int64)
        row_of[order] = np.arange(len(order))
        shelves, start = {}, 0
        for shelf, group in groupby(ordered, key=_shelf):
            shelves[shelf] = start, start + sum(1 for _ in group)
            start = shelves[shelf][1]
        _, numbers, weights = terms.matrix(counted)
        postings = {
            shelf: Postings.of(numbers, weights[order[start:stop]])
            for shelf, (start, stop) in shelves.items()
        }
        del weights  # of many documents there is not room for all of it at once
        dense = {}
        for part, (rows, given) in vectors.items():
            by_row = np.argsort(row_of[rows])
            dense[part] = DenseSegment.of(row_of[rows][by_row], given, by_row, whitening[part])
        return cls.from_columns(
            origin=origin,
            ids=np.array([d.id.encode() for d in ordered], np.bytes_),
            revisions=np.array([d.revision for d in ordered], np.int32),
            contents=np.array([_content(d) for d in ordered], np.uint8).reshape(-1, _HASH_BYTES),
            shelves=shelves,
            dense=dense,
            postings=postings,
            parts=Participations.from_documents([participations(d) for d in ordered]),
        )

    @classmethod
    def from_columns(cls, *, ids: npt.NDArray[np.bytes_], **columns: Any) -> Segment:
        """With the names of the fields."""
        if not len(ids):
            ids = np.empty(0, f"S{_LONGEST_ID}")
        return cls(ids=ids, _by_id=np.argsort(ids, kind="stable").astype(np.int32), **columns)

    def __len__(self) -> int:
        return len(self.ids)

    def rows_of(self, ids: Iterable[DocumentId]) -> Rows:
        """Where those of `ids` are that it holds, rising."""
        wanted = np.array(sorted({id_.encode() for id_ in ids}), np.bytes_)
        if not len(self) or not len(wanted):
            return np.zeros(0, np.int64)
        at = np.minimum(np.searchsorted(self.ids, wanted, sorter=self._by_id), len(self) - 1)
        rows = self._by_id[at].astype(np.int64)
        return np.sort(rows[self.ids[rows] == wanted])

    def id_at(self, row: int) -> DocumentId:
        return DocumentId(self.ids[row].decode())


def lexical_counts(documents: Iterable[Document], title_counts: int) -> Counted:
    """The words of `documents`, as they are weighed."""
    return Counted.of(lexical_text(document, title_counts) for document in documents)


def _shelf(document: Document) -> Shelf:
    return Shelf(document.kind, document.partition)


def _content(document: Document) -> list[int]:
    """Of all that is indexed of a document and may be quoted: equal content, equal hash."""
    told = (
        document.kind,
        document.partition,
        document.problem,
        document.resolution,
        document.title,
        *document.passages,
        *(f"{part.person} {part.role}" for part in document.parts),
        document.outcome,
        document.happened_on,
    )
    joined = "\0".join(map(str, told)).encode("utf-8", "surrogatepass")
    return list(hashlib.blake2b(joined, digest_size=_HASH_BYTES).digest())
