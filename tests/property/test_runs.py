"""Runs survive being written and read, and mean to ir-measures what they mean to us."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.runs import read_runs, write_runs
from matcher.evaluation import Ranking, Run, Task
from matcher.metrics import Figure
from matcher.report import measure
from tests.ir_oracle import MEASURES, assert_agreement
from tests.property.strategies import PROPERTY
from tests.unit.matcher.judged import judged

QUERIES = ("q1", "q2", "q3")
ITEMS = [f"i{n}" for n in range(14)]

# Many are equal, or equal once they are kept in 32 bits.
scores = st.one_of(
    st.sampled_from([0.0, -0.0, 0.25, 1.0, 1.0 + 1e-9, 1.0 - 1e-9]), st.floats(-1e6, 1e6)
)
rankings = st.lists(st.tuples(st.sampled_from(ITEMS), scores), unique_by=lambda pair: pair[0])
runs = st.fixed_dictionaries(dict.fromkeys(QUERIES, rankings))
grades = st.dictionaries(st.sampled_from(ITEMS), st.integers(-1, 4), min_size=1)
qrels = st.fixed_dictionaries(dict.fromkeys(QUERIES, grades))


def _read(folder: str) -> Run:
    collection = judged({Task.CASES: {}}, queries=dict.fromkeys(QUERIES, "vraag"))
    return read_runs(Path(folder), collection)[Task.CASES]


def _orders(run: Mapping[str, Ranking]) -> dict[str, list[str]]:
    return {query: [item for item, _ in ranking] for query, ranking in run.items() if ranking}


@PROPERTY
@given(runs)
def test_what_was_written_is_read_in_the_same_order(run: Run) -> None:
    with TemporaryDirectory() as folder:
        write_runs({Task.CASES: run}, Path(folder), "x")
        again = _read(folder)
        assert _orders(again) == _orders(run)
        written = (Path(folder) / "cases.run").read_bytes()
        write_runs({Task.CASES: again}, Path(folder), "x")
        assert (Path(folder) / "cases.run").read_bytes() == written


@PROPERTY
@given(st.lists(scores, min_size=1, max_size=14))
def test_scores_in_order_are_written_as_they_are_but_for_the_last_bits(values: list[float]) -> None:
    falling = sorted(values, reverse=True)
    with TemporaryDirectory() as folder:
        run = {"q1": list(zip(ITEMS, falling, strict=False))}
        write_runs({Task.CASES: run}, Path(folder), "x")
        read = [score for _, score in _read(folder)["q1"]]
    assert read == pytest.approx(falling, rel=1e-5, abs=1e-40)
    assert all(one > after for one, after in pairwise(read))


@PROPERTY
@given(runs, qrels)
def test_runs_of_ours_have_the_same_figures_in_ir_measures(
    run: Run, judgements: dict[str, dict[str, int]]
) -> None:
    """They read the very file that `--runs` writes: no ties are left for them to break."""
    with TemporaryDirectory() as folder:
        write_runs({Task.CASES: run}, Path(folder), "x")
        scored = list(ir_measures.read_trec_run(f"{folder}/cases.run"))
    assert_agreement(run, scored, judgements)


@PROPERTY
@given(runs, qrels)
def test_runs_of_others_with_ties_have_the_same_figures_in_ir_measures(
    run: Run, judgements: dict[str, dict[str, int]]
) -> None:
    lines = [f"{q} Q0 {item} 0 {score!r} x\n" for q, found in run.items() for item, score in found]
    with TemporaryDirectory() as folder:
        (Path(folder) / "cases.run").write_text("".join(lines))
        scored = list(ir_measures.read_trec_run(f"{folder}/cases.run"))
        assert_agreement(_read(folder), scored, judgements)


def test_a_mean_leaves_out_what_ir_measures_counts_as_zero() -> None:
    judgements = {"q1": {"i1": 2, "i2": 1}, "q2": {"i1": 1}, "q3": {"i1": 0}}
    run: Run = {"q1": [("i2", 2.0), ("i1", 1.0)], "q2": [("i2", 1.0)], "q3": [("i1", 1.0)]}
    scored = [ir_measures.ScoredDoc(q, item, s) for q, found in run.items() for item, s in found]
    theirs = ir_measures.calc_aggregate(MEASURES.values(), judgements, scored)
    ours: Mapping[str, Figure] = measure({Task.CASES: run}, judged({Task.CASES: judgements}))[
        Task.CASES
    ]
    for name, figure in ours.items():
        assert (figure.queries, figure.undefined) == (2, 1)
        assert figure.mean == pytest.approx(theirs[MEASURES[name]] * 3 / 2, abs=1e-9)
    assert np.isclose(ours["mrr"].mean, 0.5)
