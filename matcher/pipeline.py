"""One question, from its text to the ranked matches.

query text ─ view ─┬─ retrieve ─ fuse ─ focus ─ retrieve ─ fuse ─ re-select ── cases, questions
                   └─ evidence ─ affinity ─ re-select ─ eligible ─ rerank ──── peers, advisers

Then every suggestion is explained.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from matcher.affinity import Affinity, Aggregation, affinity, relevance
from matcher.explain import (
    SHOWN_WORDS,
    RankedDocument,
    explain_document,
    explain_person,
    named,
)
from matcher.fusion import WEIGHTS, Fused, fuse
from matcher.matches import DocumentMatch, Exclusion, Matches, PersonMatch
from matcher.people import Evidence, people
from matcher.ports import Directory, Index, QueryView, Signal
from matcher.standings import experiences
from matcher.text import query_text
from matcher.types import Depth, DocumentId, DocumentKind, Query, Viewer

# Cases that fit best, from which is learnt what more to look for; measured on dekamer-dev,
# docs/decisions/005-ranking.md.
FEEDBACK_CASES: Final = 20
ON_TOPIC: Final = 0.5  # below it a question is rather about something else than the index is
THEMES: Final = 5  # themes nearest to the question, of which those who declared one are asked


_Suggestion = TypeVar("_Suggestion", DocumentMatch, PersonMatch)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The order before it is explained; each list as long as the depth asks for."""

    generation: str
    view: QueryView
    cases: Sequence[RankedDocument]
    questions: Sequence[RankedDocument]
    peers: Sequence[Affinity]
    advisers: Sequence[Affinity]
    evidence: Evidence
    excluded: Sequence[Exclusion]


@dataclass(frozen=True, slots=True)
class Matcher:
    """Matches a question with cases, questions, peers and advisers, for one viewer."""

    index: Index
    depth: Depth = field(default_factory=Depth)
    aggregation: Aggregation = Aggregation.BEST_AND_WHOLE
    weights: Mapping[Signal, float] = field(default_factory=lambda: WEIGHTS)

    def match(self, query: Query, viewer: Viewer, directory: Directory) -> Matches:
        """The matches for `query` that `viewer` may see, each with its reasons.

        Where the question is about something else entirely, no one's time is asked: the lists
        of people are empty. Raises EmptyText when the question holds no word to match on.
        """
        hidden: frozenset[DocumentId] = frozenset()
        while True:
            ranking = self.rank(query, viewer, directory, hidden)
            told = self._told(ranking, query)
            cases = {piece.document for a in told for piece, _ in named(a) if piece.experience}
            themes = {piece.document for a in told for piece, _ in named(a)} - cases
            visible = directory.visible(cases, viewer)
            if cases == visible.keys():
                break
            hidden |= cases - visible.keys()  # just withdrawn: as if they had not been
        names = directory.theme_names(themes)
        shown = [explain_person(a, visible, names) for a in told]
        peers, advisers = shown[: len(ranking.peers)], shown[len(ranking.peers) :]
        documents = _documents([*ranking.cases, *ranking.questions], ranking, viewer, directory)
        cases_shown, questions = documents[: len(ranking.cases)], documents[len(ranking.cases) :]
        return Matches(
            generation=ranking.generation,
            fits=_fits(ranking),
            cases=_ranked(cases_shown),
            questions=_ranked(questions),
            peers=_ranked(peers),
            advisers=_ranked(advisers),
            excluded=tuple(ranking.excluded),
        )

    def rank(
        self,
        query: Query,
        viewer: Viewer,
        directory: Directory,
        hidden: Collection[DocumentId] = (),
    ) -> Ranking:
        """What :meth:`match` shows, in the same order, without reasons; `hidden` cases are not.

        People have no pieces of evidence yet. Raises EmptyText.
        """
        generation = self.index.current()
        view = generation.view(query_text(query))
        focused = self._focused(view, query, viewer, directory)
        cases, questions = (
            self._visible(focused, kind, limit, query, viewer, directory)
            for kind, limit in (
                (DocumentKind.CASE, self.depth.cases),
                (DocumentKind.QUESTION, self.depth.questions),
            )
        )
        evidence = self._evidence(view, query, viewer, hidden)
        peers, advisers, excluded = people(
            evidence, self.depth.people, self.aggregation, query, viewer, directory
        )
        return Ranking(
            generation.name, focused, cases, questions, peers, advisers, evidence, excluded
        )

    def _focused(
        self, view: QueryView, query: Query, viewer: Viewer, directory: Directory
    ) -> QueryView:
        """`view`, told also by the cases that fit best: better than the average, by how much."""
        fused, order = self._candidates(view, DocumentKind.CASE, query, viewer)
        score_of = {fused.ids[row]: float(fused.scores[row]) for row in order[:FEEDBACK_CASES]}
        visible = directory.visible(score_of.keys(), viewer)
        best = {id_: score for id_, score in score_of.items() if id_ in visible and score > 0.0}
        return view.focused(best) if best else view

    def _candidates(
        self, view: QueryView, kind: DocumentKind, query: Query, viewer: Viewer
    ) -> tuple[Fused, list[int]]:
        """Candidates of `kind`, and their rows best first."""
        signals = view.retrieve(kind, viewer.partitions, self.depth.retrieved)
        fused = fuse(signals, self.weights)
        return fused, [row for row in fused.best_first() if fused.ids[row] != query.document]

    def _visible(
        self,
        view: QueryView,
        kind: DocumentKind,
        limit: int,
        query: Query,
        viewer: Viewer,
        directory: Directory,
    ) -> list[RankedDocument]:
        """The best candidates that the store, asked again now, lets the viewer see."""
        if not limit:
            return []
        fused, order = self._candidates(view, kind, query, viewer)
        found: list[RankedDocument] = []
        for start in range(0, len(order), limit):  # few are hidden: most often one time is enough
            some = order[start : start + limit]
            visible = directory.visible([fused.ids[row] for row in some], viewer)
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
            if len(found) >= limit:
                break
        return found[:limit]

    def _evidence(
        self, view: QueryView, query: Query, viewer: Viewer, hidden: Collection[DocumentId]
    ) -> Evidence:
        """Everyone's cases and the nearest themes, with how relevant each is.

        Without feedback: a case fewer in the index then always means less for who was in it.
        """
        table = view.evidence(viewer.partitions)
        left_out = {*hidden, query.document} if query.document else {*hidden}
        if left_out:
            table = table.without(left_out)
        themes = fuse(view.retrieve(DocumentKind.THEME, viewer.partitions, THEMES), self.weights)
        relevant = relevance(themes, self.aggregation).tolist()
        return Evidence(
            table,
            relevance(fuse(table.signals, self.weights), self.aggregation),
            {themes.ids[row]: relevant[row] for row in themes.best_first()[:THEMES]},
        )

    def _told(self, ranking: Ranking, query: Query) -> list[Affinity]:
        """Who is shown, with the pieces of their evidence; no one where nothing fits."""
        chosen = [*ranking.peers, *ranking.advisers] if _fits(ranking) else []
        evidence = ranking.evidence
        cases, known = experiences(evidence.table, [a.expert.id for a in chosen], evidence.relevant)
        known |= evidence.themes
        experts = (replace(a.expert, experiences=cases.get(a.expert.id, ())) for a in chosen)
        return [affinity(expert, known, query.today, self.aggregation) for expert in experts]


def _fits(ranking: Ranking) -> bool:
    return ranking.view.on_topic >= ON_TOPIC


def _documents(
    shown: Sequence[RankedDocument], ranking: Ranking, viewer: Viewer, directory: Directory
) -> list[DocumentMatch]:
    ids = [found.document.id for found in shown]
    words = ranking.view.shared_words(ids, SHOWN_WORDS)
    quoted = ranking.view.best_sentences(directory.passages(ids, viewer))
    return [
        explain_document(found, words.get(id_, ()), quoted.get(id_, ""))
        for id_, found in zip(ids, shown, strict=True)
    ]


def _ranked(found: Sequence[_Suggestion]) -> tuple[_Suggestion, ...]:
    """One list, best first, with the ranks from 1."""
    return tuple(replace(each, rank=rank) for rank, each in enumerate(found, start=1))
