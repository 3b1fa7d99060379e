"""What a power cut may leave of a series of acts on a disk, where the disk is at its worst.

A file that was not synced has kept nothing, or half, or all. Of the names in a folder that were
made, changed and removed since it was synced, any may be on disk and any may be lost, whatever
their order was. One rename is whole: both names change, or neither.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from tests.disks import Act
from tests.soak import soak

State = frozenset[tuple[str, bytes | None]]  # path and content; None of a folder
FORGOTTEN = "forgotten"  # the kind of an act that was left out


@dataclass(eq=False)
class File:
    content: bytes
    synced: bool = False


@dataclass(eq=False)
class Change:
    """Of names in one folder: what each stands for from now on, None if it is gone."""

    names: dict[str, File | Folder | None]


@dataclass(eq=False)
class Folder:
    now: dict[str, File | Folder] = field(default_factory=dict)
    synced: dict[str, File | Folder] = field(default_factory=dict)
    pending: list[Change] = field(default_factory=list)

    def change(self, names: dict[str, File | Folder | None]) -> None:
        _apply(self.now, names)
        self.pending.append(Change(names))

    def sync(self) -> None:
        self.synced, self.pending = dict(self.now), []


class Model:
    """The folder `root`, on disk and empty to begin with, and what was done in it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._top = Folder()

    def do(self, act: Act) -> None:
        if act.kind == "sync_folder":
            self._folder(act.path).sync()
            return
        parent, name = self._folder(act.path.parent), act.path.name
        match act.kind:
            case "make_folder":
                parent.change({name: Folder()})
            case "write":
                parent.change({name: File(act.content)})
            case "remove":
                parent.change({name: None})
            case "sync_file":
                file = parent.now[name]
                assert isinstance(file, File)
                file.synced = True
            case "rename":
                assert act.new
                assert act.new.parent == act.path.parent
                parent.change({name: None, act.new.name: parent.now[name]})
            case "link":
                assert act.new
                self._folder(act.new.parent).change({act.new.name: parent.now[name]})
            case other:
                raise AssertionError(other)

    def now(self) -> State:
        """As it is while the power is on."""
        everything = set(self._pending(self._top))
        return frozenset(self._state(self._top, PurePosixPath(), everything, 1.0))

    def left(self, drawn: int, rng: random.Random) -> set[State]:
        """The states in which a cut at this moment may leave it.

        Of the pending changes: none, all, each alone, all but each, and `drawn` times some.
        """
        pending = list(self._pending(self._top))
        each = [[change] for change in pending]
        but_each = [[change for change in pending if change is not one] for one in pending]
        some = [rng.sample(pending, rng.randint(0, len(pending))) for _ in range(drawn)]
        return {
            frozenset(self._state(self._top, PurePosixPath(), set(surviving), share))
            for surviving in [[], pending, *each, *but_each, *some]
            for share in (0.0, 0.5, 1.0)
        }

    def _folder(self, path: Path) -> Folder:
        folder = self._top
        for part in path.relative_to(self._root).parts:
            below = folder.now[part]
            assert isinstance(below, Folder)
            folder = below
        return folder

    def _pending(self, folder: Folder) -> Iterator[Change]:
        yield from folder.pending
        nodes = {id(node): node for node in [*folder.now.values(), *folder.synced.values()]}
        for node in nodes.values():
            if isinstance(node, Folder):
                yield from self._pending(node)

    def _state(
        self, folder: Folder, at: PurePosixPath, surviving: set[Change], share: float
    ) -> Iterator[tuple[str, bytes | None]]:
        names = dict(folder.synced)
        for change in folder.pending:
            if change in surviving:
                _apply(names, change.names)
        for name, node in names.items():
            if isinstance(node, Folder):
                yield str(at / name), None
                yield from self._state(node, at / name, surviving, share)
            else:
                kept = len(node.content) if node.synced else int(len(node.content) * share)
                yield str(at / name), node.content[:kept]


def states(root: Path, acts: Sequence[Act], begin: int = 0) -> Iterator[tuple[int, State]]:
    """What may be left after the first n acts, n from `begin`, each state once for every n."""
    model, rng = Model(root), random.Random(len(acts))
    for done in range(len(acts) + 1):
        if done and acts[done - 1].kind != FORGOTTEN:
            model.do(acts[done - 1])
        if done < begin:
            continue
        for state in sorted(
            model.left(soak(0, 50), rng), key=lambda s: sorted(path for path, _ in s)
        ):
            yield done, state


class Laid:
    """States as files in the folder `root`, one after the other: only what differs is touched."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._there: dict[str, bytes | None] = {}
        root.mkdir()

    def out(self, state: State, altered: Iterable[str] = ()) -> Path:
        """`altered`: paths that may have been changed, made or removed since the one before."""
        wanted = dict(state)
        for folder in self.root.iterdir():
            if folder.name not in self._there:
                shutil.rmtree(folder)
        for path in altered:
            (self.root / path).unlink(missing_ok=True)
            self._there.pop(path, None)
        for path in sorted(self._there, reverse=True):  # what is in a folder before the folder
            if path not in wanted or wanted[path] != self._there[path]:
                self._remove(path)
        for path in sorted(wanted.keys() - self._there.keys()):
            content = wanted[path]
            if content is None:
                (self.root / path).mkdir()
            else:
                (self.root / path).write_bytes(content)
        self._there = wanted
        return self.root

    def _remove(self, path: str) -> None:
        if self._there.pop(path) is None:
            (self.root / path).rmdir()
        else:
            (self.root / path).unlink()


def _apply(names: dict[str, File | Folder], change: dict[str, File | Folder | None]) -> None:
    for name, node in change.items():
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node
