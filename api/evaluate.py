"""The command `schakel evaluate`: how good what serves is, on a judged set."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from api.settings import read_settings
from api.terminal import AsJson, stderr, stdout, stops_clearly
from matcher.errors import InputError, Problem


@stops_clearly
def evaluate(
    folder: Annotated[Path, typer.Argument(metavar="MAP", help="Map met een beoordeelde set.")],
    runs: Annotated[
        Path | None, typer.Option(metavar="MAP", help="Schrijf de TREC-runs in deze map.")
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="MAP", help="Vergelijk met de TREC-runs in deze map, vraag voor vraag."
        ),
    ] = None,
    words: Annotated[
        int | None,
        typer.Option(metavar="AANTAL", min=1, help="Kort elke vraag in tot zoveel woorden."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Meet hoe goed er gezocht wordt. Voorbeeld: schakel evaluate ../shared/bench/dekamer-dev"""
    from api.bootstrap import baseline_for, matcher_for
    from api.report_rows import report_rows
    from api.settling import settle
    from api.show import progress_bar
    from api.show_report import show_comparison, show_report
    from data.judged import read_collection
    from data.runs import read_runs, write_runs
    from matcher.evaluation import rank
    from matcher.report import Report, compare, median_words

    collection = read_collection(folder)
    if words:
        collection = collection.shortened(words)
    other = read_runs(against, collection) if against else None
    if runs:
        _make_folder(runs)
    total = len(collection.queries)
    with progress_bar(stderr(), "Teksten") as progress:
        matcher = matcher_for(collection, read_settings(), progress)
    settle()
    with progress_bar(stderr(), "Vragen") as progress:
        ours = rank(matcher, collection, _counting(progress, total))
    baseline = rank(baseline_for(collection), collection)
    if runs:
        write_runs(ours, runs, "schakel")
        write_runs(baseline, runs / "bm25", "bm25")
    reports = {"schakel": Report.of(ours, collection), "bm25": Report.of(baseline, collection)}
    compared = compare(ours, other, collection) if other is not None else None
    median = median_words(collection)
    if as_json:
        typer.echo(json.dumps(report_rows(folder.name, reports, median, compared), indent=2))
        return
    show_report(stdout(), reports["schakel"], reports["bm25"], median)
    if compared is not None:
        show_comparison(stdout(), compared, str(against))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise InputError([Problem("--runs", "deze map kan niet worden gemaakt")]) from None


def _counting(progress: Callable[[int, int], None] | None, total: int) -> Callable[[int], None]:
    return lambda done: progress(done, total) if progress else None
