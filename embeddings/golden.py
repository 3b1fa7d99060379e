"""Whether a converted model still says what the original says, on 40 Dutch texts.

Two guards: every text must keep its vector (cosine), and the ranking of the passages for each
question, which is what vectors are for, must stay as good (nDCG@10 over graded judgements).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from embeddings.pieces import Piece
from matcher.metrics import ndcg
from matcher.types import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

LEAST_COSINE: Final = 0.999
MOST_LOSS: Final = 0.005  # nDCG@10
_DEPTH: Final = 10


class Converted(Protocol):
    """What is compared: see :class:`embeddings.encoder.Backend`."""

    def pieces(self, text: str, prompt: str) -> list[Piece]: ...

    def embed(self, pieces: Sequence[Piece]) -> Vectors: ...


@dataclass(frozen=True, slots=True)
class Agreement:
    """The lowest cosine over the texts, and mean nDCG@10 less that of the original."""

    cosine: float
    ndcg: float

    @property
    def good(self) -> bool:
        return self.cosine >= LEAST_COSINE and self.ndcg >= -MOST_LOSS

    def __str__(self) -> str:
        return (
            f"lowest cosine {self.cosine:.5f} (at least {LEAST_COSINE}), "
            f"nDCG@10 {self.ndcg:+.4f} (at least {-MOST_LOSS})"
        )


def agreement_of(original: SentenceTransformer, converted: Converted) -> Agreement:
    """Compare on the golden set, each text with the prompt of its role."""
    query, passage = (original.prompts.get(name) or "" for name in ("query", "document"))
    passage = passage or original.prompts.get("passage") or ""

    def theirs(texts: Sequence[str], prompt: str) -> Vectors:
        return original.encode(list(texts), prompt=prompt, show_progress_bar=False)

    def ours(texts: Sequence[str], prompt: str) -> Vectors:
        return converted.embed(
            [piece for text in texts for piece in converted.pieces(text, prompt)]
        )

    golden = json.loads(resources.files("embeddings").joinpath("golden.json").read_bytes())
    judged = [entry["relevant"] for entry in golden["queries"]]

    def encode(encoder: Callable[[Sequence[str], str], Vectors]) -> tuple[Vectors, Vectors]:
        questions = encoder([entry["text"] for entry in golden["queries"]], query)
        return unit(questions), unit(encoder(golden["passages"], passage))

    (q0, p0), (q1, p1) = encode(theirs), encode(ours)
    cosines = np.concatenate([(q0 * q1).sum(axis=1), (p0 * p1).sum(axis=1)])
    gain = _quality(q1, p1, judged) - _quality(q0, p0, judged)
    return Agreement(float(cosines.min()), gain)


def unit(vectors: Vectors) -> Vectors:
    """Each row divided by its length; NaN for a row of zeros."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return found


def _quality(questions: Vectors, passages: Vectors, judged: Sequence[dict[str, int]]) -> float:
    """Mean nDCG@10 of the passages in order of cosine."""
    order = np.argsort(-(questions @ passages.T), axis=1, kind="stable")
    return float(
        np.mean(
            [
                ndcg([str(at) for at in ranking], grades, _DEPTH)
                for ranking, grades in zip(order, judged, strict=True)
            ]
        )
    )
