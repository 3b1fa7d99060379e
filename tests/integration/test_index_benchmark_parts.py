"""`schakel bench index`: opening, writing and bringing up to date, each tiny and for real."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from api import bench_index_findable
from api.bench_corpus import corpus_of
from api.bench_index import measure
from api.bench_index_parts import Material, Sizes
from api.bench_index_targets import TARGETS, Part, Target
from api.bootstrap import encoder_of
from api.settings import Settings
from api.show_index_speed import show_index_speed
from data.database import Database
from data.documents import SqlDocuments
from data.made.change import change
from data.made.corpus import Corpus
from data.made.fill import fill
from data.made.questions import MIXED
from embeddings.encoder import ModelEncoder
from matcher.types import Document, DocumentKind
from tests.fakes import WordEncoder

TINY = Sizes(beside=300, queries=4, rounds=1, served=12, seconds=2.0, sought=10, again=300)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return corpus_of(None)


@pytest.fixture
def material(corpus: Corpus, tmp_path: Path) -> Material:
    return Material(corpus, WordEncoder(), WordEncoder(), Settings(home=tmp_path / "home"))


def _measured(material: Material, part: Part, sizes: Sizes = TINY) -> dict[str, Any]:
    """What one part tells, of which all can be shown."""
    told = measure(material, sizes, [part])
    assert json.loads(json.dumps(told)) == told
    shown = io.StringIO()
    show_index_speed(Console(file=shown, width=140), told)
    figures: dict[str, Any] = told[part.name.lower()]
    for target in figures["targets"].values():
        assert target["verdict"] in shown.getvalue()
    return figures


def test_a_new_process_opens_a_saved_index_and_answers(material: Material) -> None:
    figures = _measured(material, Part.START)
    for found in figures["seconds"].values():
        stages = [found[f"{stage}_seconds"] for stage in ("check", "open", "answer")]
        assert min(stages) > 0
        assert found["ready_seconds"] == pytest.approx(sum(stages))
        assert found["import_seconds"] > 0
        assert found["answered"] == 50
    targets = figures["targets"]
    assert targets["ready_seconds_cached"]["found"] == figures["seconds"]["cached"]["ready_seconds"]
    on_disk = figures["disk_bytes_a_case_and_field"]
    assert on_disk["vectors"] == pytest.approx(4 * WordEncoder.dimension, rel=0.05)
    assert on_disk["documents_and_words"] > 0


def test_what_changed_is_encoded_again_and_nothing_else(material: Material) -> None:
    figures = _measured(material, Part.AGAIN)
    assert figures["changed"] == 3
    assert figures["changes"]["why"] is None
    assert figures["changes"]["encoded"]["documents"] == 2 * 3
    assert figures["all"]["why"] == "gevraagd"
    assert figures["all"]["encoded"]["documents"] > 2 * 0.9 * 300
    for name in ("beyond_seconds", "whole_seconds"):
        assert figures["part"][name] == figures["changes"][name] / figures["all"][name]
    assert figures["targets"]["again_part_of_all"]["found"] == figures["part"]["whole_seconds"]


def test_other_texts_are_of_as_many_cases_as_was_asked_with_their_outbox_rows(
    database: Database,
) -> None:
    with database.write() as session:
        fill(session, 200, 60, MIXED, np.random.default_rng(1))
    before, position = _cases(database)
    with database.write() as session:
        assert change(session, 0.02, np.random.default_rng(2)) == 4
    after, _ = _cases(database)
    changed = [id_ for id_, document in after.items() if document != before[id_]]
    assert len(changed) == 4
    for id_ in changed:
        assert after[id_].revision == before[id_].revision + 1
        assert after[id_].problem != before[id_].problem
        assert after[id_].resolution != before[id_].resolution
    with database.read() as session:
        assert SqlDocuments(session).written_since(position) == changed


def _cases(database: Database) -> tuple[dict[str, Document], int]:
    with database.read() as session:
        source = SqlDocuments(session)
        found = {d.id: d for d in source.documents() if d.kind is DocumentKind.CASE}
        return dict(found), source.position()


def test_a_real_service_finds_what_is_written_to_it(
    corpus: Corpus,
    models: Path,
    encoder: ModelEncoder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bench_index_findable, "_WARMING", 2)
    settings = Settings(home=tmp_path / "home")
    settings.home.mkdir()
    settings.models.symlink_to(models)
    assert encoder_of(settings, None).fingerprint == encoder.fingerprint
    figures = _measured(Material(corpus, encoder, encoder, settings), Part.FINDABLE)
    assert figures["written"] == 40
    assert figures["looked_for"] == 4
    assert figures["not_found"] == 0
    assert figures["failed"] == []
    seconds = figures["seconds"]
    assert 0 < seconds["p50"] <= seconds["p95"] <= seconds["p99"] <= seconds["longest"]
    assert figures["targets"]["findable_p99_seconds"]["verdict"] in ("gehaald", "niet gehaald")
    assert figures["service_seconds_a_question"] > 0
    assert figures["words"] == pytest.approx(65, abs=6)


class Slow:
    """A service that takes its time for one question after another; it finds what it may."""

    def __init__(self, status: int = 201, finds: bool = True) -> None:
        self.status, self.finds = status, finds
        self.one = threading.Lock()
        self.asked: list[str] = []

    def call(
        self, method: str, path: str, person: str = "", body: Mapping[str, Any] | None = None
    ) -> tuple[int, Any]:
        if method == "GET":
            return 200, {"achterstandSeconden": 0.25, "achterstand": 2, "generatie": "gen-1"}
        if path.endswith("_zoek"):
            return 200, {"vragen": [{"id": id_} for id_ in self.asked if self.finds]}
        with self.one:
            time.sleep(0.1)
            self.asked.append(f"v{len(self.asked)}")
            return self.status, {"id": self.asked[-1]}

    def worked(self) -> float:
        return float(len(self.asked))


def _by(slow: Slow, material: Material, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    @contextmanager
    def serving(*_: object) -> Iterator[Slow]:
        yield slow

    monkeypatch.setattr(bench_index_findable, "serving", serving)
    monkeypatch.setattr(bench_index_findable, "_WARMING", 1)
    return _measured(material, Part.FINDABLE, Sizes(served=12, seconds=0.5))


def test_what_waits_for_its_turn_counts(
    material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = _by(Slow(), material, monkeypatch)
    assert figures["written"] == 10  # each due 0.05 s after the one before, and done in 0.1 s
    assert figures["seconds"]["longest"] > 0.5
    assert figures["not_found"] == 0
    assert figures["behind_seconds"] == 0.25
    assert figures["service_seconds_a_question"] == 1.0


@pytest.mark.parametrize("slow", [Slow(finds=False), Slow(status=500)], ids=["lost", "refused"])
def test_what_is_refused_or_cannot_be_found_makes_the_figure_invalid(
    slow: Slow, material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = _by(slow, material, monkeypatch)
    assert figures["targets"]["findable_p99_seconds"]["verdict"] == "ongeldig"
    assert figures["not_found"] + len(figures["failed"]) > 0


@pytest.mark.parametrize(
    ("target", "found", "verdict"),
    [
        (Target(5.0), 5.0, "gehaald"),
        (Target(5.0), 5.1, "niet gehaald"),
        (Target(5.0, at_most=False), 5.0, "gehaald"),
        (Target(5.0, at_most=False), 4.9, "niet gehaald"),
        (Target(5.0), None, "niet gemeten"),
        (Target(5.0), float("nan"), "niet gemeten"),
    ],
)
def test_a_figure_stands_beside_its_target(
    target: Target, found: float | None, verdict: str
) -> None:
    assert target.beside(found)["verdict"] == verdict
    assert TARGETS["again_part_of_all"].value == 0.03
