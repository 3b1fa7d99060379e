"""Folders that are there whole or not at all, whoever else makes them at that moment."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from embeddings.disk import fsync


def whole_folder(folder: Path, write: Callable[[Path], None]) -> Path:
    """`folder`, filled by `write` if it is not there yet.

    Safe when several processes call it at once: one writes, under a lock, into a temporary
    folder that is renamed when whole and on disk; the others wait and use it. Where `write`
    raises, there is no folder, and the next call tries again.
    """
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        if folder.is_dir():
            return folder
        unfinished = folder.with_name(f"tmp-{folder.name}")
        shutil.rmtree(unfinished, ignore_errors=True)  # left by a process that was killed
        unfinished.mkdir()
        try:
            write(unfinished)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        fsync_all(unfinished)
        unfinished.rename(folder)
        fsync(folder.parent)
    return folder


def fsync_all(folder: Path) -> None:
    """Everything in `folder`, and itself, to disk."""
    for path in [*folder.rglob("*"), folder]:
        fsync(path)
