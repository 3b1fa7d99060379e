"""The power fails after any act on the disk, and the disk loses whatever it may lose then.

Every act of an index's life is recorded; then, for every moment, everything that a cut may leave
is laid out as files and opened. What was promised when a call returned must still be so, and
while a call runs what was before it or what it promises. A sync that is left out is noticed.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from embeddings import lease as lease_module
from embeddings.lease import Lease
from embeddings.storage import IndexFolder
from tests.disks import Act, Recording, Watched
from tests.power import FORGOTTEN, Laid, Model, State, states
from tests.soak import soak
from tests.stored import assert_goes_on, assert_whole, contents, held, save

ONE, TWO, THREE, FOUR = (f"gen-00000{number}" for number in (1, 2, 3, 4))
ALTERED = ("index/LEASE", "index/tmp-LEASE", "index/.lock")  # by taking a lease
Off = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One call, the last of whose acts has number `end`, and how things are once it returned."""

    title: str
    end: int
    current: str | None = None
    token: int = 0
    versions: tuple[tuple[str, int], ...] = ()  # of each generation that is there
    erased: frozenset[str] = frozenset()  # files that are nowhere any more


class Life:
    """Of one index, recorded; each call has a lease of its own."""

    def __init__(self, root: Path) -> None:
        root.mkdir()
        self.root, self.disk = root, Recording()
        self.steps = [Step("nothing", 0)]
        self._folder = IndexFolder(root / "index", self.disk)

    @contextmanager
    def step(self, title: str, erased: Sequence[str] = ()) -> Iterator[tuple[IndexFolder, Lease]]:
        with self._folder.lease("life") as lease:
            self._done("lease", lease.token)
            yield self._folder, lease
            self._done(title, lease.token, erased)
        self._done("release", lease.token)

    def _done(self, title: str, token: int, erased: Sequence[str] = ()) -> None:
        there = [held(self._folder, name) for name in self._folder.names()]
        current, end = self._folder.current_name(), len(self.disk.acts)
        self.steps.append(Step(title, end, current, token, tuple(there), frozenset(erased)))


def _life(root: Path) -> Life:
    life = Life(root)
    for name in (ONE, TWO, THREE):
        with life.step(f"save {name}") as (folder, lease):
            save(folder, lease, name)
        with life.step(f"make {name} current") as (folder, lease):
            folder.make_current(lease, name)
    with life.step("rollback") as (folder, lease):
        assert folder.rollback(lease) == TWO
    with life.step("remove", [f for f in contents(THREE) if f.startswith(THREE)]) as (folder, own):
        folder.remove(own, THREE)
    with life.step("save again") as (folder, lease):
        save(folder, lease, FOUR)
    with life.step("make it current") as (folder, lease):
        folder.make_current(lease, FOUR)
        assert folder.names() == [TWO, FOUR]
    with life.step("quarantine") as (folder, _):
        folder.quarantine(FOUR)
        assert folder.current_name() == TWO
    return life


def _lost(folder: IndexFolder, promised: Sequence[Step]) -> str | None:
    """What is not as any of `promised` says; where that is two, it may be between them."""
    current = folder.current_name()
    if current not in {step.current for step in promised}:
        return f"{current} is current"
    if current:
        held(folder)
    assert_whole(folder)
    there = {held(folder, name) for name in folder.names()}
    lost = set.intersection(*(set(step.versions) for step in promised)) - there
    unknown = there - {version for step in promised for version in step.versions}
    if lost or unknown:
        return f"lost: {lost}, from elsewhere: {unknown}"
    files = {path.name for path in folder.folder.rglob("*")}
    if any(step.erased & files for step in promised[-1:] if len(promised) == 1):
        return "what was erased is back"
    with folder.lease("after the cut") as lease:
        return "the token fell" if lease.token <= promised[0].token else None


def _problems(
    life: Life, acts: Sequence[Act], steps: Sequence[Step], laid: Laid, begin: int = 0
) -> Iterator[str]:
    """What is wrong after a cut, for every moment from act `begin` on, and all it may leave.

    The last moment first: what was lost is mostly still lost then.
    """
    seen: set[tuple[State, tuple[Step, ...]]] = set()
    folder = IndexFolder(laid.root / "index", Watched())
    for done, state in reversed(list(states(life.root, acts, begin))):
        at = next(index for index, step in enumerate(steps) if done <= step.end)
        promised = tuple(steps[at : at + 1] if done == steps[at].end else steps[at - 1 : at + 1])
        if (state, promised) in seen:
            continue
        seen.add((state, promised))
        laid.out(state, ALTERED)
        try:
            problem = _lost(folder, promised)
        except Exception as error:  # whatever goes wrong is what is looked for
            problem = f"{type(error).__name__}: {error}"
        if problem:
            yield f"{steps[at].title}, after act {done} of {steps[at].end}: {problem}"


@pytest.fixture
def off(monkeypatch: pytest.MonkeyPatch) -> Off:
    """The machine is off for an hour: who held the lease does so no more."""
    clock = SimpleNamespace(time=lambda: time.time() + 3600)
    return lambda: monkeypatch.setattr(lease_module, "time", clock)


def test_no_act_on_the_disk_goes_unrecorded(tmp_path: Path) -> None:
    """Else these tests would prove nothing: what is recorded makes the folder as it is."""
    life = _life(tmp_path / "life")
    model = Model(life.root)
    for act in life.disk.acts:
        model.do(act)
    found = {path.relative_to(life.root): path for path in life.root.rglob("*")}
    del found[Path("index/.lock")]  # says nothing
    assert model.now() == {
        (str(path), None if full.is_dir() else full.read_bytes()) for path, full in found.items()
    }


def test_after_a_power_cut_at_any_moment_the_old_or_the_new_serves(
    tmp_path: Path, off: Off
) -> None:
    life = _life(tmp_path / "life")
    off()
    assert len(life.disk.acts) > 190
    laid = Laid(tmp_path / "left")
    assert list(_problems(life, life.disk.acts, life.steps, laid)) == []


def test_after_a_power_cut_the_next_generation_can_be_written(tmp_path: Path, off: Off) -> None:
    life = _life(tmp_path / "life")
    off()
    left = [state for _, state in states(life.root, life.disk.acts)][:: soak(15, 1)]
    assert len(left) > 50
    for state in left:
        root = Laid(tmp_path / "left").out(state)
        assert_goes_on(IndexFolder(root / "index", Watched()))
        shutil.rmtree(root)


def _without(acts: Sequence[Act], *left_out: int) -> list[Act]:
    return [replace(a, kind=FORGOTTEN) if at in left_out else a for at, a in enumerate(acts)]


def _syncs(life: Life, title: str) -> list[int]:
    """The acts that sync in the first call of that title."""
    at = next(index for index, step in enumerate(life.steps) if step.title == title)
    acts = range(life.steps[at - 1].end, life.steps[at].end)
    return [act for act in acts if life.disk.acts[act].kind.startswith("sync")]


@pytest.mark.parametrize(
    ("title", "syncs", "spare"),
    [
        ("lease", 3, 0),
        (f"save {TWO}", 6, 0),
        (f"make {TWO} current", 3, 1),  # what goes before it is for another's, see below
        (f"make {THREE} current", 4, 2),  # forgetting the first syncs what CURRENT says as well
        ("remove", 2, 0),
    ],
)
def test_a_sync_that_is_left_out_is_noticed(
    tmp_path: Path, off: Off, title: str, syncs: int, spare: int
) -> None:
    life = _life(tmp_path / "life")
    off()
    unnoticed = []
    assert len(_syncs(life, title)) == syncs
    end = next(index for index, step in enumerate(life.steps) if step.title == title) + 1
    until = life.steps[end].end
    for at in _syncs(life, title):
        acts = _without(life.disk.acts[:until], at)
        laid = Laid(tmp_path / f"without-{at}")
        if not any(_problems(life, acts, life.steps[: end + 1], laid, begin=at)):
            unnoticed.append(at)
    assert len(unnoticed) == spare


@pytest.mark.parametrize("left_out", [False, True])
def test_what_was_never_synced_by_one_that_was_killed_is_when_it_comes_to_serve(
    tmp_path: Path, off: Off, left_out: bool
) -> None:
    """The second was renamed, its writer killed before the sync; then the first is damaged."""
    life = Life(tmp_path / "life")
    with life.step("first") as (folder, lease):
        save(folder, lease, ONE)
        folder.make_current(lease, ONE)
    with life.step("second") as (folder, lease):
        save(folder, lease, TWO)
    with life.step("quarantine") as (folder, _):
        folder.quarantine(ONE)
    begin, end = (step.end for step in life.steps[-3:-1])
    killed, first = _syncs(life, "second")[-1], _syncs(life, "quarantine")[0]
    acts = _without(life.disk.acts[:end], *range(killed, begin), *[first] * left_out)
    steps = [Step("killed", begin, ONE, 0, ((ONE, 0),)), replace(life.steps[-2], token=0)]
    off()
    problems = list(_problems(life, acts, steps, Laid(tmp_path / "left"), begin + 1))
    assert bool(problems) == left_out
