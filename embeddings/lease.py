"""One writer of an index at a time, over all processes: the file LEASE says who.

Each taking has a token one higher than the one before. Whoever stood still and was superseded
meanwhile (a laptop that slept, a machine that paused) finds a higher token when it wants to make
its work current, and may not: the token fences it off, not the clock. The clock and the process
number only say when another may try.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from filelock import FileLock, Timeout

from embeddings.disk import Disk, told
from embeddings.process import alive, machine, started
from embeddings.sealed import sealed, unsealed
from matcher.errors import IndexBusy, IndexNotWritten, LeaseLost

TTL_SECONDS: Final = 30.0  # a holder that did not renew for so long may be superseded
RENEWALS: Final = 3  # within that time, so that one or two may fail
LOCK_SECONDS: Final = 10.0  # to wait for an act that takes milliseconds
FILE: Final = "LEASE"

# The marks of what this process holds. One that LEASE still names and that is not here was given
# back, or never got: on a full disk, say. Nobody need wait for it to expire.
_HELD: Final[set[str]] = set()

log = logging.getLogger("schakel.index")


@dataclass(frozen=True, slots=True)
class Holding:
    """What LEASE says. Moments in seconds since 1970; `mark` is of one taking alone."""

    token: int
    holder: str
    pid: int
    began: str | None
    machine: str
    since: float
    expires: float
    ttl: float
    mark: str

    @classmethod
    def of_this_process(cls, token: int, holder: str, ttl: float) -> Self:
        pid, now, mark = os.getpid(), time.time(), uuid.uuid4().hex
        return cls(token, holder, pid, started(pid), machine(), now, now + ttl, ttl, mark)

    def holds(self) -> bool:
        """Whether the holder may still be at work.

        An end far beyond what can have been set was set by another clock: it says nothing.
        """
        if not 0 < self.expires - time.time() <= 2 * self.ttl:
            return False
        if self.machine != machine():
            return True
        return alive(self.pid, self.began) and (self.pid != os.getpid() or self.mark in _HELD)

    def busy(self) -> IndexBusy:
        return IndexBusy(self.holder, datetime.fromtimestamp(self.since, UTC))


class LeaseFile:
    """LEASE in the folder of an index; `used` gives the highest token known from elsewhere."""

    def __init__(self, folder: Path, disk: Disk, used: Callable[[], int]) -> None:
        self._folder, self._disk, self._used = folder, disk, used

    def read(self) -> Holding | None:
        """None where there is none that can be read: then nobody holds it."""
        try:
            return Holding(**unsealed((self._folder / FILE).read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """For acts that must not mingle with those of another; held for a moment only."""
        lock = FileLock(self._folder / ".lock", timeout=LOCK_SECONDS)
        with told(".lock"):
            try:
                lock.acquire()
            except Timeout:
                holding = self.read()
                raise holding.busy() if holding else IndexBusy("another", None) from None
        try:
            yield
        finally:
            lock.release()

    def take(self, holder: str, ttl: float) -> Lease:
        """Raises IndexBusy while another holds it."""
        with self.locked():
            before = self.read()
            if before and before.holds():
                raise before.busy()
            token = 1 + max(before.token if before else 0, self._used())
            holding = Holding.of_this_process(token, holder, ttl)
            self._write(holding)
            _HELD.add(holding.mark)
        return Lease(self, holding)

    def check(self, held: Holding) -> None:
        """Raises LeaseLost unless `held` is the newest taking, expired or not."""
        found = self.read()
        if found is None or (found.token, found.mark) != (held.token, held.mark):
            raise LeaseLost(held.holder, held.token)

    def renew(self, held: Holding) -> None:
        with self.locked():
            self.check(held)
            self._write(replace(held, expires=time.time() + held.ttl))

    def release(self, held: Holding) -> None:
        """The token stays, so that it never goes back."""
        with self.locked():
            self.check(held)
            self._write(replace(held, expires=0.0, mark=""))

    def _write(self, holding: Holding) -> None:
        with told(FILE):
            self._disk.put(self._folder / FILE, sealed(asdict(holding)))


class Lease:
    """The right to write an index, kept alive by a thread while it is held."""

    def __init__(self, file: LeaseFile, holding: Holding) -> None:
        self._file, self._holding = file, holding
        self._done = threading.Event()

    @property
    def token(self) -> int:
        return self._holding.token

    @property
    def holder(self) -> str:
        return self._holding.holder

    def check(self) -> None:
        """Raises LeaseLost where another took over, or this one was given back."""
        self._file.check(self._holding)

    def renew(self) -> None:
        """For another term from now. Raises LeaseLost, and IndexNotWritten on a full disk."""
        self._file.renew(self._holding)

    @contextmanager
    def kept(self) -> Iterator[Self]:
        """Renewed in time until the end, and given back then."""
        renewing = threading.Thread(target=self._renewing, name="lease", daemon=True)
        renewing.start()
        try:
            yield self
        finally:
            self._done.set()
            renewing.join()
            self._given_back()
            _HELD.discard(self._holding.mark)

    def _renewing(self) -> None:
        while not self._done.wait(self._holding.ttl / RENEWALS):
            try:
                self.renew()
            except LeaseLost:  # told to the writer when it wants to make its work current
                return
            except (IndexNotWritten, IndexBusy) as error:  # tried again: the next may go well
                log.warning("the lease of the index is not renewed: %s", error)

    def _given_back(self) -> None:
        try:
            self._file.release(self._holding)
        except LeaseLost:  # nothing of ours to give back
            return
        except (IndexNotWritten, IndexBusy) as error:  # it expires by itself
            log.warning("the lease of the index is not given back: %s", error)
