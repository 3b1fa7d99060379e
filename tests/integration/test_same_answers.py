"""The same answers before and after a restart, a compaction and a full rebuild."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from api.bootstrap import Schakel, open_schakel
from api.reindexing import Why, reindex
from api.settings import Settings
from data.made.fill import fill
from data.made.questions import MIXED
from data.made.texts import Recombiner
from matcher.entities import NewQuestion, Person
from matcher.fusion import scores
from matcher.types import DocumentKind, SharingScope
from tests.fakes import WordEncoder
from tests.soak import soak

CASES, PEOPLE = soak(600, 5_000), 200
QUERIES, TOP = 200, 20
WRITTEN = CASES // 40  # so many that a compaction is not due by itself

Opens = Callable[[], Schakel]
Answers = list[tuple[object, ...]]


@pytest.fixture
def opens(tmp_path: Path) -> Opens:
    home = tmp_path / "home"

    def opened() -> Schakel:
        schakel = open_schakel(Settings(home=home), WordEncoder())
        schakel.database.migrate()
        return schakel

    first = opened()
    with first.database.write() as session:
        fill(session, CASES, PEOPLE, MIXED, np.random.default_rng(3))
    reindex(first.indexer)
    return opened


def _answers(schakel: Schakel) -> Answers:
    """The twenty best cases for people of several boards; of some queries all that is shown."""
    rng = np.random.default_rng(4)
    texts = Recombiner.from_sample()
    people = schakel.desk.people()
    told: Answers = []
    for number in range(QUERIES):
        viewer = people[(number * 37) % len(people)]
        text = texts.query(8, 40, rng)
        told.append(_best(schakel, viewer, text))
        if number % 8 == 0:
            told.append(_shown(schakel, viewer, text))
    assert sum(map(len, told)) > TOP * QUERIES
    return told


def _best(schakel: Schakel, viewer: Person, text: str) -> tuple[object, ...]:
    view = schakel.served.current().view(text, viewer.viewer.partitions)
    signals = view.retrieve(DocumentKind.CASE, 50)
    order = np.argsort(-scores(signals), kind="stable")[:TOP]
    return tuple(signals.ids[at] for at in order)


def _shown(schakel: Schakel, viewer: Person, text: str) -> tuple[object, ...]:
    found = schakel.desk.search(viewer, text)
    documents = (each.document.id for each in (*found.cases, *found.questions))
    people = (each.expert.id for each in (*found.peers, *found.advisers))
    return (*documents, "|", *people)


def _change(schakel: Schakel) -> None:
    """New questions, some of them shared otherwise or withdrawn after."""
    texts, rng = Recombiner.from_sample(), np.random.default_rng(5)
    people = [person for person in schakel.desk.people() if person.viewer.boards]
    for number in range(WRITTEN):
        asker = people[(number * 13) % len(people)]
        text = texts.query(20, 60, rng)
        new = NewQuestion(text[:60], text, scope=SharingScope.BOARD)
        question = schakel.desk.ask(asker, new)
        if number % 3 == 0:
            schakel.desk.share(asker, question.id, SharingScope.NATIONAL, read_again=True)
        if number % 3 == 1:
            schakel.desk.withdraw(asker, question.id)


def test_nobody_notices_a_restart_or_a_compaction(opens: Opens) -> None:
    schakel = opens()
    schakel.indexer.load()
    _change(schakel)
    assert len(schakel.served.current().layers) > 1
    before = _answers(schakel)

    restarted = opens()
    restarted.indexer.load()
    assert _answers(restarted) == before

    added = reindex(restarted.indexer)
    assert added.plan.why is None
    assert added.name == "gen-000002"
    restarted.indexer.catch_up()
    assert restarted.served.name() == added.name
    assert _answers(restarted) == before

    generation = restarted.served.current()
    restarted.served.replace(generation.compacted("packed"))
    assert len(restarted.served.current().layers) == 1
    assert _answers(restarted) == before


def test_a_full_rebuild_of_the_same_documents_answers_the_same(opens: Opens) -> None:
    schakel = opens()
    schakel.indexer.load()
    before = _answers(schakel)
    rebuilt = reindex(schakel.indexer, full=True)
    assert rebuilt.plan.why is Why.ASKED
    schakel.indexer.catch_up()
    assert schakel.served.name() == rebuilt.name
    assert _answers(schakel) == before
