"""Generations on disk: whole or not at all, and never believed without their hashes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from embeddings.builder import build
from embeddings.generation import IndexGeneration
from embeddings.storage import IndexFolder
from matcher.errors import IndexDamaged, IndexMissing, IndexOfOtherModel
from matcher.types import DocumentKind
from tests.fakes import WordEncoder
from tests.unit.embeddings.test_generation import CORPUS, NATIONAL


def _saved(folder: IndexFolder, position: int = 7) -> IndexGeneration:
    encoder = WordEncoder()
    generation = build(
        CORPUS,
        name=folder.next_name(),
        position=position,
        documents_encoder=encoder,
        query_encoder=encoder,
    )
    folder.save(generation)
    return generation


def test_a_loaded_generation_answers_as_the_saved_one(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path / "index")
    saved, loaded = _saved(folder), folder.load(WordEncoder())
    assert (loaded.name, loaded.position, len(loaded)) == ("gen-000001", 7, len(CORPUS))
    for question in ("rekenen in de bovenbouw", "pesten", "wolf"):
        ours = saved.view(question).retrieve(DocumentKind.CASE, NATIONAL, 10)
        theirs = loaded.view(question).retrieve(DocumentKind.CASE, NATIONAL, 10)
        assert ours.ids == theirs.ids
        np.testing.assert_array_equal(ours.values, theirs.values)
        np.testing.assert_array_equal(ours.std, theirs.std)


def test_there_is_no_index_before_the_first(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="schakel reindex"):
        IndexFolder(tmp_path / "index").load(WordEncoder())


def test_an_index_of_another_model_is_refused_with_a_remedy(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path / "index")
    _saved(folder)
    other = WordEncoder()
    other.fingerprint = "words-2"
    with pytest.raises(IndexOfOtherModel, match="schakel reindex") as refused:
        folder.load(other)
    assert (refused.value.made_by, refused.value.model) == ("words-1", "words-2")


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "gen-000001").iterdir())


def test_every_file_of_a_generation_is_checked(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path / "index")
    _saved(folder)
    names = _files(folder.folder)
    assert len(names) == 7
    for name in names:
        path = folder.folder / "gen-000001" / name
        whole = path.read_bytes()
        middle = len(whole) // 2
        flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
        for damaged in (flipped, whole[:-1], b""):
            path.write_bytes(damaged)
            with pytest.raises(IndexDamaged, match=name):
                folder.load(WordEncoder())
        path.unlink()
        with pytest.raises(IndexDamaged, match=name):
            folder.load(WordEncoder())
        path.write_bytes(whole)
    assert folder.load(WordEncoder()).name == "gen-000001"


def test_a_manifest_changed_by_hand_is_refused(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path / "index")
    _saved(folder)
    path = folder.folder / "gen-000001" / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(manifest | {"position": 9}))
    with pytest.raises(IndexDamaged):
        folder.load(WordEncoder())


def test_the_newest_is_served_and_one_before_it_is_kept(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path / "index")
    for position in (1, 2, 3):
        _saved(folder, position)
    assert folder.load(WordEncoder()).position == 3
    kept = sorted(path.name for path in folder.folder.glob("gen-*"))
    assert kept == ["gen-000002", "gen-000003"]


def test_what_an_interrupted_save_left_is_neither_served_nor_in_the_way(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path / "index")
    _saved(folder, 1)
    left = folder.folder / "tmp-gen-000002"
    left.mkdir()
    (left / "arrays.npz").write_bytes(b"half")
    assert folder.load(WordEncoder()).position == 1
    _saved(folder, 2)
    assert folder.load(WordEncoder()).position == 2
    assert not left.exists()
