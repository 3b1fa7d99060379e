"""Processes read the index while another writes it: each finds a whole one, at any moment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from embeddings.storage import IndexFolder
from tests.children import ROOT
from tests.disks import Watched
from tests.soak import soak
from tests.stored import filled, held, save

READERS = 2


def read_until_told(path: str) -> None:
    """The current one, over and over; then how often, and how many different ones."""
    folder, found = IndexFolder(Path(path)), list[str]()
    while not (Path(path).parent / "enough").exists():
        found.append(held(folder)[0])
    print(len(found), len(set(found)), found == sorted(found))  # noqa: T201


def test_readers_always_find_a_whole_generation_and_never_an_older_one(tmp_path: Path) -> None:
    folder = IndexFolder(filled(tmp_path / "index", ["gen-000001"]), Watched())
    code = f"from {__name__} import read_until_told as read; read({str(folder.folder)!r})"
    command = [sys.executable, "-c", code]
    readers = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(READERS)
    ]
    for number in range(2, soak(100, 3000)):
        with folder.lease("writer") as lease:
            name = folder.next_name()
            save(folder, lease, name)
            folder.make_current(lease, name)
            if not number % 3:
                folder.remove(lease, folder.names()[0])
    (tmp_path / "enough").touch()
    told = [reader.communicate()[0].split() for reader in readers]
    assert [reader.returncode for reader in readers] == [0] * READERS
    for times, different, in_order in told:
        assert int(times) > 20
        assert int(different) > 5
        assert in_order == "True"
