"""A generation as files: what is read answers as what was written; nothing is left of what is gone.

That they are written whole, and believed only where their hashes are right, is test_storage.py.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest

from embeddings import serialisation
from embeddings.builder import EXACT_LIMIT, apply, compact
from embeddings.generation import IndexGeneration
from embeddings.recipe import Recipe, Words
from embeddings.serialisation import deserialised, serialised
from matcher.errors import IndexDamaged, IndexOfOtherModel
from matcher.ports import Signals
from matcher.types import DocumentId, DocumentKind, Field
from tests.fakes import WordEncoder
from tests.unit.embeddings.cases import (
    CORPUS,
    NATIONAL,
    PEOPLED,
    SOLVER,
    built,
    case,
    read_back,
    written,
)

WIDER = NATIONAL | {"board:x"}
QUESTIONS = ["rekenen in de bovenbouw", "pesten", "een zorgleerling uit groep 4", "bier en wol"]
NEW = case("n", "wolf bij het fietspad", "hek geplaatst", "board:x", parts=(("p9", SOLVER),))


@pytest.fixture(scope="module")
def base() -> IndexGeneration:
    return built(PEOPLED)


@pytest.fixture(scope="module")
def layered(base: IndexGeneration) -> IndexGeneration:
    """With a layer of what was written since; b is in it now, and c nowhere."""
    revised = replace(PEOPLED[1], problem="rekenen en taal", revision=2)
    return apply(base, [revised, NEW], [DocumentId("c")], 8, WordEncoder(), "eight")


@pytest.fixture(scope="module", params=["base", "layered", "packed", "empty"])
def generation(request: pytest.FixtureRequest) -> IndexGeneration:
    base = request.getfixturevalue("base")
    layered = request.getfixturevalue("layered")
    made = {"base": base, "layered": layered, "packed": compact(layered, "packed", EXACT_LIMIT)}
    return made[request.param] if request.param in made else built([])


def _assert_same(ours: Signals, theirs: Signals) -> None:
    assert list(ours.ids) == list(theirs.ids)
    for name in ("values", "mean", "std", "trust"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))


# ── what is read ─────────────────────────────────────────────────────────────────────────────


def test_what_is_read_is_what_was_written(generation: IndexGeneration) -> None:
    loaded = read_back(generation)
    for name in ("name", "model", "position", "anchor", "texts", "moved", "found", "digest"):
        assert getattr(loaded, name) == getattr(generation, name)
    assert len(loaded) == len(generation)
    for ours, theirs in zip(generation.layers, loaded.layers, strict=True):
        assert theirs.gone.tolist() == ours.gone.tolist()
        assert theirs.segment.origin == ours.segment.origin
        assert theirs.segment.shelves == ours.segment.shelves
        assert theirs.segment.revisions.tolist() == ours.segment.revisions.tolist()
    ours, theirs = generation.statistics, loaded.statistics
    for name in ("origin", "position", "texts", "recipe", "dimension"):
        assert getattr(theirs, name) == getattr(ours, name)
    np.testing.assert_array_equal(theirs.probes, ours.probes)


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_read_answers_the_same_to_the_last_bit(
    generation: IndexGeneration, question: str
) -> None:
    first = {DocumentId("a"): 0.7, DocumentId("n"): 0.3}
    ours, theirs = (g.view(question, WIDER) for g in (generation, read_back(generation)))
    assert (theirs.on_topic, theirs.routed) == (ours.on_topic, ours.routed)
    for view, other in ((ours, theirs), (ours.focused(first), theirs.focused(first))):
        for kind in DocumentKind:
            for limit in (2, 10):
                _assert_same(view.retrieve(kind, limit), other.retrieve(kind, limit))
    found, again = (view.evidence([DocumentId("a")]) for view in (ours, theirs))
    _assert_same(found.signals, again.signals)
    assert found.people == again.people
    for column in ("person", "document", "role", "outcome", "day"):
        np.testing.assert_array_equal(getattr(found, column), getattr(again, column))
    shown = [document.id for document in [*PEOPLED, NEW]]
    assert ours.shared_words(shown, 3) == theirs.shared_words(shown, 3)


def test_changes_go_on_from_what_is_read_as_from_what_was_written(
    generation: IndexGeneration,
) -> None:
    encoder = WordEncoder()
    changes = [case("z", "een zorgleerling met een xylofoon", "zelf gebouwd")]
    ours, theirs = (
        apply(g, changes, [DocumentId("d")], 9, encoder).view("xylofoon en zorg", WIDER)
        for g in (generation, read_back(generation))
    )
    found = ours.retrieve(DocumentKind.CASE, 3)
    assert "z" in found.ids
    _assert_same(found, theirs.retrieve(DocumentKind.CASE, 3))


def test_what_is_read_can_be_written_again_and_is_the_same(generation: IndexGeneration) -> None:
    assert written(read_back(generation)) == written(generation)


def test_vectors_lie_in_the_file_that_they_are_read_from(base: IndexGeneration) -> None:
    facts, files = written(base)
    name = f"segment-{base.name}-{Field.PROBLEM}.faiss"
    memory = np.frombuffer(files[name], np.uint8)
    views = {name: memoryview(content) for name, content in files.items()}
    loaded = deserialised(base.name, facts, views, WordEncoder())
    assert np.shares_memory(loaded.layers[0].segment.dense[Field.PROBLEM].vectors, memory)


# ── which is refused ─────────────────────────────────────────────────────────────────────────


def _read(generation: IndexGeneration, changed: Mapping[str, Any]) -> IndexGeneration:
    facts, files = written(generation)
    views = {name: memoryview(content) for name, content in files.items()}
    return deserialised(generation.name, {**facts, **changed}, views, WordEncoder())


@pytest.mark.parametrize("changed", [{"format": 3}, {"analysis": "nl-1"}, {"format": None}])
def test_an_index_that_another_version_made_is_refused(
    base: IndexGeneration, changed: Mapping[str, Any]
) -> None:
    with pytest.raises(IndexDamaged) as refused:
        _read(base, changed)
    assert refused.value.file == f"{base.name}/manifest.json"
    assert str(next(iter(changed.values()))) in str(refused.value.found)


@pytest.mark.parametrize("name", ["FORMAT", "ANALYSIS_VERSION"])
def test_a_version_is_part_of_what_is_written(
    base: IndexGeneration, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    facts, files = written(base)
    monkeypatch.setattr(serialisation, name, "another")
    with pytest.raises(IndexDamaged):
        deserialised(base.name, facts, dict.fromkeys(files, memoryview(b"")), WordEncoder())


def test_an_index_of_another_model_is_refused_and_both_are_named(base: IndexGeneration) -> None:
    with pytest.raises(IndexOfOtherModel) as refused:
        _read(base, {"model": "other-model"})
    assert "other-model" in str(refused.value)
    assert WordEncoder.fingerprint in str(refused.value)


def test_an_index_of_another_recipe_is_not_written() -> None:
    with pytest.raises(ValueError, match="default recipe"):
        serialised(built(CORPUS, recipe=Recipe(words=Words.STEMS)))


def test_a_disk_that_is_full_is_told_of(base: IndexGeneration) -> None:
    """FAISS itself would write on."""

    class Full(BytesIO):
        def write(self, content: object) -> int:
            raise OSError(errno.ENOSPC, "full")

    for write in serialised(base)[1].values():
        with pytest.raises(OSError, match="full"):
            write(Full())


# ── under which name ─────────────────────────────────────────────────────────────────────────


def test_what_is_added_shares_the_files_of_the_base(
    base: IndexGeneration, layered: IndexGeneration
) -> None:
    """Under the same names, with the same bytes: only new rows and new documents are written."""
    (_, before), (_, after) = written(base), written(replace(layered, name="next"))
    shared = before.keys() & after.keys()
    assert {name: after[name] for name in shared} == {name: before[name] for name in shared}
    assert before.keys() - shared == {f"state-{base.name}.arrays"}
    origin = f"{base.name}-8"
    assert after.keys() - shared == {
        "state-next.arrays",
        f"segment-{origin}.arrays",
        f"segment-{origin}.json",
        f"segment-{origin}-problem.faiss",
        f"segment-{origin}-resolution.faiss",
    }


def test_what_is_packed_shares_what_was_learnt_alone(layered: IndexGeneration) -> None:
    (_, before), (_, after) = written(layered), written(compact(layered, "packed", EXACT_LIMIT))
    origin = layered.statistics.origin
    assert before.keys() & after.keys() == {
        f"statistics-{origin}.arrays",
        f"statistics-{origin}.json",
    }


def test_layers_that_are_merged_get_a_name_of_their_own(base: IndexGeneration) -> None:
    encoder = WordEncoder()
    names: dict[str, bytes] = {}
    generation = base
    for step in range(12):
        generation = apply(
            generation, [case(f"n{step}", f"wolf {step}", "hek")], [], 8 + step, encoder
        )
        _, files = written(replace(generation, name=f"gen-{step}"))
        for name, content in files.items():
            assert names.setdefault(name, content) == content


def test_the_same_generation_is_written_the_same(layered: IndexGeneration) -> None:
    assert written(layered) == written(layered)


def test_a_manifest_tells_what_the_files_hold(layered: IndexGeneration) -> None:
    facts, _ = written(layered)
    assert (facts["position"], facts["anchor"]) == (8, "eight")
    assert (facts["documents"], facts["digest"]) == (len(layered), layered.digest)
    assert facts["segments"] == [layer.segment.origin for layer in layered.layers]


# ── nothing is left of what is gone ──────────────────────────────────────────────────────────

CANARY = "kanarievogel"


def _held(generation: IndexGeneration, told: str) -> set[str]:
    """The files in which `told` is."""
    return {name for name, content in written(generation)[1].items() if told.encode() in content}


@pytest.fixture(scope="module")
def with_secret() -> IndexGeneration:
    secret = case("geheim-1", f"over {CANARY}", "een aanpak", parts=(("geheim-persoon", SOLVER),))
    return apply(built(PEOPLED), [secret], [], 8, WordEncoder())


@pytest.mark.parametrize("told", ["geheim-1", "geheim-persoon", CANARY])
def test_nothing_of_a_removed_document_is_left_once_packed(
    with_secret: IndexGeneration, told: str
) -> None:
    """Of a word there is a hash at most, since the base was learnt without it."""
    assert _held(with_secret, told) or told == CANARY
    new = case("y", "nog", "iets")
    removed = apply(with_secret, [new], [DocumentId("geheim-1")], 9, WordEncoder())
    assert _held(compact(removed, "packed", EXACT_LIMIT), told) == set()
