"""Reading the audit through: whether each row still says what it said, in its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from data.audit import entry_of
from data.audit_tables import AuditHeadRow, AuditRow
from data.chain import GENESIS, chained

_AT_ONCE: Final = 1000  # rows in memory
_MOST: Final = 20  # faults that are told; after these they are counted only


# The head beside each row, in one statement: both as they were at one moment.
_ROWS: Final = (
    select(AuditHeadRow, AuditRow)
    .outerjoin(AuditRow, true())
    .order_by(AuditRow.number)
    .execution_options(yield_per=_AT_ONCE)
)


class FaultKind(StrEnum):
    """What is wrong at a number; the value is the word that is shown."""

    CHANGED = "gewijzigd"  # it says something else than what its hash was made of
    MISPLACED = "niet op zijn plaats"  # the row before it is another than when it was added
    MISSING = "ontbreekt"
    INSERTED = "te veel"  # numbered where none can be, or after the last
    HEAD = "laatste is anders"  # the last row is another than the head says
    NO_HEAD = "het hoofd ontbreekt"
    NOT_NOTED = "genoteerde hash komt niet voor"  # all that is there may be written anew


@dataclass(frozen=True, slots=True)
class Fault:
    number: int
    kind: FaultKind


@dataclass(slots=True)
class Verified:
    """What was found: `count` rows, the last with hash `head`, and what is wrong, in order.

    Of more than `_MOST` faults only the first are in `faults`; `wrong` counts them all.
    """

    count: int = 0
    head: str = GENESIS
    wrong: int = 0
    faults: list[Fault] = field(default_factory=list)

    def add(self, number: int, kind: FaultKind) -> None:
        self.wrong += 1
        if len(self.faults) < _MOST:
            self.faults.append(Fault(number, kind))


def verify(session: Session, noted: str | None = None) -> Verified:
    """Check every row of the audit against its hash, its number and the row before it.

    `noted` is a head that was written down elsewhere: it must still be in the chain, which finds
    what was written anew from some row to the last. Reads a row at a time.
    """
    found = Verified()
    head, seen, expected = None, noted in (None, GENESIS), 1
    for head, row in session.execute(_ROWS):
        if row is None:
            break
        found.count += 1
        seen = seen or row.hash == noted
        if row.number < expected or row.number > head.count:
            if row.number > head.count:  # all up to the last that is counted should be there
                expected = _missing(found, expected, head.count)
            found.add(row.number, FaultKind.INSERTED)
            continue
        reached = _missing(found, expected, row.number - 1)
        after_gap, expected = reached != expected, reached + 1
        if row.previous != found.head and not after_gap:
            found.add(row.number, FaultKind.MISPLACED)
        elif chained(entry_of(row), row.previous) != row.hash:
            found.add(row.number, FaultKind.CHANGED)
        found.head = row.hash
    if head is None:
        found.add(0, FaultKind.NO_HEAD)
    elif _missing(found, expected, head.count) == expected and head.hash != found.head:
        found.add(head.count, FaultKind.HEAD)
    if not seen:
        found.add(0, FaultKind.NOT_NOTED)
    return found


def _missing(found: Verified, expected: int, last: int) -> int:
    """Tell of `expected` up to `last` that they are not there; the number to expect next."""
    if expected > last:
        return expected
    for number in range(expected, min(last, expected + _MOST) + 1):
        found.add(number, FaultKind.MISSING)
    found.wrong += max(0, last - expected - _MOST)
    return last + 1
