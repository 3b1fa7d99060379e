"""What a generation's folder holds: a manifest, and files that are what it says of them."""

from __future__ import annotations

import hashlib
import io
import mmap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, Self, cast

from embeddings.disk import Writer
from embeddings.sealed import sealed, unsealed
from matcher.errors import IndexDamaged

MANIFEST: Final = "manifest.json"


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds: how many bytes, and their SHA-256 in hexadecimals."""

    bytes: int
    sha256: str

    def __str__(self) -> str:
        return f"{self.bytes} bytes of SHA-256 {self.sha256}"


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as it was found. `problem`: None where it is what it should be."""

    file: str
    bytes: int
    problem: IndexDamaged | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """`token`: of the lease under which it was written; `facts`: what the writer says of it."""

    name: str
    token: int
    facts: Mapping[str, Any]
    files: Mapping[str, Content]

    @classmethod
    def read(cls, folder: Path, name: str) -> Self:
        """That of the generation `name` in `folder`. Raises IndexDamaged."""
        place = f"{name}/{MANIFEST}"
        try:
            value = unsealed((folder / MANIFEST).read_bytes())
            files = {file: Content(**content) for file, content in value["files"].items()}
            found = cls(value["name"], value["token"], value["facts"], files)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            why = str(error) if isinstance(error, ValueError) else type(error).__name__
            raise IndexDamaged(place, "a manifest as it was written", why) from error
        if found.name != name:
            raise IndexDamaged(place, f"the manifest of {name}", f"that of {found.name}")
        return found

    def sealed(self) -> bytes:
        files = {
            file: {"bytes": content.bytes, "sha256": content.sha256}
            for file, content in self.files.items()
        }
        return sealed({"name": self.name, "token": self.token, "facts": self.facts, "files": files})


def mapped(path: Path, place: str, expected: Content) -> memoryview:
    """The bytes of a file, found right, read-only and in memory only as far as they are used.

    It is the mapping itself that was hashed, so there is no moment between the check and the
    use at which another file could take its place. Nothing here ever changes a file in place;
    who does so by hand changes what is mapped. Raises IndexDamaged.
    """
    try:
        with path.open("rb") as file:
            empty = file.seek(0, io.SEEK_END) == 0  # which cannot be mapped
            content = memoryview(
                b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            )
    except (OSError, ValueError) as error:
        raise IndexDamaged(place, str(expected), type(error).__name__) from error
    if len(content) != expected.bytes:
        raise IndexDamaged(place, f"{expected.bytes} bytes", f"{len(content)} bytes")
    found = Content(len(content), hashlib.sha256(content).hexdigest())
    if found != expected:
        raise IndexDamaged(place, f"SHA-256 {expected.sha256}", found.sha256)
    return content


def state(path: Path, place: str, expected: Content) -> FileState:
    """A file compared with what it should be, read from its first byte to its last."""
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            found = Content(file.tell(), sha256)
    except OSError as error:
        problem = IndexDamaged(place, str(expected), type(error).__name__)
        return FileState(path.name, 0, problem)
    damaged = None if found == expected else IndexDamaged(place, str(expected), str(found))
    return FileState(path.name, found.bytes, damaged)


def states(folder: Path, name: str) -> list[FileState]:
    """The manifest and every other file, those that are missing and those that are too many.

    Where the manifest is damaged, nothing vouches for any file.
    """
    present = {path.name: path for path in folder.iterdir()}
    size = present[MANIFEST].lstat().st_size if MANIFEST in present else 0
    try:
        files: Mapping[str, Content] = Manifest.read(folder, name).files
        found = [FileState(MANIFEST, size, None)]
    except IndexDamaged as problem:
        files, found = {}, [FileState(MANIFEST, size, problem)]
    found += [state(folder / file, f"{name}/{file}", files[file]) for file in sorted(files)]
    for file in sorted(present.keys() - files.keys() - {MANIFEST}):
        size = present[file].lstat().st_size
        unexpected = IndexDamaged(f"{name}/{file}", "no file, by the manifest", f"{size} bytes")
        found.append(FileState(file, size, unexpected))
    return found


class Hashing(io.RawIOBase):
    """Passes on what is written and hashes it on the way; it cannot be sought.

    So what should be on disk is known from memory, not from the disk.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._sha256, self._bytes = file, hashlib.sha256(), 0

    def writable(self) -> bool:
        return True

    def write(self, content: Any, /) -> int:
        part = memoryview(content)
        part = part.cast("B") if part.nbytes else memoryview(b"")
        self._file.write(part)
        self._sha256.update(part)
        self._bytes += len(part)
        return len(part)

    def tell(self) -> int:
        return self._bytes

    def content(self) -> Content:
        return Content(self._bytes, self._sha256.hexdigest())


def hashed(writer: Writer, file: BinaryIO) -> Content:
    """What `writer` wrote into `file`."""
    hashing = Hashing(file)
    writer(cast(BinaryIO, hashing))
    return hashing.content()
