"""Which cases and open questions are suggested, in which order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from matcher.explain import RankedDocument
from matcher.fusion import Fused, fuse
from matcher.ports import Directory, QueryView, Signal
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
        view.retrieve(kind, viewer.partitions, depth.retrieved)
        for kind in (DocumentKind.CASE, DocumentKind.QUESTION)
    )
    focused = _focused(view, fuse(cases, weights), query, sight)
    fused = [fuse(focused.score(near.ids), weights) for near in (cases, questions)]
    lists = [(each, _order(each, query)) for each in fused]
    limits = depth.cases, depth.questions
    wanted = zip(lists, limits, strict=True)
    sight.among(each.ids[row] for (each, order), limit in wanted for row in order[:limit])
    found = [_visible(*each, limit, sight) for each, limit in zip(lists, limits, strict=True)]
    return found[0], found[1]


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


def _focused(view: QueryView, cases: Fused, query: Query, sight: _Sight) -> QueryView:
    """`view`, told also by the cases that fit best: better than the average, by how much."""
    rows = _order(cases, query)[:FEEDBACK_CASES]
    score_of = {cases.ids[row]: float(cases.scores[row]) for row in rows}
    visible = sight.among(score_of)
    best = {id_: score for id_, score in score_of.items() if id_ in visible and score > 0.0}
    return view.focused(best) if best else view


def _order(fused: Fused, query: Query) -> list[int]:
    """Rows, best first, without the question itself."""
    return [row for row in fused.best_first() if fused.ids[row] != query.document]


def _visible(fused: Fused, order: Sequence[int], limit: int, sight: _Sight) -> list[RankedDocument]:
    """The best `limit` that may be seen."""
    found: list[RankedDocument] = []
    for start in range(0, len(order), max(1, limit)):  # few are hidden: one time is mostly enough
        if len(found) >= limit:
            break
        some = order[start : start + limit]
        visible = sight.among(fused.ids[row] for row in some)
        found += [
            RankedDocument(
                visible[fused.ids[row]],
                float(fused.scores[row]),
                fused.parts[row],
                fused.deviations[row],
            )
            for row in some
            if fused.ids[row] in visible
        ]
    return found[:limit]
