"""How fast the index is, in four parts: searched, opened, written to, and brought up to date."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from api.bench_index_again import AGAIN_STEPS, again
from api.bench_index_findable import FINDABLE_STEPS, findable
from api.bench_index_parts import Material, Sizes
from api.bench_index_searching import SEARCH_STEPS, search
from api.bench_index_start import START_STEPS, start
from api.bench_index_targets import Part
from embeddings.machine import cores

Progress = Callable[[int, int], None]  # steps done, steps in all

_GUESTS: Final = 9  # in /proc/stat: before it stands what was stolen; from it on is counted already


class _Measurement(NamedTuple):
    steps: int
    run: Callable[[Material, Sizes, Callable[[], None]], dict[str, Any]]


_PARTS: Final[Mapping[Part, _Measurement]] = {
    Part.SEARCH: _Measurement(SEARCH_STEPS, search),
    Part.START: _Measurement(START_STEPS, start),
    Part.FINDABLE: _Measurement(FINDABLE_STEPS, findable),
    Part.AGAIN: _Measurement(AGAIN_STEPS, again),
}


def measure(
    material: Material,
    sizes: Sizes,
    parts: Collection[Part] = tuple(Part),
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Every figure of `parts`, for JSON, each part with its targets; None of the other parts.

    A part tells what else the machine did: "load_before" of others, which with two cores spoils
    every figure from 2 on, and "stolen", the part of the time that went to other machines.
    """
    steps = _Steps(sum(_PARTS[part].steps for part in parts), progress)
    figures: dict[str, Any] = {"cores": cores(), "sources": len(material.corpus.sources)}
    for part, measurement in _PARTS.items():
        found: dict[str, Any] | None = None
        if part in parts:
            load, before = os.getloadavg()[0], _spent()
            found = measurement.run(material, sizes, steps.done)
            found |= {"load_before": load, "stolen": _stolen(before, _spent())}
        figures[part.name.lower()] = found
    return figures


def _spent() -> list[int]:
    """What all cores did since the machine started; nothing where the system does not tell."""
    try:
        first, _, _ = Path("/proc/stat").read_text().partition("\n")
    except OSError:
        return []
    return [int(ticks) for ticks in first.split()[1:_GUESTS]]


def _stolen(before: Sequence[int], after: Sequence[int]) -> float:
    spent = [end - begin for begin, end in zip(before, after, strict=True)]
    return spent[-1] / sum(spent) if sum(spent) else 0.0


class _Steps:
    """Counts steps that took long."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total, self._progress, self._done = total, progress, 0

    def done(self) -> None:
        self._done += 1
        if self._progress:
            self._progress(self._done, self._total)
