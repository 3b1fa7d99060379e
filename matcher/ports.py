"""What matching needs from the outside: an encoder, an index and a directory of the visible.

Small on purpose: another index or store is a new file, not a rewrite.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import NamedTuple, Protocol

from matcher.matches import Description
from matcher.types import (
    Document,
    DocumentId,
    DocumentKind,
    Expert,
    Integers,
    PersonId,
    Scores,
    SignalMatrix,
    Vectors,
    Viewer,
    VisibleDocument,
)


class Encoder(Protocol):
    """Texts to vectors of unit length. Safe to call from several threads."""

    @property
    def fingerprint(self) -> str:
        """Names the model by its content: the same fingerprint gives the same vectors."""

    @property
    def dimension(self) -> int: ...

    @property
    def loaded(self) -> bool:
        """Whether it encodes at once."""

    def load(self) -> object:
        """Be ready to encode; else the first text waits for it. Raises ModelError."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """float32 (len(texts), dimension). Raises EmptyText for a blank text."""

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """float32 (len(texts), dimension). Raises EmptyText for a blank text."""


class VectorKey(NamedTuple):
    """Where a vector is kept: what was encoded, by which model, in which role."""

    content_hash: str  # SHA-256 of the text, hexadecimal
    model: str  # fingerprint
    role: str  # "document" or "query": the model's prompt differs


class VectorStore(Protocol):
    """Vectors that were computed before, so that nothing is encoded twice."""

    def load(self, keys: Collection[VectorKey]) -> Mapping[VectorKey, Vectors]:
        """The vectors there are, each float32 (dim,); a key without one is left out."""

    def save(self, vectors: Mapping[VectorKey, Vectors]) -> None: ...


class Signal(IntEnum):
    """The columns of a SignalMatrix."""

    DENSE_PROBLEM = 0
    DENSE_RESOLUTION = 1
    LEXICAL = 2
    FEEDBACK = 3  # nearness to the cases that fit best; of a focused view only


@dataclass(frozen=True, slots=True)
class Signals:
    """How documents answer a query, signal by signal, beside how the whole corpus does.

    `ids` are in order, but for those of an EvidenceTable. `values` (n, len(Signal)) are cosines;
    NaN where a document lacks the field. `mean` and `std` (len(Signal),) are over the corpus of
    the generation, not over these documents; `trust` (len(Signal),), in [0, 1], is how much this
    query gives each signal to go by.
    """

    ids: Sequence[DocumentId]
    values: SignalMatrix
    mean: Scores
    std: Scores
    trust: Scores

    def of(self, rows: Sequence[int]) -> Signals:
        """Those of the documents at `rows` alone."""
        ids = tuple(self.ids[row] for row in rows)
        return replace(self, ids=ids, values=self.values[list(rows)])


@dataclass(frozen=True, slots=True)
class EvidenceTable:
    """Who took part in which case, for every case within sight, sorted by person.

    `people` in order of id; the other arrays are parallel, an entry a person and case:
    `person` (m,) index in `people`, rising, `document` (m,) row of `signals`, `role` and
    `outcome` (m,) place in the enum, `day` (m,) date as ordinal. Of several roles in one case
    the weightiest. `signals` may hold documents besides, of which no entry is.
    """

    signals: Signals
    people: Sequence[PersonId]
    person: Integers
    document: Integers
    role: Integers
    outcome: Integers
    day: Integers


class QueryView(Protocol):
    """One query as one generation of the index sees it, in the partitions of one viewer."""

    @property
    def on_topic(self) -> float:
        """How likely the query is about what the index is about at all, in [0, 1]."""

    @property
    def routed(self) -> Mapping[PersonId, float]:
        """Whose this query is more than most cases are, learnt from what each advised on.

        In standard deviations above the mean of all national cases; whose it is not, and of whom
        too little is known, is not in it.
        """

    def focused(self, cases: Mapping[DocumentId, float]) -> QueryView:
        """The same query, told also by `cases` with their weights: its scores have FEEDBACK."""

    def evidence(self, without: Collection[DocumentId]) -> EvidenceTable:
        """Everyone's part in the cases within sight, as if those `without` had not been."""

    def retrieve(self, kind: DocumentKind, limit: int) -> Signals:
        """The union of the best `limit` documents of each signal.

        FEEDBACK brings none of its own: it tells apart those that the other signals found.
        """

    def score(self, ids: Iterable[DocumentId]) -> Signals:
        """The signals of the named documents, in order of id; those unknown are left out."""

    def shared_words(
        self, documents: Collection[DocumentId], limit: int
    ) -> Mapping[DocumentId, tuple[str, ...]]:
        """Words of the query, as written there, that weigh most in each document."""

    def best_sentences(
        self, passages: Mapping[DocumentId, Sequence[str]]
    ) -> Mapping[DocumentId, str]:
        """Of each document's `passages` the sentence nearest to the query, if it has one."""


class Generation(Protocol):
    """An immutable state of the index."""

    @property
    def name(self) -> str: ...

    def view(self, text: str, partitions: Collection[str]) -> QueryView:
        """Encode `text` with the model of this generation, to look within `partitions` alone.

        Raises EmptyText.
        """


class Index(Protocol):
    """Hands out the generation that is served now; one match uses one throughout."""

    def current(self) -> Generation: ...


@dataclass(frozen=True, slots=True)
class Unnamed:
    """An organisation with someone who is not shown by name, and how they would be described."""

    organisation: str
    description: Description


class Directory(Protocol):
    """What the viewer may see at this moment, from the store: the truth beside the index."""

    def visible(
        self, ids: Collection[DocumentId], viewer: Viewer
    ) -> Mapping[DocumentId, VisibleDocument]:
        """Cases and open questions among `ids` that the viewer may see now."""

    def passages(
        self, ids: Collection[DocumentId], viewer: Viewer
    ) -> Mapping[DocumentId, Sequence[str]]:
        """What people wrote in each of `ids` that the viewer may see now, redacted."""

    def experts(
        self, people: Collection[PersonId], themes: Collection[DocumentId], viewer: Viewer
    ) -> list[Expert]:
        """Those of `people` who help, and helpers nearby who declared one of `themes`, by id.

        Without their cases: those are evidence of the index, and re-selected before they are named.
        """

    def theme_names(self, themes: Collection[DocumentId]) -> Mapping[DocumentId, str]: ...

    def unnamed(self, regions: Collection[str]) -> list[Unnamed]:
        """Where in `regions` there are helpers who are not shown by name."""


class DocumentSource(Protocol):
    """The documents to index, from the store."""

    def documents(self, ids: Collection[DocumentId] | None = None) -> list[Document]:
        """All that belong in the index, or those of `ids` that do, in order of id."""
