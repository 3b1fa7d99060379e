"""Another process makes a new index, goes back, or changes the model: nobody notices."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from api.bootstrap import Schakel
from api.follower import Follower
from api.reindexing import reindex
from embeddings.generation import IndexGeneration
from matcher.errors import IndexOfOtherModel
from matcher.types import DocumentKind, Viewer
from tests.fakes import WordEncoder
from tests.forking import forking
from tests.homes import OTHER, ask, ask_elsewhere, found, indexer_of, open_home
from tests.soak import soak

pytestmark = pytest.mark.usefixtures("unsettled")

ROUNDS = soak(2, 30)
AT_ONCE = 1.0  # seconds; the fastest of the rounds, for other work may keep a core from one


def index_anew(home: str) -> None:
    """What another process does."""
    reindex(open_home(Path(home)).indexer, full=True, wait=60)


class Searching:
    """Asks without end, in a thread, for all that was written before it asks."""

    def __init__(self, schakel: Schakel) -> None:
        self.written: list[str] = []
        self.missed: list[tuple[str, str]] = []  # by which generation, what
        self.served: set[str] = set()
        self.times = 0
        self._schakel, self._stopped = schakel, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Searching:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        partitions = self._schakel.desk.person(OTHER).viewer.partitions
        while not self._stopped.is_set():
            expected = list(self.written)
            generation = self._schakel.served.current()
            view = generation.view("bijenkasten", partitions)
            seen = set(view.retrieve(DocumentKind.QUESTION, 1_000).ids)
            self.missed += [(generation.name, id_) for id_ in expected if id_ not in seen]
            self.served.add(generation.name)
            self.times += 1


def _wait_for(what: Sequence[str], schakel: Schakel) -> float:
    """Seconds until a generation of that name is served."""
    begin = time.monotonic()
    while schakel.served.name() not in what:
        assert time.monotonic() < begin + 60, schakel.served.name()
        time.sleep(0.005)
    return time.monotonic() - begin


def test_an_index_made_elsewhere_is_taken_over_at_once_and_nothing_is_missed_meanwhile(
    home: Path,
) -> None:
    schakel = open_home(home)
    schakel.indexer.load()
    schakel.follower.start()
    folder, waited, number = schakel.indexer.folder, list[float](), 0
    try:
        with forking("tests.integration.test_taking_over") as forks, Searching(schakel) as search:
            for _ in range(ROUNDS):
                other = forks.start("tests.integration.test_taking_over:index_anew", str(home))
                before = folder.current_name()
                while folder.current_name() == before:
                    search.written.append(ask(schakel, f"bijenkasten nummer {number}"))
                    number += 1
                waited.append(_wait_for([folder.current_name() or ""], schakel))
                forks.wait(other)
    finally:
        schakel.follower.stop()
    assert search.missed == []
    assert len(search.served) >= 2
    assert search.times > ROUNDS
    assert len(search.written) >= ROUNDS
    assert min(waited) < AT_ONCE


def test_after_going_back_all_that_was_written_since_is_found(home: Path) -> None:
    schakel = open_home(home)
    schakel.indexer.load()
    before = ask(schakel, "bijenkasten")
    reindex(schakel.indexer)
    schakel.indexer.catch_up()
    after = ask(schakel, "zonnewijzers")
    with schakel.indexer.folder.lease("schakel index rollback") as lease:
        assert schakel.indexer.folder.rollback(lease) == "gen-000001"
    elsewhere = ask_elsewhere(schakel, "vliegers")
    schakel.indexer.catch_up()
    started = open_home(home)
    started.indexer.load()
    for each in (schakel, started):
        assert each.served.name() == "gen-000001"
        for text, id_ in (("bijenkasten", before), ("zonnewijzers", after)):
            assert found(each, text)[0] == id_
        assert found(each, "vliegers")[0] == elsewhere
        assert each.indexer.waiting().rows == 0
        assert not each.indexer.degraded()


# --- another model


class Other(WordEncoder):
    """Another model, of another size: their vectors cannot be compared at all."""

    fingerprint = "words-2"
    dimension = 48

    def __init__(self) -> None:
        super().__init__()
        self.loaded = False

    def load(self) -> None:
        self.loaded = True


def _asked(generation: IndexGeneration, text: str) -> None:
    view = generation.view(text, Viewer().partitions)
    assert view.retrieve(DocumentKind.CASE, 50).ids


def test_each_generation_is_asked_with_the_model_that_made_it(home: Path) -> None:
    first, second = WordEncoder(), Other()
    serving = indexer_of(home, None, {None: first, "new": second})
    serving.load()
    before = serving.served.current()
    reindex(indexer_of(home, "new", {"new": Other()}))
    serving.catch_up()
    after = serving.served.current()
    assert (before.model, after.model) == ("words-1", "words-2")
    first.encoded.clear()
    second.encoded.clear()
    _asked(before, "een vraag van ervoor")  # one that was under way
    _asked(after, "een vraag van erna")
    assert (first.encoded, second.encoded) == (["een vraag van ervoor"], ["een vraag van erna"])


def test_a_new_model_is_loaded_before_it_is_asked_anything(home: Path) -> None:
    serving = indexer_of(home, None, {None: WordEncoder(), "new": Other()})
    serving.load()
    reindex(indexer_of(home, "new", {"new": Other()}))
    serving.catch_up()
    assert serving.served.current().model == "words-2"
    assert serving.served.current().encoder.loaded


def test_what_is_written_after_a_change_of_model_is_encoded_by_the_new_one(home: Path) -> None:
    second = Other()
    serving = indexer_of(home, None, {None: WordEncoder(), "new": second})
    serving.load()
    reindex(indexer_of(home, "new", {"new": Other()}))
    serving.catch_up()
    second.encoded.clear()
    id_ = ask_elsewhere(open_home(home), "bijenkasten")
    serving.catch_up()
    assert any("bijenkasten" in text for text in second.encoded)
    assert id_ in serving.served.current().found


def test_a_process_that_starts_encodes_with_the_model_that_made_the_index(home: Path) -> None:
    reindex(indexer_of(home, "new", {"new": Other()}))
    started = indexer_of(home, None, {None: WordEncoder(), "new": Other()})
    started.load()
    assert started.served.current().model == started.encoder.fingerprint == "words-2"


def test_the_night_after_keeps_to_the_model_that_made_the_index(home: Path) -> None:
    reindex(indexer_of(home, "new", {"new": Other()}))
    ask_elsewhere(open_home(home), "bijenkasten")
    night = indexer_of(home, None, {None: WordEncoder(), "new": Other()})
    done = reindex(night)
    assert done.plan.why is None
    night.load()
    assert night.served.current().model == "words-2"


def test_an_index_whose_model_is_not_to_be_had_here_is_not_taken_over_and_the_rest_goes_on(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    serving = indexer_of(home, None, {None: WordEncoder()})
    serving.load()
    reindex(indexer_of(home, "new", {"new": Other()}))
    id_ = ask_elsewhere(open_home(home), "bijenkasten")
    Follower(serving).follow()
    assert serving.served.name() == "gen-000001"
    assert id_ in serving.served.current().found
    assert "not taken over" in caplog.text


def test_where_the_model_of_the_index_is_gone_the_remedy_is_told_and_works(home: Path) -> None:
    reindex(indexer_of(home, "new", {"new": Other()}))
    started = indexer_of(home, None, {None: WordEncoder()})
    with pytest.raises(IndexOfOtherModel, match="schakel reindex"):
        started.load()
    reindex(started)
    started.load()
    assert started.served.current().model == "words-1"


def test_going_back_to_the_model_before_asks_that_model_again(home: Path) -> None:
    serving = indexer_of(home, None, {None: WordEncoder(), "new": Other()})
    reindex(indexer_of(home, "new", {"new": Other()}))
    serving.load()
    with serving.folder.lease("schakel index rollback") as lease:
        serving.folder.rollback(lease)
    serving.catch_up()
    assert serving.served.current().model == serving.encoder.fingerprint == "words-1"
