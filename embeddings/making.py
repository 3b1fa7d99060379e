"""A generation in the making: written beside the others, and read back before it counts."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from embeddings.disk import Disk, Writer, writer_of
from embeddings.manifest import MANIFEST, Content, Manifest, hashed, state
from matcher.errors import IndexDamaged, IndexNotWritten

_FILE: Final = re.compile(r"\w[\w.-]*", re.ASCII)
# A file system without hard links, or with as many to this file as it takes: then it is copied.
_NO_LINKS: Final = {errno.EPERM, errno.EXDEV, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP}
MISREAD: Final = "it reads back otherwise than it was written"

Known = Mapping[str, tuple[Path, Content]]  # by file name: where it is, and what it should hold


@contextmanager
def unfinished(disk: Disk, folder: Path) -> Iterator[None]:
    """A new folder that is gone at the end, unless it was renamed."""
    disk.discard(folder)
    disk.make_folder(folder)
    try:
        yield
    except BaseException:
        with suppress(OSError):  # what stays is removed by the next `tidy`
            disk.discard(folder)
        raise


def fill(
    disk: Disk, folder: Path, empty: Manifest, files: Mapping[str, Writer], known: Known
) -> None:
    """Write `files` into `folder`, and the manifest that `empty` becomes with them.

    A file that is `known` and still whole gets a second name, and its writer is not called.
    Everything is on disk when this returns, and was read back. Raises OSError, IndexNotWritten.
    """
    for file in files:
        if file == MANIFEST or not _FILE.fullmatch(file):
            raise ValueError(f"{file!r} is no name for a file of a generation")
    linked = {file: _linked(disk, folder / file, known) for file in sorted(files)}
    written = {
        file: _written(disk, folder / file, files[file])
        for file, content in linked.items()
        if content is None
    }
    contents = {file: content for file, content in linked.items() if content} | written
    manifest = Manifest(empty.name, empty.token, empty.facts, contents)
    disk.write(folder / MANIFEST, writer_of(manifest.sealed()))
    disk.sync_folder(folder)
    _verify(folder, manifest, written)


def _linked(disk: Disk, path: Path, known: Known) -> Content | None:
    """None where it is not known, not whole any more, or cannot have a second name."""
    if path.name not in known:
        return None
    existing, expected = known[path.name]
    try:
        disk.link(existing, path)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in _NO_LINKS:
            return None
        raise
    if state(path, path.name, expected).problem:
        disk.remove(path)
        return None
    return expected


def _written(disk: Disk, path: Path, writer: Writer) -> Content:
    told: list[Content] = []
    disk.write(path, lambda file: told.append(hashed(writer, file)))
    return told[0]


def _verify(folder: Path, manifest: Manifest, written: Mapping[str, Content]) -> None:
    """What was written is what is read; the linked files were read already."""
    try:
        Manifest.read(folder, manifest.name)
    except IndexDamaged as damaged:
        raise IndexNotWritten(f"{manifest.name}/{MANIFEST}", MISREAD) from damaged
    for file, content in written.items():
        problem = state(folder / file, f"{manifest.name}/{file}", content).problem
        if problem:
            raise IndexNotWritten(f"{manifest.name}/{file}", MISREAD) from problem
