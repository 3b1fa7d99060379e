"""Folders are there whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from embeddings.folders import whole_folder


class Writer:
    """Writes a file, and one in a folder below, and counts how often."""

    def __init__(self) -> None:
        self.written: list[Path] = []

    def __call__(self, folder: Path) -> None:
        self.written.append(folder)
        (folder / "below").mkdir()
        (folder / "below" / "file").write_text("whole")


def _raising(error: BaseException) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        Writer()(folder)
        raise error

    return write


def _folders(parent: Path) -> list[str]:
    return [path.name for path in parent.iterdir() if path.is_dir()]


def test_a_folder_is_written_once_and_elsewhere_until_it_is_whole(tmp_path: Path) -> None:
    folder, write = tmp_path / "cache" / "model", Writer()
    assert whole_folder(folder, write) == folder
    assert whole_folder(folder, write) == folder
    assert len(write.written) == 1
    assert write.written[0] not in (folder, *folder.parents)
    assert (folder / "below" / "file").read_text() == "whole"
    assert _folders(folder.parent) == ["model"]


@pytest.mark.parametrize("error", [OSError("full"), KeyboardInterrupt()], ids=["error", "ctrl-c"])
def test_where_writing_fails_nothing_is_left_and_the_next_call_writes(
    tmp_path: Path, error: BaseException
) -> None:
    folder, write = tmp_path / "model", Writer()
    with pytest.raises(type(error)):
        whole_folder(folder, _raising(error))
    assert _folders(tmp_path) == []
    whole_folder(folder, write)
    assert len(write.written) == 1
    assert _folders(tmp_path) == ["model"]


def test_what_a_killed_process_left_is_replaced(tmp_path: Path) -> None:
    folder, write = tmp_path / "model", Writer()
    with pytest.raises(OSError, match="full"):
        whole_folder(folder, _raising(OSError("full")))
    folder_in_the_making: list[Path] = []
    whole_folder(tmp_path / "other", folder_in_the_making.append)
    left = tmp_path / folder_in_the_making[0].name.replace("other", "model")
    (left / "below").mkdir(parents=True)
    (left / "half").write_text("half")
    whole_folder(folder, write)
    assert write.written == [left]
    assert sorted(path.name for path in folder.rglob("*")) == ["below", "file"]
    assert sorted(_folders(tmp_path)) == ["model", "other"]


def test_a_folder_that_is_there_is_not_touched(tmp_path: Path) -> None:
    folder, write = tmp_path / "model", Writer()
    folder.mkdir()
    whole_folder(folder, write)
    assert write.written == []
    assert list(folder.iterdir()) == []


def test_another_thread_waits_for_the_one_that_writes_and_uses_its_folder(tmp_path: Path) -> None:
    folder, first, second = tmp_path / "model", Writer(), Writer()
    other = Thread(target=whole_folder, args=(folder, second))

    def write(unfinished: Path) -> None:
        other.start()
        other.join(0.3)  # by far enough to write, did it not wait
        assert other.is_alive()
        first(unfinished)

    whole_folder(folder, write)
    other.join()
    assert (len(first.written), len(second.written)) == (1, 0)
    assert (folder / "below" / "file").read_text() == "whole"
