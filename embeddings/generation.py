"""One immutable state of the index.

A generation is layers of segments: a large base, and what changed since in a few small ones.
Statistics (whitening, spreads, what words weigh) belong to the generation: they move at a rebuild
only, so that a score means the same throughout, and no compaction changes an answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from embeddings.merging import merged
from embeddings.segment import Segment
from embeddings.sight import Layer, Sights
from embeddings.statistics import Statistics
from embeddings.view import IndexQueryView
from matcher.ports import Encoder
from matcher.types import DocumentId, DocumentKind


@dataclass(frozen=True)
class IndexGeneration:
    """Implements :class:`matcher.ports.Generation`; readers hold one and never lock.

    `position` is the number of the last outbox row that this state is true to, and `anchor` says
    which row that was: in another database it is another.
    """

    name: str
    model: str  # fingerprint of the model that made it
    position: int
    anchor: str
    statistics: Statistics
    layers: tuple[Layer, ...]  # the base first
    encoder: Encoder = field(repr=False)

    def __len__(self) -> int:
        """Documents that can be found."""
        return sum(len(layer) for layer in self.layers)

    @cached_property
    def texts(self) -> int:
        """Texts that people wrote, among them."""
        return sum(
            stop - start - int(np.subtract(*np.searchsorted(layer.gone, [stop, start])))
            for layer in self.layers
            for shelf, (start, stop) in layer.segment.shelves.items()
            if shelf.kind is not DocumentKind.THEME
        )

    @property
    def moved(self) -> float:
        """What was written since the base was, as a part of the base."""
        base, *later = self.layers
        written = len(base.gone) + sum(len(layer.segment) for layer in later)
        return written / max(1, len(base.segment))

    @cached_property
    def _sights(self) -> Sights:
        return Sights(self.layers)

    def view(self, text: str, partitions: Collection[str]) -> IndexQueryView:
        sight = self._sights.of(partitions)
        return IndexQueryView.of(sight, text, self.statistics, self.encoder)

    def changed(
        self, added: Segment, removed: Collection[DocumentId], position: int, anchor: str
    ) -> IndexGeneration:
        """The state after `added` (new or revised) and removals; this one stays as it is.

        Small layers are merged as they grow, so that there are never many, and each document is
        copied few times (as in Lucene).
        """
        touched = {*removed, *(added.id_at(row) for row in range(len(added)))}
        layers = [
            Layer(layer.segment, np.union1d(layer.gone, layer.segment.rows_of(touched)))
            for layer in self.layers
        ]
        base, *later = layers
        later = [layer for layer in later if len(layer)]
        if len(added):
            later.append(Layer(added, np.zeros(0, np.int64)))
        while len(later) > 1 and len(later[-2]) <= 2 * len(later[-1]):
            later[-2:] = [_as_one(added.origin, later[-2:])]
        return replace(self, position=position, anchor=anchor, layers=(base, *later))

    def compacted(self, name: str) -> IndexGeneration:
        """The same as one layer, without what is gone."""
        return replace(self, name=name, layers=(_as_one(name, self.layers),))

    @cached_property
    def found(self) -> frozenset[DocumentId]:
        """The ids of all that can be found."""
        return frozenset(
            DocumentId(id_.decode())
            for layer in self.layers
            for id_ in np.delete(layer.segment.ids, layer.gone).tolist()
        )

    @cached_property
    def digest(self) -> str:
        """Of every document's id, revision and content: the same for the same documents."""
        columns = []
        for name in ("ids", "revisions", "contents"):
            kept = [np.delete(getattr(one.segment, name), one.gone, axis=0) for one in self.layers]
            columns.append(np.concatenate(kept))
        order = np.argsort(columns[0], kind="stable")
        told = hashlib.sha256(b"\0".join(columns[0][order].tolist()))
        for column in columns[1:]:
            told.update(np.ascontiguousarray(column[order]).tobytes())
        return told.hexdigest()


def _as_one(origin: str, layers: Iterable[Layer]) -> Layer:
    segment = merged(origin, [(layer.segment, layer.gone) for layer in layers])
    return Layer(segment, np.zeros(0, np.int64))
