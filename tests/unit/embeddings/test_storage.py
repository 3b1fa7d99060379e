"""Generations on disk: whole or not at all, and never believed without their hashes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from embeddings import storage
from embeddings.builder import apply
from embeddings.generation import IndexGeneration
from embeddings.recipe import Recipe, Words
from embeddings.storage import IndexFolder
from matcher.errors import IndexDamaged, IndexMissing, IndexOfOtherModel
from matcher.ports import Signals
from matcher.types import DocumentId, DocumentKind
from tests.fakes import WordEncoder
from tests.unit.embeddings.cases import NATIONAL, PEOPLED, SOLVER, built, case


def _saved(folder: IndexFolder, position: int = 7) -> IndexGeneration:
    generation = built(PEOPLED, name=folder.next_name(), position=position)
    folder.save(generation)
    return generation


QUESTIONS = ["rekenen in de bovenbouw", "pesten", "een zorgleerling uit groep 4", "bier en wol"]


def _both(tmp_path: Path) -> tuple[IndexGeneration, IndexGeneration]:
    folder = IndexFolder(tmp_path / "index")
    return _saved(folder), folder.load(WordEncoder())


def _assert_same(ours: Signals, theirs: Signals) -> None:
    assert ours.ids == theirs.ids
    for name in ("values", "mean", "std", "trust"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))


def test_a_loaded_generation_is_what_was_saved(tmp_path: Path) -> None:
    saved, loaded = _both(tmp_path)
    assert (loaded.name, loaded.position, len(loaded)) == ("gen-000001", 7, len(PEOPLED))
    assert loaded.model == saved.model
    assert loaded.base.entries == saved.base.entries
    assert loaded.base_texts == saved.base_texts
    assert loaded.statistics.dimension == saved.statistics.dimension


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_loaded_generation_answers_as_the_saved_one(tmp_path: Path, question: str) -> None:
    first = {DocumentId("a"): 0.7, DocumentId("h"): 0.3}
    ours, theirs = (generation.view(question) for generation in _both(tmp_path))
    for view, other in ((ours, theirs), (ours.focused(first), theirs.focused(first))):
        for limit in (2, 10):
            found, again = (v.retrieve(DocumentKind.CASE, NATIONAL, limit) for v in (view, other))
            assert len(found.ids) >= min(limit, 9)
            _assert_same(found, again)
        everything = [document.id for document in PEOPLED]
        _assert_same(view.score(everything), other.score(everything))
    shared = ours.shared_words(first, 3)
    assert shared == theirs.shared_words(first, 3)
    passages = {DocumentId("a"): ["Er groeit schimmel in het gebouw. Wij kozen een methode."]}
    assert ours.best_sentences(passages) == theirs.best_sentences(passages)


def test_a_loaded_generation_has_the_same_evidence(tmp_path: Path) -> None:
    ours, theirs = (g.view("pesten").evidence(NATIONAL | {"board:x"}, ()) for g in _both(tmp_path))
    _assert_same(ours.signals, theirs.signals)
    assert tuple(ours.people) == tuple(theirs.people) == ("p1", "p2", "p3", "p4", "p5")
    for name in ("person", "document", "role", "outcome", "day"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
    assert len(theirs.person) == 11


def test_a_loaded_generation_knows_what_is_on_topic(tmp_path: Path) -> None:
    saved, loaded = _both(tmp_path)
    ours, theirs = ([g.view(question).on_topic for question in QUESTIONS] for g in (saved, loaded))
    assert ours == theirs
    assert min(ours) < 0.5 < max(ours)


def test_a_small_generation_that_never_learnt_its_topic_is_loaded_as_such(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path / "index")
    folder.save(built(PEOPLED[:2]))
    assert folder.load(WordEncoder()).view("stoofvlees met bier").on_topic == 1.0


def test_a_loaded_generation_splits_compounds_by_the_same_words(tmp_path: Path) -> None:
    """Zorg is a part only because the corpus has it often."""
    saved, loaded = _both(tmp_path)
    ours, theirs = (g.statistics.terms.analyser for g in (saved, loaded))
    assert ours.terms("zorgleerling") == theirs.terms("zorgleerling")
    assert theirs.terms("zorgleerling")[1:] == theirs.terms("zorg leerling")
    for document in PEOPLED:
        weights = [g.statistics.terms.weights(document.problem) for g in (saved, loaded)]
        assert weights[0] == weights[1]


def test_a_loaded_generation_takes_changes_as_the_saved_one(tmp_path: Path) -> None:
    change = case("k", "zorgleerling op het fietspad", "hek geplaatst", parts=(("p9", SOLVER),))
    after = [
        apply(g, [change], [DocumentId("c")], 8, WordEncoder()).view("zorg op het fietspad")
        for g in _both(tmp_path)
    ]
    found = [view.retrieve(DocumentKind.CASE, NATIONAL, 10) for view in after]
    _assert_same(*found)
    assert "k" in found[0].ids
    assert "c" not in found[0].ids
    assert "p9" in after[1].evidence(NATIONAL, ()).people


def test_an_empty_generation_can_be_saved_and_loaded(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path / "index")
    folder.save(built([]))
    loaded = folder.load(WordEncoder())
    assert len(loaded) == 0
    assert loaded.view("pesten").retrieve(DocumentKind.CASE, NATIONAL, 10).ids == ()
    assert loaded.view("pesten").evidence(NATIONAL, ()).people == ()


@pytest.mark.parametrize(("constant", "other"), [("FORMAT", 999), ("ANALYSIS_VERSION", "nl-0")])
def test_an_index_made_by_another_version_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, constant: str, other: object
) -> None:
    folder = IndexFolder(tmp_path / "index")
    _saved(folder)
    with monkeypatch.context() as newer:
        newer.setattr(storage, constant, other)
        with pytest.raises(IndexDamaged, match=r"manifest\.json.*another version"):
            folder.load(WordEncoder())
    assert folder.load(WordEncoder()).name == "gen-000001"


def test_only_a_new_base_of_the_recipe_that_serves_is_saved(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path / "index")
    changed = apply(built(PEOPLED), [], [DocumentId("a")], 8, WordEncoder())
    for unfit in (changed, built(PEOPLED, recipe=Recipe(words=Words.STEMS))):
        with pytest.raises(ValueError, match="saved"):
            folder.save(unfit)
    assert folder.current_name() is None


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
    assert len(names) == 8
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
