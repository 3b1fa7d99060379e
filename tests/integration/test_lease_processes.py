"""Two processes that want to write one index, where one stands still, or is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from embeddings.storage import IndexFolder
from matcher.errors import IndexBusy, IndexStateError
from tests.children import ROOT
from tests.disks import Watched
from tests.stored import filled, held, save

ONE, TWO, THREE = (f"gen-00000{number}" for number in (1, 2, 3))
TTL = 3.0


def hold(path: str, ttl: float) -> None:
    """Save the second generation, say so, and go on when a line comes in."""
    folder = IndexFolder(Path(path), Watched())
    with folder.lease("child", ttl) as lease:
        save(folder, lease, TWO)
        lease.renew()  # not about to be renewed, nor holding the lock, when it is stopped
        print("saved", flush=True)  # noqa: T201
        sys.stdin.readline()
        try:
            folder.make_current(lease, TWO)
            print("current", flush=True)  # noqa: T201
        except IndexStateError as error:
            print(type(error).__name__, flush=True)  # noqa: T201


@contextmanager
def _child(path: Path, ttl: float) -> Iterator[subprocess.Popen[str]]:
    code = f"from {__name__} import hold; hold({str(path)!r}, {ttl})"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            assert _line(child) == "saved"
            yield child
        finally:
            child.kill()


def _line(child: subprocess.Popen[str]) -> str:
    assert child.stdout
    return child.stdout.readline().strip()


def _go_on(child: subprocess.Popen[str]) -> str:
    assert child.stdin
    print(file=child.stdin, flush=True)
    return _line(child)


def test_who_stood_still_for_too_long_cannot_make_its_work_current(tmp_path: Path) -> None:
    folder = IndexFolder(filled(tmp_path / "index", [ONE]), Watched())
    with _child(folder.folder, TTL) as child:
        child.send_signal(signal.SIGSTOP)
        with pytest.raises(IndexBusy, match="child"), folder.lease("parent"):
            pass
        time.sleep(TTL)
        with folder.lease("parent") as lease:
            save(folder, lease, THREE)
            folder.make_current(lease, THREE)
            child.send_signal(signal.SIGCONT)
            assert _go_on(child) == "LeaseLost"
            lease.check()
        assert held(folder) == (THREE, 0)
        child.wait()
    with folder.lease("after") as lease:  # nor did it give back what is not its own
        assert lease.token == 4


def test_who_stood_still_but_was_not_superseded_goes_on(tmp_path: Path) -> None:
    folder = IndexFolder(filled(tmp_path / "index", [ONE]), Watched())
    with _child(folder.folder, 0.5) as child:
        child.send_signal(signal.SIGSTOP)
        time.sleep(1)
        child.send_signal(signal.SIGCONT)
        assert _go_on(child) == "current"
    assert held(folder) == (TWO, 0)


def test_who_was_killed_is_superseded_at_once(tmp_path: Path) -> None:
    folder = IndexFolder(filled(tmp_path / "index", [ONE]), Watched())
    with _child(folder.folder, 3600) as child:
        with pytest.raises(IndexBusy, match="child"), folder.lease("parent"):
            pass
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, and not yet buried
        with folder.lease("parent") as lease:
            assert lease.token == 3
            folder.make_current(lease, TWO)
    assert held(folder) == (TWO, 0)
