"""No room on the disk: it is told, nothing is lost, and with room again it goes on.

Once by a limit that the system sets on the size of a file, of every 4 KB, as a real disk that
fills up while a file is written; once by a disk that refuses each act in turn.
"""

from __future__ import annotations

import errno
import logging
import os
import resource
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from embeddings.storage import IndexFolder
from matcher.errors import IndexNotWritten
from tests.children import in_child
from tests.disks import Counting, Refusing, Watched
from tests.soak import soak
from tests.stored import (
    assert_goes_on,
    assert_whole,
    copied,
    facts,
    filled,
    held,
    save,
)

ONE, TWO, THREE = (f"gen-00000{number}" for number in (1, 2, 3))
STEP = 4096


def _next(folder: IndexFolder, size: int) -> None:
    with folder.lease("test") as lease:
        save(folder, lease, TWO, size=size)
        folder.make_current(lease, TWO)


def written_under_a_limit(path: str, limit: int, size: int) -> list[str]:
    """What was told, file and reason, of a generation with a file of `size` bytes."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    logging.disable()
    try:
        _next(IndexFolder(Path(path), Watched()), size)
    except IndexNotWritten as error:
        return [error.file, error.reason]
    return []


def limited_at_every_step(root: str, size: int) -> list[list[str]]:
    """What was told at each limit, in forks of this process; and all is well after each."""
    before, told = filled(Path(root) / "before", [ONE], size=size), list[list[str]]()
    for limit in range(0, size + STEP, STEP):
        path = copied(before, Path(root) / "index")
        reading, writing = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                os.write(writing, "\n".join(written_under_a_limit(str(path), limit, size)).encode())
            finally:
                os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            told.append(pipe.read().split())
        os.waitpid(pid, 0)
        folder = IndexFolder(path, Watched())
        assert held(folder, size=size)[0] == (ONE if told[-1] else TWO)
        assert_whole(folder)
        assert [p.name for p in path.glob("tmp-gen*")] == []
        if told[-1]:
            _next(folder, size)
            assert held(folder, size=size) == (TWO, 0)
    return told


def test_at_every_limit_the_old_one_serves_and_with_room_again_the_new_one(tmp_path: Path) -> None:
    size = soak(16 * STEP, 256 * STEP)
    told = in_child(__name__, "limited_at_every_step", tmp_path, size)
    assert len(told) == size // STEP + 1
    assert told[0] == ["LEASE", "EFBIG"]
    assert told[1:-1] == [[TWO, "EFBIG"]] * (len(told) - 2)
    assert told[-1] == []


def _saved(folder: IndexFolder) -> None:
    with folder.lease("test") as lease:
        save(folder, lease, THREE)


def _made_current(folder: IndexFolder) -> None:
    with folder.lease("test") as lease:
        save(folder, lease, THREE)
        folder.make_current(lease, THREE)


def _rolled_back(folder: IndexFolder) -> None:
    with folder.lease("test") as lease:
        folder.rollback(lease)


def _removed(folder: IndexFolder) -> None:
    with folder.lease("test") as lease:
        folder.remove(lease, ONE)


def _put_away(folder: IndexFolder) -> None:
    folder.quarantine(TWO)


@pytest.mark.parametrize(
    ("act", "allowed"),
    [
        (_saved, {TWO}),
        (_made_current, {TWO, THREE}),
        (_rolled_back, {TWO, ONE}),
        (_removed, {TWO}),
        (_put_away, {TWO, ONE}),
    ],
)
def test_whatever_act_has_no_room_the_old_one_or_the_new_one_serves(
    tmp_path: Path, act: Callable[[IndexFolder], None], allowed: set[str]
) -> None:
    before = filled(tmp_path / "before", [ONE, TWO])
    counting, refused = Counting(), 0
    act(IndexFolder(copied(before, tmp_path / "counted"), counting))
    for at in range(counting.count):
        folder = IndexFolder(copied(before, tmp_path / "index"), Refusing(at))
        try:
            act(folder)
        except IndexNotWritten as error:
            refused += error.reason == errno.errorcode[errno.ENOSPC]
        assert held(folder)[0] in allowed
        assert_whole(folder)
        assert list(folder.folder.glob("tmp-gen*")) == []
        assert_goes_on(IndexFolder(folder.folder, Watched()))
    assert refused > 3


def test_while_nothing_was_renamed_nothing_has_changed(tmp_path: Path) -> None:
    """Where a save is refused: the same files, but for the lease."""
    before = filled(tmp_path / "before", [ONE, TWO])
    there = {path.relative_to(before) for path in before.rglob("*")}
    counting = Counting()
    _saved(IndexFolder(copied(before, tmp_path / "counted"), counting))
    told = set[str]()
    for at in range(counting.count):
        path = copied(before, tmp_path / "index")
        try:
            _saved(IndexFolder(path, Refusing(at)))
        except IndexNotWritten as error:
            told.add(error.file)
            left = {found.relative_to(path) for found in path.rglob("*")} - there
            assert left <= {Path("tmp-LEASE")} or THREE in IndexFolder(path).names()
    assert told == {"LEASE", THREE}


def test_it_is_told_with_a_remedy(tmp_path: Path) -> None:
    folder = IndexFolder(filled(tmp_path / "index", [ONE]), Refusing(at=8))
    with (
        pytest.raises(IndexNotWritten, match=r"gen-000002.*ENOSPC.*room.*still serves"),
        folder.lease("test") as lease,
    ):
        folder.save(lease, TWO, facts(TWO), {})
