"""Bytes of the index change on the disk: it is noticed, and never is a wrong byte handed out.

Whatever was damaged is opened in a child, which would die of what cannot be caught.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from embeddings.lease import FILE as LEASE
from embeddings.storage import IndexFolder
from matcher.errors import IndexDamaged, IndexMissing
from tests.children import in_child
from tests.disks import Watched
from tests.soak import soak
from tests.stored import assert_goes_on, contents, copied, facts, filled, flip

BATCH = 50
BEFORE, SERVED = "gen-000002", "gen-000003"


def _flipped(content: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 1, 3))):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)


def _zeroed(content: bytearray, rng: random.Random) -> None:
    begin = rng.randrange(len(content))
    length = min(rng.choice((1, 16, 4096)), len(content) - begin)
    content[begin : begin + length] = bytes(length)


def _cut(content: bytearray, rng: random.Random) -> None:
    del content[rng.choice((0, rng.randrange(len(content)), len(content) - 1)) :]


def _longer(content: bytearray, rng: random.Random) -> None:
    content += rng.choice((b"\0", b"\n", b" " * 4096, bytes(content)))


Change = Callable[[bytearray, random.Random], None]
CHANGES: tuple[Change, ...] = (_flipped, _zeroed, _cut, _longer)


def _damaged(path: Path, rng: random.Random) -> None:
    """Another content, in place: in all names that the file has."""
    before = path.read_bytes()
    content = bytearray(before)
    while content == before:
        change = rng.choice(CHANGES) if content else _longer
        change(content, rng)
    path.write_bytes(content)


def damaged_at_random(root: str, seed: int, times: int) -> dict[str, int]:
    """How often a file of which kind was damaged; each was noticed as it should be."""
    rng, counts = random.Random(seed), dict[str, int]()
    whole = filled(Path(root) / "whole", ["gen-000001", BEFORE, SERVED])
    files = sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file())
    files = [file for file in files if file.name != ".lock"]
    for _ in range(times):
        file, path = rng.choice(files), copied(whole, Path(root) / "index")
        _damaged(path / file, rng)
        try:
            _assert_noticed(IndexFolder(path, Watched()), file)
        except Exception as error:
            raise AssertionError(f"{file}, seed {seed}") from error
        kind = file.suffix or file.name
        counts[kind] = counts.get(kind, 0) + 1
    shutil.rmtree(root)
    return counts


def _assert_noticed(folder: IndexFolder, file: Path) -> None:
    touched = file.parent.name
    for name in (BEFORE, SERVED):
        assert _opens(folder, name) == (name != touched)
        assert any(state.problem for state in folder.verify(name)) == (name == touched)
    assert _opens(folder, None) == (touched != SERVED and file.name != "CURRENT")
    if touched == SERVED:
        folder.quarantine(SERVED)
        assert folder.current_name() == BEFORE
    if file.name == LEASE:
        with folder.lease("after") as lease:
            assert lease.token > 3  # that of the last generation
    assert_goes_on(folder)


def _opens(folder: IndexFolder, name: str | None) -> bool:
    """Whether it does; where it does, every byte is right."""
    try:
        opened = folder.open(name)
    except (IndexDamaged, IndexMissing):
        return False
    assert opened.name == (name or SERVED)
    assert opened.facts == facts(opened.name)
    assert {file: bytes(content) for file, content in opened.files.items()} == contents(opened.name)
    return True


def test_damage_anywhere_is_noticed(tmp_path: Path) -> None:
    counts: dict[str, int] = {}
    for seed in range(soak(200, 1000) // BATCH):
        batch = in_child(__name__, "damaged_at_random", tmp_path / str(seed), seed, BATCH)
        for kind, count in batch.items():
            counts[kind] = counts.get(kind, 0) + count
    assert sum(counts.values()) == soak(200, 1000)
    assert set(counts) == {"CURRENT", "LEASE", "empty", ".json", ".vectors", ".words", ".rest"}


@pytest.mark.parametrize("bit", range(8))
def test_no_single_bit_of_current_can_change_unnoticed(tmp_path: Path, bit: int) -> None:
    path = filled(tmp_path / "index", ["gen-000001", BEFORE, SERVED])
    whole = (path / "CURRENT").read_bytes()
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1 << bit
        (path / "CURRENT").write_bytes(changed)
        with pytest.raises(IndexDamaged):
            IndexFolder(path).current_name()


@pytest.mark.parametrize("kind", ["folder", "gone", "link"])
def test_another_thing_in_the_place_of_a_file_is_damage(tmp_path: Path, kind: str) -> None:
    folder = IndexFolder(filled(tmp_path / "index", [BEFORE, SERVED]), Watched())
    for file in [*contents(SERVED), "manifest.json"]:
        path = folder.folder / SERVED / file
        aside = path.rename(tmp_path / "aside")
        if kind == "folder":
            path.mkdir()
        elif kind == "link":
            path.symlink_to(tmp_path / "nowhere")
        assert not _opens(folder, None)
        assert any(state.problem for state in folder.verify(SERVED))
        if kind != "gone":
            path.rmdir() if kind == "folder" else path.unlink()
        aside.rename(path)
    assert _opens(folder, None)


def test_of_a_file_with_two_names_the_damage_is_noticed_in_both(tmp_path: Path) -> None:
    folder = IndexFolder(filled(tmp_path / "index", [BEFORE, SERVED]), Watched())
    both = [folder.folder / name / "shared.json" for name in (BEFORE, SERVED)]
    assert both[0].samefile(both[1])
    both[0].write_bytes(both[0].read_bytes()[:-1])
    assert not _opens(folder, BEFORE)
    assert not _opens(folder, SERVED)
    flip(both[0])  # now two files
    assert not both[0].samefile(both[1])
