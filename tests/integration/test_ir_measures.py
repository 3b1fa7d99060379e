"""Figures of real runs, as `schakel evaluate` makes and writes them, given to ir-measures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import ir_measures
import pytest

from api.bootstrap import baseline_for
from data.judged import read_collection
from data.runs import read_runs, write_runs
from matcher.evaluation import Task, rank
from matcher.report import compare
from tests.ir_oracle import assert_agreement

ROOT = Path(__file__).parents[2]
CUT = ROOT / "notebooks" / "cut"
SET = ROOT.parent / "shared" / "bench" / "dekamer-dev"
BESIDE = pytest.mark.skipif(not SET.is_dir(), reason="the whole set is not beside this clone")


@pytest.mark.parametrize(
    ("folder", "every"),  # of the queries of the whole set one in ten: for the time it takes
    [pytest.param(CUT, 1, id="cut"), pytest.param(SET, 10, id="whole", marks=BESIDE)],
)
def test_figures_of_a_real_set_are_those_of_ir_measures(
    tmp_path: Path, folder: Path, every: int
) -> None:
    """The baseline's runs, which need no model; ties in plenty, for BM25 knows many zeros."""
    whole = read_collection(folder)
    queries = whole.queries[::every]
    asked = {query.id for query in queries}
    qrels = {
        task: {query: grades for query, grades in judged.items() if query in asked}
        for task, judged in whole.qrels.items()
    }
    collection = replace(whole, queries=queries, qrels=qrels)
    runs = rank(baseline_for(collection), collection)
    write_runs(runs, tmp_path, "bm25")
    assert qrels.keys() == set(Task)
    for task, judgements in qrels.items():
        scored = list(ir_measures.read_trec_run(str(tmp_path / f"{task}.run")))
        assert len(scored) > 10 * len(queries)
        assert_agreement(runs[task], scored, judgements)
    for found in compare(runs, read_runs(tmp_path, collection), collection).values():
        assert found.missing == 0
        assert all(not (d.better or d.worse) for d in found.differences.values())
