"""One question, from its text to the ranked matches.

query text ─ retrieve ─ fuse ─┬─ focus ─ retrieve ─ fuse ─ re-select ─── cases, questions
                              └─ evidence ─ shortlist ─ re-select ─ eligible ─ affinity
                                          ─ rerank ───────────────────── peers, advisers

Then every suggestion is explained.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

from matcher.affinity import Affinity, Aggregation, affinity, relevance
from matcher.eligibility import eligible
from matcher.explain import (
    SHOWN_WORDS,
    RankedDocument,
    explain_document,
    explain_person,
    named,
)
from matcher.fusion import WEIGHTS, Fused, fuse
from matcher.matches import DocumentMatch, Exclusion, Matches, PersonMatch
from matcher.ports import Directory, Index, QueryView, Signal
from matcher.rerank import MOST_OF_ONE_SCHOOL, rerank
from matcher.shortlist import shortlists
from matcher.text import query_text
from matcher.types import (
    Depth,
    DocumentId,
    DocumentKind,
    PersonId,
    Query,
    Role,
    Viewer,
)

# Cases that fit best, from which is learnt what more to look for; measured on dekamer-dev,
# docs/decisions/005-ranking.md.
FEEDBACK_CASES: Final = 20
SHORTLISTED: Final = 8  # people asked after for one that is shown: some may not be suggested
ON_TOPIC: Final = 0.5  # below it a question is rather about something else than the index is
THEMES: Final = 3  # themes nearest to the question, of which those who declared one are asked


@dataclass(frozen=True, slots=True)
class Ranking:
    """The order before it is explained; each list as long as the depth asks for."""

    generation: str
    view: QueryView
    cases: Sequence[RankedDocument]
    questions: Sequence[RankedDocument]
    peers: Sequence[Affinity]
    advisers: Sequence[Affinity]
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
        ranking = self.rank(query, viewer, directory)
        fits = ranking.view.on_topic >= ON_TOPIC
        return Matches(
            generation=ranking.generation,
            fits=fits,
            cases=_documents(ranking.cases, ranking.view, viewer, directory),
            questions=_documents(ranking.questions, ranking.view, viewer, directory),
            peers=_people(ranking.peers if fits else (), viewer, directory),
            advisers=_people(ranking.advisers if fits else (), viewer, directory),
            excluded=tuple(ranking.excluded),
        )

    def rank(self, query: Query, viewer: Viewer, directory: Directory) -> Ranking:
        """What :meth:`match` shows, in the same order, without reasons. Raises EmptyText."""
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
        peers, advisers, excluded = self._people(view, query, viewer, directory)
        return Ranking(generation.name, focused, cases, questions, peers, advisers, excluded)

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
        visible = directory.visible([fused.ids[row] for row in order], viewer)
        seen = [row for row in order if fused.ids[row] in visible][:limit]
        return [
            RankedDocument(
                visible[fused.ids[row]],
                float(fused.scores[row]),
                fused.parts[row],
                fused.deviations[row],
            )
            for row in seen
        ]

    def _people(
        self, view: QueryView, query: Query, viewer: Viewer, directory: Directory
    ) -> tuple[list[Affinity], list[Affinity], list[Exclusion]]:
        """Peers and advisers, from *all* cases within sight, and who may not be suggested.

        The index says whom to ask after; what they did, and whether they may be suggested, the
        store says, some at a time until both lists are full.
        """
        table = view.evidence(viewer.partitions)
        fused = fuse(table.signals, self.weights)
        relevant = relevance(fused, self.aggregation)
        themes = fuse(view.retrieve(DocumentKind.THEME, viewer.partitions, THEMES), self.weights)
        known = dict(zip(fused.ids, relevant.tolist(), strict=True))
        known |= dict(zip(themes.ids, relevance(themes, self.aggregation).tolist(), strict=True))
        known.pop(query.document or DocumentId(""), None)
        nearest = [themes.ids[row] for row in themes.best_first()[:THEMES]]
        found: dict[PersonId, Affinity] = {}
        excluded: dict[PersonId, Exclusion] = {}
        lists = shortlists(table, relevant, query.today, self.aggregation)
        for people in _some_at_a_time(lists, max(1, self.depth.people * SHORTLISTED)):
            experts = directory.experts(people, nearest, viewer)
            suitable, unsuitable = eligible(experts, query)
            excluded |= {exclusion.person: exclusion for exclusion in unsuitable}
            for expert in suitable:
                weighed = affinity(expert, known, query.today, self.aggregation)
                if weighed.pieces:
                    found[expert.id] = weighed
            nearest = []
            peers = rerank(_of(found, False), self.depth.people, MOST_OF_ONE_SCHOOL)
            advisers = rerank(_of(found, True), self.depth.people, None)
            if min(len(peers), len(advisers)) >= self.depth.people:
                break
        return peers, advisers, [excluded[person] for person in sorted(excluded)]


def _some_at_a_time(lists: Sequence[Sequence[PersonId]], size: int) -> list[list[PersonId]]:
    """The first `size` of each list, the next `size` of each, and so on; once if all are empty."""
    parts = [[people[at : at + size] for at in range(0, len(people), size)] for people in lists]
    together = [
        [person for part in step if part for person in part] for step in zip_longest(*parts)
    ]
    return together or [[]]


def _of(found: Mapping[PersonId, Affinity], advising: bool) -> list[Affinity]:
    return [a for a in found.values() if (a.expert.role is Role.ADVISER) is advising]


def _people(
    chosen: Sequence[Affinity], viewer: Viewer, directory: Directory
) -> tuple[PersonMatch, ...]:
    documents: Collection[DocumentId] = {p.document for a in chosen for p, _ in named(a)}
    visible = directory.visible(documents, viewer)
    themes = directory.theme_names(documents - visible.keys())
    return tuple(explain_person(a, rank, visible, themes) for rank, a in enumerate(chosen, start=1))


def _documents(
    shown: Sequence[RankedDocument], view: QueryView, viewer: Viewer, directory: Directory
) -> tuple[DocumentMatch, ...]:
    ids = [found.document.id for found in shown]
    words = view.shared_words(ids, SHOWN_WORDS)
    quoted = view.best_sentences(directory.passages(ids, viewer))
    return tuple(
        explain_document(found, rank, words.get(id_, ()), quoted.get(id_, ""))
        for rank, (id_, found) in enumerate(zip(ids, shown, strict=True), start=1)
    )
