"""What an evaluation measured, as JSON: null where a figure is undefined, for JSON has no NaN."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from matcher.evaluation import Task
from matcher.exposure import EXPOSURE_DEPTH
from matcher.metrics import Figure
from matcher.report import HEADLINE, Comparison, Report

Row = dict[str, float | int | str | None]


def report_rows(
    name: str,
    reports: Mapping[str, Report],
    words: int,
    compared: Mapping[Task, Comparison] | None,
) -> dict[str, Any]:
    """Figures by system, task and metric; the rest by what it is, then so. `words`: the median."""
    rows: dict[str, Any] = {"set": name}
    rows |= {system: _figures(report) for system, report in reports.items()}
    rows["median_words"] = words
    for what, part in (("slices", _slices), ("coverage", _coverage), ("exposure", _exposure)):
        rows[what] = {system: part(report) for system, report in reports.items()}
    if compared is not None:
        rows["against"] = {task: _comparison(found) for task, found in compared.items()}
    return rows


def _figures(report: Report) -> dict[str, dict[str, Row]]:
    return {
        task: {metric: _figure(figure) for metric, figure in figures.items()}
        for task, figures in report.figures.items()
    }


def _slices(report: Report) -> dict[str, dict[str, Row]]:
    return {
        task: {part: {"metric": HEADLINE[task], **_figure(f)} for part, f in figures.items()}
        for task, figures in report.slices.items()
    }


def _coverage(report: Report) -> dict[str, Row]:
    return {
        task: {
            "depth": EXPOSURE_DEPTH,
            "share": _number(exposure.coverage),
            "shown": exposure.shown,
            "catalogue": exposure.catalogue,
        }
        for task, exposure in report.exposure.items()
    }


def _exposure(report: Report) -> dict[str, Row]:
    return {
        task: {"depth": EXPOSURE_DEPTH, "gini": _number(exposure.gini)}
        for task, exposure in report.exposure.items()
    }


def _comparison(compared: Comparison) -> dict[str, Row]:
    """`missing` is the same for each metric: queries that the other run does not rank."""
    return {
        metric: {
            "difference": _number(found.figure.mean),
            "low": _number(found.figure.low),
            "high": _number(found.figure.high),
            "p": _number(found.p),
            "better": found.better,
            "worse": found.worse,
            "queries": found.figure.queries,
            "missing": compared.missing,
        }
        for metric, found in compared.differences.items()
    }


def _figure(figure: Figure) -> Row:
    return {
        "mean": _number(figure.mean),
        "low": _number(figure.low),
        "high": _number(figure.high),
        "queries": figure.queries,
        "undefined": figure.undefined,
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
