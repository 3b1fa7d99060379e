"""Generations on disk: written whole or not at all, read only where every hash is right.

    index/CURRENT                    the name of the generation that is served, and its check
    index/LEASE                      who may write
    index/gen-000042/manifest.json   what it is, and size and SHA-256 of every other file
    index/gen-000042/...             its files, whose names say what is in them
    index/tmp-...                    in the making, or being thrown away
    index/quarantine-gen-000041-1    found damaged; kept to be looked at

The database is the truth; a generation can be thrown away and built again. What is in one is
not known here: bytes by name, and facts.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from embeddings import reading
from embeddings.disk import REAL, Disk, Writer, told
from embeddings.lease import TTL_SECONDS, Lease, LeaseFile
from embeddings.making import fill, unfinished
from embeddings.manifest import FileState, Manifest, states
from embeddings.reading import CURRENT, QUARANTINE, Opened
from matcher.errors import IndexDamaged, IndexMissing, IndexNotWritten, IndexStateError

__all__ = ["KEPT", "FileState", "IndexFolder", "Opened", "Writer"]

KEPT: Final = 2  # the served one and the one before it, for rollback

log = logging.getLogger("schakel.index")


class IndexFolder:
    """The folder in which generations live, one of them current.

    Whatever writes raises IndexNotWritten where the disk refuses, and LeaseLost where another
    took over; what was current still is, whole.
    """

    def __init__(self, folder: Path, disk: Disk = REAL) -> None:
        self.folder = folder
        self._disk = disk
        self._leases = LeaseFile(folder, disk, lambda: reading.highest_token(folder))

    @contextmanager
    def lease(self, holder: str, ttl: float = TTL_SECONDS) -> Iterator[Lease]:
        """The right to write, for one thread. Raises IndexBusy at once, it does not wait.

        `holder` is told to who finds it busy. After `ttl` seconds without a sign of life
        another may take over; a thread gives one in time.
        """
        with told(str(self.folder)):
            self._disk.make_folders(self.folder)
        with self._leases.take(holder, ttl).kept() as lease:
            yield lease

    def current_name(self) -> str | None:
        """The generation that is current on disk; None if there is none. Raises IndexDamaged."""
        return reading.current_name(self.folder)

    def names(self) -> list[str]:
        """The generations on disk, oldest first; each was whole when it was written."""
        return reading.names(self.folder)

    def next_name(self) -> str:
        """A name that nothing here has, not even what was put away or is unfinished."""
        return reading.next_name(self.folder)

    def open(self, name: str | None = None) -> Opened:
        """A generation, by default the current one, every byte of which was found right.

        Raises IndexMissing or IndexDamaged.
        """
        return reading.opened(self.folder, name)

    def facts(self, name: str) -> Mapping[str, Any]:
        """What was given to `save`; no file is looked at. Raises IndexMissing, IndexDamaged."""
        return reading.manifest(self.folder, name).facts

    def verify(self, name: str) -> list[FileState]:
        """The manifest and every file as they are on disk, read in full. Raises IndexMissing."""
        reading.must_exist(self.folder, name)
        return states(self.folder / name, name)

    def save(
        self, lease: Lease, name: str, facts: Mapping[str, Any], files: Mapping[str, Writer]
    ) -> None:
        """Write a generation, whole and verified; it is not current yet.

        A file name says what is in it: what another generation has under that name is linked,
        and its writer not called. Writers write from begin to end; they cannot seek.
        """
        if not reading.is_name(name) or (self.folder / name).exists():
            raise ValueError(f"{name} is no new name; see `next_name`")
        lease.check()
        known = reading.known_files(self.folder)
        folder = self.folder / f"tmp-{name}-{lease.token}"  # not shared with who takes over
        with told(name), unfinished(self._disk, folder):
            try:
                fill(self._disk, folder, Manifest(name, lease.token, facts, {}), files, known)
            except (OSError, IndexNotWritten):
                lease.check()  # who took over removes what was unfinished
                raise
            with self._acting(lease, name):
                self._disk.rename(folder, self.folder / name)
                self._disk.sync_folder(self.folder)

    def make_current(self, lease: Lease, name: str) -> None:
        """Serve `name` from now on, and `tidy`. Raises IndexMissing or IndexDamaged for it."""
        with self._acting(lease, CURRENT):
            served = self._pointed_to()
            self.facts(name)
            self._serve(name)
        try:
            self._tidy(lease, served)
        except IndexStateError as error:  # it is current; what is left over goes the next time
            log.warning("old generations of the index are not removed yet: %s", error)

    def rollback(self, lease: Lease) -> str:
        """Serve the newest whole generation before the current one. Raises IndexMissing.

        The one that was current stays, until another is made current.
        """
        current = self.current_name()
        older = reading.before(self.folder, current) if current else []
        name = reading.newest_whole(self.folder, older)
        if name is None:
            raise IndexMissing(f"{self.folder}, before {current}")
        with self._acting(lease, CURRENT):
            self._serve(name)
        return name

    def quarantine(self, name: str) -> str:
        """Put a damaged generation away, and tell under which name. Needs no lease.

        If it was current, then the newest whole one before it is; failing that, the newest
        whole one; failing that, none. Where another put it away already, that name is told;
        raises IndexMissing where nothing is left of it.
        """
        if not reading.is_name(name) or not self.folder.is_dir():
            raise IndexMissing(str(self.folder / name))
        older = reading.before(self.folder, name)
        newer = [other for other in self.names() if other not in (*older, name)]
        instead = reading.newest_whole(self.folder, [*newer, *older])
        with self._acting(None, name):
            if self._pointed_to() == name:
                if instead and (self.folder / instead).is_dir():
                    self._serve(instead)
                else:
                    self._disk.remove(self.folder / CURRENT)
                    self._disk.sync_folder(self.folder)
            return self._put_away(name)

    def remove(self, lease: Lease, name: str) -> None:
        """Forget a generation that is not current, as when what it holds was erased.

        Raises IndexMissing where it is not there, ValueError where it is current.
        """
        with self._acting(lease, name):
            reading.must_exist(self.folder, name)
            if self._pointed_to() == name:
                raise ValueError(f"{name} is current")
            old = self._aside(name)
            self._disk.sync_folder(self.folder)
            self._disk.discard(old)
            self._disk.sync_folder(self.folder)

    def tidy(self, lease: Lease) -> None:
        """Forget what was never finished, and generations that are too old to go back to.

        Left are the current one, the newest before it, and the newest after it, which may be
        about to become current, or was before a rollback. Where none is current, all are left.
        """
        self._tidy(lease, None)

    def forget_quarantined(self, lease: Lease) -> None:
        """Remove what was put away as damaged: it may hold what was erased since."""
        with self._acting(lease, QUARANTINE):
            for name in reading.quarantined(self.folder, ""):
                self._disk.discard(self.folder / name)
            self._disk.sync_folder(self.folder)

    def _tidy(self, lease: Lease, served: str | None) -> None:
        with self._acting(lease, "tmp-"):
            current = self.current_name()
            old = reading.superfluous(self.folder, current, served, KEPT) if current else []
            for name in old:  # so that under its own name it is whole or not there
                self._aside(name)
            if old:
                self._disk.sync_folder(self.folder)
            for path in reading.entries(self.folder):
                if path.name.startswith("tmp-"):
                    self._disk.discard(path)

    def _serve(self, name: str) -> None:
        """Its own name goes to disk first: who wrote it may have been killed before that."""
        self._disk.sync_folder(self.folder)
        self._disk.put(self.folder / CURRENT, reading.pointer(name))

    def _pointed_to(self) -> str | None:
        """What is current; None also where CURRENT is damaged, which names nothing."""
        with suppress(IndexDamaged):
            return self.current_name()
        return None

    def _put_away(self, name: str) -> str:
        earlier, of_this = (reading.quarantined(self.folder, of) for of in ("", name))
        if not (self.folder / name).is_dir():
            if not of_this:
                raise IndexMissing(str(self.folder / name))
            return of_this[-1]
        count = 1 + int(of_this[-1].rpartition("-")[2] if of_this else 0)
        away = f"{QUARANTINE}{name}-{count}"
        self._disk.rename(self.folder / name, self.folder / away)
        self._disk.sync_folder(self.folder)
        for other in earlier:
            self._disk.discard(self.folder / other)
        return away

    def _aside(self, name: str) -> Path:
        """Where a generation was put that is to be removed."""
        aside = self.folder / f"tmp-old-{name}"
        self._disk.discard(aside)
        self._disk.rename(self.folder / name, aside)
        return aside

    @contextmanager
    def _acting(self, lease: Lease | None, place: str) -> Iterator[None]:
        """For acts that change what is read: one process at a time, and none that lost it."""
        with self._leases.locked(), told(place):
            if lease:
                lease.check()
            yield
