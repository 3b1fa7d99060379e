"""What was erased is in no file any more once the index was brought up to date: byte by byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from api.bootstrap import Schakel
from api.erasing import encoded_texts
from api.indexing import encode_sentences
from api.reindexing import reindex
from data.documents import SqlDocuments
from data.tables import EmbeddingRow, OutboxRow, PersonRow
from matcher.entities import NewQuestion, Participant, Resolution
from matcher.text import content_hash
from matcher.types import Outcome, ParticipationRole, PersonId, Role, SharingScope
from tests.homes import ASKER, ask, open_home

WORD = "qwofrel"  # as no analysis would cut it
PERSON = PersonId("niemand-anders-dan-deze")


def _told_in(folder: Path, *canaries: str) -> dict[str, list[str]]:
    """By file what is in it, in whatever case; files in which there is nothing are left out."""
    held = {
        str(path.relative_to(folder)): [c for c in canaries if c.encode() in content]
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
        for content in [path.read_bytes().lower()]
    }
    return {file: told for file, told in held.items() if told}


def _a_case(schakel: Schakel) -> str:
    """A case of that word and that person, who is in no other; its id."""
    with schakel.database.write() as session:
        organisation = session.get_one(PersonRow, ASKER).organisation_id
        session.merge(
            PersonRow(
                id=PERSON,
                name="Iemand",
                role=Role.SCHOOL_LEADER,
                function="directeur",
                organisation_id=organisation,
            )
        )
    asker = schakel.desk.person(ASKER)
    new = NewQuestion(f"Een {WORD} gezocht", f"Onze {WORD} is weg.", scope=SharingScope.NATIONAL)
    id_ = schakel.desk.ask(asker, new).id
    result = Resolution(f"De {WORD} kwam terug.", "", "", Outcome.SOLVED, schakel.desk.today())
    helped = Participant(PERSON, ParticipationRole.SOLVER)
    schakel.desk.resolve(asker, id_, result, [helped])
    return id_


def _erase(schakel: Schakel, id_: str) -> None:
    schakel.desk.erase(schakel.desk.person(ASKER), id_)


def _loaded(home: Path) -> Schakel:
    schakel = open_home(home)
    schakel.indexer.load()
    return schakel


def test_what_is_sought_is_found_while_it_is_there(home: Path) -> None:
    """Else the tests below would prove nothing."""
    schakel = _loaded(home)
    id_ = _a_case(schakel)
    reindex(schakel.indexer, full=True)
    held = _told_in(home, WORD, PERSON, id_)
    by_statistics = {c for file, told in held.items() if "statistics" in file for c in told}
    by_segment = {c for file, told in held.items() if "segment" in file for c in told}
    by_database = {c for file, told in held.items() if "schakel.db" in file for c in told}
    assert (by_statistics, by_segment) == ({WORD}, {PERSON, id_})
    assert by_database == {WORD, PERSON, id_}


@pytest.mark.parametrize("full", [False, True], ids=["added", "all anew"])
def test_what_was_erased_is_in_no_generation(home: Path, full: bool) -> None:
    schakel = _loaded(home)
    id_ = _a_case(schakel)
    reindex(schakel.indexer)  # in a layer of its own
    _erase(schakel, id_)
    reindex(schakel.indexer, full=full)
    assert schakel.indexer.folder.names() == ["gen-000003"]
    assert _told_in(home / "index", WORD, PERSON, id_) == {}


@pytest.mark.parametrize("full", [False, True], ids=["added", "all anew"])
def test_what_was_learnt_from_and_then_erased_is_in_no_generation(home: Path, full: bool) -> None:
    schakel = _loaded(home)
    id_ = _a_case(schakel)
    reindex(schakel.indexer, full=True)  # in the base, and its words among those that are weighed
    _erase(schakel, id_)
    reindex(schakel.indexer, full=full)
    assert schakel.indexer.folder.names() == ["gen-000003"]
    assert _told_in(home / "index", WORD, PERSON, id_) == {}


def test_what_was_erased_is_not_in_the_database_nor_in_its_log(home: Path) -> None:
    schakel = _loaded(home)
    id_ = _a_case(schakel)
    reindex(schakel.indexer)
    _erase(schakel, id_)
    reindex(schakel.indexer)
    reindex(schakel.indexer, full=True)
    for path in home.glob("schakel.db*"):
        content = path.read_bytes()
        assert WORD.encode() not in content.lower(), path
        # that it was, the outbox says for as long as an index must be told to forget it, and the
        # audit for good: asked, solved and erased, each in its row and in the index of objects
        assert content.count(id_.encode()) <= 2 + 3 * 2, path


def test_what_was_erased_while_nothing_else_was_written_is_in_no_generation(home: Path) -> None:
    """Not in the one to go back to either, which was made before."""
    schakel = _loaded(home)
    id_ = _a_case(schakel)
    reindex(schakel.indexer)
    ask(schakel, "bijenkasten")
    reindex(schakel.indexer)
    _erase(schakel, id_)
    reindex(schakel.indexer)
    assert _told_in(home / "index", WORD, PERSON, id_) == {}
    again = reindex(schakel.indexer)
    assert again.plan.nothing
    assert schakel.indexer.folder.names() == ["gen-000004"]


def test_what_was_learnt_from_then_withdrawn_and_later_erased_is_in_no_generation(
    home: Path,
) -> None:
    """In the night between, it was no longer found, and its words were still weighed."""
    schakel = _loaded(home)
    id_ = _a_case(schakel)
    reindex(schakel.indexer, full=True)
    schakel.desk.withdraw(schakel.desk.person(ASKER), id_)
    reindex(schakel.indexer)
    assert _told_in(home / "index", WORD) != {}
    _erase(schakel, id_)
    reindex(schakel.indexer)
    assert _told_in(home / "index", WORD, PERSON, id_) == {}


@pytest.mark.parametrize("full", [False, True], ids=["added", "all anew"])
def test_what_was_erased_is_not_in_what_was_put_away_as_damaged(home: Path, full: bool) -> None:
    schakel = _loaded(home)
    id_ = _a_case(schakel)
    reindex(schakel.indexer)
    _cut(home, "gen-000002")
    again = _loaded(home)  # it is put away, and the one before it served
    assert _told_in(home / "index", id_) != {}
    _erase(again, id_)
    reindex(again.indexer, full=full)
    assert _told_in(home / "index", WORD, PERSON, id_) == {}


def test_what_was_erased_is_not_in_an_older_one_that_is_damaged(home: Path) -> None:
    schakel = _loaded(home)
    id_ = _a_case(schakel)
    reindex(schakel.indexer)
    _erase(schakel, id_)
    _cut(home, "gen-000002")
    reindex(schakel.indexer)
    assert _told_in(home / "index", WORD, PERSON, id_) == {}


def _cut(home: Path, name: str) -> None:
    path = home / "index" / name / f"state-{name}.arrays"
    path.write_bytes(path.read_bytes()[:-1])


def test_the_vector_of_a_text_that_is_no_more_is_forgotten_when_all_is_learnt_anew(
    home: Path,
) -> None:
    """Also where another process, which was at it still, stored it after it was erased."""
    schakel = _loaded(home)
    id_ = _a_case(schakel)
    reindex(schakel.indexer, full=True)
    before = _stored(schakel)
    with schakel.database.read() as session:
        (document,) = SqlDocuments(session).documents([id_])
    _erase(schakel, id_)
    encode_sentences([document], schakel.indexer.caching())
    assert {content_hash(f"Onze {WORD} is weg.")} < _stored(schakel) & before
    reindex(schakel.indexer)
    gone = before - _stored(schakel)
    assert content_hash(f"Onze {WORD} is weg.") in gone
    assert gone <= {content_hash(text) for text in encoded_texts(document)}


def _stored(schakel: Schakel) -> set[str]:
    with schakel.database.read() as session:
        return set(session.scalars(select(EmbeddingRow.content_hash)))


# --- the outbox


def _outbox(schakel: Schakel) -> tuple[int, int]:
    """The first and the last row there are."""
    with schakel.database.read() as session:
        query = select(func.min(OutboxRow.position), func.max(OutboxRow.position))
        first, last = session.execute(query).one()
    return first, last


def test_the_outbox_is_kept_from_where_the_oldest_generation_is_on(home: Path) -> None:
    schakel = _loaded(home)
    folder = schakel.indexer.folder
    for night in range(4):
        for number in range(3):
            ask(schakel, f"onderwerp{night}x{number}")
        reindex(schakel.indexer)
        oldest, newest = (folder.facts(name)["position"] for name in folder.names())
        assert _outbox(schakel) == (oldest, newest)


def test_after_pruning_the_oldest_generation_can_still_be_gone_back_to(home: Path) -> None:
    schakel = _loaded(home)
    ids = []
    for night in range(3):
        ids.append(ask(schakel, f"onderwerp{night}"))
        reindex(schakel.indexer)
    with schakel.indexer.folder.lease("a test") as lease:
        schakel.indexer.folder.rollback(lease)
    again = _loaded(home)
    assert again.served.name() == "gen-000003"
    assert set(ids) <= again.served.current().found
    assert not again.indexer.degraded()
