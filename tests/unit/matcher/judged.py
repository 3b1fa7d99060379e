"""Small judged collections, for tests of what is measured on them."""

from __future__ import annotations

from collections.abc import Mapping

from matcher.evaluation import JudgedCase, JudgedCollection, JudgedPerson, JudgedQuery, Task
from matcher.metrics import Grades
from tests.unit.matcher.builders import TODAY


def judged(
    qrels: Mapping[Task, Mapping[str, Grades]],
    *,
    cases: int = 0,
    people: Mapping[str, tuple[str, ...]] | None = None,
    queries: Mapping[str, str] | None = None,
) -> JudgedCollection:
    """Cases c1, c2, ...; people by id, an adviser where it begins with an a; queries by id."""
    return JudgedCollection(
        tuple(JudgedCase(f"c{n}", "Titel", "Tekst", "", TODAY) for n in range(1, cases + 1)),
        tuple(JudgedQuery(id_, text, TODAY, frozenset()) for id_, text in (queries or {}).items()),
        tuple(
            JudgedPerson(id_, Task.ADVISERS if id_.startswith("a") else Task.PEERS, theirs)
            for id_, theirs in (people or {}).items()
        ),
        qrels,
    )


def ranked(**rankings: str) -> dict[str, list[tuple[str, float]]]:
    """A run: by query its items, best first, as words."""
    return {
        query: [(item, -float(at)) for at, item in enumerate(items.split())]
        for query, items in rankings.items()
    }
