"""`schakel evaluate` on a set of three cases, two questions and two advisers."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import COMMAND, Running

TEXTS = {"d1": "Pesten in de klas", "d2": "Rekenen met breuken", "d3": "Lekkage in het lokaal"}
QUESTIONS = {
    "q1": "rekenen met breuken lukt niet",
    "q2": "er is lekkage in het lokaal van groep 4",
}
PEOPLE = {"a1": ["d2"], "a2": ["d1", "d3"]}


@dataclass(frozen=True)
class Judged:
    """The set, and a Schakel to measure on it."""

    folder: Path
    environment: dict[str, str]

    def evaluate(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [COMMAND, "evaluate", str(self.folder), *words]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def judged(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    folder = tmp_path_factory.mktemp("judged") / "set"
    (folder / "qrels").mkdir(parents=True)
    corpus = [
        {"_id": id_, "title": text, "text": text, "answer": "Opgelost.", "date": "2024-01-01"}
        for id_, text in TEXTS.items()
    ]
    queries = [{"_id": id_, "text": text, "date": "2024-05-01"} for id_, text in QUESTIONS.items()]
    people = [{"_id": id_, "kind": "adviser", "docs": docs} for id_, docs in PEOPLE.items()]
    for name, rows in (("corpus", corpus), ("queries", queries), ("people", people)):
        (folder / f"{name}.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    (folder / "qrels" / "cases.tsv").write_text("q1 0 d2 1\nq2 0 d3 1\n")
    (folder / "qrels" / "advisers.tsv").write_text("q1 0 a1 1\nq2 0 a2 1\n")
    return Judged(folder, running.environment)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first evaluation writes its runs."""
    return tmp_path_factory.mktemp("runs") / "runs"


@pytest.fixture(scope="module")
def figures(judged: Judged, runs: Path) -> dict[str, Any]:
    """What the first evaluation measured."""
    done = judged.evaluate("--runs", str(runs), "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_it_measures_a_judged_set_beside_bm25(figures: dict[str, Any]) -> None:
    assert figures["set"] == "set"
    assert set(figures["schakel"]) == set(figures["bm25"]) == {"cases", "advisers"}
    assert figures["schakel"]["cases"]["ndcg@10"]["mean"] == 1.0
    assert figures["schakel"]["advisers"]["mrr"]["queries"] == 2
    assert "against" not in figures


def test_it_gives_slices_coverage_and_exposure(figures: dict[str, Any]) -> None:
    assert figures["median_words"] == 5
    slices = figures["slices"]["schakel"]
    assert set(slices["cases"]) == {"short", "long"}
    assert set(slices["advisers"]) == {"few", "many", "short", "long"}
    assert slices["advisers"]["few"]["metric"] == "mrr"
    assert (slices["advisers"]["few"]["queries"], slices["advisers"]["few"]["undefined"]) == (2, 0)
    assert slices["advisers"]["many"]["mean"] is None
    covered = {"depth": 10, "share": 1.0, "shown": 3, "catalogue": 3}
    assert figures["coverage"]["schakel"]["cases"] == covered
    for system in ("schakel", "bm25"):
        assert 0.0 <= figures["exposure"][system]["advisers"]["gini"] <= 1.0


@pytest.mark.usefixtures("figures")
def test_it_writes_runs(runs: Path) -> None:
    first = (runs / "cases.run").read_text().splitlines()[0].split()
    assert [first[0], first[1], first[3], first[5]] == ["q1", "Q0", "1", "schakel"]
    assert (runs / "bm25" / "advisers.run").is_file()


@pytest.mark.usefixtures("figures")
def test_it_does_not_differ_from_the_runs_that_it_wrote(judged: Judged, runs: Path) -> None:
    done = judged.evaluate("--against", str(runs), "--json")
    assert done.returncode == 0, done.stderr
    against = json.loads(done.stdout)["against"]
    assert set(against) == {"cases", "advisers"}
    same = {"difference": 0.0, "low": 0.0, "high": 0.0, "p": 1.0, "better": 0, "worse": 0}
    for compared in against.values():
        assert set(compared) == {"ndcg@10", "mrr", "p@1", "recall@100"}
        assert all(row == {**same, "queries": 2, "missing": 0} for row in compared.values())


@pytest.mark.usefixtures("figures")
def test_tables_show_all_of_it_within_80_columns(
    judged: Judged, runs: Path, tmp_path: Path
) -> None:
    other = tmp_path / "[ander]"
    other.mkdir()
    (other / "cases.run").write_text("q1 Q0 d1 1 2 x\nq1 Q0 d2 2 1 x\n")  # d2 second; no q2
    (other / "advisers.run").write_text((runs / "advisers.run").read_text())
    done = judged.evaluate("--against", str(other))
    assert done.returncode == 0, done.stderr
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "lijst maat Schakel BM25 vragen" in lines
    assert "lijst deel Schakel BM25 vragen" in lines
    assert "advisers min. 20 casussen – – 0 +2" in lines
    assert any(line.startswith("cases boven 5 woorden 1.000 (1.000–1.000)") for line in lines)
    assert any(line.startswith("cases dekking 1.000") for line in lines)
    assert any(line.startswith("cases mrr +0.750 0.500 tot 1.000 ") for line in lines)
    assert any(
        line.startswith("advisers mrr +0.000 0.000 tot 0.000 1.0000 0 0 2") for line in lines
    )
    assert "[ander]: cases.run mist 1 vraag; dat telt als niets gevonden." in " ".join(lines)
    tables = [line for line in done.stdout.splitlines() if "–" in line or "tot" in line]
    assert max(map(len, tables)) <= 80


def test_runs_that_cannot_be_compared_with_are_refused_before_anything_is_done(
    judged: Judged, tmp_path: Path
) -> None:
    (tmp_path / "cases.run").write_text("q1 Q0 d1 1 2 x\nonzin\n")
    written = tmp_path / "new"
    refused = judged.evaluate("--against", str(tmp_path), "--runs", str(written))
    assert refused.returncode == 1
    assert "cases.run, regel 2: geen regel als: vraag Q0 id rang score naam" in refused.stderr
    assert "advisers.run: het bestand is er niet" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not written.exists()
