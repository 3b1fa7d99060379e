"""What the base of a generation says of texts in general."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from embeddings.dense import QueryCentre, Spread, Whitening
from embeddings.lexical import TermStatistics
from embeddings.postings import Postings
from embeddings.recipe import Recipe
from embeddings.routing import NO_ROUTING, Routing
from embeddings.topic import Topic
from matcher.types import Field, Vectors


@dataclass(frozen=True, slots=True)
class Statistics:
    """Learnt from a corpus when a generation is built, and used for all that comes after."""

    origin: str  # a name that no others have, for their files
    position: int  # of the outbox, when it was learnt
    texts: int  # that people wrote, from which it was learnt
    whitening: Mapping[Field, Whitening]
    query_centre: QueryCentre
    probes: Vectors  # (n, dim): questions as the model encodes them, to try a search with
    spread: Mapping[Field, Spread]
    terms: TermStatistics
    reference: Postings  # of a sample: what any query's words have in common with texts
    topic: Topic
    routing: Routing = NO_ROUTING
    recipe: Recipe = field(default_factory=Recipe)

    @property
    def dimension(self) -> int:
        return len(self.query_centre.short)
