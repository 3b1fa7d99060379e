"""Judged collections on disk, in BEIR's layout with people."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from data.lines import read_lines
from matcher.errors import CollectionRefused, Problem
from matcher.evaluation import JudgedCase, JudgedCollection, JudgedPerson, JudgedQuery, Task

T = TypeVar("T")

_TASKS = {"adviser": Task.ADVISERS, "peer": Task.PEERS}


def read_collection(folder: Path) -> JudgedCollection:
    """Read `corpus.jsonl`, `queries.jsonl`, `people.jsonl` and `qrels/`.

    A missing qrels file means that the task was not judged, missing people that there are
    none. Raises CollectionRefused, with every line that cannot be read.
    """
    problems: list[Problem] = []
    cases = _read(folder / "corpus.jsonl", _case, problems)
    queries = _read(folder / "queries.jsonl", _query, problems)
    present = (folder / "people.jsonl").is_file()
    people = _read(folder / "people.jsonl", _person, problems) if present else []
    qrels = {
        task: _qrels(folder / "qrels" / f"{task}.tsv", problems)
        for task in Task
        if (folder / "qrels" / f"{task}.tsv").is_file()
    }
    problems += _doubled("corpus.jsonl", [case.id for case in cases])
    problems += _doubled("queries.jsonl", [query.id for query in queries])
    problems += _doubled("people.jsonl", [person.id for person in people])
    if not problems and not (cases and queries):
        problems.append(Problem(folder.name, "er zijn geen vragen, of niets om in te zoeken"))
    if not qrels:
        problems.append(Problem("qrels", "geen cases.tsv, advisers.tsv of peers.tsv gevonden"))
    if problems:
        raise CollectionRefused(problems)
    return JudgedCollection(tuple(cases), tuple(queries), tuple(people), qrels)


def _read(path: Path, parse: Callable[[dict[str, Any]], T], problems: list[Problem]) -> list[T]:
    found: list[T] = []
    for place, line in read_lines(path, problems):
        try:
            found.append(parse(json.loads(line)))
        except KeyError as error:
            problems.append(Problem(place, f"veld ontbreekt: {error.args[0]}"))
        except (ValueError, TypeError, AttributeError, RecursionError):
            problems.append(Problem(place, "geen JSON-object met de verwachte velden"))
    return found


def _case(record: dict[str, Any]) -> JudgedCase:
    return JudgedCase(
        id=_id(record["_id"]),
        title=_text(record.get("title") or ""),
        text=_text(record["text"]),
        answer=_text(record.get("answer") or ""),
        day=_day(record),
    )


def _query(record: dict[str, Any]) -> JudgedQuery:
    excluded = frozenset(_ids(record.get("exclude_people") or []))
    return JudgedQuery(_id(record["_id"]), _query_text(record), _day(record), excluded)


def _query_text(record: dict[str, Any]) -> str:
    """Title and text; where the text opens with the title, it is not said twice."""
    title, text = _text(record.get("title") or "").strip(), _text(record["text"]).strip()
    return text if text.startswith(title) else f"{title}\n{text}"


def _person(record: dict[str, Any]) -> JudgedPerson:
    cases = tuple(_ids(record["docs"]))
    if record["kind"] not in _TASKS:
        raise ValueError
    return JudgedPerson(_id(record["_id"]), _TASKS[record["kind"]], cases)


def _qrels(path: Path, problems: list[Problem]) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = {}
    for place, line in read_lines(path, problems):
        try:
            query, _, item, grade = line.split()
            grades.setdefault(query, {})[item] = int(grade)
        except ValueError:
            problems.append(Problem(place, "geen regel als: vraag 0 id graad"))
    return grades


def _day(record: dict[str, Any]) -> date:
    """The date of a record; one without counts as of this era, all the same age."""
    return date.fromisoformat(record["date"][:10]) if record.get("date") else date(2000, 1, 1)


def _id(value: object) -> str:
    """Ids are texts, but some collections write numbers."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise TypeError
    if str(value).split() != [str(value)]:  # white space would break a run file
        raise ValueError
    return str(value)


def _ids(values: object) -> list[str]:
    if not isinstance(values, list):
        raise TypeError
    return [_id(value) for value in values]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    value.encode("utf-8")  # half a character, as JSON may hold, cannot be encoded or written
    return value


def _doubled(file: str, ids: list[str]) -> list[Problem]:
    seen: set[str] = set()
    doubled = [id_ for id_ in ids if id_ in seen or seen.add(id_)]  # type: ignore[func-returns-value]
    return [Problem(file, f"{len(doubled)} id's komen vaker voor")] if doubled else []
