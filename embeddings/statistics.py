"""What the base of a generation says of texts in general."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from embeddings.dense import QueryCentre, Spread, Whitening
from embeddings.lexical import TermStatistics, lexical_text
from embeddings.participations import participations
from embeddings.recipe import Recipe
from embeddings.routing import NO_ROUTING, Routing
from embeddings.segment import Entry, Item
from embeddings.topic import Topic
from matcher.types import Document, Field, Vectors


@dataclass(frozen=True, slots=True)
class Statistics:
    """Learnt from a corpus when a generation is built, and used for all that comes after."""

    whitening: Mapping[Field, Whitening]
    query_centre: QueryCentre
    spread: Mapping[Field, Spread]
    terms: TermStatistics
    topic: Topic
    routing: Routing = NO_ROUTING
    recipe: Recipe = field(default_factory=Recipe)

    @property
    def dimension(self) -> int:
        return len(self.query_centre.short)

    def item(self, document: Document, vectors: Mapping[Field, Vectors]) -> Item:
        """`document` with its `vectors` as the model gave them, ready for a segment."""
        return Item(
            Entry(document.id, document.kind, document.partition, document.revision),
            {part: self.whitening[part].documents(v[None])[0] for part, v in vectors.items()},
            self.terms.weights(lexical_text(document, self.recipe.title_counts)),
            participations(document),
        )
