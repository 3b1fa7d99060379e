"""Runs on disk, in TREC's form: what was ranked for each query, one file a task.

A line is `query Q0 item rank score tag`. The score alone decides the order; trec_eval keeps it in
32 bits and puts the highest *id* first among equals. Here it is the other way about: rankings are
orders, ties in them broken long before by the lowest id. So scores are written such that none are
equal, and read as trec_eval does: it gives a file that Schakel wrote the figures that Schakel
gives, and Schakel a file that others wrote the figures that trec_eval gives.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from pathlib import Path

import numpy as np

from data.lines import read_lines
from matcher.errors import CollectionRefused, Problem
from matcher.evaluation import JudgedCollection, Ranking, Run, Task


def write_runs(runs: Mapping[Task, Run], folder: Path, tag: str) -> None:
    """Write `cases.run`, `advisers.run` and `peers.run`, with ranks from 1.

    A score is rounded to 32 bits, and lowered where it would not be below the one before. A query
    with an empty ranking has no line.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for task, run in runs.items():
        with (folder / f"{task}.run").open("w", encoding="utf-8") as file:
            for query, ranking in run.items():
                scores = _falling(score for _, score in ranking)
                for rank, ((item, _), score) in enumerate(zip(ranking, scores, strict=True), 1):
                    file.write(f"{query} Q0 {item} {rank} {score} {tag}\n")


def read_runs(folder: Path, collection: JudgedCollection) -> dict[Task, Run]:
    """The runs of every task that `collection` judges, best first.

    By score in 32 bits, the highest first; among equals by id, the last first. The ranks in the
    file are not looked at. Raises CollectionRefused when a file is missing, when it ranks none of
    the collection's queries, and with every line that cannot be read.
    """
    problems: list[Problem] = []
    queries = {query.id for query in collection.queries}
    runs: dict[Task, Run] = {
        task: _run(folder / f"{task}.run", queries, problems)
        for task in Task
        if task in collection.qrels
    }
    if problems:
        raise CollectionRefused(problems)
    return runs


def _run(path: Path, queries: set[str], problems: list[Problem]) -> dict[str, Ranking]:
    found: dict[str, dict[str, float]] = {}
    for place, line in read_lines(path, problems):
        try:
            query, _, item, _, score, _ = line.split()
            value = _score(score)
        except ValueError:
            problems.append(Problem(place, "geen regel als: vraag Q0 id rang score naam"))
            continue
        if item in found.setdefault(query, {}):
            problems.append(Problem(place, "dit id staat al bij deze vraag"))
        found[query][item] = value
    if found and not queries.intersection(found):
        problems.append(Problem(path.name, "gaat over geen enkele vraag van deze set"))
    return {query: _best_first(scores) for query, scores in found.items()}


def _best_first(scores: Mapping[str, float]) -> Ranking:
    with np.errstate(over="ignore"):  # beyond 32 bits is infinite, as for trec_eval
        kept: list[float] = np.array(list(scores.values())).astype(np.float32).tolist()
    return sorted(zip(scores, kept, strict=True), key=itemgetter(1, 0), reverse=True)


def _score(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value


def _falling(scores: Iterable[float]) -> Iterator[float]:
    """Each score, or the highest number of 32 bits below the one before, whichever is lower."""
    last = np.float32(np.inf)
    for score in scores:
        last = min(np.float32(score), np.nextafter(last, np.float32(-np.inf)))
        yield float(last)
