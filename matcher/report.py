"""What runs over a judged collection are worth: figures, slices, exposure, and two runs compared.

All of it is a function of rankings and judgements; `seed` decides what the intervals and tests
draw, so that the same runs always give the same report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median_low
from typing import Final

import numpy as np

from matcher.evaluation import JudgedCollection, Run, Task
from matcher.exposure import Exposure
from matcher.metrics import (
    Figure,
    Grades,
    PerQuery,
    ndcg,
    precision_at_1,
    recall,
    reciprocal_rank,
)
from matcher.paired import Difference

Runs = Mapping[Task, Run]
Qrels = Mapping[str, Grades]  # by query
Metric = Callable[[Sequence[str], Grades], float]

METRICS: Final[Mapping[str, Metric]] = {
    "ndcg@10": lambda ranking, grades: ndcg(ranking, grades, 10),
    "mrr": reciprocal_rank,
    "p@1": precision_at_1,
    "recall@100": lambda ranking, grades: recall(ranking, grades, 100),
}
# The one figure by which a list is judged. Of cases and peers several can help, some more than
# others; of advisers mostly one really answered.
HEADLINE: Final[Mapping[Task, str]] = {
    Task.CASES: "ndcg@10",
    Task.ADVISERS: "mrr",
    Task.PEERS: "ndcg@10",
}
FEW_CASES: Final = 2
MANY_CASES: Final = 20


class Slice(StrEnum):
    """A part of what was judged, to see who a mean over everything forgets."""

    FEW = "few"  # relevant people with at most FEW_CASES cases
    MANY = "many"  # relevant people with MANY_CASES or more
    SHORT = "short"  # queries of at most the median number of words
    LONG = "long"  # queries of more


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of one system, by task that was judged."""

    figures: Mapping[Task, Mapping[str, Figure]]  # by name of the metric
    slices: Mapping[Task, Mapping[Slice, Figure]]  # of the headline metric
    exposure: Mapping[Task, Exposure]

    @classmethod
    def of(cls, runs: Runs, collection: JudgedCollection, seed: int = 0) -> Report:
        """Raises KeyError when `runs` lacks a judged task."""
        return cls(
            measure(runs, collection, seed),
            slices(runs, collection, seed),
            exposure(runs, collection),
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """One task of two runs."""

    differences: Mapping[str, Difference]  # by name of the metric
    missing: int  # queries that the other run does not rank: nothing found


def measure(
    runs: Runs, collection: JudgedCollection, seed: int = 0
) -> dict[Task, dict[str, Figure]]:
    """Figures of each judged task by name of the metric, over all queries of the collection.

    One that a run does not rank counts as nothing found; one without a relevant item has no
    figure, whether the judgements say so or do not name it.
    """
    measured: dict[Task, dict[str, Figure]] = {}
    for task in collection.qrels:
        judged, rng = _judged(task, collection), np.random.default_rng(seed)
        measured[task] = {
            name: Figure.of(per_query(runs[task], judged, metric), rng)
            for name, metric in METRICS.items()
        }
    return measured


def slices(
    runs: Runs, collection: JudgedCollection, seed: int = 0
) -> dict[Task, dict[Slice, Figure]]:
    """The headline figure of each judged task, slice by slice.

    By people (not of cases): rankings stay whole, but only people of the slice count as relevant,
    so that a query without one has no figure. By length: only queries of the slice count. Slices
    are of different difficulty: compare systems within one, not one slice with another.
    """
    sliced: dict[Task, dict[Slice, Figure]] = {}
    for task in collection.qrels:
        metric = METRICS[HEADLINE[task]]
        sliced[task] = {
            part: Figure.of(per_query(runs[task], kept, metric), np.random.default_rng(seed))
            for part, kept in _parts(task, collection)
        }
    return sliced


def exposure(runs: Runs, collection: JudgedCollection) -> dict[Task, Exposure]:
    """What the top 10 of every query shows, of all cases or all people of the task's kind."""
    return {
        task: Exposure.of(
            (_items(runs[task], query.id) for query in collection.queries),
            _catalogue(task, collection),
        )
        for task in collection.qrels
    }


def compare(
    ours: Runs, other: Runs, collection: JudgedCollection, seed: int = 0
) -> dict[Task, Comparison]:
    """How `ours` differs from `other` on each judged task, query by query.

    A query that a run does not rank counts as nothing found. Raises KeyError when either lacks a
    judged task.
    """
    compared: dict[Task, Comparison] = {}
    for task in collection.qrels:
        judged, rng = _judged(task, collection), np.random.default_rng(seed)
        differences = {
            name: Difference.of(
                per_query(ours[task], judged, metric), per_query(other[task], judged, metric), rng
            )
            for name, metric in METRICS.items()
        }
        missing = sum(1 for query in judged if not other[task].get(query))
        compared[task] = Comparison(differences, missing)
    return compared


def per_query(run: Run, qrels: Qrels, metric: Metric) -> PerQuery:
    """The value of each query of `qrels`, in order of id; NaN where it has no relevant item."""
    return np.array(
        [metric(_items(run, query), grades) for query, grades in sorted(qrels.items())],
        dtype=np.float64,
    )


def median_words(collection: JudgedCollection) -> int:
    """The number of words that half the queries do not exceed; 0 without queries."""
    return median_low([_words(query.text) for query in collection.queries] or [0])


def _judged(task: Task, collection: JudgedCollection) -> Qrels:
    """The grades of every query; none for one that the judgements do not name."""
    unnamed: dict[str, Grades] = {query.id: {} for query in collection.queries}
    return unnamed | dict(collection.qrels[task])


def _parts(task: Task, collection: JudgedCollection) -> Iterator[tuple[Slice, Qrels]]:
    judged = _judged(task, collection)
    if task is not Task.CASES:
        known = {case.id for case in collection.cases}
        cases = {
            person.id: len(known.intersection(person.cases))
            for person in collection.people
            if person.task is task
        }
        yield Slice.FEW, _only(judged, {id_ for id_, n in cases.items() if n <= FEW_CASES})
        yield Slice.MANY, _only(judged, {id_ for id_, n in cases.items() if n >= MANY_CASES})
    median = median_words(collection)
    words = {query.id: _words(query.text) for query in collection.queries}
    yield Slice.SHORT, {q: judged[q] for q, length in words.items() if length <= median}
    yield Slice.LONG, {q: judged[q] for q, length in words.items() if length > median}


def _only(qrels: Qrels, people: set[str]) -> Qrels:
    return {
        query: {item: grade for item, grade in grades.items() if item in people}
        for query, grades in qrels.items()
    }


def _catalogue(task: Task, collection: JudgedCollection) -> list[str]:
    if task is Task.CASES:
        return [case.id for case in collection.cases]
    return [person.id for person in collection.people if person.task is task]


def _items(run: Run, query: str) -> list[str]:
    return [item for item, _ in run.get(query, ())]


def _words(text: str) -> int:
    return len(text.split())
