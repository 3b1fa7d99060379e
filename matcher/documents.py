"""Which cases and open questions are suggested, in which order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from matcher.explain import RankedDocument
from matcher.fusion import fuse, scores
from matcher.ports import Directory, QueryView, Signal, Signals
from matcher.types import Depth, DocumentId, DocumentKind, Query, Viewer, VisibleDocument

# Cases that fit best, from which is learnt what more to look for; measured on dekamer-dev,
# docs/decisions/005-ranking.md.
FEEDBACK_CASES: Final = 20


def documents(
    view: QueryView,
    depth: Depth,
    weights: Mapping[Signal, float],
    query: Query,
    viewer: Viewer,
    directory: Directory,
) -> tuple[list[RankedDocument], list[RankedDocument]]:
    """The best cases and the best open questions that the store lets the viewer see."""
    sight = _Sight(viewer, directory)
    cases, questions = (
        view.retrieve(kind, depth.retrieved) for kind in (DocumentKind.CASE, DocumentKind.QUESTION)
    )
    focused = _focused(view, cases, weights, query, sight)
    of_cases, of_questions = (focused.score(near.ids) for near in (cases, questions))
    best_cases, best_questions = (_order(s, weights, query) for s in (of_cases, of_questions))
    sight.among([*best_cases[: depth.cases], *best_questions[: depth.questions]])
    return (
        _ranked(of_cases, weights, sight.first(best_cases, depth.cases)),
        _ranked(of_questions, weights, sight.first(best_questions, depth.questions)),
    )


class _Sight:
    """What the viewer may see, from the store; no document is asked after twice."""

    def __init__(self, viewer: Viewer, directory: Directory) -> None:
        self._viewer = viewer
        self._directory = directory
        self._asked: set[DocumentId] = set()
        self._visible: dict[DocumentId, VisibleDocument] = {}

    def among(self, ids: Iterable[DocumentId]) -> Mapping[DocumentId, VisibleDocument]:
        """Those of `ids` that may be seen, and others that were asked after before."""
        new = set(ids) - self._asked
        if new:
            self._asked |= new
            self._visible.update(self._directory.visible(new, self._viewer))
        return self._visible

    def first(self, ids: Sequence[DocumentId], limit: int) -> list[VisibleDocument]:
        """The first `limit` of `ids` that may be seen."""
        found: list[VisibleDocument] = []
        for start in range(0, len(ids), max(1, limit)):  # few are hidden: once is mostly enough
            if len(found) >= limit:
                break
            some = ids[start : start + limit]
            visible = self.among(some)
            found += [visible[id_] for id_ in some if id_ in visible]
        return found[:limit]


def _focused(
    view: QueryView,
    cases: Signals,
    weights: Mapping[Signal, float],
    query: Query,
    sight: _Sight,
) -> QueryView:
    """`view`, told also by the cases that fit best: better than the average, by how much."""
    score_of = dict(zip(cases.ids, scores(cases, weights).tolist(), strict=True))
    nearest = _order(cases, weights, query)[:FEEDBACK_CASES]
    visible = sight.among(nearest)
    best = {id_: score_of[id_] for id_ in nearest if id_ in visible and score_of[id_] > 0.0}
    return view.focused(best) if best else view


def _order(signals: Signals, weights: Mapping[Signal, float], query: Query) -> list[DocumentId]:
    """Best first, of equals the first by id; without the question itself."""
    falling = np.argsort(-scores(signals, weights), kind="stable").tolist()
    return [id_ for row in falling if (id_ := signals.ids[row]) != query.document]


def _ranked(
    signals: Signals, weights: Mapping[Signal, float], shown: Sequence[VisibleDocument]
) -> list[RankedDocument]:
    """Those that are shown, each with what its score is made of."""
    row_of = {id_: row for row, id_ in enumerate(signals.ids)}
    fused = fuse(signals.of([row_of[document.id] for document in shown]), weights)
    return [
        RankedDocument(document, float(score), parts, deviations)
        for document, score, parts, deviations in zip(
            shown, fused.scores, fused.parts, fused.deviations, strict=True
        )
    ]
