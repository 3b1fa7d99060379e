"""Matches, progress and speed for someone at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Task as RichTask
from rich.table import Table
from rich.text import Text

from api.person_schemas import PersoonUit
from api.schemas import DocumentUit, MatchesUit
from embeddings.caching import Progress as Report

SHOWN = 5  # of each list: what fits a screen; --json gives all


def show_matches(console: Console, matches: MatchesUit) -> None:
    """The best of the four lists, each item with its reason."""
    if not matches.passend:
        console.print()
        console.print(Text(matches.melding))
        _documents(console, "Wat nog het dichtst in de buurt komt", matches.casussen)
        return
    _documents(console, "Opgeloste casussen", matches.casussen)
    _documents(console, "Wie deze vraag ook heeft", matches.vragen)
    _people(console, "Collega's", matches.collegas)
    _people(console, "Adviseurs", matches.adviseurs)


@contextmanager
def progress_bar(console: Console, what: str) -> Iterator[Report | None]:
    """A bar that a (done, total) callback moves; nothing where no one watches."""
    if not console.is_terminal:
        yield None
        return
    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        _Speed(),
        TextColumn("nog"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class _Speed(ProgressColumn):
    """How many a second, once that is known."""

    def render(self, task: RichTask) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "")


def show_encoder(console: Console, figures: Mapping[str, Any]) -> None:
    """The figures of `schakel bench encoder`, one row each."""
    table = Table("", "Schakel", "torch", "verhouding")
    for name, batch in figures["texts_a_second"].items():
        about = f"{name}, {batch['texts']} van gemiddeld {batch['tokens']:.0f} tokens"
        table.add_row(f"teksten per seconde: {about}", *_pair(batch, 1), _times(batch["ratio"]))
    query = figures["query_milliseconds"]
    table.add_row("een vraag, p50 in ms", *_pair(query["p50"], 1), _times(query["p50"]["ratio"]))
    table.add_row("een vraag, p99 in ms", *_pair(query["p99"], 1), "")
    threads = figures["two_threads"]
    table.add_row(
        "vragen per seconde: 2 threads naast 1",
        f"{threads['two']:.0f} / {threads['one']:.0f}",
        "",
        _times(threads["ratio"]),
    )
    start = figures["start"]
    seconds, memory = start["seconds"], start["peak_megabytes"]
    table.add_row("start tot eerste vector, s", *_pair(seconds, 1), _times(seconds["ratio"]))
    table.add_row("meeste geheugen, MB", *_pair(memory, 0), _times(memory["ratio"]))
    console.print(table)
    machine = figures["machine"]
    console.print(f"{machine['cores']} kernen, {machine['precision']}")
    for precision, rate in figures["products"].items():
        console.print(f"matrixproduct alleen, {precision}: {rate:.0f} miljard bewerkingen/s")


def _pair(figure: Mapping[str, float], digits: int) -> tuple[str, str]:
    return f"{figure['schakel']:.{digits}f}", f"{figure['torch']:.{digits}f}"


def _times(ratio: float) -> str:
    return f"{ratio:.2f} ×"


def _documents(console: Console, title: str, documents: list[DocumentUit]) -> None:
    _heading(console, title, len(documents))
    for found in documents[:SHOWN]:
        console.print(_line(found.rang, found.titel, found.id))
        console.print(_indented(found.toelichting))
        if found.zin:
            console.print(_indented(f"‘{found.zin}’"))


def _people(console: Console, title: str, people: list[PersoonUit]) -> None:
    _heading(console, title, len(people))
    for found in people[:SHOWN]:
        who = found.naam if found.id is None else f"{found.naam}, {found.organisatie}"
        console.print(_line(found.rang, who, found.id))
        console.print(_indented(found.toelichting))


def _line(rank: int, what: str, id_: str | None) -> Padding:
    known = f" ({id_})" if id_ else ""
    return Padding(Text.assemble((f"{rank}. {what}", "bold"), known), (0, 0, 0, 2), expand=False)


def _indented(text: str) -> Padding:
    return Padding(Text(text), (0, 0, 0, 5), expand=False)


def _heading(console: Console, title: str, count: int) -> None:
    console.print()
    console.print(Text(title if count else f"{title}: niets gevonden", style="bold underline"))
