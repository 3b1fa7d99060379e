"""A process is killed at each act on the disk in turn, before, halfway and after it.

The killing goes on in a child of the test that loads nothing but the index folder, so that a
fork of it is quick; each fork is killed for real, by SIGKILL.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from embeddings.storage import IndexFolder
from tests.children import in_child
from tests.disks import Deadly, Moment, Recording, Watched
from tests.soak import soak
from tests.stored import assert_goes_on, assert_whole, copied, filled, held, save

ONE, TWO, THREE = (f"gen-00000{number}" for number in (1, 2, 3))


def _written(folder: IndexFolder) -> None:
    """The next generation, up to and including the tidying."""
    name = folder.next_name()
    with folder.lease("child") as lease:
        save(folder, lease, name)
        folder.make_current(lease, name)


def _rolled_back(folder: IndexFolder) -> None:
    with folder.lease("child") as lease:
        folder.rollback(lease)


def _removed(folder: IndexFolder) -> None:
    with folder.lease("child") as lease:
        folder.remove(lease, ONE)


def _put_away(folder: IndexFolder) -> None:
    folder.quarantine(TWO)


# What is done, upon which generations, and what may be current after it was killed.
CASES: dict[str, tuple[Callable[[IndexFolder], None], list[str], set[str]]] = {
    "second": (_written, [ONE], {ONE, TWO}),
    "third": (_written, [ONE, TWO], {TWO, THREE}),
    "rollback": (_rolled_back, [ONE, TWO], {TWO, ONE}),
    "remove": (_removed, [ONE, TWO], {TWO}),
    "quarantine": (_put_away, [ONE, TWO], {TWO, ONE}),
}


def killed_everywhere(case: str, root: str, times: int) -> list[int]:
    """How many acts there are, how many were killed; and all is well after each."""
    act, names, allowed = CASES[case]
    before, recording, killed = filled(Path(root) / "before", names), Recording(), 0
    act(IndexFolder(copied(before, Path(root) / "recorded"), recording))
    for at, kind in enumerate(act.kind for act in recording.acts):
        for moment in Moment:
            if moment is Moment.HALFWAY and kind != "write":
                continue
            for _ in range(times):
                path = copied(before, Path(root) / "index")
                _kill(act, IndexFolder(path, Deadly(at, moment)))
                _assert_well(IndexFolder(path, Watched()), allowed)
                os.wait()
                killed += 1
    shutil.rmtree(root)
    return [len(recording.acts), killed]


def _kill(act: Callable[[IndexFolder], None], folder: IndexFolder) -> None:
    """In a process that dies of it; it is not buried yet, as where nobody looks after it."""
    pid = os.fork()
    if not pid:
        try:
            act(folder)
        finally:
            os._exit(1)
    ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert ended
    assert ended.si_status == signal.SIGKILL


def _assert_well(folder: IndexFolder, allowed: set[str]) -> None:
    current, names = folder.current_name(), folder.names()
    assert current in allowed
    assert held(folder)[0] == current
    assert_whole(folder)
    assert set(names) <= allowed | {ONE, TWO}
    assert [held(folder, name)[0] for name in names] == names
    assert_goes_on(folder)  # at once: the lease of the dead is no hindrance


@pytest.mark.parametrize(
    ("case", "least"),
    [("second", 25), ("third", 30), ("rollback", 10), ("remove", 5), ("quarantine", 5)],
)
def test_killed_at_any_act_the_old_or_the_new_serves(tmp_path: Path, case: str, least: int) -> None:
    acts, killed = in_child(__name__, "killed_everywhere", case, tmp_path / "root", soak(1, 20))
    assert acts >= least
    assert killed > acts * 2 * soak(1, 20)  # before and after, and halfway where it writes
