"""Generations on disk: whole or not at all, and never believed without their hashes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest

from embeddings.disk import Disk, Writer, writer_of
from embeddings.lease import Lease
from embeddings.storage import IndexFolder
from matcher.errors import IndexMissing, IndexNotWritten, LeaseLost
from tests.disks import Watched
from tests.stored import SHARED, contents, facts, filled, flip, held, save, serve, writers

ONE, TWO, THREE, FOUR = (f"gen-00000{number}" for number in (1, 2, 3, 4))


@pytest.fixture
def folder(tmp_path: Path) -> IndexFolder:
    return IndexFolder(tmp_path / "index", Watched())


@pytest.fixture
def lease(folder: IndexFolder) -> Iterator[Lease]:
    with folder.lease("test") as lease:
        yield lease


def test_what_was_saved_is_what_opens(folder: IndexFolder, lease: Lease) -> None:
    serve(folder, lease, ONE)
    opened = folder.open()
    assert (opened.name, opened.facts) == (ONE, facts(ONE))
    assert {file: bytes(content) for file, content in opened.files.items()} == contents(ONE)
    assert all(content.readonly for content in opened.files.values())
    assert folder.facts(ONE) == facts(ONE)


def test_what_was_opened_can_still_be_read_when_it_was_forgotten(
    folder: IndexFolder, lease: Lease
) -> None:
    serve(folder, lease, ONE)
    opened = folder.open()
    serve(folder, lease, TWO, THREE)
    assert folder.names() == [TWO, THREE]
    assert {file: bytes(content) for file, content in opened.files.items()} == contents(ONE)


def test_a_saved_generation_is_not_current_until_it_is_made_so(
    folder: IndexFolder, lease: Lease
) -> None:
    serve(folder, lease, ONE)
    save(folder, lease, TWO)
    assert (folder.current_name(), folder.names()) == (ONE, [ONE, TWO])
    folder.make_current(lease, TWO)
    assert folder.current_name() == TWO


def test_before_the_first_there_is_none(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path / "absent" / "index")
    assert (folder.current_name(), folder.names(), folder.next_name()) == (None, [], ONE)
    with pytest.raises(IndexMissing, match="schakel reindex"):
        folder.open()
    for ask in (folder.open, folder.facts, folder.verify, folder.quarantine):
        for name in (ONE, "../index"):
            with pytest.raises(IndexMissing):
                ask(name)
    assert not folder.folder.exists()


def test_a_file_of_the_same_name_is_linked_and_not_written_again(
    folder: IndexFolder, lease: Lease
) -> None:
    serve(folder, lease, ONE)

    def never(_: BinaryIO) -> None:
        raise AssertionError("it is there already")

    folder.save(lease, TWO, facts(TWO), writers(contents(TWO)) | {SHARED: never})
    ours, theirs = (folder.folder / name / SHARED for name in (ONE, TWO))
    assert ours.samefile(theirs)
    assert held(folder, TWO) == (TWO, 0)


@pytest.mark.parametrize("gone", [False, True])
def test_a_damaged_file_is_written_again_rather_than_linked(
    folder: IndexFolder, lease: Lease, gone: bool
) -> None:
    serve(folder, lease, ONE)
    if gone:
        (folder.folder / ONE / SHARED).unlink()
    else:
        flip(folder.folder / ONE / SHARED)
    save(folder, lease, TWO)
    assert held(folder, TWO) == (TWO, 0)


def test_where_there_are_no_links_files_are_written(tmp_path: Path) -> None:
    class Plain(Watched):
        def link(self, existing: Path, new: Path) -> None:
            raise PermissionError(1, "no links here")

    filled(tmp_path / "index", [ONE, TWO], Plain())
    assert held(IndexFolder(tmp_path / "index")) == (TWO, 0)


def test_a_writer_may_write_arrays_and_in_pieces(folder: IndexFolder, lease: Lease) -> None:
    array = np.arange(12, dtype=np.float32).reshape(3, 4)

    def pieces(file: BinaryIO) -> None:
        assert file.write(array) == 48
        assert file.write(np.zeros((0, 4), np.float32)) == 0
        np.savez(file, array=array)

    folder.save(lease, ONE, {}, {"arrays": pieces})
    found = folder.open(ONE).files["arrays"]
    assert bytes(found[:48]) == array.tobytes()
    assert bytes(found[48:50]) == b"PK"


def test_a_disk_that_loses_what_it_took_is_found_out(tmp_path: Path) -> None:
    class Losing(Watched):
        lost = ".vectors"

        def write(self, path: Path, writer: Writer) -> None:
            super().write(path, writer)
            if path.suffix == self.lost:
                path.write_bytes(path.read_bytes()[:-1])

    for lost, file in ((".vectors", f"{ONE}-0.vectors"), (".json", "manifest.json")):
        disk = Losing()
        disk.lost = lost
        folder = IndexFolder(tmp_path / lost, disk)
        with folder.lease("test") as lease, pytest.raises(IndexNotWritten, match=file):
            folder.save(lease, ONE, {}, writers({f"{ONE}-0.vectors": b"whole"}))
        assert [path.name for path in folder.folder.iterdir() if path.is_dir()] == []


@pytest.mark.parametrize("error", [ValueError("wrong"), KeyboardInterrupt()])
def test_where_a_writer_fails_nothing_is_left(
    folder: IndexFolder, lease: Lease, error: BaseException
) -> None:
    def failing(file: BinaryIO) -> None:
        file.write(b"half")
        raise error

    with pytest.raises(type(error)):
        folder.save(lease, ONE, {}, {"a": writer_of(b"whole"), "b": failing})
    assert [path.name for path in folder.folder.iterdir() if path.is_dir()] == []


@pytest.mark.parametrize("file", ["manifest.json", "../other", "", ".hidden", "a/b"])
def test_a_file_has_a_plain_name(folder: IndexFolder, lease: Lease, file: str) -> None:
    with pytest.raises(ValueError, match="name"):
        folder.save(lease, ONE, {}, {file: writer_of(b"")})


def test_a_name_is_used_once(folder: IndexFolder, lease: Lease) -> None:
    save(folder, lease, ONE)
    for name in (ONE, "generation", "gen-1"):
        with pytest.raises(ValueError, match="name"):
            save(folder, lease, name)


def test_facts_that_json_does_not_know_are_refused(folder: IndexFolder, lease: Lease) -> None:
    for unfit in (float("nan"), object()):
        with pytest.raises((TypeError, ValueError)):
            folder.save(lease, ONE, {"unfit": unfit}, {})
    folder.save(lease, ONE, {"é": [1.5, None], "by": {10: "ten", 9: "nine"}}, {})
    assert folder.facts(ONE) == {"é": [1.5, None], "by": {"10": "ten", "9": "nine"}}


def test_who_lost_the_lease_writes_nothing(folder: IndexFolder) -> None:
    with folder.lease("first") as lease:
        serve(folder, lease, ONE, TWO)
        save(folder, lease, THREE)
    before = sorted(path.name for path in folder.folder.iterdir())
    for act in (
        lambda: save(folder, lease, FOUR),
        lambda: folder.make_current(lease, THREE),
        lambda: folder.rollback(lease),
        lambda: folder.remove(lease, ONE),
        lambda: folder.tidy(lease),
    ):
        with pytest.raises(LeaseLost, match="first"):
            act()
    assert sorted(path.name for path in folder.folder.iterdir()) == before
    assert held(folder) == (TWO, 0)


def test_the_real_disk_syncs(tmp_path: Path) -> None:
    path = filled(tmp_path / "index", [ONE, TWO], Disk())
    assert held(IndexFolder(path)) == (TWO, 0)
