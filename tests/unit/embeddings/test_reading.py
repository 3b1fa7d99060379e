"""What is read of an index is what was written, or it is told what is damaged."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from embeddings import reading
from embeddings.lease import Lease
from embeddings.sealed import sealed
from embeddings.storage import IndexFolder
from matcher.errors import IndexDamaged, IndexMissing
from tests.disks import Watched
from tests.stored import SHARED, contents, flip, held, save, serve

ONE, TWO, THREE = (f"gen-00000{number}" for number in (1, 2, 3))


@pytest.fixture
def folder(tmp_path: Path) -> IndexFolder:
    return IndexFolder(tmp_path / "index", Watched())


@pytest.fixture
def lease(folder: IndexFolder) -> Iterator[Lease]:
    with folder.lease("test") as lease:
        yield lease


def _of_another(folder: IndexFolder) -> None:
    manifest = folder.folder / ONE / "manifest.json"
    manifest.write_bytes((folder.folder / TWO / "manifest.json").read_bytes())


def _sealed_by_hand(folder: IndexFolder) -> None:
    (folder.folder / ONE / "manifest.json").write_bytes(sealed({"name": ONE, "files": []}))


def _spaced(folder: IndexFolder) -> None:
    manifest = folder.folder / ONE / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()), indent=2))


def _older_format(folder: IndexFolder) -> None:
    (folder.folder / ONE / "manifest.json").write_text('{"format": 3, "files": {}}')


@pytest.mark.parametrize("change", [_of_another, _sealed_by_hand, _spaced, _older_format])
def test_a_manifest_that_is_not_as_it_was_written_is_refused(
    folder: IndexFolder, lease: Lease, change: Callable[[IndexFolder], None]
) -> None:
    serve(folder, lease, ONE, TWO)
    change(folder)
    for ask in (folder.open, folder.facts):
        with pytest.raises(IndexDamaged, match=r"gen-000001/manifest\.json"):
            ask(ONE)
    assert all(state.problem for state in folder.verify(ONE))  # nothing vouches for any file
    assert held(folder) == (TWO, 0)


@pytest.mark.parametrize(
    "content", [b"", b"gen-000001\n", b"gen-000002 ", b"../other 1234", b"\xff\xfe"]
)
def test_a_current_that_names_nothing_is_damage(
    folder: IndexFolder, lease: Lease, content: bytes
) -> None:
    serve(folder, lease, ONE)
    (folder.folder / "CURRENT").write_bytes(content)
    for ask in (folder.current_name, folder.open):
        with pytest.raises(IndexDamaged, match="CURRENT"):
            ask()
    assert folder.next_name() == TWO
    serve(folder, lease, TWO)
    assert held(folder) == (TWO, 0)


def test_no_bit_makes_of_current_the_name_of_another(folder: IndexFolder, lease: Lease) -> None:
    """As it would of gen-000001 and gen-000003."""
    serve(folder, lease, ONE, TWO, THREE)
    rewritten = (folder.folder / "CURRENT").read_bytes().replace(THREE.encode(), TWO.encode())
    (folder.folder / "CURRENT").write_bytes(rewritten)
    with pytest.raises(IndexDamaged):
        folder.current_name()


def test_a_current_that_names_what_is_gone_is_damage(folder: IndexFolder, lease: Lease) -> None:
    serve(folder, lease, ONE)
    (folder.folder / ONE).rename(folder.folder / "elsewhere")
    with pytest.raises(IndexDamaged, match=ONE):
        folder.open()
    assert folder.next_name() == TWO


def test_verify_tells_of_every_file(folder: IndexFolder, lease: Lease) -> None:
    serve(folder, lease, ONE)
    states = folder.verify(ONE)
    assert {state.file: state.bytes for state in states if state.file != "manifest.json"} == {
        file: len(content) for file, content in contents(ONE).items()
    }
    assert [state.problem for state in states] == [None] * 6
    flip(folder.folder / ONE / f"{ONE}-0.vectors")
    (folder.folder / ONE / SHARED).unlink()
    (folder.folder / ONE / "stray").write_bytes(b"123")
    problems = {s.file: str(s.problem) for s in folder.verify(ONE) if s.problem}
    assert set(problems) == {f"{ONE}-0.vectors", SHARED, "stray"}
    assert "FileNotFoundError" in problems[SHARED]
    assert "no file" in problems["stray"]


def _meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> list[str]:
    """`act` happens once, after the next manifest was read; of which one is noted."""
    read, noted = reading.Manifest.read, list[str]()

    def reads(folder: Path, name: str) -> reading.Manifest:
        manifest = read(folder, name)
        noted.append(name)
        if len(noted) == 1:
            act()
        return manifest

    monkeypatch.setattr(reading.Manifest, "read", reads)
    return noted


def test_what_is_forgotten_while_it_is_opened_gives_way_to_the_new_one(
    folder: IndexFolder, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(folder, lease, ONE)
    _meanwhile(monkeypatch, lambda: serve(folder, lease, TWO, THREE))
    assert held(folder) == (THREE, 0)


def test_what_is_gone_while_it_is_opened_by_name_is_missing(
    folder: IndexFolder, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(folder, lease, ONE, TWO)
    _meanwhile(monkeypatch, lambda: serve(folder, lease, THREE))
    with pytest.raises(IndexMissing):
        folder.open(ONE)


def test_damage_is_told_at_once_and_not_tried_for_ever(
    folder: IndexFolder, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(folder, lease, ONE)
    flip(folder.folder / ONE / SHARED)
    noted = _meanwhile(monkeypatch, lambda: None)
    with pytest.raises(IndexDamaged, match=SHARED):
        folder.open(ONE)
    assert noted == [ONE]
