"""How good matching is, on a judged collection, through the very Matcher that serves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

import numpy as np

from matcher.errors import EmptyText
from matcher.metrics import Figure, Grades, ndcg, precision_at_1, recall, reciprocal_rank
from matcher.pipeline import Matcher
from matcher.text import problem_text, redact
from matcher.types import (
    NATIONAL_PARTITION,
    Depth,
    Document,
    DocumentId,
    DocumentKind,
    Experience,
    Expert,
    Matches,
    Outcome,
    ParticipationRole,
    PersonId,
    Query,
    Role,
    SharingScope,
    Viewer,
    VisibleDocument,
)

RUN_DEPTH: Final = 1000
RECALL_DEPTH: Final = 100


class Task(StrEnum):
    """What is ranked; the names are those of the qrels and run files."""

    CASES = "cases"
    ADVISERS = "advisers"
    PEERS = "peers"


@dataclass(frozen=True, slots=True)
class JudgedCase:
    id: str
    title: str
    text: str
    answer: str
    day: date


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    id: str
    text: str
    day: date
    excluded: frozenset[str]


@dataclass(frozen=True, slots=True)
class JudgedPerson:
    id: str
    task: Task  # ADVISERS or PEERS
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgedCollection:
    """A judged collection; a task without qrels was not judged."""

    cases: tuple[JudgedCase, ...]
    queries: tuple[JudgedQuery, ...]
    people: tuple[JudgedPerson, ...]
    qrels: Mapping[Task, Mapping[str, Grades]]

    def documents(self) -> list[Document]:
        """The corpus as documents of an index, in order of id."""
        return [
            Document(
                id=DocumentId(case.id),
                kind=DocumentKind.CASE,
                partition=NATIONAL_PARTITION,
                revision=1,
                problem=problem_text(title=case.title, situation=case.text),
                resolution=redact(case.answer),
            )
            for case in sorted(self.cases, key=lambda case: case.id)
        ]


Ranking = Sequence[tuple[str, float]]  # (item, score), best first
Run = Mapping[str, Ranking]  # by query


def rank(
    matcher: Matcher,
    collection: JudgedCollection,
    progress: Callable[[int], None] = lambda done: None,  # noqa: ARG005
) -> dict[Task, dict[str, Ranking]]:
    """Match every query of `collection` and keep the rankings, up to 1,000 deep."""
    directory = _CollectionDirectory(collection)
    runs: dict[Task, dict[str, Ranking]] = {task: {} for task in Task}
    for done, query in enumerate(collection.queries, start=1):
        barred = frozenset(PersonId(person) for person in query.excluded)
        asked = Query(situation=query.text, today=query.day, barred=barred)
        try:
            matches = matcher.match(asked, Viewer(), directory)
        except EmptyText:  # nothing to rank by: the query keeps an empty ranking
            matches = Matches(generation="")
        runs[Task.CASES][query.id] = [(m.document.id, m.score) for m in matches.cases]
        runs[Task.PEERS][query.id] = [(m.expert.id, m.affinity) for m in matches.peers]
        runs[Task.ADVISERS][query.id] = [(m.expert.id, m.affinity) for m in matches.advisers]
        progress(done)
    return runs


def run_depth(collection: JudgedCollection) -> Depth:
    """Deep enough for a run file, and for all that took part to be ranked."""
    return Depth(
        cases=RUN_DEPTH,
        questions=0,
        people=RUN_DEPTH,
        retrieved=max(RUN_DEPTH, len(collection.cases)),
    )


def measure(
    runs: Mapping[Task, Run], collection: JudgedCollection, seed: int = 0
) -> dict[Task, dict[str, Figure]]:
    """Figures of each judged task by name of the metric, over all its judged queries."""
    return {
        task: _figures(runs[task], grades, np.random.default_rng(seed))
        for task, grades in collection.qrels.items()
    }


def _figures(run: Run, qrels: Mapping[str, Grades], rng: np.random.Generator) -> dict[str, Figure]:
    values: dict[str, list[float]] = defaultdict(list)
    for query, grades in sorted(qrels.items()):
        ranking = [item for item, _ in run.get(query, ())]
        values["ndcg@10"].append(ndcg(ranking, grades, 10))
        values["mrr"].append(reciprocal_rank(ranking, grades))
        values["p@1"].append(precision_at_1(ranking, grades))
        values[f"recall@{RECALL_DEPTH}"].append(recall(ranking, grades, RECALL_DEPTH))
    return {name: Figure.of(np.array(found), rng) for name, found in values.items()}


class _CollectionDirectory:
    """Implements :class:`matcher.ports.Directory` for a collection: everyone may see all."""

    def __init__(self, collection: JudgedCollection) -> None:
        self._documents = {
            DocumentId(case.id): VisibleDocument(
                DocumentId(case.id), case.title, SharingScope.NATIONAL, case.day, Outcome.SOLVED
            )
            for case in collection.cases
        }
        self._experts = sorted(
            (self._expert(person) for person in collection.people), key=lambda expert: expert.id
        )

    def visible(
        self,
        ids: Collection[DocumentId],
        viewer: Viewer,
    ) -> Mapping[DocumentId, VisibleDocument]:
        return {id_: self._documents[id_] for id_ in ids if id_ in self._documents}

    def experts(self, cases: Collection[DocumentId], viewer: Viewer) -> list[Expert]:
        wanted = set(cases)
        return [e for e in self._experts if any(x.case in wanted for x in e.experiences)]

    def theme_names(self, themes: Iterable[DocumentId]) -> Mapping[DocumentId, str]:
        return {}

    def _expert(self, person: JudgedPerson) -> Expert:
        advises = person.task is Task.ADVISERS
        part = ParticipationRole.ADVISER if advises else ParticipationRole.ASKER
        known = [self._documents.get(DocumentId(case)) for case in person.cases]
        return Expert(
            id=PersonId(person.id),
            name=person.id,
            role=Role.ADVISER if advises else Role.SCHOOL_LEADER,
            organisation="",
            organisation_name="",
            sector=None,
            experiences=tuple(
                Experience(case.id, part, Outcome.SOLVED, case.asked_on) for case in known if case
            ),
        )
