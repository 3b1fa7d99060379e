"""The figures of `schakel bench match`, as tables for someone at a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console
from rich.table import Table

_CONTENDERS: Final = {
    "schakel": "Schakel, alles landelijk gedeeld",
    "mixed": "Schakel, gedeeld zoals het gaat",
    "plain": "FAISS + BM25 + stemmen tellen",
}
_STAGES: Final = {
    "view": "index: alles een score geven",
    "focused": "index: lijkt het op de beste",
    "retrieve": "index: kandidaten kiezen",
    "evidence": "index: wie deed wat",
    "shared_words": "index: gedeelde woorden",
    "best_sentences": "index: de beste zin",
    "visible": "database: wat zichtbaar is",
    "experts": "database: wie er kan helpen",
    "passages": "database: teksten",
    "theme_names": "database: namen van thema's",
    "rest": "al het andere",
}
_PERCENTILES: Final = ("p50", "p90", "p99")


def show_match_speed(console: Console, figures: Mapping[str, Any]) -> None:
    """A whole match beside the peer; then its parts, and what the figures are of."""
    console.print(_whole(figures))
    console.print()
    console.print(_stages(figures["stage_milliseconds"]))
    sizes, limit, machine = figures["sizes"], figures["limit"], figures["machine"]
    console.print(
        f"\nZonder het coderen van de vraag; doel: {figures['target_milliseconds']} ms. "
        f"{sizes['queries']} vragen, waarvan {figures['full_answers']} met vier gevulde lijsten, "
        f"op {machine['cores']} kernen (belasting vooraf: {machine['load_before']:.1f}). "
        f"{sizes['resolution']} casussen van gemiddeld {sizes['words_a_case']:.0f} woorden, "
        f"{sizes['person']} mensen in {sizes['organisation']} organisaties, "
        f"{sizes['participation']} deelnames. "
        "FAISS + BM25 kijkt naar het probleem alleen, kent geen rechten en geeft geen redenen."
    )
    console.print(
        f"Grens: {limit['milliseconds']:.1f} ms om {limit['megabytes']:.0f} MB te lezen "
        f"(gemeten: {limit['gigabytes_a_second']:.1f} GB per seconde)."
    )
    console.print(f"De index maken uit bewaarde vectoren: {figures['build_seconds']:.0f} seconden.")


def _whole(figures: Mapping[str, Any]) -> Table:
    table = Table("een match, in ms", *_PERCENTILES, "casussen in beeld")
    for name, label in _CONTENDERS.items():
        seen = f"{figures['cases_seen'][name]:.0f}"
        table.add_row(label, *_row(figures["milliseconds"][name]), seen)
    table.add_row("de vraag coderen", *_row(figures["encoding_milliseconds"]), "")
    return table


def _row(percentiles: Mapping[str, float]) -> list[str]:
    return [f"{percentiles[name]:.1f}" for name in _PERCENTILES]


def _stages(stages: Mapping[str, float]) -> Table:
    """What takes time, the most first; a stage without a name here has the name of its call."""
    table = Table("waarvan", "p50 in ms")
    for name, milliseconds in sorted(stages.items(), key=lambda item: -item[1]):
        table.add_row(_STAGES.get(name, name), f"{milliseconds:.1f}")
    return table
