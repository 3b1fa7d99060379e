"""What is less good than it should be is not taken into use; what served goes on serving."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api import reindexing
from api.bootstrap import Schakel
from api.reindexing import Done, Why, reindex
from embeddings.builder import apply
from matcher.errors import IndexRefused
from matcher.types import Document, Vectors
from tests.fakes import WordEncoder
from tests.homes import DOCUMENTS, ask, ask_elsewhere, found, indexer_of, open_home

TEXT = "wolf bij het fietspad"


class Broken(WordEncoder):
    """A model that makes something else of every text, and of no two the like."""

    fingerprint = "words-2"

    def _encode(self, texts: Sequence[str]) -> Vectors:
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) for text in texts]
        made = [np.random.default_rng(seed).normal(size=self.dimension) for seed in seeds]
        vectors = np.array(made, np.float32).reshape(-1, self.dimension)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _one_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    followed = reindexing.followed

    def forgetful(before: Any, changes: Sequence[Document], *rest: Any) -> Any:
        return followed(before, changes[1:], *rest)

    monkeypatch.setattr(reindexing, "followed", forgetful)


def _written_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    serialised = reindexing.serialised

    def other(made: Any) -> Any:
        less = apply(made, [], [min(made.found)], made.position, made.encoder, made.anchor)
        return serialised(less)

    monkeypatch.setattr(reindexing, "serialised", other)


def _found_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reindexing, "recall", lambda *_: 0.97)


def _found_lower(monkeypatch: pytest.MonkeyPatch) -> None:
    told = iter([0.90, 0.96])  # of the new one, then of the one before
    monkeypatch.setattr(reindexing, "found_again", lambda *_: next(told))


Harm = Callable[[pytest.MonkeyPatch], None]
HARMS: list[tuple[Harm, str]] = [
    (_one_left_out, "documents"),
    (_written_otherwise, "digest"),
    (_found_less, "recall"),
    (_found_lower, "found again"),
]


def _serving(home: Path) -> Schakel:
    schakel = open_home(home)
    schakel.indexer.load()
    return schakel


def _assert_still_serves(home: Path, schakel: Schakel, id_: str) -> None:
    for serving in (schakel, _serving(home)):  # in this process, and in one that starts now
        serving.indexer.catch_up()
        assert serving.served.name() == "gen-000001"
        assert not serving.indexer.degraded()
        assert found(serving, TEXT)[0] == "v10"
        assert found(serving, "bijenkasten")[0] == id_


@pytest.mark.parametrize(("harm", "check"), HARMS, ids=[check for _, check in HARMS])
def test_what_fails_a_check_is_refused_and_what_served_serves_on(
    home: Path, monkeypatch: pytest.MonkeyPatch, harm: Harm, check: str
) -> None:
    schakel, current = _serving(home), (home / "index" / "CURRENT").read_bytes()
    id_ = ask(schakel, "bijenkasten")
    with monkeypatch.context() as harmed:
        harm(harmed)
        with pytest.raises(IndexRefused) as refused:
            reindex(schakel.indexer)
    assert refused.value.check == check
    assert (home / "index" / "CURRENT").read_bytes() == current
    _assert_still_serves(home, schakel, id_)
    assert reindex(schakel.indexer).documents == DOCUMENTS + 1


def _changed_to(home: Path, model: WordEncoder, known: bool = True) -> Done:
    """With `known`, the model of the index that serves can be asked still."""
    models = {"new": model} | ({None: WordEncoder()} if known else {})
    return reindex(indexer_of(home, "new", models))


def test_a_model_that_finds_cases_less_well_is_refused(home: Path) -> None:
    schakel, current = _serving(home), (home / "index" / "CURRENT").read_bytes()
    id_ = ask(schakel, "bijenkasten")
    with pytest.raises(IndexRefused) as refused:
        _changed_to(home, Broken())
    assert refused.value.check == "found again"
    assert float(refused.value.found) < float(refused.value.expected)
    assert (home / "index" / "CURRENT").read_bytes() == current
    _assert_still_serves(home, schakel, id_)


def test_a_model_that_finds_them_as_well_is_taken_into_use(home: Path) -> None:
    model = WordEncoder()
    model.fingerprint = "words-2"
    done = _changed_to(home, model)
    assert done.plan.why is Why.MODEL
    assert done.found_again == done.found_before > 0.9
    assert done.recall == 1.0


def test_where_the_model_before_cannot_be_asked_any_more_nothing_is_compared(home: Path) -> None:
    done = _changed_to(home, Broken(), known=False)
    assert math.isnan(done.found_before)
    assert done.name == "gen-000002"


def test_however_often_it_is_refused_the_disk_does_not_fill(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _found_less(monkeypatch)
    schakel = _serving(home)
    ask_elsewhere(schakel, "bijenkasten")
    for _ in range(4):
        with pytest.raises(IndexRefused):
            reindex(schakel.indexer, full=True)
    folders = [path.name for path in (home / "index").iterdir() if path.is_dir()]
    assert "gen-000001" in folders
    assert len(folders) <= 2


def test_what_was_refused_is_not_served_either_when_the_current_one_is_damaged(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schakel = _serving(home)
    with monkeypatch.context() as harmed:
        _found_less(harmed)
        with pytest.raises(IndexRefused):
            reindex(schakel.indexer, full=True)
    (home / "index" / "gen-000001" / "manifest.json").write_bytes(b"{}")
    again = open_home(home)
    again.indexer.load_or_stand_in()
    assert again.indexer.degraded()
    assert found(again, TEXT)[0] == "v10"
