"""Generations on disk: written whole or not at all, read only where every hash is right.

    index/CURRENT                    name of the generation that is served
    index/gen-000042/manifest.json   what it is, and size and SHA-256 of every other file
    index/gen-000042/*.faiss, *.npz, *.json

The database is the truth; a generation can be thrown away and built again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from filelock import FileLock

from embeddings.analysis import ANALYSIS_VERSION
from embeddings.folders import fsync
from embeddings.generation import IndexGeneration
from embeddings.recipe import Recipe
from embeddings.serialisation import as_json, deserialised, serialised
from matcher.errors import IndexDamaged, IndexMissing, IndexOfOtherModel
from matcher.ports import Encoder

FORMAT: Final = 3
_NAME: Final = re.compile(rb"gen-\d{6,}")
KEPT: Final = 2  # generations left on disk: the served one and the one before


class IndexFolder:
    """The folder in which generations live, one of them current."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = FileLock(folder / ".lock")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the folder: a second process that builds waits, and builds upon this one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._lock:
            yield

    def current_name(self) -> str | None:
        """The generation that is current on disk; None if there is none. Raises IndexDamaged."""
        try:
            name = (self.folder / "CURRENT").read_bytes().strip()
        except FileNotFoundError:
            return None
        if not _NAME.fullmatch(name):
            raise IndexDamaged("CURRENT", "the name of a generation", "something else")
        return name.decode("ascii")

    def next_name(self) -> str:
        return f"gen-{max(self._numbers(), default=0) + 1:06d}"

    def save(self, generation: IndexGeneration) -> None:
        """Write the base of `generation` under its name and make it current.

        A crash at any moment leaves the generation before: files are written and synced in a
        temporary folder, which is renamed, and only then named in CURRENT.
        """
        if generation.delta_items or generation.gone:
            raise ValueError("only a newly built generation is saved: its base holds everything")
        if generation.statistics.recipe != Recipe():
            raise ValueError("only an index of the default recipe is saved: it does not tell")
        with self.writing():
            unfinished = self.folder / f"tmp-{generation.name}"
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            files = serialised(generation)
            for name, content in files.items():
                _write(unfinished / name, content)
            _write(unfinished / "manifest.json", as_json(_manifest(generation, files)))
            fsync(unfinished)
            unfinished.rename(self.folder / generation.name)
            fsync(self.folder)
            _write(self.folder / "tmp-CURRENT", generation.name.encode() + b"\n")
            (self.folder / "tmp-CURRENT").replace(self.folder / "CURRENT")
            fsync(self.folder)
            self._forget_old()

    def load(self, encoder: Encoder) -> IndexGeneration:
        """The current generation, to be queried with `encoder`.

        Raises IndexMissing, IndexOfOtherModel or IndexDamaged; FAISS sees no byte before its
        hash was found right.
        """
        name = self.current_name()
        if name is None:
            raise IndexMissing(str(self.folder))
        manifest = self._manifest(name)
        if manifest["model"] != encoder.fingerprint:
            raise IndexOfOtherModel(manifest["model"], encoder.fingerprint)
        made_with = (manifest["format"], manifest["analysis"])
        if made_with != (FORMAT, ANALYSIS_VERSION):
            raise IndexDamaged(
                f"{name}/manifest.json", f"{FORMAT} {ANALYSIS_VERSION}", "another version"
            )
        files = {
            file: self._checked(f"{name}/{file}", facts)
            for file, facts in manifest["files"].items()
        }
        return deserialised(name, manifest, files, encoder)

    def _manifest(self, name: str) -> dict[str, Any]:
        place = f"{name}/manifest.json"
        try:
            manifest = json.loads((self.folder / place).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise IndexDamaged(place, "a manifest", type(error).__name__) from error
        found = manifest.pop("digest", None) if isinstance(manifest, dict) else None
        expected = hashlib.sha256(as_json(manifest)).hexdigest()
        if found != expected:
            raise IndexDamaged(place, f"digest {expected}", str(found))
        return dict(manifest)

    def _checked(self, place: str, facts: Mapping[str, Any]) -> bytes:
        try:
            content = (self.folder / place).read_bytes()
        except OSError as error:
            raise IndexDamaged(place, "the file", type(error).__name__) from error
        found = hashlib.sha256(content).hexdigest()
        if found != facts["sha256"]:
            raise IndexDamaged(place, f"SHA-256 {facts['sha256']}", found)
        return content

    def _numbers(self) -> list[int]:
        return [int(path.name[4:]) for path in self.folder.glob("gen-[0-9]*") if path.is_dir()]

    def _forget_old(self) -> None:
        for number in sorted(self._numbers())[:-KEPT]:
            shutil.rmtree(self.folder / f"gen-{number:06d}", ignore_errors=True)


def _manifest(generation: IndexGeneration, files: Mapping[str, bytes]) -> dict[str, Any]:
    manifest = {
        "format": FORMAT,
        "analysis": ANALYSIS_VERSION,
        "model": generation.model,
        "position": generation.position,
        "documents": len(generation.base),
        "files": {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in sorted(files.items())
        },
    }
    return manifest | {"digest": hashlib.sha256(as_json(manifest)).hexdigest()}


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
