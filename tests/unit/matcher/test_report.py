from __future__ import annotations

import math

import pytest

from matcher.evaluation import JudgedCollection, Run, Task
from matcher.report import (
    HEADLINE,
    METRICS,
    Report,
    Slice,
    compare,
    exposure,
    measure,
    median_words,
    slices,
)
from tests.unit.matcher.judged import judged, ranked

DISCOUNT_2 = math.log2(3)


def test_a_perfect_run_has_perfect_figures() -> None:
    collection = judged({Task.PEERS: {"q1": {"p1": 2, "p2": 1}, "q2": {"p2": 1}}})
    figures = measure({Task.PEERS: ranked(q1="p1 p2", q2="p2")}, collection)[Task.PEERS]
    assert {name: figure.mean for name, figure in figures.items()} == {
        "ndcg@10": 1.0,
        "mrr": 1.0,
        "p@1": 1.0,
        "recall@100": 1.0,
    }


def test_figures_are_means_over_the_queries() -> None:
    collection = judged({Task.CASES: {"q1": {"c1": 1}, "q2": {"c1": 1, "c2": 1}}})
    figures = measure({Task.CASES: ranked(q1="c1", q2="c3 c1")}, collection)[Task.CASES]
    second = (1 / DISCOUNT_2) / (1 + 1 / DISCOUNT_2)
    assert figures["ndcg@10"].mean == pytest.approx((1 + second) / 2)
    assert figures["mrr"].mean == pytest.approx((1 + 0.5) / 2)
    assert figures["p@1"].mean == 0.5
    assert figures["recall@100"].mean == pytest.approx((1 + 0.5) / 2)


def test_recall_looks_a_hundred_deep() -> None:
    collection = judged({Task.CASES: {"q1": {"x99": 1, "x100": 1}}})
    runs = {Task.CASES: ranked(q1=" ".join(f"x{n}" for n in range(200)))}
    assert measure(runs, collection)[Task.CASES]["recall@100"].mean == 0.5


def test_a_judged_query_that_was_not_ranked_counts_as_nothing_found() -> None:
    collection = judged({Task.CASES: {"q1": {"c1": 1}, "q2": {"c1": 1}}})
    figures = measure({Task.CASES: ranked(q1="c1")}, collection)[Task.CASES]
    assert [(f.mean, f.queries, f.undefined) for f in figures.values()] == [(0.5, 2, 0)] * 4


def test_a_query_without_a_relevant_item_is_counted_apart_named_or_not() -> None:
    collection = judged(
        {Task.CASES: {"q1": {"c1": 1}, "q2": {"c1": 0}}},
        queries={"q1": "een", "q2": "twee", "unnamed": "drie"},
    )
    runs = {Task.CASES: ranked(q1="c1", q2="c1", unnamed="c1")}
    figures = measure(runs, collection)[Task.CASES]
    assert [(f.mean, f.queries, f.undefined) for f in figures.values()] == [(1.0, 1, 2)] * 4


def test_a_query_that_is_not_of_the_collection_does_not_count() -> None:
    collection = judged({Task.CASES: {"q1": {"c1": 1}}})
    figure = measure({Task.CASES: ranked(q1="c1", other="c2")}, collection)[Task.CASES]["mrr"]
    assert (figure.queries, figure.undefined) == (1, 0)


def test_a_task_without_judgements_has_no_figures() -> None:
    report = Report.of(
        {task: ranked(q1="c1") for task in Task}, judged({Task.CASES: {"q1": {"c1": 1}}})
    )
    for part in (report.figures, report.slices, report.exposure):
        assert part.keys() == {Task.CASES}


def test_the_same_seed_gives_the_same_report() -> None:
    collection = judged({Task.CASES: {f"q{n}": {"c1": 1} for n in range(20)}}, cases=2)
    runs = {Task.CASES: ranked(**{f"q{n}": "c1" for n in range(0, 20, 3)})}
    assert Report.of(runs, collection) == Report.of(runs, collection)
    assert measure(runs, collection, seed=1) != measure(runs, collection, seed=2)


def test_every_task_has_a_headline_that_is_measured() -> None:
    assert HEADLINE.keys() == set(Task)
    assert METRICS.keys() >= set(HEADLINE.values())


CASES_OF = {n: tuple(f"c{i}" for i in range(1, n + 1)) for n in (2, 3, 19, 20)}
CROWD = {"pTwo": CASES_OF[2], "pThree": CASES_OF[3], "pMost": CASES_OF[19], "pMany": CASES_OF[20]}


def test_few_and_many_cases_have_their_limits_at_2_and_20() -> None:
    collection = judged(
        {Task.PEERS: {person: {person: 1} for person in CROWD}}, cases=20, people=CROWD
    )
    runs = {Task.PEERS: ranked(**{person: person for person in CROWD})}
    sliced = slices(runs, collection)[Task.PEERS]
    counts = {part: (f.mean, f.queries, f.undefined) for part, f in sliced.items()}
    assert counts[Slice.FEW] == (1.0, 1, 3)
    assert counts[Slice.MANY] == (1.0, 1, 3)


def test_only_cases_of_the_collection_count_for_how_many_someone_has() -> None:
    people = {"pTwo": ("c1", "c2", "c1", *(f"elsewhere{n}" for n in range(30)))}
    collection = judged({Task.PEERS: {"q": {"pTwo": 1}}}, cases=2, people=people)
    sliced = slices({Task.PEERS: ranked(q="pTwo")}, collection)[Task.PEERS]
    assert (sliced[Slice.FEW].queries, sliced[Slice.MANY].queries) == (1, 0)


def test_a_slice_of_people_keeps_the_ranking_whole() -> None:
    """The one with few cases stands second: below another, who in this slice is no find."""
    grades = {"pTwo": 1, "pMany": 3}
    collection = judged({Task.PEERS: {"q": grades}}, cases=20, people=CROWD)
    sliced = slices({Task.PEERS: ranked(q="pMany pTwo")}, collection)[Task.PEERS]
    assert sliced[Slice.FEW].mean == pytest.approx(1 / DISCOUNT_2)
    assert sliced[Slice.MANY].mean == 1.0


def test_the_slices_of_advisers_are_measured_in_mrr() -> None:
    people = {"aTwo": CASES_OF[2], "aMany": CASES_OF[20]}
    collection = judged({Task.ADVISERS: {"q": {"aTwo": 1}}}, cases=20, people=people)
    sliced = slices({Task.ADVISERS: ranked(q="aMany aTwo")}, collection)[Task.ADVISERS]
    assert sliced[Slice.FEW].mean == 0.5
    assert math.isnan(sliced[Slice.MANY].mean)


def test_short_questions_are_those_up_to_the_median_length() -> None:
    queries = {"q1": "een", "q2": "een twee", "q3": "een twee\ndrie", "q4": "een twee drie vier"}
    collection = judged({Task.CASES: {q: {"c1": 1} for q in queries}}, cases=1, queries=queries)
    assert median_words(collection) == 2
    sliced = slices({Task.CASES: ranked(q1="c1", q2="c1", q3="x c1")}, collection)[Task.CASES]
    assert sliced.keys() == {Slice.SHORT, Slice.LONG}
    assert (sliced[Slice.SHORT].mean, sliced[Slice.SHORT].queries) == (1.0, 2)
    assert sliced[Slice.LONG].mean == pytest.approx((1 / DISCOUNT_2 + 0) / 2)


def test_without_queries_there_is_no_median() -> None:
    assert median_words(judged({})) == 0


def test_exposure_is_over_all_cases_or_all_people_of_the_kind() -> None:
    people = {"a1": (), "a2": (), "p1": (), "p2": (), "p3": ()}
    collection = judged(
        {task: {} for task in Task}, cases=4, people=people, queries={"q1": "v", "q2": "v"}
    )
    runs = {
        Task.CASES: ranked(q1="c1 c2", q2="c2 c1", other="c3"),
        Task.ADVISERS: ranked(q1="a1 a2"),
        Task.PEERS: ranked(q2="p3"),
    }
    shown = exposure(runs, collection)
    assert {t: (e.shown, e.catalogue) for t, e in shown.items()} == {
        Task.CASES: (2, 4),  # c3 only in a query that is not of the collection
        Task.ADVISERS: (2, 2),
        Task.PEERS: (1, 3),
    }
    assert shown[Task.PEERS].gini == 1.0


RELEVANT = {Task.CASES: {f"q{n}": {"c1": 1} for n in range(4)}}
FOUR = judged(RELEVANT, queries={f"q{n}": "vraag" for n in range(4)})
FIRST: Run = ranked(q0="c1", q1="c1", q2="c1", q3="c1")


def _mrr(ours: Run, other: Run, collection: JudgedCollection = FOUR) -> tuple[float, int, int]:
    found = compare({Task.CASES: ours}, {Task.CASES: other}, collection)
    difference = found[Task.CASES].differences["mrr"]
    return difference.figure.mean, difference.better, difference.worse


def test_a_run_does_not_differ_from_itself() -> None:
    compared = compare({Task.CASES: FIRST}, {Task.CASES: FIRST}, FOUR)[Task.CASES]
    assert compared.differences.keys() == METRICS.keys()
    for difference in compared.differences.values():
        assert (difference.figure.mean, difference.p) == (0.0, 1.0)
        assert (difference.better, difference.worse, difference.figure.queries) == (0, 0, 4)


def test_a_difference_is_ours_less_the_other() -> None:
    second: Run = ranked(q0="x c1", q1="c1", q2="c1", q3="x c1")
    assert _mrr(FIRST, second) == (0.25, 2, 0)
    assert _mrr(second, FIRST) == (-0.25, 0, 2)


def test_queries_that_the_other_run_lacks_count_as_nothing_found_and_are_counted() -> None:
    lacking: Run = {**ranked(q0="c1"), "q1": []}
    assert _mrr(FIRST, lacking) == (0.75, 3, 0)
    compared = compare({Task.CASES: FIRST}, {Task.CASES: lacking}, FOUR)
    assert compared[Task.CASES].missing == 3


def test_queries_without_a_relevant_item_are_not_compared() -> None:
    collection = judged({Task.CASES: {"q0": {"c1": 1}, "q1": {"c1": 0}}}, queries={"q2": "vraag"})
    compared = compare({Task.CASES: FIRST}, {Task.CASES: {}}, collection)[Task.CASES]
    figure = compared.differences["p@1"].figure
    assert (figure.mean, figure.queries, figure.undefined) == (1.0, 1, 2)


def test_the_same_seed_compares_the_same() -> None:
    collection = judged({Task.CASES: {f"q{n}": {"c1": 1} for n in range(30)}})
    ours = {Task.CASES: ranked(**{f"q{n}": "c1" for n in range(0, 30, 2)})}
    other = {Task.CASES: ranked(**{f"q{n}": "x c1" for n in range(0, 30, 3)})}
    assert compare(ours, other, collection) == compare(ours, other, collection)
    assert compare(ours, other, collection) != compare(ours, other, collection, seed=1)
