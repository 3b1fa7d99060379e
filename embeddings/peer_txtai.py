"""txtai, for measuring beside: hybrid search over SQLite, FAISS and its own BM25, with SQL filter.

Set up as its documentation says, with every default of its own; the vectors are ours. It holds
one vector a case, that of the problem, and the words of both fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from matcher.errors import SchakelError
from matcher.ports import Encoder
from matcher.types import Document, DocumentId, Vectors

INSTALL: Final = "pip install -e '.[bench]' -c constraints.txt"

_ALL: Final = "select id, score from txtai where similar(:query) limit {limit}"
# txtai asks its index for ten times the limit here, and its index each part for ten times that.
_WITHIN: Final = "select id, score from txtai where similar(:query) and tags = :tags limit {limit}"


class PeerMissing(SchakelError):
    """txtai is not installed."""

    def __init__(self) -> None:
        super().__init__(f"txtai is not installed. Install it: {INSTALL}")


def require_txtai() -> str:
    """Its version, once it is imported, which takes seconds. Raises PeerMissing."""
    if find_spec("txtai") is None:
        raise PeerMissing
    import_module("txtai")
    return version("txtai")


@dataclass(frozen=True, slots=True)
class TxtaiSearch:
    """An index of txtai; `tags` of a document are its partition."""

    embeddings: Any
    vectors: dict[str, Vectors] = field(repr=False)  # (dim,) of a query, by its text

    @classmethod
    def from_documents(
        cls, documents: Iterable[Document], documents_encoder: Encoder
    ) -> TxtaiSearch:
        """Raises PeerMissing."""
        require_txtai()
        from txtai import Embeddings

        problems: dict[str, str] = {}  # by the text that txtai is given
        queries: dict[str, Vectors] = {}

        def transform(texts: Sequence[str]) -> Vectors:
            if texts[0] in queries:
                return np.stack([queries[text] for text in texts])
            return documents_encoder.encode_documents([problems[text] for text in texts])

        def told() -> Iterable[tuple[str, str, str]]:
            for document in documents:
                text = f"{document.problem}\n{document.resolution}"
                problems[text] = document.problem
                yield document.id, text, document.partition

        embeddings = Embeddings(
            method="external", transform=transform, content=True, hybrid=True, backend="faiss"
        )
        embeddings.index(told())
        return cls(embeddings, queries)

    def know(self, queries: Sequence[str], vectors: Vectors) -> None:
        """What :meth:`best` will be asked; `vectors` (len(queries), dim)."""
        self.vectors.update(zip(queries, vectors, strict=True))

    def best(self, query: str, limit: int, partition: str | None = None) -> list[DocumentId]:
        """At most `limit`, best first, of `partition` alone where one is given."""
        if partition is None:
            sql, parameters = _ALL, {"query": query}
        else:
            sql, parameters = _WITHIN, {"query": query, "tags": partition}
        found = self.embeddings.search(sql.format(limit=limit), limit, parameters=parameters)
        return [DocumentId(each["id"]) for each in found]

    def save(self, folder: Path) -> None:
        self.embeddings.save(str(folder))

    def close(self) -> None:
        self.embeddings.close()
