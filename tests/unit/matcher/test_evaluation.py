"""Ranking for a judged collection of three cases with known scores."""

from __future__ import annotations

from collections.abc import Mapping

from matcher.evaluation import (
    JudgedCase,
    JudgedCollection,
    JudgedPerson,
    JudgedQuery,
    Task,
    rank,
    run_depth,
)
from matcher.metrics import Grades
from matcher.pipeline import Matcher
from matcher.types import NATIONAL_PARTITION, DocumentId, DocumentKind, ParticipationRole
from tests.unit.matcher.builders import TODAY, person, took_part
from tests.unit.matcher.world import FakeIndex, Scored, scored, weighed

SCORES = {"c1": 1.0, "c2": 3.0, "c3": 2.0}
SCORED = tuple(scored(id_, score) for id_, score in SCORES.items())
PEOPLE = (
    JudgedPerson("a1", Task.ADVISERS, ("c1",)),
    JudgedPerson("a2", Task.ADVISERS, ("c2",)),
    JudgedPerson("p1", Task.PEERS, ("c1",)),
    JudgedPerson("p2", Task.PEERS, ("c3",)),
)


def asked(id_: str, text: str = "Wie helpt?", excluded: tuple[str, ...] = ()) -> JudgedQuery:
    return JudgedQuery(id_, text, TODAY, frozenset(excluded))


def collection(
    *queries: JudgedQuery,
    qrels: Mapping[Task, Mapping[str, Grades]] | None = None,
    people: tuple[JudgedPerson, ...] = PEOPLE,
) -> JudgedCollection:
    cases = tuple(
        JudgedCase(id_, f"Titel {id_}", f"Tekst {id_}", f"Antwoord {id_}", TODAY)
        for id_ in ("c3", "c1", "c2")
    )
    return JudgedCollection(cases, queries, people, qrels or {})


def index_of(judged: JudgedCollection, *documents: Scored) -> FakeIndex:
    """An index of `documents`, SCORED by default, that knows who took part in which case."""
    roles = {Task.ADVISERS: ParticipationRole.ADVISER, Task.PEERS: ParticipationRole.ASKER}
    experts = [
        person(one.id, *(took_part(case, roles[one.task]) for case in one.cases))
        for one in judged.people
    ]
    return FakeIndex(documents or SCORED, experts)


def ranked(judged: JudgedCollection) -> dict[Task, dict[str, list[str]]]:
    """The items of every run, best first, without their scores."""
    runs = rank(Matcher(index_of(judged), run_depth(judged)), judged)
    return {
        task: {query: [item for item, _ in ranking] for query, ranking in run.items()}
        for task, run in runs.items()
    }


def test_cases_advisers_and_peers_are_each_ranked_for_every_query() -> None:
    assert ranked(collection(asked("q1"), asked("q2"))) == {
        Task.CASES: {"q1": ["c2", "c3", "c1"], "q2": ["c2", "c3", "c1"]},
        Task.ADVISERS: {"q1": ["a2", "a1"], "q2": ["a2", "a1"]},
        Task.PEERS: {"q1": ["p2", "p1"], "q2": ["p2", "p1"]},
    }


def test_scores_are_kept_beside_the_items_and_fall() -> None:
    judged = collection(asked("q1"))
    runs = rank(Matcher(index_of(judged), run_depth(judged)), judged)
    assert runs[Task.CASES]["q1"] == [(id_, weighed(SCORES[id_])) for id_ in ("c2", "c3", "c1")]
    (_, first), (_, second) = runs[Task.ADVISERS]["q1"]
    assert first > second > 0.0


def test_excluded_people_are_absent_from_the_runs_of_that_query_only() -> None:
    runs = ranked(collection(asked("q1", excluded=("a2", "p1")), asked("q2")))
    assert runs[Task.ADVISERS] == {"q1": ["a1"], "q2": ["a2", "a1"]}
    assert runs[Task.PEERS] == {"q1": ["p2"], "q2": ["p2", "p1"]}


def test_a_query_of_blanks_gets_an_empty_ranking() -> None:
    runs = ranked(collection(asked("blank", text=" … "), asked("q1")))
    for task in Task:
        assert runs[task]["blank"] == []
        assert runs[task]["q1"]


def test_a_person_whose_cases_are_not_in_the_corpus_is_not_ranked() -> None:
    stranger = JudgedPerson("p3", Task.PEERS, ("elsewhere",))
    assert ranked(collection(asked("q1"), people=(*PEOPLE, stranger)))[Task.PEERS] == {
        "q1": ["p2", "p1"]
    }


def test_a_document_that_is_not_of_the_corpus_is_not_ranked() -> None:
    judged = collection(asked("q1"))
    index = index_of(judged, scored("c1", 1.0), scored("other", 9.0))
    runs = rank(Matcher(index, run_depth(judged)), judged)
    assert runs[Task.CASES]["q1"] == [("c1", weighed(1.0))]


def test_people_of_a_collection_belong_to_no_school_that_limits_them() -> None:
    many = tuple(JudgedPerson(f"p{n}", Task.PEERS, ("c1",)) for n in range(9))
    assert len(ranked(collection(asked("q1"), people=many))[Task.PEERS]["q1"]) == 9


def test_progress_is_told_after_every_query() -> None:
    told: list[int] = []
    rank(Matcher(FakeIndex([])), collection(asked("q1"), asked("q2"), asked("q3")), told.append)
    assert told == [1, 2, 3]


def test_the_corpus_becomes_documents_that_everyone_sees_in_order_of_id() -> None:
    documents = collection().documents()
    assert [document.id for document in documents] == ["c1", "c2", "c3"]
    first = documents[0]
    assert (first.kind, first.partition) == (DocumentKind.CASE, NATIONAL_PARTITION)
    assert (first.problem, first.resolution) == ("Titel c1\nTekst c1", "Antwoord c1")
    assert first.id == DocumentId("c1")


def test_a_run_retrieves_every_case_of_a_large_collection() -> None:
    case = JudgedCase("c", "Titel", "Tekst", "Antwoord", TODAY)
    assert run_depth(JudgedCollection((case,) * 1500, (), (), {})).retrieved == 1500
