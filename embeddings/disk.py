"""What must outlive a power cut: every act of the index on the disk, in this one place.

A file is on disk once it was fsynced, a name once the folder it is in was. Until then a power
cut may lose either without the other. Who needs an order asks for the syncs between.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import errorcode
from pathlib import Path
from typing import BinaryIO, Final

from matcher.errors import IndexNotWritten

Writer = Callable[[BinaryIO], None]


class Disk:
    """The disk as it is. Every method raises OSError where the system refuses."""

    def make_folder(self, folder: Path) -> None:
        folder.mkdir()

    def write(self, path: Path, writer: Writer) -> None:
        """A new file, whole on disk when this returns; its name is not, see `sync_folder`.

        Never over a file that is there: another name may hold the same file by a hard link.
        """
        with path.open("xb") as file:
            writer(file)
            file.flush()
            self.sync_file(path, file)

    def sync_file(self, path: Path, file: BinaryIO) -> None:
        os.fsync(file.fileno())

    def sync_folder(self, folder: Path) -> None:
        """The names in `folder`, as they are now, to disk."""
        fsync(folder)

    def rename(self, old: Path, new: Path) -> None:
        """A folder that is there under one of both names, whenever one looks."""
        old.rename(new)

    def replace(self, old: Path, new: Path) -> None:
        """The file `old` in the place of `new`, which is the one or the other at any moment."""
        old.replace(new)

    def link(self, existing: Path, new: Path) -> None:
        """A second name for a file; its content is on disk already."""
        new.hardlink_to(existing)

    def remove(self, file: Path) -> None:
        file.unlink()

    def remove_folder(self, folder: Path) -> None:
        """An empty folder."""
        folder.rmdir()

    def make_folders(self, folder: Path) -> None:
        """`folder` and those it is in, as far as they are not there; on disk, names and all."""
        if folder.is_dir():
            return
        self.make_folders(folder.parent)
        with suppress(FileExistsError):  # another made it at this moment
            self.make_folder(folder)
        self.sync_folder(folder.parent)

    def put(self, path: Path, content: bytes) -> None:
        """A small file, replaced as a whole and on disk when this returns, its name too.

        Not by two at once: both would write the same `tmp-` file.
        """
        unfinished = path.with_name(f"tmp-{path.name}")
        self.discard(unfinished)  # left by a process that was killed
        self.write(unfinished, writer_of(content))
        self.replace(unfinished, path)
        self.sync_folder(path.parent)

    def discard(self, path: Path) -> None:
        """Remove a file, or a folder with all in it: from now on nobody may count on any of it.

        Nothing where there is none.
        """
        if path.is_dir() and not path.is_symlink():
            for below in sorted(path.iterdir()):
                self.discard(below)
            self.remove_folder(path)
        elif path.exists() or path.is_symlink():
            self.remove(path)


REAL: Final = Disk()


@contextmanager
def told(place: str) -> Iterator[None]:
    """What the system refuses within is told as IndexNotWritten, with the name of the reason."""
    try:
        yield
    except OSError as error:
        reason = errorcode.get(error.errno or 0, type(error).__name__)
        raise IndexNotWritten(place, reason) from error


def fsync(path: Path) -> None:
    """A file or a folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def writer_of(content: bytes) -> Writer:
    """Writes what is in memory."""

    def write(file: BinaryIO) -> None:
        file.write(content)

    return write
