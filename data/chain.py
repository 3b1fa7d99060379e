"""What makes the audit a chain: each entry's hash is over all it says and the hash before it.

Pure. Whoever changes, removes or moves an entry breaks the chain there; whoever writes a whole
chain anew is found by a head that was noted elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

GENESIS: Final = "0" * 64  # the hash before the first entry


@dataclass(frozen=True, slots=True)
class Entry:
    """One act, in ids and words of our own; never free text.

    `number` counts from 1 without gaps; `at` is UTC, without saying so; `object` is the id of
    what was acted on, where that exists; `role` and `board` are those in which was acted.
    """

    number: int
    at: datetime
    person: str | None
    role: str | None
    board: str | None
    act: str
    object: str | None
    result: str
    request: str | None


def chained(entry: Entry, previous: str) -> str:
    """The SHA-256, in hexadecimals, of `entry` after the one whose hash is `previous`."""
    said = asdict(entry) | {
        "at": entry.at.isoformat(timespec="microseconds"),
        "previous": previous,
    }
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
