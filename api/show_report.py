"""What an evaluation measured, as tables for someone at a terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rich import box
from rich.console import Console
from rich.table import Table

from matcher.evaluation import Task
from matcher.exposure import EXPOSURE_DEPTH
from matcher.metrics import Figure
from matcher.report import FEW_CASES, HEADLINE, MANY_CASES, Comparison, Report, Slice


def show_report(console: Console, ours: Report, baseline: Report, words: int) -> None:
    """All figures beside the baseline's; then slices and exposure. `words`: the median length."""
    headlines = ", ".join(f"{HEADLINE[task]} bij {task}" for task in ours.slices)
    console.print(_figures(ours, baseline))
    console.print()
    console.print(_parts(ours, baseline, words))
    console.print(
        f"\nTussen haakjes: 95%-interval. Achter de +: vragen die niet meetellen, omdat er niets "
        f"te vinden was. Delen: {headlines}; alleen mensen met zoveel casussen, of vragen van "
        f"zoveel woorden. Dekking: welk deel van alles er ergens in een top {EXPOSURE_DEPTH} "
        f"staat. Gini: hoe ongelijk die plaatsen verdeeld zijn, van 0 (gelijk) tot 1 (alles naar "
        f"één)."
    )


def show_comparison(console: Console, compared: Mapping[Task, Comparison], other: str) -> None:
    """One row a task and metric: how much better than the run called `other`."""
    table = _table("lijst", "maat", "verschil", "95%", "p", "beter", "minder", "vragen")
    for task, comparison in compared.items():
        table.add_section()
        for metric, found in comparison.differences.items():
            counts = (f"{found.better}", f"{found.worse}", f"{found.figure.queries}")
            table.add_row(task, metric, *_difference(found.figure), _number(found.p, 4), *counts)
    console.print(f"\nSchakel naast {other}:\n", markup=False)
    console.print(table)
    console.print(
        "\nVerschil: boven 0 is Schakel beter. p: de kans op minstens zo'n verschil als beide "
        "even goed zijn (gepaarde randomisatietoets, tweezijdig)."
    )
    for task, comparison in compared.items():
        if comparison.missing:
            count = "1 vraag" if comparison.missing == 1 else f"{comparison.missing} vragen"
            said = f"{other}: {task}.run mist {count}; dat telt als niets gevonden."
            console.print(said, markup=False)


def _figures(ours: Report, baseline: Report) -> Table:
    table = _table("lijst", "maat", "Schakel", "BM25", "vragen")
    for task, figures in ours.figures.items():
        table.add_section()
        for metric, figure in figures.items():
            other = baseline.figures[task][metric]
            table.add_row(task, metric, _figure(figure), _figure(other), _count(figure))
    return table


def _parts(ours: Report, baseline: Report, words: int) -> Table:
    names = {
        Slice.FEW: f"max. {FEW_CASES} casussen",
        Slice.MANY: f"min. {MANY_CASES} casussen",
        Slice.SHORT: f"max. {words} woorden",
        Slice.LONG: f"boven {words} woorden",
    }
    table = _table("lijst", "deel", "Schakel", "BM25", "vragen")
    for task, slices in ours.slices.items():
        table.add_section()
        for part, figure in slices.items():
            other = baseline.slices[task][part]
            table.add_row(task, names[part], _figure(figure), _figure(other), _count(figure))
        shown, beside = ours.exposure[task], baseline.exposure[task]
        table.add_row(task, "dekking", _number(shown.coverage), _number(beside.coverage))
        table.add_row(task, "Gini", _number(shown.gini), _number(beside.gini))
    return table


def _table(*columns: str) -> Table:
    """As narrow as can be: the widest of these fits 80 columns."""
    return Table(
        *columns, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True
    )


def _figure(figure: Figure) -> str:
    if math.isnan(figure.mean):
        return "–"
    return f"{figure.mean:.3f} ({figure.low:.3f}–{figure.high:.3f})"


def _difference(figure: Figure) -> tuple[str, str]:
    if math.isnan(figure.mean):
        return "–", "–"
    return f"{figure.mean:+z.3f}", f"{figure.low:z.3f} tot {figure.high:z.3f}"


def _count(figure: Figure) -> str:
    return f"{figure.queries} +{figure.undefined}" if figure.undefined else f"{figure.queries}"


def _number(value: float, digits: int = 3) -> str:
    return "–" if math.isnan(value) else f"{value:.{digits}f}"
