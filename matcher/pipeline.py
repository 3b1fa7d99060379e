"""One question, from its text to the ranked matches.

query text ─ retrieve ─ fuse ─┬─ re-select ─ explain ─────────────── cases, questions
                              └─ experts ─ eligible ─ evidence ─ affinity
                                          ─ rerank ─ explain ─────── peers, advisers
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from matcher.affinity import Affinity, Aggregation, affinity, relevance
from matcher.eligibility import eligible
from matcher.explain import explain_documents, explain_person
from matcher.fusion import Fused, fuse
from matcher.ports import Directory, Index, QueryView
from matcher.rerank import MOST_OF_ONE_SCHOOL, rerank
from matcher.text import query_text
from matcher.types import (
    Depth,
    DocumentId,
    DocumentKind,
    DocumentMatch,
    Exclusion,
    Expert,
    Matches,
    PersonMatch,
    Query,
    Role,
    Viewer,
)


@dataclass(frozen=True, slots=True)
class Matcher:
    """Matches a question with cases, questions, peers and advisers, for one viewer."""

    index: Index
    depth: Depth = field(default_factory=Depth)
    aggregation: Aggregation = Aggregation.HARMONIC

    def match(self, query: Query, viewer: Viewer, directory: Directory) -> Matches:
        """The matches for `query` that `viewer` may see, each with its reasons.

        Raises EmptyText when the question holds no word to match on.
        """
        generation = self.index.current()
        view = generation.view(query_text(query))
        cases = self._candidates(view, DocumentKind.CASE, viewer, query)
        questions = self._candidates(view, DocumentKind.QUESTION, viewer, query)
        experts, excluded = self._experts(cases, query, viewer, directory)
        people = self._affinities(view, experts, query)
        return Matches(
            generation=generation.name,
            cases=self._documents(cases, self.depth.cases, view, viewer, directory),
            questions=self._documents(questions, self.depth.questions, view, viewer, directory),
            peers=self._people([a for a in people if not _advises(a)], MOST_OF_ONE_SCHOOL,
                               viewer, directory),
            advisers=self._people([a for a in people if _advises(a)], None, viewer, directory),
            excluded=tuple(excluded),
        )  # fmt: skip

    def _candidates(
        self, view: QueryView, kind: DocumentKind, viewer: Viewer, query: Query
    ) -> list[tuple[Fused, int]]:
        """Candidates of `kind`, best first, as rows of their fused scores."""
        fused = fuse(view.retrieve(kind, viewer.partitions, self.depth.retrieved))
        return [(fused, row) for row in fused.best_first() if fused.ids[row] != query.document]

    def _documents(
        self,
        candidates: Sequence[tuple[Fused, int]],
        limit: int,
        view: QueryView,
        viewer: Viewer,
        directory: Directory,
    ) -> tuple[DocumentMatch, ...]:
        """The best candidates that the store, asked again now, lets the viewer see."""
        visible = directory.visible([fused.ids[row] for fused, row in candidates], viewer)
        seen = [(fused, row) for fused, row in candidates if fused.ids[row] in visible]
        shown = [
            (visible[fused.ids[row]], float(fused.scores[row]), fused.parts[row].tolist())
            for fused, row in seen[:limit]
        ]
        return explain_documents(shown, view)

    def _experts(
        self,
        cases: Sequence[tuple[Fused, int]],
        query: Query,
        viewer: Viewer,
        directory: Directory,
    ) -> tuple[list[Expert], list[Exclusion]]:
        """Who took part in a candidate case, or declares a theme, and may be suggested."""
        experts = directory.experts([fused.ids[row] for fused, row in cases], viewer)
        return eligible(experts, query)

    def _affinities(
        self, view: QueryView, experts: Sequence[Expert], query: Query
    ) -> list[Affinity]:
        """Affinity from *all* visible cases of each person, not only the candidates."""
        evidence: set[DocumentId] = set()
        for expert in experts:
            evidence.update(e.case for e in expert.experiences if e.case != query.document)
            evidence.update(expert.declared)
        relevant = relevance(fuse(view.score(evidence)), self.aggregation)
        weighed = (affinity(expert, relevant, query.today, self.aggregation) for expert in experts)
        return [a for a in weighed if a.pieces]

    def _people(
        self,
        affinities: Sequence[Affinity],
        most_of_one_organisation: int | None,
        viewer: Viewer,
        directory: Directory,
    ) -> tuple[PersonMatch, ...]:
        chosen = rerank(affinities, self.depth.people, most_of_one_organisation)
        documents: Collection[DocumentId] = {p.document for a in chosen for p, _ in a.pieces}
        visible = directory.visible(documents, viewer)
        themes = directory.theme_names(documents - visible.keys())
        return tuple(
            explain_person(a, rank, visible, themes) for rank, a in enumerate(chosen, start=1)
        )


def _advises(affinity: Affinity) -> bool:
    return affinity.expert.role is Role.ADVISER
