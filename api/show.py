"""Matches and figures for someone at a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from api.indexing import Progress as Report
from api.schemas import DocumentUit, MatchesUit, PersoonUit
from matcher.evaluation import Task
from matcher.metrics import Figure

Figures = Mapping[Task, Mapping[str, Figure]]


SHOWN = 5  # of each list: what fits a screen; --json gives all


def show_matches(console: Console, matches: MatchesUit) -> None:
    """The best of the four lists, each item with its reason."""
    _documents(console, "Opgeloste casussen", matches.casussen)
    _documents(console, "Wie deze vraag ook heeft", matches.vragen)
    _people(console, "Collega's", matches.collegas)
    _people(console, "Adviseurs", matches.adviseurs)


def show_figures(console: Console, ours: Figures, baseline: Figures) -> None:
    """One row a task and metric, with 95% intervals, beside the baseline."""
    table = Table("lijst", "maat", "Schakel", "95%", "BM25", "95%", "vragen")
    for task, figures in ours.items():
        for metric, figure in figures.items():
            other = baseline[task][metric]
            count = f"{figure.queries}"
            if figure.undefined:
                count += f" (+{figure.undefined} zonder oordeel)"
            table.add_row(task, metric, *_cells(figure), *_cells(other), count)
    console.print(table)


@contextmanager
def progress_bar(console: Console, what: str) -> Iterator[Report | None]:
    """A bar that a (done, total) callback moves; nothing where no one watches."""
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _documents(console: Console, title: str, documents: list[DocumentUit]) -> None:
    _heading(console, title, len(documents))
    for found in documents[:SHOWN]:
        console.print(_line(found.rang, found.titel, found.id))
        console.print(_indented(found.toelichting))


def _people(console: Console, title: str, people: list[PersoonUit]) -> None:
    _heading(console, title, len(people))
    for found in people[:SHOWN]:
        console.print(_line(found.rang, f"{found.naam}, {found.organisatie}", found.id))
        console.print(_indented(found.toelichting))


def _line(rank: int, what: str, id_: str) -> Padding:
    return Padding(
        Text.assemble((f"{rank}. {what}", "bold"), f" ({id_})"), (0, 0, 0, 2), expand=False
    )


def _indented(text: str) -> Padding:
    return Padding(Text(text), (0, 0, 0, 5), expand=False)


def _heading(console: Console, title: str, count: int) -> None:
    console.print()
    console.print(Text(title if count else f"{title}: niets gevonden", style="bold underline"))


def _cells(figure: Figure) -> tuple[str, str]:
    if math.isnan(figure.mean):
        return "–", "–"
    return f"{figure.mean:.3f}", f"{figure.low:.3f} – {figure.high:.3f}"
