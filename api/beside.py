"""Indexing anew in a process of its own, while this one answers."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import Final

from api.index_commands import BUSY
from api.settings import Settings

NICE: Final = 10  # who answers goes before
_LOOKED_AFTER_SECONDS: Final = 0.2


class ReindexFailed(Exception):
    """`schakel reindex` ended with `code`; what it said is in its own output."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"schakel reindex ended with {code}")


@dataclass(frozen=True, slots=True)
class ReindexBeside:
    """`schakel reindex`, as the night job runs it; what it makes is taken over."""

    settings: Settings

    def __call__(self, stopped: threading.Event) -> None:
        """Until it is done, or `stopped` is set. Raises ReindexFailed."""
        command = [sys.executable, "-m", "api.cli", "reindex"]
        with subprocess.Popen(  # noqa: S603 (all of it is our own)
            command,
            env=os.environ | self.settings.environment(),
            stdout=subprocess.DEVNULL,
        ) as process:
            os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
            while process.poll() is None:
                if stopped.wait(_LOOKED_AFTER_SECONDS):
                    process.terminate()  # it can be run again
                    return
        if process.returncode not in (0, BUSY):
            raise ReindexFailed(process.returncode)
