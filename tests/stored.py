"""Generations of made bytes, of which one can tell afterwards what they should hold."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterable
from pathlib import Path

from embeddings.disk import Disk, Writer, writer_of
from embeddings.lease import Lease
from embeddings.storage import IndexFolder
from tests.disks import Watched

WHOLE = 5000  # bytes of the largest file, where nothing else is asked
SHARED = "shared.json"


def contents(name: str, version: int = 0, size: int = WHOLE) -> dict[str, bytes]:
    """One large file and two of its own, one that every generation has, and an empty one."""
    made = random.Random(f"{name} {version}")
    own = f"{name}-{version}"
    return {
        f"{own}.vectors": made.randbytes(size),
        f"{own}.words": b"zorgleerling " * 30 + own.encode(),
        f"{own}.rest": made.randbytes(1),
        SHARED: random.Random(7).randbytes(700),
        "empty": b"",
    }


def facts(name: str, version: int = 0) -> dict[str, object]:
    return {"name": name, "version": version, "position": 7}


def writers(files: dict[str, bytes]) -> dict[str, Writer]:
    return {file: writer_of(content) for file, content in files.items()}


def save(folder: IndexFolder, lease: Lease, name: str, version: int = 0, size: int = WHOLE) -> None:
    folder.save(lease, name, facts(name, version), writers(contents(name, version, size)))


def serve(folder: IndexFolder, lease: Lease, *names: str) -> None:
    """Saved and made current, one after the other."""
    for name in names:
        save(folder, lease, name)
        folder.make_current(lease, name)


def flip(path: Path) -> None:
    """Another bit at its end; not in other names of the same file."""
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.unlink()
    path.write_bytes(content)


def filled(path: Path, names: Iterable[str], disk: Disk | None = None, size: int = WHOLE) -> Path:
    """An index folder in which these were current one after the other."""
    folder = IndexFolder(path, disk or Watched())
    for name in names:
        with folder.lease("filled") as lease:
            save(folder, lease, name, size=size)
            folder.make_current(lease, name)
    return path


def copied(folder: Path, to: Path) -> Path:
    """Such a folder as it was, in place of what is there."""
    shutil.rmtree(to, ignore_errors=True)
    return Path(shutil.copytree(folder, to))


def held(folder: IndexFolder, name: str | None = None, size: int = WHOLE) -> tuple[str, int]:
    """Name and version of a generation that opens, and holds what it was given."""
    opened = folder.open(name)
    version = int(str(opened.facts["version"]))
    assert opened.facts == facts(opened.name, version)
    found = {file: bytes(content) for file, content in opened.files.items()}
    assert found == contents(opened.name, version, size), f"other bytes in {opened.name}"
    return opened.name, version


def assert_whole(folder: IndexFolder) -> None:
    """Nothing that bears the name of a generation is half."""
    for name in folder.names():
        problems = [str(state.problem) for state in folder.verify(name) if state.problem]
        assert not problems, problems


def assert_goes_on(folder: IndexFolder) -> None:
    """The next generation can be written at once, and nothing unfinished is left."""
    name = folder.next_name()
    with folder.lease("next") as lease:
        save(folder, lease, name)
        folder.make_current(lease, name)
    assert folder.current_name() == name
    held(folder)
    assert_whole(folder)
    assert [path.name for path in folder.folder.glob("tmp-*")] == []
    assert folder.names()[-1] == name
