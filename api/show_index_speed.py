"""The figures of `schakel bench index`, as tables for someone at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table

_WITHIN: Final = {
    "within": "binnen een bestuur",
    "all": "over alles",
}
_PERCENTILES: Final = ("p50", "p90", "p99")


def show_index_speed(console: Console, figures: Mapping[str, Any]) -> None:
    """Beside txtai; then how it grows, and what the figures are of."""
    console.print(_beside(figures))
    console.print(_searches(figures))
    console.print(_growth(figures["growth"], figures["targets"]))
    console.print(" ".join(_about(figures)))


def _beside(figures: Mapping[str, Any]) -> Table:
    targets, seconds = figures["targets"], figures["build_seconds"]
    table = Table(f"{figures['cases']} casussen", "Schakel", "txtai", "verhouding", "doel")
    ours, peer = min(seconds["schakel"]), min(seconds["txtai"], default=None)
    table.add_row("index maken, s", *_compared(ours, peer, 1), _at_least(targets["build"]))
    for name, label in _WITHIN.items():
        p50 = {who: found["p50"] for who, found in figures[name]["milliseconds"].items()}
        compared = _compared(p50["schakel"], p50.get("txtai"), 2)
        table.add_row(f"zoeken {label}, p50 in ms", *compared, _at_least(targets[name]))
    return table


def _searches(figures: Mapping[str, Any]) -> Table:
    """Of each search how it is spread, and what comes back."""
    table = Table("zoeken, in ms", *_PERCENTILES, "gegeven van 50", "recall@10", "recall@50")
    for name, label in _WITHIN.items():
        found = figures[name]
        for who, milliseconds in found["milliseconds"].items():
            recall = _recall(found["recall"]) if who == "schakel" else ("", "")
            given = f"{found['given'][who]:.1f}"
            table.add_row(f"{label}: {who}", *_row(milliseconds), given, *recall)
    if largest := figures["largest"]:
        label = f"{largest['cases']} casussen, 70% landelijk: schakel"
        table.add_row(label, *_row(largest["milliseconds"]), "", *_recall(largest["recall"]))
    return table


def _growth(growth: Mapping[str, Any], targets: Mapping[str, float]) -> Table:
    table = Table("casussen in de index", "binnen een bestuur, p50 in ms")
    for cases, p50 in growth["p50"].items():
        table.add_row(cases, f"{p50:.2f}")
    table.add_row(f"groei (doel: hoogstens {targets['growth']:.1f} ×)", f"{growth['ratio']:.2f} ×")
    return table


def _about(figures: Mapping[str, Any]) -> Iterator[str]:
    machine, targets = figures["machine"], figures["targets"]
    yield (
        f"Zonder het coderen van de vraag. {figures['queries']} vragen, op {machine['cores']} "
        f"kernen (belasting vooraf: {machine['load_before']:.1f}). Casussen van gemiddeld "
        f"{figures['words_a_case']:.0f} woorden, gemaakt uit {figures['sources']} echte."
    )
    if largest := figures["largest"]:
        yield (
            f"Doel bij {largest['cases']}: hoogstens {targets['largest_milliseconds']:.0f} ms en "
            f"recall@10 {targets['largest_recall_at_10']:.2f}; de index maken duurde "
            f"{largest['build_seconds']:.0f} s."
        )
    txtai = figures["txtai"]
    if txtai["missing"]:
        yield f"Zonder txtai: {txtai['missing']}"
    else:
        yield (
            f"txtai {txtai['version']} heeft een vector per casus (Schakel twee) en filtert "
            "pas na het zoeken."
        )


def _compared(ours: float, peer: float | None, digits: int) -> Sequence[str]:
    if peer is None:
        return f"{ours:.{digits}f}", "", ""
    return f"{ours:.{digits}f}", f"{peer:.{digits}f}", f"{peer / ours:.1f} ×"


def _at_least(target: float) -> str:
    return f"{target:.0f} ×"


def _row(milliseconds: Mapping[str, float]) -> list[str]:
    return [f"{milliseconds[name]:.2f}" for name in _PERCENTILES]


def _recall(recall: Mapping[str, float]) -> tuple[str, str]:
    return f"{recall['at_10']:.3f}", f"{recall['at_50']:.3f}"
