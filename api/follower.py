"""The thread that keeps the index true to the database while Schakel serves."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from api.indexing import Indexer
from api.reindexing import MOVED, SMALLEST_BASE, reindex
from api.settling import settle
from matcher.errors import IndexBusy

IndexAnew = Callable[[threading.Event], object]  # until it is done, or the event is set

log = logging.getLogger("schakel.index")


class Follower:
    """Catches up twice a second, or at once when poked, and indexes anew when that is due."""

    INTERVAL_SECONDS: Final = 0.5
    QUIET_SECONDS: Final = 1.0  # without a write, before what can wait is done
    PATIENCE_SECONDS: Final = 60.0  # after a failure to index anew, before it is tried again

    def __init__(self, indexer: Indexer, index_anew: IndexAnew | None = None) -> None:
        """`index_anew` makes another generation; without it this process does."""
        self._indexer = indexer
        self._index_anew = index_anew or (lambda _stopped: reindex(indexer))
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)
        self._beside: threading.Thread | None = None
        self._not_before = 0.0
        self._arriving, self._following = threading.Lock(), threading.Lock()
        self._came = 0  # how many came to have it followed
        self._served = 0  # of those, how many are served by what was followed last

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=10)
        if self._beside:
            self._beside.join(timeout=10)

    def follow(self) -> None:
        """Bring the index up to date now, so that what was committed is found at once.

        Of those who wait for it, one does it for all: it sees what they committed before they
        came. A failure is logged and left to the thread: the write itself is safe in the database.
        """
        with self._arriving:
            self._came += 1
            own = self._came
        with self._following:
            if own <= self._served:
                return
            self._served = self._came
            try:
                self._indexer.catch_up()
            except Exception as error:  # the loop must outlive any single failure
                log.error("following the outbox failed: %s", type(error).__name__)

    def _run(self) -> None:
        settled = self._indexer.base()
        while True:
            self.follow()
            self._maintain()
            if self._indexer.base() != settled:
                settled = self._indexer.base()
                settle()
            if self._stopped.wait(self.INTERVAL_SECONDS):
                return

    def _maintain(self) -> None:
        """What may wait until what was asked is answered."""
        try:
            self._indexer.know_sentences(self.QUIET_SECONDS)
        except Exception as error:  # the loop must outlive any single failure
            log.error("encoding sentences failed: %s", type(error).__name__)
        busy = self._beside is not None and self._beside.is_alive()
        if not busy and time.monotonic() >= self._not_before and self._due():
            self._beside = threading.Thread(target=self._anew, name="index-anew", daemon=True)
            self._beside.start()

    def _anew(self) -> None:
        """Failures are logged, and it waits; what is made is taken over by `follow`."""
        try:
            self._index_anew(self._stopped)
        except IndexBusy:  # another process is at it; what it makes is taken over
            pass
        except Exception as error:  # what serves goes on serving
            self._not_before = time.monotonic() + self.PATIENCE_SECONDS
            log.error("indexing anew failed: %s", type(error).__name__)

    def _due(self) -> bool:
        indexer = self._indexer
        if indexer.degraded():
            return True
        generation = indexer.served.current()
        small = generation.statistics.texts < SMALLEST_BASE
        return generation.moved > (0.0 if small else MOVED)
