"""The figures of `schakel bench index`, as tables for someone at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from api.bench_index_targets import INVALID

Figures = Mapping[str, Any]

_WITHIN: Final = {
    "within": "binnen een bestuur",
    "all": "over alles",
}
_PERCENTILES: Final = ("p50", "p90", "p99")
_KINDS: Final = {
    "vectors": "vectoren",
    "clusters": "clusters",
    "documents_and_words": "documenten en woorden",
    "statistics": "wat geleerd is",
    "other": "de rest",
}
_TIMES: Final = ("×", 2)
_SECONDS: Final = ("s", 2)
# what a target is of, its unit and its digits
_TARGETS: Final = {
    "build": ("index maken, sneller dan txtai", *_TIMES),
    "within": ("zoeken binnen een bestuur, sneller dan txtai", *_TIMES),
    "all": ("zoeken over alles, sneller dan txtai", *_TIMES),
    "growth": ("zoeken binnen een bestuur, trager als de index groeit", *_TIMES),
    "largest_milliseconds": ("zoeken in de grootste index, p50", "ms", 1),
    "largest_recall_at_10": ("gevonden van de beste tien, in de grootste", "", 3),
    "ready_seconds_cached": ("van start tot antwoord, bestanden in het geheugen", *_SECONDS),
    "ready_seconds_uncached": ("van start tot antwoord, bestanden op schijf", *_SECONDS),
    "memory_bytes": ("geheugen per casus en veld", "bytes", 0),
    "findable_p99_seconds": ("van vastleggen tot vindbaar, p99", *_SECONDS),
    "again_part_of_all": ("1% veranderd, deel van alles opnieuw", "", 4),
}


def show_index_speed(console: Console, figures: Figures) -> None:
    """Each part that was measured; then all targets."""
    shows: dict[str, Callable[[Console, Figures], None]] = {
        "search": _search,
        "start": _start,
        "findable": _findable,
        "again": _again,
    }
    parts = {name: show for name, show in shows.items() if figures[name]}
    for name, show in parts.items():
        show(console, figures[name])
        console.print()
    console.print(_targets([figures[name]["targets"] for name in parts]))
    loads = ", ".join(f"{figures[name]['load_before']:.1f}" for name in parts)
    stolen = ", ".join(f"{figures[name]['stolen']:.0%}" for name in parts)
    console.print(
        f"Op {figures['cores']} kernen; belasting vooraf, van elk deel: {loads}; tijd die naar "
        f"andere machines ging: {stolen}. Casussen gemaakt uit {figures['sources']} echte."
    )


def _targets(judged: Sequence[Figures]) -> Table:
    table = Table("doelen", "gemeten", "doel", "")
    for name, target in ((name, each[name]) for each in judged for name in each):
        label, unit, digits = _TARGETS[name]
        found = "" if target["found"] is None else f"{target['found']:.{digits}f} {unit}"
        bound = "hoogstens" if target["at_most"] else "minstens"
        wanted = f"{bound} {target['target']:.{digits}f} {unit}"
        table.add_row(label, found.strip(), wanted.strip(), target["verdict"])
    return table


def _search(console: Console, figures: Figures) -> None:
    console.print(_beside(figures))
    console.print(_searches(figures))
    console.print(_growth(figures["growth"]))
    console.print(" ".join(_about(figures)))


def _beside(figures: Figures) -> Table:
    seconds = figures["build_seconds"]
    table = Table(f"{figures['cases']} casussen", "Schakel", "txtai", "verhouding")
    ours, peer = min(seconds["schakel"]), min(seconds["txtai"], default=None)
    table.add_row("index maken, s", *_compared(ours, peer, 1))
    for name, label in _WITHIN.items():
        for how, key in (("om beurten", "milliseconds"), ("alleen", "milliseconds_alone")):
            p50 = {who: found["p50"] for who, found in figures[name][key].items()}
            compared = _compared(p50["schakel"], p50.get("txtai"), 2)
            table.add_row(f"zoeken {label}, p50 in ms, {how}", *compared)
    return table


def _searches(figures: Figures) -> Table:
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


def _growth(growth: Figures) -> Table:
    table = Table("casussen in de index", "binnen een bestuur, p50 in ms")
    for cases, p50 in growth["p50"].items():
        table.add_row(cases, f"{p50:.2f}")
    return table


def _about(figures: Figures) -> Iterator[str]:
    yield (
        f"Zonder het coderen van de vraag; {figures['queries']} vragen. Casussen van gemiddeld "
        f"{figures['words_a_case']:.0f} woorden. Om beurten: na elke zoektocht van de een "
        "een van de ander, die op zijn eigen geheugen stuit."
    )
    if largest := figures["largest"]:
        yield f"De grootste index maken duurde {largest['build_seconds']:.0f} s."
    txtai = figures["txtai"]
    if txtai["missing"]:
        yield f"Zonder txtai: {txtai['missing']}"
    else:
        yield (
            f"txtai {txtai['version']} heeft een vector per casus (Schakel twee) en filtert "
            "pas na het zoeken."
        )


def _start(console: Console, figures: Figures) -> None:
    table = Table(
        f"starten met {figures['cases']} casussen, in s",
        "inlezen en controleren",
        "openen",
        "eerste antwoord",
        "samen",
        "daarvoor: Python en modules",
    )
    stages = ("check", "open", "answer", "ready", "import")
    for key, label in (("cached", "in het geheugen"), ("uncached", "op schijf")):
        seconds = figures["seconds"][key]
        row = [f"{seconds[f'{stage}_seconds']:.2f}" for stage in stages]
        table.add_row(f"bestanden {label}", *row)
    console.print(table)
    memory = figures["memory_bytes_a_case_and_field"]
    table = Table("bytes per casus en veld", "")
    table.add_row("geheugen na het openen (Pss)", f"{memory['memory_opened']:.0f}")
    table.add_row("geheugen na 50 vragen (Pss)", f"{memory['memory_asked']:.0f}")
    table.add_row("waarvan bladzijden van bestanden", f"{memory['memory_of_files']:.0f}")
    for kind, size in figures["disk_bytes_a_case_and_field"].items():
        table.add_row(f"schijf: {_KINDS[kind]}", f"{size:.0f}")
    table.add_row("schijf samen", f"{sum(figures['disk_bytes_a_case_and_field'].values()):.0f}")
    console.print(table)
    if not figures["really_uncached"]:
        console.print("De bestanden kwamen niet echt van schijf: het systeem hield ze vast.")


def _findable(console: Console, figures: Figures) -> None:
    seconds, target = figures["seconds"], figures["targets"]["findable_p99_seconds"]
    table = Table(f"vindbaar, bij {figures['a_second']} vragen per seconde", "s")
    for name in ("p50", "p95", "p99", "longest"):
        label = "langste" if name == "longest" else name
        table.add_row(f"van aan de beurt tot 201, {label}", f"{seconds[name]:.3f}")
    table.add_row(
        "achterstand volgens de dienst, op zijn meest", f"{figures['behind_seconds']:.3f}"
    )
    console.print(table)
    console.print(
        f"{figures['written']} vragen van gemiddeld {figures['words']:.0f} woorden naast "
        f"{figures['cases']} casussen, in een echte dienst met het echte model; "
        f"{figures['looked_for']} nagezocht na hun 201, {figures['not_found']} niet gevonden, "
        f"{len(figures['failed'])} mislukt. Per vraag rekenden de kernen samen "
        f"{1000 * figures['service_seconds_a_question']:.0f} ms voor de dienst, die intussen "
        f"{figures['indexed_anew']} keer opnieuw indexeerde."
    )
    if target["verdict"] == INVALID:
        console.print("Ongeldig: niet elke vraag werd vastgelegd en gevonden.")


def _again(console: Console, figures: Figures) -> None:
    table = Table(
        f"{figures['cases']} casussen", "alles opnieuw", f"{figures['changed']} veranderd", "deel"
    )
    whole, changes, part = figures["all"], figures["changes"], figures["part"]
    for key, label in (
        ("beyond_seconds", "zonder coderen, s"),
        ("whole_seconds", "met coderen door het model, s"),
    ):
        table.add_row(label, f"{whole[key]:.1f}", f"{changes[key]:.1f}", f"{part[key]:.4f}")
    for kind, label in (("documents", "teksten"), ("queries", "vragen, voor de controle")):
        encoded = [each["encoded"][kind] for each in (whole, changes)]
        table.add_row(f"{label}: gecodeerd", *map(str, encoded), "")
        costs = [each["milliseconds_a_text"][kind] for each in (whole, changes)]
        table.add_row(f"{label}: een coderen, ms", *(f"{cost:.1f}" for cost in costs), "")
    console.print(table)
    console.print(
        "Alles opnieuw: ook alle vectoren, als na een ander model. Coderen is gerekend: zoveel "
        "teksten als er gecodeerd werden, keer wat het model over een deel daarvan doet."
    )


def _compared(ours: float, peer: float | None, digits: int) -> Sequence[str]:
    if peer is None:
        return f"{ours:.{digits}f}", "", ""
    return f"{ours:.{digits}f}", f"{peer:.{digits}f}", f"{peer / ours:.1f} ×"


def _row(milliseconds: Mapping[str, float]) -> list[str]:
    return [f"{milliseconds[name]:.2f}" for name in _PERCENTILES]


def _recall(recall: Mapping[str, float]) -> tuple[str, str]:
    return f"{recall['at_10']:.3f}", f"{recall['at_50']:.3f}"
