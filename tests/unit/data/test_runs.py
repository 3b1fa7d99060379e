from __future__ import annotations

from pathlib import Path

import pytest

from data.runs import read_runs, write_runs
from matcher.errors import CollectionRefused
from matcher.evaluation import JudgedCollection, Task
from tests.unit.matcher.judged import judged

COLLECTION = judged(
    {Task.CASES: {"q1": {"c1": 1}}, Task.PEERS: {"q1": {"p1": 1}}},
    queries={"q1": "een", "q2": "twee"},
)
CASES_ONLY = judged({Task.CASES: {}}, queries={"q1": "een"})


def _written(folder: Path, cases: str, peers: str = "q1 Q0 p1 1 0.5 x\n") -> Path:
    (folder / "cases.run").write_text(cases, encoding="utf-8")
    (folder / "peers.run").write_text(peers, encoding="utf-8")
    return folder


def _items(folder: Path, query: str = "q1") -> list[str]:
    return [item for item, _ in read_runs(folder, CASES_ONLY)[Task.CASES][query]]


def _problems(folder: Path, collection: JudgedCollection = COLLECTION) -> list[str]:
    with pytest.raises(CollectionRefused) as refused:
        read_runs(folder, collection)
    return [str(problem) for problem in refused.value.problems]


def test_runs_are_written_in_trec_s_form_with_ranks_from_1(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "runs"
    runs = {
        Task.CASES: {"q1": [("c2", 0.75), ("c1", 0.5)], "q2": [("c1", 1 / 3)]},
        Task.PEERS: {"q1": [("p2", -1.0)], "q2": []},
    }
    write_runs(runs, folder, "schakel")
    assert sorted(path.name for path in folder.iterdir()) == ["cases.run", "peers.run"]
    assert (folder / "cases.run").read_text(encoding="utf-8") == (
        "q1 Q0 c2 1 0.75 schakel\nq1 Q0 c1 2 0.5 schakel\nq2 Q0 c1 1 0.3333333432674408 schakel\n"
    )
    assert (folder / "peers.run").read_text(encoding="utf-8") == "q1 Q0 p2 1 -1.0 schakel\n"


def test_scores_that_are_equal_or_nearly_so_are_written_apart(tmp_path: Path) -> None:
    ranking = [("c1", 1.0), ("c3", 1.0), ("c2", 1.0 - 1e-12), ("c0", 2.0), ("c4", 0.5)]
    write_runs({Task.CASES: {"q1": ranking}}, tmp_path, "x")
    lines = (tmp_path / "cases.run").read_text().splitlines()
    scores = [float(line.split()[4]) for line in lines]
    assert scores == sorted(set(scores), reverse=True)
    assert scores == pytest.approx([1.0, 1.0, 1.0, 1.0, 0.5], abs=1e-6)
    assert _items(tmp_path) == ["c1", "c3", "c2", "c0", "c4"]


def test_a_run_is_read_by_score_whatever_its_ranks_and_lines_say(tmp_path: Path) -> None:
    folder = _written(tmp_path, "q1 Q0 c1 1 0.5 x\nq2 0 c9 7 1e-3 x\n\nq1\tQ0\tc2\tlaatste\t2 x\n")
    runs = read_runs(folder, COLLECTION)
    assert runs.keys() == {Task.CASES, Task.PEERS}
    assert runs[Task.CASES]["q1"] == [("c2", 2.0), ("c1", 0.5)]
    assert runs[Task.CASES]["q2"] == [("c9", pytest.approx(0.001))]


def test_equals_are_read_last_id_first_as_trec_eval_does(tmp_path: Path) -> None:
    lines = [f"q1 Q0 {item} 1 {score} x" for item, score in
             (("a", "0.5"), ("c", "0.5000000001"), ("b", "5e-1"), ("é", "0.5"))]  # fmt: skip
    _written(tmp_path, "\n".join(lines))
    assert _items(tmp_path) == ["é", "c", "b", "a"]


def test_only_runs_of_judged_tasks_are_read(tmp_path: Path) -> None:
    _written(tmp_path, "q1 Q0 c1 1 0.5 x\n", peers="onzin\n")
    assert read_runs(tmp_path, CASES_ONLY).keys() == {Task.CASES}


@pytest.mark.parametrize(
    "line",
    [
        "q1 Q0 c2 1 0.5",
        "q1 Q0 c2 1 0.5 x y",
        "q1 Q0 c2 1 hoog x",
        "q1 Q0 c2 1 nan x",
        "q1 Q0 c2 1 inf x",
    ],
)
def test_a_line_of_another_form_is_reported_with_its_number(tmp_path: Path, line: str) -> None:
    _written(tmp_path, f"q1 Q0 c1 1 0.5 x\n{line}\n")
    assert _problems(tmp_path) == [
        "cases.run, regel 2: geen regel als: vraag Q0 id rang score naam"
    ]


def test_an_item_that_is_ranked_twice_is_reported(tmp_path: Path) -> None:
    _written(tmp_path, "q1 Q0 c1 1 0.5 x\nq2 Q0 c1 1 0.5 x\nq1 Q0 c1 2 0.4 x\n")
    assert _problems(tmp_path) == ["cases.run, regel 3: dit id staat al bij deze vraag"]


def test_a_missing_run_of_a_judged_task_is_refused(tmp_path: Path) -> None:
    _written(tmp_path, "q1 Q0 c1 1 0.5 x\n")
    (tmp_path / "peers.run").unlink()
    assert _problems(tmp_path) == ["peers.run: het bestand is er niet of is geen UTF-8"]


def test_runs_of_another_collection_are_refused(tmp_path: Path) -> None:
    _written(tmp_path, "andere Q0 c1 1 0.5 x\n")
    assert _problems(tmp_path) == ["cases.run: gaat over geen enkele vraag van deze set"]


def test_problems_of_all_files_come_at_once(tmp_path: Path) -> None:
    _written(tmp_path, "onzin\nq1 Q0 c1 1 0.5 x\nonzin\n", peers="onzin\n")
    places = [problem.split(":")[0] for problem in _problems(tmp_path)]
    assert places == ["cases.run, regel 1", "cases.run, regel 3", "peers.run, regel 1"]


def test_an_empty_run_ranks_nothing(tmp_path: Path) -> None:
    _written(tmp_path, "")
    assert read_runs(tmp_path, COLLECTION)[Task.CASES] == {}


def test_a_score_beyond_32_bits_is_the_highest(tmp_path: Path) -> None:
    _written(tmp_path, "q1 Q0 c1 1 1e38 x\nq1 Q0 c2 1 1e39 x\nq1 Q0 c3 1 -1e300 x\n")
    assert _items(tmp_path) == ["c2", "c1", "c3"]
