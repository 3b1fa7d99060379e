"""What of the index one viewer may search: the shelves of their partitions, one after another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import overload

import numpy as np
import numpy.typing as npt

from embeddings.dense import Rows
from embeddings.participations import Roster
from embeddings.postings import Postings
from embeddings.segment import Segment, Shelf
from matcher.types import DocumentId, DocumentKind, Field


@dataclass(frozen=True, slots=True)
class Layer:
    """A segment, and the rows of it that are gone: removed, or in a later layer now."""

    segment: Segment
    gone: Rows  # rising

    def __len__(self) -> int:
        """Documents that can be found."""
        return len(self.segment) - len(self.gone)


@dataclass(frozen=True, slots=True)
class Piece:
    """One shelf of one layer: rows `start` to `stop` of its segment, some of them gone."""

    segment: Segment
    shelf: Shelf
    start: int
    stop: int
    gone: Rows  # counted from `start`

    def __len__(self) -> int:
        return self.stop - self.start

    @property
    def postings(self) -> Postings:
        """Its documents count from `start`."""
        return self.segment.postings[self.shelf]

    @property
    def is_large(self) -> bool:
        """Whether it is searched through clusters: more than an exact search has time for."""
        return any((self.shelf, part) in self.segment.approximate for part in Field)


@dataclass(frozen=True)
class Sight:
    """The pieces within sight, by kind; places count through all of them."""

    pieces: tuple[Piece, ...]
    starts: Rows  # (pieces + 1,): the place of the first row of each piece

    @classmethod
    def of(cls, layers: Iterable[Layer], partitions: Collection[str]) -> Sight:
        layers = list(layers)
        pieces = tuple(
            piece
            for kind in DocumentKind
            for layer in layers
            for piece in _pieces(layer, kind, partitions)
        )
        return cls(pieces, np.cumsum([0, *map(len, pieces)]))

    def of_kind(self, kind: DocumentKind) -> tuple[int, int]:
        """The places of all documents of `kind`: the first, and the one after the last."""
        at = [i for i, piece in enumerate(self.pieces) if piece.shelf.kind is kind]
        return (int(self.starts[at[0]]), int(self.starts[at[-1] + 1])) if at else (0, 0)

    def pieces_of(self, kind: DocumentKind) -> Iterator[tuple[Piece, int]]:
        """Each piece of `kind`, with the place of its first row."""
        for piece, start in zip(self.pieces, self.starts.tolist(), strict=False):
            if piece.shelf.kind is kind:
                yield piece, start

    def by_piece(self, places: Rows) -> Iterator[tuple[Piece, slice, Rows]]:
        """Of rising `places` (n,): each piece with which of them lie in it, and its rows."""
        bounds = np.searchsorted(places, self.starts).tolist()
        for at, piece in enumerate(self.pieces):
            if bounds[at + 1] > bounds[at]:
                own = slice(bounds[at], bounds[at + 1])
                yield piece, own, places[own] - self.starts[at] + piece.start

    def places_of(self, ids: Collection[DocumentId]) -> Rows:
        """Where those of `ids` are that are within sight, rising."""
        found = [np.zeros(0, np.int64)]
        rows_in: dict[int, Rows] = {}
        for piece, place in zip(self.pieces, self.starts.tolist(), strict=False):
            segment = piece.segment
            if id(segment) not in rows_in:
                rows_in[id(segment)] = segment.rows_of(ids)
            rows = rows_in[id(segment)]
            rows = rows[(rows >= piece.start) & (rows < piece.stop)] - piece.start
            found.append(rows[~np.isin(rows, piece.gone)] + place)
        return np.sort(np.concatenate(found))

    def ids_at(self, places: Rows) -> list[DocumentId]:
        """The ids at rising `places`."""
        return [
            DocumentId(id_.decode())
            for piece, _, rows in self.by_piece(places)
            for id_ in piece.segment.ids[rows].tolist()
        ]

    @cached_property
    def gone(self) -> Rows:
        """Places of what is gone."""
        gone = [
            piece.gone + start
            for piece, start in zip(self.pieces, self.starts.tolist(), strict=False)
        ]
        return np.concatenate([np.zeros(0, np.int64), *gone])

    @cached_property
    def roster(self) -> Roster:
        """Who took part in which of the cases; `document` counts from the first case."""
        some = []
        for piece, start in self.pieces_of(DocumentKind.CASE):
            places = np.arange(start, start + len(piece))
            places[piece.gone] = -1
            some.append((piece.segment.parts.between(piece.start, piece.stop), places))
        return Roster.of(some)

    @cached_property
    def case_ids(self) -> Sequence[DocumentId]:
        """The ids of all cases, those gone included."""
        return Ids([p.segment.ids[p.start : p.stop] for p, _ in self.pieces_of(DocumentKind.CASE)])


class Ids(Sequence[DocumentId]):
    """Ids as numpy keeps them, read one at a time."""

    def __init__(self, pieces: Sequence[npt.NDArray[np.bytes_]]) -> None:
        self._ids = np.concatenate(pieces) if pieces else np.zeros(0, "S1")

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, at: int) -> DocumentId: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[DocumentId]: ...

    def __getitem__(self, at: int | slice) -> DocumentId | Sequence[DocumentId]:
        if isinstance(at, slice):
            return Ids([self._ids[at]])
        return DocumentId(self._ids[at].decode())


@dataclass(slots=True)
class Sights:
    """What was made for one viewer serves the next of the same partitions."""

    layers: Sequence[Layer]
    _made: dict[frozenset[str], Sight] = field(default_factory=dict)

    def of(self, partitions: Collection[str]) -> Sight:
        here = frozenset(
            partition
            for partition in partitions
            if any(
                Shelf(kind, partition) in layer.segment.shelves
                for layer in self.layers
                for kind in DocumentKind
            )
        )
        sight = self._made.get(here)
        if sight is None:
            if len(self._made) >= _KEPT:
                self._made = {}
            sight = self._made[here] = Sight.of(self.layers, here)
        return sight


_KEPT = 256  # viewers of other partitions, of whom what they see is kept


def _pieces(layer: Layer, kind: DocumentKind, partitions: Collection[str]) -> Iterator[Piece]:
    for partition in sorted(partitions):
        shelf = Shelf(kind, partition)
        bounds: Mapping[Shelf, tuple[int, int]] = layer.segment.shelves
        if shelf not in bounds:
            continue
        start, stop = bounds[shelf]
        first, last = np.searchsorted(layer.gone, [start, stop]).tolist()
        if stop - start > last - first:  # where all are gone there is nothing
            yield Piece(layer.segment, shelf, start, stop, layer.gone[first:last] - start)
