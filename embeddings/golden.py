"""Whether a converted model still says what the original says, on 40 Dutch texts.

Two guards: every text must keep its vector (cosine), and the ranking of the passages for each
question, which is what vectors are for, must stay as good (nDCG@10 over graded judgements).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Final

import numpy as np

from embeddings.backend import Backend, TextRole, prompt_for
from embeddings.pieces import averaged, unit
from matcher.metrics import ndcg
from matcher.types import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

LEAST_COSINE: Final = 0.999
MOST_LOSS: Final = 0.005  # nDCG@10
_DEPTH: Final = 10


@dataclass(frozen=True, slots=True)
class Agreement:
    """The lowest cosine of a text (a piece), and mean nDCG@10 less that of the original."""

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


def agreement_of(original: SentenceTransformer, converted: Backend) -> Agreement:
    """Compare on the golden set, each text with the prompt of its role."""
    golden = json.loads(resources.files("embeddings").joinpath("golden.json").read_bytes())
    judged = [entry["relevant"] for entry in golden["queries"]]

    cosines: list[Vectors] = []

    def both(texts: Sequence[str], role: TextRole) -> tuple[Vectors, Vectors]:
        """Vectors of the texts by the original and by the copy, from the same pieces."""
        prompt = prompt_for(role, original.prompts)
        cut = [converted.pieces(text, prompt) for text in texts]
        pieces = [piece for some in cut for piece in some]
        given = [piece.text for piece in pieces]
        theirs = original.encode(given, prompt=prompt, show_progress_bar=False)
        ours = converted.embed(pieces)
        cosines.append((unit(theirs) * unit(ours)).sum(axis=1))
        return averaged(theirs, cut), averaged(ours, cut)

    questions = both([entry["text"] for entry in golden["queries"]], "query")
    passages = both(golden["passages"], "document")
    before, after = (_quality(q, p, judged) for q, p in zip(questions, passages, strict=True))
    return Agreement(float(np.concatenate(cosines).min()), after - before)


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
