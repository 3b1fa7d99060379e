"""One writer at a time, and who was superseded knows it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from embeddings import lease as module
from embeddings.lease import Holding, LeaseFile
from embeddings.process import alive, machine, started
from embeddings.sealed import sealed
from embeddings.storage import IndexFolder
from matcher.errors import IndexBusy, IndexNotWritten, LeaseLost
from tests.disks import Refusing, Watched
from tests.stored import filled, flip, save

ONE, TWO = "gen-000001", "gen-000002"


@pytest.fixture
def folder(tmp_path: Path) -> IndexFolder:
    return IndexFolder(tmp_path / "index", Watched())


def _says(folder: IndexFolder) -> Holding:
    found = LeaseFile(folder.folder, Watched(), lambda: 0).read()
    assert found
    return found


def _say(folder: IndexFolder, **changes: object) -> Holding:
    """LEASE with something else in it, as if it had been written so."""
    changed = replace(_says(folder), **changes)  # type: ignore[arg-type]
    (folder.folder / "LEASE").write_bytes(sealed(asdict(changed)))
    return changed


def _dead() -> int:
    """The number of a process that was."""
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        return child.pid


def test_while_one_writes_another_is_told_who_and_since_when(folder: IndexFolder) -> None:
    before = datetime.now(UTC)
    with folder.lease("reindex") as lease:
        with pytest.raises(IndexBusy, match=r"reindex.*wait") as busy:
            folder.lease("serve").__enter__()
        lease.check()
    assert busy.value.holder == "reindex"
    assert busy.value.since
    assert timedelta(0) <= busy.value.since - before < timedelta(seconds=60)
    with folder.lease("serve"):
        pass


def test_every_taking_has_the_next_token(folder: IndexFolder) -> None:
    tokens = []
    for _ in range(3):
        with folder.lease("test") as lease:
            tokens.append(lease.token)
    assert tokens == [1, 2, 3]


def test_the_lease_is_given_back_also_where_the_writer_fails(folder: IndexFolder) -> None:
    with pytest.raises(KeyError), folder.lease("first"):
        raise KeyError
    with folder.lease("second") as lease:
        assert lease.token == 2


def test_threads_exclude_each_other(folder: IndexFolder) -> None:
    """As many writers as there are, none at the same time as another."""
    inside, most, done = 0, 0, list[int]()

    def write() -> None:
        nonlocal inside, most
        while True:
            try:
                with folder.lease(threading.current_thread().name) as lease:
                    inside += 1
                    most = max(most, inside)
                    time.sleep(0.01)
                    inside -= 1
                    done.append(lease.token)
                    return
            except IndexBusy:
                time.sleep(0.005)

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert sorted(done) == [1, 2, 3, 4, 5, 6]


def test_who_is_superseded_is_told_so_and_does_not_take_it_back(folder: IndexFolder) -> None:
    with folder.lease("first") as first:
        _say(folder, expires=time.time() - 1)
        with folder.lease("second") as second:
            for act in (first.check, first.renew):
                with pytest.raises(LeaseLost, match="first"):
                    act()
            second.check()
        with pytest.raises(LeaseLost):
            first.check()
    assert _says(folder).holder == "second"


def test_who_is_late_but_was_not_superseded_goes_on(folder: IndexFolder) -> None:
    with folder.lease("first") as lease:
        _say(folder, expires=time.time() - 1)
        lease.check()
        lease.renew()
        with pytest.raises(IndexBusy):
            folder.lease("second").__enter__()


def _until(so: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not so():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_lease_is_renewed_for_as_long_as_it_is_held(folder: IndexFolder) -> None:
    with folder.lease("first", ttl=1.0) as lease:
        begin = _says(folder).expires
        _until(lambda: _says(folder).expires > begin + 1.0)
        with pytest.raises(IndexBusy):
            folder.lease("second").__enter__()
        lease.check()


def test_a_renewal_that_fails_is_tried_again(tmp_path: Path) -> None:
    disk = Refusing()
    folder = IndexFolder(tmp_path / "index", disk)
    with folder.lease("first", ttl=1.0) as lease:
        begin, disk.at = _says(folder).expires, disk.count
        _until(lambda: _says(folder).expires > begin)
        assert disk.count > disk.at + 1
        lease.check()


def test_that_it_cannot_be_given_back_is_no_failure_of_what_was_written(tmp_path: Path) -> None:
    disk = Refusing()
    folder = IndexFolder(tmp_path / "index", disk)
    with folder.lease("first"):
        disk.at = disk.count
    assert _says(folder).expires > time.time()
    with folder.lease("second") as lease:  # this process knows that it holds none
        assert lease.token == 2


@pytest.mark.parametrize("act", range(4))
def test_what_could_not_be_taken_is_not_waited_for(tmp_path: Path, act: int) -> None:
    filled(tmp_path / "index", [ONE])
    folder = IndexFolder(tmp_path / "index", Refusing(act))
    with pytest.raises(IndexNotWritten, match=r"LEASE.*ENOSPC"):
        folder.lease("first").__enter__()
    with folder.lease("second") as lease:
        lease.check()


@pytest.mark.parametrize(
    "change",
    [
        lambda: {"pid": _dead()},
        lambda: {"began": "1"},  # the number was given to another process since
        lambda: {"expires": time.time() - 0.1},
        lambda: {"expires": time.time() + 1e6},  # by a clock that was wrong
        lambda: {"machine": "other", "expires": time.time() - 0.1},
    ],
    ids=["died", "number again", "late", "other clock", "late elsewhere"],
)
def test_who_holds_it_no_more_is_superseded_at_once(
    folder: IndexFolder, change: Callable[[], dict[str, object]]
) -> None:
    with folder.lease("first"):
        _say(folder, **change())
        with folder.lease("second") as second:
            assert second.token == 2


def test_what_lives_on_another_machine_cannot_be_told_and_is_waited_for(
    folder: IndexFolder,
) -> None:
    with folder.lease("first"):
        _say(folder, machine="other", pid=_dead())
        with pytest.raises(IndexBusy):
            folder.lease("second").__enter__()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"token": 9}', None])
def test_a_lease_that_cannot_be_read_locks_out_nobody_and_keeps_its_token(
    tmp_path: Path, content: bytes | None
) -> None:
    folder = IndexFolder(filled(tmp_path / "index", [ONE, TWO]), Watched())
    assert folder.facts(TWO)
    with folder.lease("first") as first:
        save(folder, first, "gen-000003")
        if content is None:
            (folder.folder / "LEASE").unlink()
        else:
            (folder.folder / "LEASE").write_bytes(content)
        with folder.lease("second") as second:
            assert second.token > first.token == 3
            with pytest.raises(LeaseLost):
                first.check()


def test_an_equal_token_of_another_taking_is_not_ones_own(folder: IndexFolder) -> None:
    """As after damage, where no generation remembers the token."""
    with folder.lease("first") as first:
        flip(folder.folder / "LEASE")
        with folder.lease("second") as second:
            assert second.token == first.token
            with pytest.raises(LeaseLost):
                first.check()


def test_a_lock_that_is_not_let_go_is_busy_and_not_for_ever(
    folder: IndexFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOCK_SECONDS", 0.1)
    with folder.lease("first"):
        pass
    file = LeaseFile(folder.folder, Watched(), lambda: 0)
    with file.locked(), pytest.raises(IndexBusy, match="first"):
        folder.lease("second").__enter__()
    (folder.folder / "LEASE").unlink()
    with file.locked(), pytest.raises(IndexBusy, match="another"):
        folder.lease("second").__enter__()


def test_a_process_that_was_killed_is_dead_before_its_parent_notices() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        began = started(child.pid)
        assert alive(child.pid, began)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it stays, as a zombie
        assert not alive(child.pid, began)


def test_this_process_lives_on_this_machine() -> None:
    assert alive(os.getpid(), started(os.getpid()))
    assert alive(1, None)  # someone else's
    assert not alive(2**40, None)
    assert machine() == machine()
    assert started(_dead()) is None
