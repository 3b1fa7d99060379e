"""One question, from its text to the ranked matches.

query text ─ view ─┬─ retrieve ─ fuse ─ focus ─ score ─ fuse ─ re-select ─ cases, questions
                   └─ evidence ─ affinity ─ re-select ─ eligible ─ rerank ─ peers, advisers

Then every suggestion is explained.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from matcher.affinity import Affinity, relevance
from matcher.documents import documents
from matcher.explain import (
    SHOWN_WORDS,
    RankedDocument,
    explain_document,
    explain_person,
)
from matcher.fusion import WEIGHTS, fuse, scores
from matcher.identity import identified
from matcher.matches import DocumentMatch, Exclusion, Matches, PersonMatch
from matcher.people import Aggregations, Evidence, people
from matcher.ports import Directory, Index, QueryView, Signal
from matcher.standings import Standings
from matcher.text import query_text
from matcher.types import Depth, DocumentId, DocumentKind, Query, Viewer

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
    aggregations: Aggregations = field(default_factory=Aggregations)
    weights: Mapping[Signal, float] = field(default_factory=lambda: WEIGHTS)

    def match(self, query: Query, viewer: Viewer, directory: Directory) -> Matches:
        """The matches for `query` that `viewer` may see, each with its reasons.

        Where the question is about something else entirely, no one's time is asked: the lists
        of people are empty. Raises EmptyText when the question holds no word to match on.
        """
        hidden: frozenset[DocumentId] = frozenset()
        while True:
            ranking = self.rank(query, viewer, directory, hidden)
            told = _told(ranking)
            pieces = [piece for affinity in told for piece, _ in affinity.pieces]
            cases = {piece.document for piece in pieces if piece.experience}
            themes = {piece.document for piece in pieces} - cases
            visible = directory.visible(cases, viewer)
            if cases == visible.keys():
                break
            hidden |= cases - visible.keys()  # just withdrawn: as if they had not been
        names = directory.theme_names(themes)
        explained_people = [explain_person(a, visible, names) for a in told]
        shown = identified(explained_people, viewer, directory)
        peers, advisers = shown[: len(ranking.peers)], shown[len(ranking.peers) :]
        explained = _explained([*ranking.cases, *ranking.questions], ranking, viewer, directory)
        cases_shown = explained[: len(ranking.cases)]
        questions = explained[len(ranking.cases) :]
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
        view = generation.view(query_text(query), viewer.partitions)
        cases, questions = documents(view, self.depth, self.weights, query, viewer, directory)
        evidence = self._evidence(view, query, hidden)
        peers, advisers, excluded = people(evidence, self.depth.people, query, viewer, directory)
        return Ranking(generation.name, view, cases, questions, peers, advisers, evidence, excluded)

    def _evidence(self, view: QueryView, query: Query, hidden: Collection[DocumentId]) -> Evidence:
        """Everyone's cases and the nearest themes, with how relevant each is.

        Without feedback: in one generation, without their strongest case anyone stands lower.
        """
        left_out = {*hidden, query.document} if query.document else {*hidden}
        table = view.evidence(left_out)
        relevant = relevance(scores(table.signals, self.weights))
        ways = self.aggregations
        history = {person: ways.history * above for person, above in view.routed.items()}
        standings = Standings.of(table, relevant, query.today, ways.peers, ways.advisers, history)
        themes = fuse(view.retrieve(DocumentKind.THEME, THEMES), self.weights)
        fitting = relevance(themes.scores).tolist()
        nearest: dict[str, float] = {
            themes.ids[row]: fitting[row] for row in themes.best_first()[:THEMES]
        }
        return Evidence(standings, nearest, ways)


def _told(ranking: Ranking) -> list[Affinity]:
    """Who is shown, with the pieces of their evidence; no one where nothing fits."""
    chosen = [*ranking.peers, *ranking.advisers] if _fits(ranking) else []
    return [ranking.evidence.told(affinity) for affinity in chosen]


def _fits(ranking: Ranking) -> bool:
    return ranking.view.on_topic >= ON_TOPIC


def _explained(
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
