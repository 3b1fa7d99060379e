"""One immutable state of the index.

A generation is a base segment, a small delta segment with what changed since, and the ids that
are gone from the base. Statistics (whitening, spreads, what words weigh) belong to the base:
they move at a rebuild only, so that a score means the same throughout a generation.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from embeddings.dense import QueryCentre, Spread, Whitening
from embeddings.lexical import TermStatistics, lexical_text
from embeddings.participations import participations
from embeddings.segment import Entry, Item, Segment
from embeddings.topic import Topic
from embeddings.view import IndexQueryView
from matcher.ports import Encoder
from matcher.types import Document, DocumentId, Field, Vectors


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the base of a generation says of texts in general."""

    whitening: Mapping[Field, Whitening]
    query_centre: QueryCentre
    spread: Mapping[Field, Spread]
    terms: TermStatistics
    topic: Topic

    @property
    def dimension(self) -> int:
        return len(self.query_centre.short)

    def item(self, document: Document, vectors: Mapping[Field, Vectors]) -> Item:
        """`document` with its `vectors` as the model gave them, ready for a segment."""
        return Item(
            Entry(document.id, document.kind, document.partition, document.revision),
            {part: self.whitening[part].documents(v[None])[0] for part, v in vectors.items()},
            self.terms.weights(lexical_text(document)),
            participations(document),
        )


@dataclass(frozen=True, slots=True)
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

    def view(self, text: str) -> IndexQueryView:
        encoded = self.encoder.encode_queries([text])
        centre = self.statistics.query_centre.at(len(text.split()))
        query = {
            part: whitening.query(encoded, centre)[0]
            for part, whitening in self.statistics.whitening.items()
        }
        on_topic = self.statistics.topic.probability(encoded[0])
        return IndexQueryView.of(
            self.segments(), text, query, self.statistics.spread, self.statistics.terms, on_topic
        )

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
