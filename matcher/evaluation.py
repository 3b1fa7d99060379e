"""A judged collection, and what the very Matcher that serves makes of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from matcher.errors import EmptyText
from matcher.metrics import Grades
from matcher.pipeline import Matcher
from matcher.ports import Unnamed
from matcher.text import passages, problem_text, redact
from matcher.types import (
    NATIONAL_PARTITION,
    Depth,
    Document,
    DocumentId,
    DocumentKind,
    Expert,
    Outcome,
    Part,
    ParticipationRole,
    PersonId,
    Query,
    Role,
    SharingScope,
    Viewer,
    VisibleDocument,
)

RUN_DEPTH: Final = 1000


class Task(StrEnum):
    """What is ranked; the names are those of the qrels and run files."""

    CASES = "cases"
    ADVISERS = "advisers"
    PEERS = "peers"


_PART: Final = {
    Task.ADVISERS: ParticipationRole.ADVISER,
    Task.PEERS: ParticipationRole.ASKER,
}


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

    def shortened(self, words: int) -> JudgedCollection:
        """The same collection, its questions cut to their first `words` words."""
        cut = (replace(q, text=" ".join(q.text.split()[:words])) for q in self.queries)
        return replace(self, queries=tuple(cut))

    def documents(self) -> list[Document]:
        """The corpus as documents of an index, in order of id."""
        parts: dict[str, list[Part]] = defaultdict(list)
        for person in self.people:
            for case in person.cases:
                parts[case].append(Part(PersonId(person.id), _PART[person.task]))
        return [
            Document(
                id=DocumentId(case.id),
                kind=DocumentKind.CASE,
                partition=NATIONAL_PARTITION,
                revision=1,
                problem=problem_text(title=case.title, situation=case.text),
                resolution=redact(case.answer),
                title=redact(case.title),
                parts=tuple(parts[case.id]),
                outcome=Outcome.SOLVED,
                happened_on=case.day,
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
            found = matcher.rank(asked, Viewer(), directory)
        except EmptyText:  # nothing to rank by
            for task in Task:
                runs[task][query.id] = []
        else:
            runs[Task.CASES][query.id] = [(c.document.id, c.score) for c in found.cases]
            runs[Task.PEERS][query.id] = [(p.expert.id, p.value) for p in found.peers]
            runs[Task.ADVISERS][query.id] = [(a.expert.id, a.value) for a in found.advisers]
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


class _CollectionDirectory:
    """Implements :class:`matcher.ports.Directory` for a collection: everyone may see all."""

    def __init__(self, collection: JudgedCollection) -> None:
        self._documents = {
            DocumentId(case.id): VisibleDocument(
                DocumentId(case.id), case.title, SharingScope.NATIONAL, case.day, Outcome.SOLVED
            )
            for case in collection.cases
        }
        self._written = {DocumentId(c.id): (c.text, c.answer) for c in collection.cases}
        self._experts = {PersonId(p.id): self._expert(p) for p in collection.people}

    def visible(
        self,
        ids: Collection[DocumentId],
        viewer: Viewer,
    ) -> Mapping[DocumentId, VisibleDocument]:
        return {id_: self._documents[id_] for id_ in ids if id_ in self._documents}

    def passages(
        self,
        ids: Collection[DocumentId],
        viewer: Viewer,
    ) -> Mapping[DocumentId, Sequence[str]]:
        return {id_: passages(*self._written[id_]) for id_ in ids if id_ in self._written}

    def experts(
        self,
        people: Collection[PersonId],
        themes: Collection[DocumentId],
        viewer: Viewer,
    ) -> list[Expert]:
        return [self._experts[person] for person in sorted(people) if person in self._experts]

    def theme_names(self, themes: Iterable[DocumentId]) -> Mapping[DocumentId, str]:
        return {}

    def unnamed(self, regions: Collection[str]) -> list[Unnamed]:
        return []

    def _expert(self, person: JudgedPerson) -> Expert:
        return Expert(
            id=PersonId(person.id),
            name=person.id,
            role=Role.ADVISER if person.task is Task.ADVISERS else Role.SCHOOL_LEADER,
            organisation="",
            organisation_name="",
            sector=None,
        )
