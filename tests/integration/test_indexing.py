"""The index follows the database: after writes, restarts, rebuilds elsewhere and restores."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api import indexing
from api.bootstrap import Schakel, load_sample, open_schakel
from api.indexing import Follower
from api.settings import Settings
from data.tables import QuestionRow
from matcher.entities import NewQuestion
from matcher.types import QuestionStatus
from tests.fakes import WordEncoder

Opens = Callable[[], Schakel]


@pytest.fixture
def opens(tmp_path: Path) -> Opens:
    """Opens a Schakel on one home, as each process that starts does."""

    def opened() -> Schakel:
        schakel = open_schakel(Settings(home=tmp_path / "home"), WordEncoder())
        schakel.database.migrate()
        return schakel

    return opened


def _ask(schakel: Schakel, title: str) -> str:
    asker = schakel.desk.person("p03")
    return schakel.desk.ask(asker, NewQuestion(title, f"Onze school heeft {title}.")).id


def _found(schakel: Schakel, text: str) -> list[str]:
    matches = schakel.desk.search(schakel.desk.person("p01"), text)
    return [match.document.id for match in matches.questions]


def _filled(opens: Opens) -> Schakel:
    schakel = opens()
    load_sample(schakel.database)
    schakel.indexer.rebuild()
    return schakel


def test_what_was_written_since_is_found_after_a_restart_without_encoding(opens: Opens) -> None:
    id_ = _ask(_filled(opens), "bijenkasten")
    again = opens()
    again.indexer.load()
    again.indexer.catch_up()
    assert isinstance(again.encoder, WordEncoder)
    assert again.encoder.encoded == []
    assert _found(again, "bijenkasten")[0] == id_
    assert again.indexer.behind() == 0


def test_an_index_that_began_empty_is_built_anew_while_it_is_small(opens: Opens) -> None:
    schakel = opens()
    schakel.indexer.rebuild()
    load_sample(schakel.database)
    schakel.indexer.catch_up()
    assert schakel.served.current().base_texts == 55
    assert _found(schakel, "wolf bij het fietspad")[0] == "v10"


def test_a_generation_that_another_process_made_is_taken_over(opens: Opens) -> None:
    schakel = _filled(opens)
    opens().indexer.rebuild()
    assert schakel.served.current().name == "gen-000001"
    schakel.indexer.catch_up()
    assert schakel.served.current().name == "gen-000002"


def test_the_follower_settles_when_another_process_made_a_base_and_not_for_a_question(
    opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    schakel, settled = _filled(opens), threading.Event()
    monkeypatch.setattr(indexing, "settle", settled.set)
    monkeypatch.setattr(Follower, "INTERVAL_SECONDS", 0.01)
    schakel.follower.start()
    try:
        id_ = _ask(schakel, "bijenkasten")
        assert _found(schakel, "bijenkasten")[0] == id_
        assert not settled.wait(0.3)
        opens().indexer.rebuild()
        assert settled.wait(10)
        assert schakel.served.current().name == "gen-000002"
    finally:
        schakel.follower.stop()


def test_the_base_that_is_served_goes_by_the_name_of_its_generation(opens: Opens) -> None:
    schakel = opens()
    assert (schakel.served.name(), schakel.indexer.base()) == (None, None)
    load_sample(schakel.database)
    schakel.indexer.rebuild()
    _ask(schakel, "bijenkasten")
    assert (schakel.served.name(), schakel.indexer.base()) == ("gen-000001", "gen-000001")


def test_a_database_put_back_from_a_copy_is_indexed_anew(opens: Opens, tmp_path: Path) -> None:
    schakel = _filled(opens)
    schakel.database.close()
    copy = tmp_path / "copy.db"
    shutil.copy(tmp_path / "home" / "schakel.db", copy)
    gone = _ask(schakel, "bijenkasten")
    schakel.indexer.rebuild()
    schakel.database.close()
    for path in (tmp_path / "home").glob("schakel.db*"):
        path.unlink()
    shutil.copy(copy, tmp_path / "home" / "schakel.db")
    restored = opens()
    restored.indexer.load()
    restored.indexer.catch_up()
    id_ = _ask(restored, "zonnewijzers")
    assert _found(restored, "zonnewijzers")[0] == id_
    assert gone not in _found(restored, "bijenkasten")


def test_two_rebuilds_at_once_both_end_well(opens: Opens) -> None:
    _filled(opens)
    both = [opens(), opens()]
    with ThreadPoolExecutor(2) as pool:
        names = list(pool.map(lambda schakel: schakel.indexer.rebuild().name, both))
    assert sorted(names) == ["gen-000002", "gen-000003"]


def test_readers_are_undisturbed_while_questions_come_in(opens: Opens) -> None:
    schakel = _filled(opens)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(_ask, schakel, f"onderwerp nummer {n}x") for n in range(20)]
        answers = list(pool.map(lambda _: _found(schakel, "wolf bij het fietspad")[0], range(40)))
    assert set(answers) == {"v10"}
    ids = {question.result() for question in asked}
    assert ids <= schakel.served.current().delta.row_of.keys()
    assert len(ids) == 20


def test_a_newer_index_of_another_model_is_not_taken_over_and_told_once(
    opens: Opens, caplog: pytest.LogCaptureFixture
) -> None:
    schakel, other = _filled(opens), opens()
    assert isinstance(other.encoder, WordEncoder)
    other.encoder.fingerprint = "words-2"
    other.indexer.rebuild()
    for _ in range(3):
        schakel.indexer.catch_up()
    assert schakel.served.current().name == "gen-000001"
    assert _found(schakel, "wolf bij het fietspad")[0] == "v10"
    assert caplog.text.count("schakel reindex") == 1


def test_a_case_withdrawn_a_moment_ago_is_named_nowhere(opens: Opens) -> None:
    """The index still knows it, and that p01 was in it."""
    schakel = _filled(opens)
    asker, text = schakel.desk.person("p03"), "thuiszitter komt al weken niet naar school"
    before = schakel.desk.search(asker, text)
    (gone, *_) = [case.document.id for case in before.cases]
    people = (*before.peers, *before.advisers)
    assert gone in {evidence.document for person in people for evidence in person.evidence}
    with schakel.database.write() as session:
        session.get_one(QuestionRow, gone).status = QuestionStatus.WITHDRAWN
    after = schakel.desk.search(asker, text)
    assert after.fits
    assert gone not in {case.document.id for case in after.cases}
    people = (*after.peers, *after.advisers)
    assert people
    assert gone not in {evidence.document for person in people for evidence in person.evidence}
