"""The parts of `schakel bench index`, what they should come to, and whether they do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

MET: Final = "gehaald"
MISSED: Final = "niet gehaald"
UNKNOWN: Final = "niet gemeten"
INVALID: Final = "ongeldig"


class Part(StrEnum):
    """What can be measured by itself."""

    SEARCH = "zoeken"
    START = "start"
    FINDABLE = "vindbaar"
    AGAIN = "bijwerken"


@dataclass(frozen=True, slots=True)
class Target:
    """A figure is to be `value` at most, or at least."""

    value: float
    at_most: bool = True

    def beside(self, found: float | None, *, valid: bool = True) -> dict[str, Any]:
        """`found` with this target beside it, for JSON; None where it could not be measured."""
        if found is None or math.isnan(found):
            verdict, found = UNKNOWN, None
        elif not valid:
            verdict = INVALID
        else:
            met = found <= self.value if self.at_most else found >= self.value
            verdict = MET if met else MISSED
        return {
            "found": found,
            "target": self.value,
            "at_most": self.at_most,
            "verdict": verdict,
        }


TARGETS: Final = {
    # times as fast as txtai
    "build": Target(2.0, at_most=False),
    "within": Target(50.0, at_most=False),
    "all": Target(3.0, at_most=False),
    "growth": Target(1.5),  # p50 at the largest size, as many times that at the smallest
    "largest_milliseconds": Target(25.0),
    "largest_recall_at_10": Target(0.98, at_most=False),
    "ready_seconds_cached": Target(5.0),
    "ready_seconds_uncached": Target(5.0),
    "memory_bytes": Target(2_200.0),  # a case and field
    "findable_p99_seconds": Target(1.0),
    "again_part_of_all": Target(0.03),  # with what encoding costs
}


def judged(found: Mapping[str, float | None], *, valid: bool = True) -> dict[str, Any]:
    """Each figure by the name of its target, beside it."""
    return {name: TARGETS[name].beside(value, valid=valid) for name, value in found.items()}
