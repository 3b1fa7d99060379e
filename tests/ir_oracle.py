"""ir-measures, which asks trec_eval itself, as the judge of our figures."""

from __future__ import annotations

import math
from collections.abc import Sequence

import ir_measures
import pytest
from ir_measures import RR, P, R, nDCG

from matcher.evaluation import Run
from matcher.report import METRICS, Qrels, per_query

MEASURES = {"ndcg@10": nDCG @ 10, "mrr": RR, "p@1": P @ 1, "recall@100": R @ 100}


def assert_agreement(run: Run, scored: Sequence[ir_measures.ScoredDoc], judgements: Qrels) -> None:
    """Our figures of `run` are those of ir-measures of `scored`, query by query, to 1e-9.

    Only a query without a relevant item is 0 to them, and undefined to us.
    """
    named = {measure: name for name, measure in MEASURES.items()}
    assert set(named.values()) == METRICS.keys()
    theirs: dict[str, dict[str, float]] = {name: {} for name in METRICS}
    for value in ir_measures.iter_calc(list(named), judgements, scored):
        theirs[named[value.measure]][value.query_id] = value.value
    for name, metric in METRICS.items():
        ours = dict(zip(sorted(judgements), per_query(run, judgements, metric), strict=True))
        assert ours.keys() == theirs[name].keys()
        for query, grades in judgements.items():
            if max(grades.values()) > 0:
                assert ours[query] == pytest.approx(theirs[name][query], abs=1e-9, rel=0)
            else:
                assert math.isnan(ours[query])
                assert theirs[name][query] == 0.0
