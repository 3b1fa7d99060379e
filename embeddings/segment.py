"""Some documents with everything by which they are found; never changed once made."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from embeddings.dense import DenseSegment
from embeddings.lexical import LexicalSegment
from embeddings.participations import Participation, Participations
from matcher.types import DocumentId, DocumentKind, Field, Vectors


@dataclass(frozen=True, slots=True)
class Entry:
    """What a segment knows of a document besides its vectors and words."""

    id: DocumentId
    kind: DocumentKind
    partition: str
    revision: int


@dataclass(frozen=True, slots=True)
class Item:
    """A document on its way into a segment: what it is found by, ready to be stacked."""

    entry: Entry
    vectors: Mapping[Field, Vectors]  # (dim,) whitened, for the fields that it has
    terms: Mapping[str, float]  # weights of its words, unit length
    parts: tuple[Participation, ...] = ()


@dataclass(frozen=True, slots=True)
class _Coded:
    """Names, one a document, as numbers: comparing twenty thousand texts takes milliseconds."""

    names: tuple[str, ...]
    codes: npt.NDArray[np.int64]

    @classmethod
    def of(cls, names: Sequence[str]) -> _Coded:
        different, codes = np.unique(np.array(names, dtype=np.str_), return_inverse=True)
        return cls(tuple(different.tolist()), codes)

    def among(self, wanted: Collection[str]) -> npt.NDArray[np.bool_]:
        """Which documents have one of the names `wanted`, bool (documents,)."""
        return np.array([name in wanted for name in self.names], np.bool_)[self.codes]


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows run parallel in `entries`, `ids`, `dense` and `lexical`; `parts` names them."""

    entries: tuple[Entry, ...]
    dense: Mapping[Field, DenseSegment]
    lexical: LexicalSegment
    parts: Participations
    ids: npt.NDArray[np.object_] = field(repr=False)
    row_of: dict[DocumentId, int] = field(repr=False)
    _kinds: _Coded = field(repr=False)
    _partitions: _Coded = field(repr=False)

    @classmethod
    def from_items(cls, items: Sequence[Item], dimension: int) -> Segment:
        dense = {}
        for part in Field:
            rows = [row for row, item in enumerate(items) if part in item.vectors]
            stacked = np.empty((len(rows), dimension), np.float32)
            for at, row in enumerate(rows):
                stacked[at] = items[row].vectors[part]
            dense[part] = DenseSegment.from_vectors(rows, stacked)
        lexical = LexicalSegment.from_weights([item.terms for item in items])
        parts = Participations.from_documents([item.parts for item in items])
        return cls.from_columns([item.entry for item in items], dense, lexical, parts)

    @classmethod
    def from_columns(
        cls,
        entries: Sequence[Entry],
        dense: Mapping[Field, DenseSegment],
        lexical: LexicalSegment,
        parts: Participations,
    ) -> Segment:
        return cls(
            entries=tuple(entries),
            dense=dense,
            lexical=lexical,
            parts=parts,
            ids=np.array([entry.id for entry in entries], dtype=np.object_),
            row_of={entry.id: row for row, entry in enumerate(entries)},
            _kinds=_Coded.of([entry.kind.value for entry in entries]),
            _partitions=_Coded.of([entry.partition for entry in entries]),
        )

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def is_text(self) -> npt.NDArray[np.bool_]:
        """Which documents people wrote, bool (documents,): a described theme is no such text."""
        return ~self._kinds.among([DocumentKind.THEME.value])

    def within(
        self,
        kind: DocumentKind,
        partitions: Collection[str],
        without: Collection[DocumentId],
    ) -> npt.NDArray[np.bool_]:
        """Which documents are of `kind`, in one of `partitions` and not gone, bool (documents,)."""
        wanted = self._kinds.among([kind.value]) & self._partitions.among(partitions)
        wanted[[self.row_of[id_] for id_ in without if id_ in self.row_of]] = False
        return wanted
