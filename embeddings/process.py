"""Which process this is, so that another can tell whether it still lives."""

from __future__ import annotations

import os
import socket
from pathlib import Path

_PROC = Path("/proc")


def machine() -> str:
    """Where process numbers mean the same: this machine, since it started, in this container."""
    parts = [socket.gethostname()]
    try:
        parts.append((_PROC / "sys/kernel/random/boot_id").read_text().strip())
        parts.append(str((_PROC / "self/ns/pid").readlink()))
    except OSError:  # no Linux: the name has to do
        pass
    return " ".join(parts)


def started(pid: int) -> str | None:
    """When `pid` began, in the system's own count; None if it is gone, or that is not told."""
    fields = _fields(pid)
    return fields[19] if fields else None


def alive(pid: int, began: str | None) -> bool:
    """Whether the process `pid` of this machine that began at `began` still runs.

    One that was killed does not, also while its parent has not noticed; neither does another
    that was given the same number since.
    """
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # someone else's, but there
        pass
    fields = _fields(pid)
    if fields is None or began is None:
        return True
    return fields[0] not in "ZX" and fields[19] == began


def _fields(pid: int) -> list[str] | None:
    """What is told of a process after its name: first its state, twentieth when it began."""
    try:
        told = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    return told.rpartition(")")[2].split()
