"""The folder of an index, read: which generations are there, which is current, what is in them.

Nobody locks to read. What another replaces meanwhile is met as damage, and read anew.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from embeddings.making import Known
from embeddings.manifest import Manifest, mapped
from matcher.errors import IndexDamaged, IndexMissing

CURRENT: Final = "CURRENT"
QUARANTINE: Final = "quarantine-"
TRIES: Final = 5  # what another replaces twice in a row is rare already
_NAME: Final = re.compile(r"gen-(\d{6,})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Opened:
    """A generation from disk. `facts`: as given to `save`; `files`: read-only, memory-mapped."""

    name: str
    facts: Mapping[str, Any]
    files: Mapping[str, memoryview]


def pointer(name: str) -> bytes:
    """What CURRENT holds: the name to be read by people, and what tells that it was changed.

    Without that, one flipped bit makes the name of another generation of it.
    """
    return f"{name} {hashlib.sha256(name.encode()).hexdigest()[:16]}\n".encode()


def current_name(folder: Path) -> str | None:
    try:
        content = (folder / CURRENT).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise IndexDamaged(CURRENT, "a file", type(error).__name__) from error
    name = content.decode("ascii", "replace").partition(" ")[0]
    if not is_name(name) or content != pointer(name):
        raise IndexDamaged(CURRENT, "the name of a generation", "something else")
    return name


def is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def number(name: str) -> int:
    return int(name.removeprefix("gen-"))


def entries(folder: Path) -> list[Path]:
    """Whatever is in `folder`, by name; nothing where there is no folder."""
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []


def names(folder: Path) -> list[str]:
    found = [path.name for path in entries(folder) if is_name(path.name) and path.is_dir()]
    return sorted(found, key=number)


def before(folder: Path, name: str) -> list[str]:
    """The generations older than `name`, oldest first."""
    return [other for other in names(folder) if number(other) < number(name)]


def superfluous(folder: Path, current: str, served: str | None, kept: int) -> list[str]:
    """The generations to forget: all but the last `kept` up to `current`, and the newest after it.

    `served`: what was current before the current one. What came between the two never served,
    or was rolled back from, and is nothing to go back to.
    """
    older = before(folder, current)
    newer = [name for name in names(folder) if number(name) > number(current)]
    last = min(number(current), number(served or current))
    left = [name for name in older if number(name) <= last][-(kept - 1) :] + newer[-1:]
    return [name for name in [*older, *newer] if name not in left]


def quarantined(folder: Path, name: str = "") -> list[str]:
    """What was put away of the generation `name`, or of any."""
    start = f"{QUARANTINE}{name}-" if name else QUARANTINE
    found = [path.name for path in entries(folder) if path.name.startswith(start)]
    return sorted(found, key=lambda other: (len(other), other))


def next_name(folder: Path) -> str:
    found = [path.name for path in entries(folder)]
    with suppress(IndexDamaged):
        found.append(current_name(folder) or "")
    numbers = [int(digits) for name in found for digits in _NAME.findall(name)]
    return f"gen-{max(numbers, default=0) + 1:06d}"


def manifest(folder: Path, name: str) -> Manifest:
    """Raises IndexMissing where there is no such generation, and IndexDamaged."""
    must_exist(folder, name)
    return Manifest.read(folder / name, name)


def must_exist(folder: Path, name: str) -> None:
    if not is_name(name) or not (folder / name).is_dir():
        raise IndexMissing(str(folder / name))


def opened(folder: Path, name: str | None) -> Opened:
    """The generation `name`, or the current one. Raises IndexMissing or IndexDamaged."""
    for _ in range(TRIES - 1):
        at = name or _current(folder)
        identity = _identity(folder / at)
        try:
            return _opened(folder, at, asked=name is not None)
        except IndexDamaged:
            same = _identity(folder / at) == identity and (name or current_name(folder)) == at
            if same:
                raise
    return _opened(folder, name or _current(folder), asked=name is not None)


def newest_whole(folder: Path, candidates: Iterable[str]) -> str | None:
    """The last of `candidates` of which every byte is right; None where none is."""
    for name in reversed(list(candidates)):
        with suppress(IndexDamaged, IndexMissing):
            opened(folder, name)
            return name
    return None


def manifests(folder: Path) -> list[tuple[Path, Manifest]]:
    """Those that can be read, oldest first."""
    found = []
    for name in names(folder):
        with suppress(IndexDamaged):
            found.append((folder / name, Manifest.read(folder / name, name)))
    return found


def known_files(folder: Path) -> Known:
    """By file name, the newest generation's file of that name."""
    return {
        file: (path / file, content)
        for path, written in manifests(folder)
        for file, content in written.files.items()
    }


def highest_token(folder: Path) -> int:
    """Of the leases under which the generations here were written; 0 where there are none."""
    return max((written.token for _, written in manifests(folder)), default=0)


def _current(folder: Path) -> str:
    name = current_name(folder)
    if name is None:
        raise IndexMissing(str(folder))
    return name


def _opened(folder: Path, name: str, *, asked: bool) -> Opened:
    if asked:
        must_exist(folder, name)
    written = Manifest.read(folder / name, name)
    files = {
        file: mapped(folder / name / file, f"{name}/{file}", content)
        for file, content in written.files.items()
    }
    return Opened(name, written.facts, files)


def _identity(path: Path) -> tuple[int, int] | None:
    """Which folder it is: another in its place has another."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_ctime_ns
