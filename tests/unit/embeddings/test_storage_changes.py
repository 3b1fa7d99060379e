"""Going back, putting away, replacing and forgetting generations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from embeddings.disk import Disk
from embeddings.lease import Lease
from embeddings.storage import IndexFolder
from matcher.errors import IndexDamaged, IndexMissing
from tests.disks import Watched
from tests.stored import contents, flip, held, save, serve

ONE, TWO, THREE, FOUR = (f"gen-00000{number}" for number in (1, 2, 3, 4))


@pytest.fixture
def folder(tmp_path: Path) -> IndexFolder:
    return IndexFolder(tmp_path / "index", Watched())


@pytest.fixture
def lease(folder: IndexFolder) -> Iterator[Lease]:
    with folder.lease("test") as lease:
        yield lease


def _damage(folder: IndexFolder, name: str) -> None:
    flip(folder.folder / name / f"{name}-0.vectors")


def _folders(folder: IndexFolder) -> list[str]:
    return sorted(path.name for path in folder.folder.iterdir() if path.is_dir())


def test_the_served_one_and_the_one_before_it_are_kept(folder: IndexFolder, lease: Lease) -> None:
    serve(folder, lease, ONE, TWO, THREE)
    assert _folders(folder) == [TWO, THREE]
    assert held(folder) == (THREE, 0)


def test_names_are_by_number_also_beyond_a_million(folder: IndexFolder, lease: Lease) -> None:
    serve(folder, lease, "gen-999999", "gen-1000000")
    assert folder.names() == ["gen-999999", "gen-1000000"]
    assert folder.next_name() == "gen-1000001"


def test_tidying_leaves_the_newest_that_is_not_current_yet(
    folder: IndexFolder, lease: Lease
) -> None:
    serve(folder, lease, ONE, TWO)
    save(folder, lease, THREE)
    save(folder, lease, FOUR)
    folder.tidy(lease)
    assert _folders(folder) == [ONE, TWO, FOUR]
    assert folder.current_name() == TWO


def test_where_none_is_current_tidying_forgets_none(folder: IndexFolder, lease: Lease) -> None:
    for name in (ONE, TWO, THREE):
        save(folder, lease, name)
    folder.tidy(lease)
    assert _folders(folder) == [ONE, TWO, THREE]


def test_where_current_is_damaged_tidying_forgets_none(folder: IndexFolder, lease: Lease) -> None:
    serve(folder, lease, ONE)
    for name in (TWO, THREE, FOUR):
        save(folder, lease, name)
    flip(folder.folder / "CURRENT")
    with pytest.raises(IndexDamaged):
        folder.tidy(lease)
    assert _folders(folder) == [ONE, TWO, THREE, FOUR]


def test_what_an_interrupted_save_left_is_tidied_and_its_number_not_given_again(
    folder: IndexFolder, lease: Lease
) -> None:
    serve(folder, lease, ONE)
    left = folder.folder / f"tmp-{THREE}-1"
    left.mkdir()
    (left / "arrays").write_bytes(b"half")
    (folder.folder / "tmp-CURRENT").write_bytes(b"half")
    assert held(folder) == (ONE, 0)
    assert folder.next_name() == FOUR
    folder.tidy(lease)
    assert sorted(p.name for p in folder.folder.glob("tmp-*")) == []


def test_that_tidying_fails_does_not_undo_what_is_current(tmp_path: Path) -> None:
    class Sticky(Disk):
        def remove_folder(self, folder: Path) -> None:
            raise OSError(16, "busy")

    folder = IndexFolder(tmp_path / "index", Sticky())
    with folder.lease("test") as lease:
        serve(folder, lease, ONE, TWO, THREE)
        assert held(folder) == (THREE, 0)
        assert folder.names() == [TWO, THREE]


def test_rolling_back_serves_the_one_before(folder: IndexFolder, lease: Lease) -> None:
    serve(folder, lease, ONE, TWO)
    assert folder.rollback(lease) == ONE
    assert held(folder) == (ONE, 0)
    assert folder.names() == [ONE, TWO]
    with pytest.raises(IndexMissing):
        folder.rollback(lease)
    assert held(folder) == (ONE, 0)


def test_rolling_back_passes_over_what_is_damaged(folder: IndexFolder, lease: Lease) -> None:
    serve(folder, lease, ONE, FOUR)
    for name in (TWO, THREE):
        save(folder, lease, name)
    _damage(folder, THREE)
    assert folder.rollback(lease) == TWO


def test_nothing_to_roll_back_to_is_missing(folder: IndexFolder, lease: Lease) -> None:
    for _ in range(2):
        with pytest.raises(IndexMissing):
            folder.rollback(lease)
        serve(folder, lease, folder.next_name())


def test_what_was_rolled_back_from_is_not_what_is_rolled_back_to(
    folder: IndexFolder, lease: Lease
) -> None:
    serve(folder, lease, ONE, TWO)
    folder.rollback(lease)
    serve(folder, lease, THREE)
    assert folder.names() == [ONE, THREE]
    assert folder.rollback(lease) == ONE


def test_a_damaged_generation_is_put_away_and_the_one_before_it_serves(
    folder: IndexFolder, lease: Lease
) -> None:
    serve(folder, lease, ONE, TWO)
    _damage(folder, TWO)
    assert folder.quarantine(TWO) == f"quarantine-{TWO}-1"
    assert held(folder) == (ONE, 0)
    assert _folders(folder) == [ONE, f"quarantine-{TWO}-1"]
    assert folder.next_name() == THREE


def test_putting_away_one_that_is_not_current_changes_nothing_else(
    folder: IndexFolder, lease: Lease
) -> None:
    serve(folder, lease, ONE, TWO)
    folder.quarantine(ONE)
    assert held(folder) == (TWO, 0)
    assert folder.names() == [TWO]


def test_what_comes_to_serve_instead_is_whole(folder: IndexFolder, lease: Lease) -> None:
    serve(folder, lease, ONE, TWO)
    save(folder, lease, THREE)
    for name in (ONE, TWO):
        _damage(folder, name)
    folder.quarantine(TWO)
    assert held(folder) == (THREE, 0)
    _damage(folder, THREE)
    folder.quarantine(THREE)
    assert folder.current_name() is None
    assert folder.names() == [ONE]
    assert folder.next_name() == FOUR


def test_the_newest_that_was_put_away_is_kept(folder: IndexFolder, lease: Lease) -> None:
    serve(folder, lease, ONE, TWO)
    folder.quarantine(TWO)
    serve(folder, lease, THREE)
    folder.quarantine(THREE)
    assert _folders(folder) == [ONE, f"quarantine-{THREE}-1"]


def test_what_another_put_away_is_told_as_such(folder: IndexFolder, lease: Lease) -> None:
    serve(folder, lease, ONE, TWO)
    assert folder.quarantine(TWO) == folder.quarantine(TWO) == f"quarantine-{TWO}-1"
    assert held(folder) == (ONE, 0)


def test_what_is_current_but_gone_gives_way_to_what_is_whole(
    folder: IndexFolder, lease: Lease
) -> None:
    serve(folder, lease, ONE, TWO)
    (folder.folder / TWO).rename(folder.folder / "elsewhere")
    with pytest.raises(IndexMissing):
        folder.quarantine(TWO)
    assert held(folder) == (ONE, 0)


def test_one_that_is_kept_can_be_removed(folder: IndexFolder, lease: Lease) -> None:
    serve(folder, lease, ONE, TWO)
    folder.remove(lease, ONE)
    assert _folders(folder) == [TWO]
    assert held(folder) == (TWO, 0)
    removed = {*contents(ONE)} - {*contents(TWO)}
    assert not {path.name for path in folder.folder.rglob("*")} & removed
    with pytest.raises(IndexMissing):
        folder.rollback(lease)


def test_one_that_serves_or_is_not_there_is_not_removed(folder: IndexFolder, lease: Lease) -> None:
    serve(folder, lease, ONE)
    with pytest.raises(ValueError, match="current"):
        folder.remove(lease, ONE)
    with pytest.raises(IndexMissing):
        folder.remove(lease, TWO)
    assert _folders(folder) == [ONE]
    assert held(folder) == (ONE, 0)
