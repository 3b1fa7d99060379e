"""The nightly job: what it does for what reason, what it spares, and what it leaves on disk."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from api import bootstrap, reindexing
from api.bootstrap import Schakel
from api.cli import app
from api.erasing import encoded_texts
from api.reindexing import Why, plan, reindex
from data.documents import SqlDocuments
from data.questions import Questions
from data.tables import Base, QuestionRow
from matcher.types import DocumentId, SharingScope, Vectors
from tests.fakes import WordEncoder
from tests.homes import ASKER, DOCUMENTS, FEW, TEXTS, ask, ask_elsewhere, open_home


class Counting(WordEncoder):
    """Notes apart what was encoded to be found."""

    def __init__(self, fingerprint: str = "words-1") -> None:
        super().__init__()
        self.fingerprint = fingerprint
        self.documents: list[str] = []

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        self.documents.extend(texts)
        return super().encode_documents(texts)


def _segments(schakel: Schakel) -> list[str]:
    folder = schakel.indexer.folder
    return list(folder.facts(folder.current_name() or "")["segments"])


def _share(schakel: Schakel, many: int) -> None:
    """Revise that many questions, in a process that has no index to follow."""
    asker = schakel.desk.person(ASKER)
    with schakel.database.write() as session:
        own = select(QuestionRow.id).where(QuestionRow.title.startswith("Samen "))
        for id_ in session.scalars(own.order_by(QuestionRow.id).limit(many)).all():
            Questions(session).share(id_, SharingScope.PARTNERSHIP, asker, read_again=True)


# --- what there is to do, and why


def _nothing(home: Path) -> None:
    """As it was."""


def _no_index(home: Path) -> None:
    shutil.rmtree(home / "index")


def _a_damaged_one(home: Path) -> None:
    (path,) = (home / "index" / "gen-000001").glob("segment-*.arrays")
    path.write_bytes(path.read_bytes()[:-1])


def _current_lost(home: Path) -> None:
    (home / "index" / "CURRENT").write_bytes(b"gen-000001\n")


def _a_copy_put_back(home: Path) -> None:
    copy = home / "copy.db"
    shutil.copy(home / "schakel.db", copy)
    ahead = open_home(home)
    ask_elsewhere(ahead, "bijenkasten")
    reindex(ahead.indexer)
    ahead.database.close()
    copy.replace(home / "schakel.db")
    behind = open_home(home)
    ask_elsewhere(behind, "zonnewijzers")  # in the row that bijenkasten had
    behind.database.close()


def _written(many: int) -> Callable[[Path], None]:
    def writing(home: Path) -> None:
        schakel = open_home(home)
        _share(schakel, many)
        schakel.database.close()

    return writing


@pytest.mark.parametrize(
    ("change", "full", "model", "why"),
    [
        (_nothing, False, "words-1", None),
        (_nothing, True, "words-1", Why.ASKED),
        (_no_index, False, "words-1", Why.NONE),
        (_a_damaged_one, False, "words-1", Why.NONE),
        (_current_lost, False, "words-1", Why.NONE),
        (_nothing, False, "words-2", Why.MODEL),
        (_a_copy_put_back, False, "words-1", Why.DATABASE),
        (_written(FEW), False, "words-1", None),
        (_written(FEW + 1), False, "words-1", Why.MOVED),
    ],
)
def test_all_is_learnt_anew_for_a_reason_alone(
    home: Path, change: Callable[[Path], None], full: bool, model: str, why: Why | None
) -> None:
    change(home)
    schakel = open_home(home, Counting(model))
    assert plan(schakel.indexer, full).why is why
    done = reindex(schakel.indexer, full=full)
    assert done.plan.why is why
    schakel.indexer.load()
    learnt_by = schakel.served.current().statistics.origin
    assert learnt_by == (done.name if why else "gen-000001")


def test_while_there_are_few_texts_all_is_learnt_anew_for_anything_written(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schakel = open_home(home)
    monkeypatch.setattr(reindexing, "SMALLEST_BASE", TEXTS + 1)
    assert plan(schakel.indexer, full=False).nothing
    ask_elsewhere(schakel, "bijenkasten")
    assert plan(schakel.indexer, full=False).why is Why.SMALL
    monkeypatch.setattr(reindexing, "SMALLEST_BASE", TEXTS)
    assert plan(schakel.indexer, full=False).why is None


def test_where_nothing_was_written_nothing_is_made(home: Path) -> None:
    schakel = open_home(home)
    done = reindex(schakel.indexer)
    assert (done.name, done.documents) == (None, DOCUMENTS)
    assert schakel.indexer.folder.names() == ["gen-000001"]


# --- trying it dry


def _state(home: Path) -> dict[str, str]:
    """What is on disk, by the content of each file, and by that of each row of the database."""
    told = {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in home.rglob("*")
        if path.is_file() and not path.name.startswith("schakel.db")
    }
    schakel = open_home(home)
    with schakel.database.read() as session:
        for table in Base.metadata.sorted_tables:
            told[table.name] = str(session.execute(select(table)).all())
    schakel.database.close()
    return told


def _command(monkeypatch: pytest.MonkeyPatch, schakel: Schakel, *words: str) -> dict[str, object]:
    """What `schakel reindex --json` says of a Schakel with words for a model."""
    monkeypatch.setattr(bootstrap, "open_schakel", lambda _: schakel)
    done = CliRunner().invoke(app, ["reindex", "--json", *words])
    assert done.exit_code == 0, done.output
    told: dict[str, object] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize(
    ("written", "words", "to_do", "why"),
    [
        (0, [], "niets", None),
        (1, [], "bijwerken", None),
        (FEW + 1, [], "alles opnieuw", "veel is nieuw of veranderd"),
        (1, ["--full"], "alles opnieuw", "gevraagd"),
    ],
)
def test_a_dry_run_says_what_it_would_do_and_changes_nothing(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    written: int,
    words: list[str],
    to_do: str,
    why: str | None,
) -> None:
    _written(written)(home)
    before = _state(home)
    told = _command(monkeypatch, open_home(home), "--dry-run", *words)
    assert told == {
        "te_doen": to_do,
        "waarom": why,
        "documenten": DOCUMENTS,
        "geschreven_sinds": written,
    }
    assert _state(home) == before


def test_what_a_dry_run_says_is_what_is_done(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _written(FEW)(home)
    told = _command(monkeypatch, open_home(home), "--dry-run")
    done = _command(monkeypatch, open_home(home))
    assert told.items() <= done.items()
    assert done["generatie"] == "gen-000002"


# --- what is spared


def test_only_what_was_written_is_encoded(home: Path) -> None:
    encoder = Counting()
    schakel = open_home(home, encoder)
    id_ = ask_elsewhere(schakel, "bijenkasten")
    reindex(schakel.indexer)
    with schakel.database.read() as session:
        new = SqlDocuments(session).as_stored(DocumentId(id_))
    assert set(encoder.documents) <= set(encoded_texts(new))
    assert new.problem in encoder.documents
    assert len(encoder.documents) == len(set(encoder.documents))


def test_to_learn_all_anew_nothing_is_encoded_that_is_known(home: Path) -> None:
    encoder = Counting()
    reindex(open_home(home, encoder).indexer, full=True)
    assert encoder.documents == []


def test_another_model_encodes_every_text_once(home: Path) -> None:
    encoder = Counting("words-2")
    schakel = open_home(home, encoder)
    reindex(schakel.indexer)
    with schakel.database.read() as session:
        documents = SqlDocuments(session).documents()
    assert {document.problem for document in documents} <= set(encoder.documents)
    assert len(encoder.documents) == len(set(encoder.documents))


def _files(home: Path, name: str) -> dict[str, os.stat_result]:
    return {path.name: path.stat() for path in (home / "index" / name).iterdir()}


def test_an_addition_shares_the_files_of_its_base(home: Path) -> None:
    schakel = open_home(home)
    ask_elsewhere(schakel, "bijenkasten")
    reindex(schakel.indexer)
    before, after = _files(home, "gen-000001"), _files(home, "gen-000002")
    base = {name for name in before if name.startswith(("segment-", "statistics-"))}
    assert len(base) >= 6
    assert base <= after.keys()
    for name in base:
        assert (after[name].st_ino, after[name].st_nlink) == (before[name].st_ino, 2), name
    own = sum(stat.st_size for stat in after.values() if stat.st_nlink == 1)
    assert own < sum(stat.st_size for stat in after.values()) / 4


# --- packing


def test_what_is_added_lies_in_layers_of_its_own(home: Path) -> None:
    schakel = open_home(home)
    _share(schakel, 3)  # three rows gone and three new ones: 4% of the base
    reindex(schakel.indexer)
    assert len(_segments(schakel)) == 2


def test_when_much_has_moved_the_layers_are_packed_and_nothing_is_learnt_anew(home: Path) -> None:
    schakel = open_home(home)
    _share(schakel, 5)  # ten rows: 7% of the base, and 4% of the texts
    done = reindex(schakel.indexer)
    assert done.plan.why is None
    assert _segments(schakel) == ["gen-000002"]
    schakel.indexer.load()
    current = schakel.served.current()
    assert current.statistics.origin == "gen-000001"
    assert (len(current), current.texts, current.moved) == (DOCUMENTS, TEXTS, 0.0)


def test_when_something_was_erased_all_is_learnt_anew_and_nothing_of_before_is_kept(
    home: Path,
) -> None:
    schakel = open_home(home)
    schakel.desk.erase(schakel.desk.person(ASKER), _own(schakel))
    assert reindex(schakel.indexer).plan.why is Why.ERASED
    assert schakel.indexer.folder.names() == ["gen-000002"]
    schakel.indexer.load()
    current = schakel.served.current()
    assert len(current) == len(current.layers[0].segment) == DOCUMENTS - 1
    assert current.statistics.origin == "gen-000002"


def test_what_was_only_withdrawn_is_no_reason_to_learn_anew(home: Path) -> None:
    schakel = open_home(home)
    schakel.desk.withdraw(schakel.desk.person(ASKER), _own(schakel))
    assert reindex(schakel.indexer).plan.why is None
    assert schakel.indexer.folder.names() == ["gen-000001", "gen-000002"]
    assert len(schakel.indexer.opened()) == DOCUMENTS - 1


def _own(schakel: Schakel) -> str:
    """A question of ASKER, that is in the base."""
    with schakel.database.read() as session:
        own = select(QuestionRow.id).where(QuestionRow.title.startswith("Samen "))
        return session.scalars(own.order_by(QuestionRow.id)).first() or ""


def test_a_night_after_a_night_is_true_to_the_database_each_time(home: Path) -> None:
    schakel = open_home(home)
    schakel.indexer.load()
    for night in range(4):
        ask(schakel, f"onderwerp{night}")
        _share(schakel, night)
        reindex(schakel.indexer)
        again = open_home(home)
        again.indexer.load()
        with again.database.read() as session:
            source = SqlDocuments(session)
            assert again.served.current().found == set(source.ids())
            assert again.indexer.waiting().rows == 0
        again.database.close()
