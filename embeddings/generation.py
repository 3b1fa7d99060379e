"""One immutable state of the index.

A generation is a base segment, a small delta segment with what changed since, and the ids that
are gone from the base. Statistics (whitening, spreads, what words weigh) belong to the base:
they move at a rebuild only, so that a score means the same throughout a generation.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from embeddings.participations import Roster
from embeddings.segment import Item, Segment
from embeddings.statistics import Statistics
from embeddings.view import IndexQueryView
from matcher.ports import Encoder
from matcher.types import DocumentId


@dataclass(frozen=True)
class IndexGeneration:
    """Implements :class:`matcher.ports.Generation`; readers hold one and never lock.

    `position` is the number of the last outbox row that this state is true to.
    """

    name: str
    model: str  # fingerprint of the model that made it
    position: int
    statistics: Statistics
    base: Segment
    delta: Segment
    gone: frozenset[DocumentId]  # ids in the base that were removed or are in the delta now
    encoder: Encoder = field(repr=False)
    delta_items: Mapping[DocumentId, Item] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        """Documents that can be found."""
        return len(self.base) - len(self.gone) + len(self.delta)

    @property
    def base_texts(self) -> int:
        """Texts that people wrote in the base, from which the statistics come."""
        return int(self.base.is_text.sum())

    @cached_property
    def roster(self) -> Roster:
        """Who took part in what, over both segments."""
        return Roster.of([(segment.ids.tolist(), segment.parts) for segment, _ in self.segments()])

    def view(self, text: str) -> IndexQueryView:
        return IndexQueryView.of(self.segments(), self.roster, text, self.statistics, self.encoder)

    def changed(
        self, items: Collection[Item], removed: Collection[DocumentId], position: int
    ) -> IndexGeneration:
        """The state after `items` (new or revised) and removals; this one stays as it is."""
        touched = {item.entry.id for item in items} | set(removed)
        delta = {id_: item for id_, item in self.delta_items.items() if id_ not in touched}
        delta |= {item.entry.id: item for item in items}
        ordered = [delta[id_] for id_ in sorted(delta)]
        return replace(
            self,
            position=position,
            delta=Segment.from_items(ordered, self.statistics.dimension),
            gone=self.gone | (touched & self.base.row_of.keys()),
            delta_items=delta,
        )

    def segments(self) -> tuple[tuple[Segment, frozenset[DocumentId]], ...]:
        """Each segment with the ids in it that are gone."""
        return (self.base, self.gone), (self.delta, frozenset())
