"""Disks of which every act is seen, and can be forgotten, refused or died of."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from embeddings.disk import Disk, Writer


class Watched(Disk):
    """Passes by `around` with every act; syncs nothing, which only a power cut would tell."""

    @contextmanager
    def around(self, act: str, *paths: Path) -> Iterator[None]:
        yield

    def make_folder(self, folder: Path) -> None:
        with self.around("make_folder", folder):
            super().make_folder(folder)

    def write(self, path: Path, writer: Writer) -> None:
        def watched(file: BinaryIO) -> None:
            with self.around("write", path):
                writer(file)
                file.flush()

        super().write(path, watched)

    def sync_file(self, path: Path, file: BinaryIO) -> None:
        with self.around("sync_file", path):
            pass

    def sync_folder(self, folder: Path) -> None:
        with self.around("sync_folder", folder):
            pass

    def rename(self, old: Path, new: Path) -> None:
        with self.around("rename", old, new):
            super().rename(old, new)

    def replace(self, old: Path, new: Path) -> None:
        with self.around("rename", old, new):
            super().replace(old, new)

    def link(self, existing: Path, new: Path) -> None:
        with self.around("link", existing, new):
            super().link(existing, new)

    def remove(self, file: Path) -> None:
        with self.around("remove", file):
            super().remove(file)

    def remove_folder(self, folder: Path) -> None:
        with self.around("remove", folder):
            super().remove_folder(folder)


@dataclass(frozen=True, slots=True)
class Act:
    """`content`: of what was written; `new`: the second path of a rename or link."""

    kind: str
    path: Path
    new: Path | None = None
    content: bytes = b""


class Recording(Watched):
    """Notes every act that was done."""

    def __init__(self) -> None:
        self.acts: list[Act] = []

    @contextmanager
    def around(self, act: str, *paths: Path) -> Iterator[None]:
        yield
        content = paths[0].read_bytes() if act == "write" else b""
        self.acts.append(Act(act, paths[0], paths[1] if len(paths) > 1 else None, content))


class Counting(Watched):
    """Counts the acts; of those below, something happens at that of number `at`, from 0."""

    def __init__(self, at: int = -1) -> None:
        self.at, self.count = at, 0

    @contextmanager
    def around(self, act: str, *paths: Path) -> Iterator[None]:
        now = self.count == self.at
        self.count += 1
        with self.at_last(act, *paths) if now else nullcontext():
            yield

    def at_last(self, act: str, *paths: Path) -> AbstractContextManager[None]:
        return nullcontext()


class Refusing(Counting):
    """Has no room for that act."""

    def at_last(self, act: str, *paths: Path) -> AbstractContextManager[None]:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(paths[-1]))


class Moment(StrEnum):
    BEFORE = "before"
    HALFWAY = "halfway"
    AFTER = "after"


class Deadly(Counting):
    """Kills this process at that act; halfway, where it is a write."""

    def __init__(self, at: int, moment: Moment) -> None:
        super().__init__(at)
        self._moment = moment

    @contextmanager
    def at_last(self, act: str, *paths: Path) -> Iterator[None]:
        if self._moment is Moment.BEFORE:
            _die()
        yield
        if self._moment is Moment.HALFWAY and act == "write":
            os.truncate(paths[0], paths[0].stat().st_size // 2)
        _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
