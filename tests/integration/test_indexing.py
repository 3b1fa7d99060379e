"""The index follows the database: after writes, restarts, indexing elsewhere and restores."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from api import follower as following
from api.bootstrap import Schakel, load_sample, open_schakel
from api.follower import Follower
from api.reindexing import reindex
from api.settings import Settings
from data.tables import OutboxRow, QuestionRow
from matcher.entities import NewQuestion
from matcher.errors import IndexBusy
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
    _indexed(schakel)
    return schakel


def _indexed(schakel: Schakel) -> str | None:
    """The name of an index that is all new, and served."""
    name = reindex(schakel.indexer, full=True, wait=60).name
    schakel.indexer.load()
    return name


def _follows(schakel: Schakel, until: Callable[[], bool]) -> bool:
    """Whether that comes while the follower runs."""
    schakel.follower.start()
    try:
        end = time.monotonic() + 30
        while not until() and time.monotonic() < end:
            time.sleep(0.01)
        return until()
    finally:
        schakel.follower.stop()


def test_what_was_written_since_is_found_after_a_restart_without_encoding(opens: Opens) -> None:
    id_ = _ask(_filled(opens), "bijenkasten")
    again = opens()
    again.indexer.load()
    again.indexer.catch_up()
    assert isinstance(again.indexer.encoder, WordEncoder)
    assert again.indexer.encoder.encoded == []
    assert _found(again, "bijenkasten")[0] == id_
    assert again.indexer.waiting().rows == 0


def test_an_index_that_began_empty_is_learnt_anew_while_it_is_small(
    opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "settle", lambda: None)
    schakel = opens()
    _indexed(schakel)
    load_sample(schakel.database)
    schakel.indexer.catch_up()
    assert len(schakel.served.current().found) == 81
    assert _follows(schakel, lambda: schakel.served.current().statistics.texts == 55)
    assert schakel.served.name() == "gen-000002"
    assert _found(schakel, "wolf bij het fietspad")[0] == "v10"


def test_a_generation_that_another_process_made_is_taken_over(opens: Opens) -> None:
    schakel = _filled(opens)
    _indexed(opens())
    assert schakel.served.current().name == "gen-000001"
    schakel.indexer.catch_up()
    assert schakel.served.current().name == "gen-000002"


def test_the_follower_settles_when_another_process_made_a_base_and_not_for_a_question(
    opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    schakel, settled = _filled(opens), threading.Event()
    monkeypatch.setattr(following, "settle", settled.set)
    monkeypatch.setattr(Follower, "INTERVAL_SECONDS", 0.01)
    schakel.follower.start()
    try:
        id_ = _ask(schakel, "bijenkasten")
        assert _found(schakel, "bijenkasten")[0] == id_
        assert not settled.wait(0.3)
        _indexed(opens())
        assert settled.wait(10)
        assert schakel.served.current().name == "gen-000002"
    finally:
        schakel.follower.stop()


def test_the_base_that_is_served_goes_by_the_name_of_its_generation(opens: Opens) -> None:
    schakel = opens()
    assert (schakel.served.name(), schakel.indexer.base()) == (None, None)
    load_sample(schakel.database)
    _indexed(schakel)
    _ask(schakel, "bijenkasten")
    assert (schakel.served.name(), schakel.indexer.base()) == ("gen-000001", "gen-000001")


def test_a_database_put_back_from_a_copy_is_served_as_it_is_and_indexed_anew(
    opens: Opens, tmp_path: Path
) -> None:
    schakel = _filled(opens)
    schakel.database.close()
    copy = tmp_path / "copy.db"
    shutil.copy(tmp_path / "home" / "schakel.db", copy)
    gone = _ask(schakel, "bijenkasten")
    reindex(schakel.indexer)
    schakel.database.close()
    for path in (tmp_path / "home").glob("schakel.db*"):
        path.unlink()
    shutil.copy(copy, tmp_path / "home" / "schakel.db")
    restored = opens()
    id_ = _ask_unfollowed(restored, "zonnewijzers")
    restored.indexer.load_or_stand_in()
    for _ in range(2):  # before and after it was indexed anew
        assert _found(restored, "zonnewijzers")[0] == id_
        assert gone not in _found(restored, "bijenkasten")
        assert gone not in restored.served.current().found
        _indexed(restored)
    assert not restored.indexer.degraded()


def _ask_unfollowed(schakel: Schakel, title: str) -> str:
    """As another process would, or one that has no index yet."""
    asker = schakel.desk.person("p03")
    desk = replace(schakel.desk, follow=lambda: None)
    return desk.ask(asker, NewQuestion(title, f"Onze school heeft {title}.")).id


def test_a_database_put_back_under_a_service_is_served_as_it_is(opens: Opens) -> None:
    schakel = _filled(opens)
    with schakel.database.write() as session:
        session.add(OutboxRow(document_id="v01"))
    schakel.indexer.catch_up()
    with schakel.database.write() as session:  # another row comes where that one was
        row = session.get_one(OutboxRow, schakel.served.current().position)
        row.document_id = "v02"
        session.get_one(QuestionRow, "v10").status = QuestionStatus.WITHDRAWN
    schakel.indexer.catch_up()
    assert schakel.indexer.degraded()
    assert "v10" not in schakel.served.current().found
    assert len(schakel.served.current()) == 80


def test_two_that_index_at_once_take_turns_where_they_may_wait(opens: Opens) -> None:
    _filled(opens)
    both = [opens(), opens()]
    with ThreadPoolExecutor(2) as pool:
        names = list(pool.map(_indexed, both))
    assert sorted(map(str, names)) == ["gen-000002", "gen-000003"]


def test_who_may_not_wait_is_told_that_another_is_at_it(opens: Opens) -> None:
    schakel = _filled(opens)
    with (
        schakel.indexer.folder.lease("de nachtelijke taak"),
        pytest.raises(IndexBusy, match="de nachtelijke taak"),
    ):
        reindex(opens().indexer, full=True)


def test_readers_are_undisturbed_while_questions_come_in(opens: Opens) -> None:
    schakel = _filled(opens)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(_ask, schakel, f"onderwerp nummer {n}x") for n in range(20)]
        answers = list(pool.map(lambda _: _found(schakel, "wolf bij het fietspad")[0], range(40)))
    assert set(answers) == {"v10"}
    ids = {question.result() for question in asked}
    base, *later = schakel.served.current().layers
    assert len(base) == len(base.segment) == 81
    assert {layer.segment.id_at(row) for layer in later for row in range(len(layer))} == ids
    assert len(ids) == 20


def test_a_newer_index_of_another_model_is_not_taken_over_and_told_once(
    opens: Opens, caplog: pytest.LogCaptureFixture
) -> None:
    schakel, other = _filled(opens), opens()
    assert isinstance(other.indexer.encoder, WordEncoder)
    other.indexer.encoder.fingerprint = "words-2"
    _indexed(other)
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
