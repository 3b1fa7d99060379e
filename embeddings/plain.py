"""What everyone would use for finding cases, to measure beside: FAISS and BM25, fused by rank.

It looks at the problem alone, knows no rights, and gives no reasons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import bm25s
import faiss

from embeddings.analysis import stems
from matcher.ports import Encoder
from matcher.types import Document, DocumentId

TOP: Final = 50  # of each of the two
_SMOOTHING: Final = 60  # Cormack, Clarke and Büttcher 2009


@dataclass(frozen=True, slots=True)
class PlainSearch:
    """Brute force over all vectors, all postings, and reciprocal rank fusion."""

    ids: tuple[DocumentId, ...]
    dense: faiss.IndexFlatIP
    lexical: Any
    encoder: Encoder  # of queries

    @classmethod
    def from_documents(
        cls, documents: Sequence[Document], documents_encoder: Encoder, query_encoder: Encoder
    ) -> PlainSearch:
        problems = [document.problem for document in documents]
        dense = faiss.IndexFlatIP(documents_encoder.dimension)
        dense.add(documents_encoder.encode_documents(problems))
        lexical = bm25s.BM25(method="lucene")
        lexical.index([stems(problem) for problem in problems], show_progress=False)
        return cls(tuple(document.id for document in documents), dense, lexical, query_encoder)

    def best(self, text: str) -> list[DocumentId]:
        """The ids of the TOP cases, best first."""
        top = min(TOP, len(self.ids))
        _, (near,) = self.dense.search(self.encoder.encode_queries([text]), top)
        lists = [near]
        known = [stem for stem in stems(text) if stem in self.lexical.vocab_dict]
        if known:
            lists.append(self.lexical.retrieve([known], k=top, show_progress=False).documents[0])
        scores: dict[int, float] = {}
        for found in lists:
            for rank, at in enumerate(found.tolist(), start=1):
                scores[at] = scores.get(at, 0.0) + 1.0 / (_SMOOTHING + rank)
        return [self.ids[at] for at in sorted(scores, key=lambda at: (-scores[at], at))[:top]]
