"""Whether a generation answers as it should, before anyone is answered by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from embeddings.generation import IndexGeneration
from embeddings.sight import Layer, Sight
from embeddings.view import IndexQueryView
from matcher.fusion import scores
from matcher.text import has_words
from matcher.types import Document, DocumentId, DocumentKind, Viewer

GOLDEN: Final = 64  # cases that are asked after
RECALL: Final = 0.98  # of the ten best by brute force, that must be found
DEPTH: Final = 10


def golden(documents: Sequence[Document]) -> list[Document]:
    """Cases spread evenly over all of them: each is asked after by its own title."""
    cases = [d for d in documents if d.kind is DocumentKind.CASE and has_words(d.title)]
    if len(cases) <= GOLDEN:
        return cases
    return [cases[at] for at in np.linspace(0, len(cases) - 1, GOLDEN).astype(int)]


def found_again(generation: IndexGeneration, cases: Sequence[Document]) -> float:
    """How high each case stands when its title is asked: mean of 1 / rank; NaN of none.

    Known-item search (Beitzel and others 2003): the judged set that every database has.
    """
    ranks = [_rank(generation, case) for case in cases]
    return float(np.mean([1.0 / rank if rank else 0.0 for rank in ranks])) if ranks else np.nan


def recall(generation: IndexGeneration, cases: Sequence[Document]) -> float:
    """Part of the DEPTH best by brute force that a search for each title finds; NaN of none."""
    found: list[float] = []
    for case in cases:
        view = generation.view(case.title, _partitions(case))
        ours, theirs = (_best(v, DEPTH) for v in (view, _exactly(generation, view, case)))
        found.append(len(set(ours) & set(theirs)) / max(1, len(theirs)))
    return float(np.mean(found)) if found else np.nan


def _exactly(generation: IndexGeneration, view: IndexQueryView, case: Document) -> IndexQueryView:
    """The same query, of which every document within sight is scored."""
    plain = [
        Layer(replace(layer.segment, approximate={}), layer.gone) for layer in generation.layers
    ]
    return replace(view, sight=Sight.of(plain, _partitions(case)), _columns={}, _words={})


def _rank(generation: IndexGeneration, case: Document) -> int:
    """From 1 on; 0 where it is not found at all."""
    ids = _best(generation.view(case.title, _partitions(case)), None)
    return ids.index(case.id) + 1 if case.id in ids else 0


def _best(view: IndexQueryView, limit: int | None) -> list[DocumentId]:
    signals = view.retrieve(DocumentKind.CASE, 50)
    order = np.argsort(-scores(signals), kind="stable")[:limit]
    return [signals.ids[at] for at in order.tolist()]


def _partitions(case: Document) -> frozenset[str]:
    """What someone sees for whom the case is near."""
    return Viewer().partitions | {case.partition}
