"""What `schakel serve` makes ready before it serves, whatever lies on disk."""

from __future__ import annotations

import gc
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console
from threadpoolctl import ThreadpoolController, threadpool_limits

from api.bootstrap import Schakel, load_sample, open_schakel
from api.serving import _load, _prepare
from api.settings import Settings
from api.settling import settle
from embeddings import serialisation
from matcher.errors import IndexMissing, IndexOfOtherModel
from tests.doors import as_, opened
from tests.fakes import WordEncoder

pytestmark = pytest.mark.usefixtures("unsettled")

UNFIT = "past niet bij deze versie of is beschadigd"
Damage = Callable[[Path], object]


def _opened(home: Path, model: str = "words-1") -> Schakel:
    encoder = WordEncoder()
    encoder.fingerprint = model
    return open_schakel(Settings(home=home, demo=True), encoder)


def _prepared(schakel: Schakel) -> str:
    """What it says."""
    told = io.StringIO()
    _prepare(schakel, Console(file=told, width=200))
    return told.getvalue()


def _first_found(schakel: Schakel) -> str:
    """Asked over HTTP."""
    asked = {"tekst": "wolf bij het fietspad"}
    with opened(schakel) as client:
        answer = client.post("/api/v1/vragen/_zoek", json=asked, headers=as_("p01"))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["vragen"][0]["id"])


def _assert_made_anew(schakel: Schakel) -> str:
    """What it says."""
    told = _prepared(schakel)
    assert "gen-000002" in told
    assert schakel.served.current().name == "gen-000002"
    assert schakel.served.current().statistics.texts == 55
    assert _first_found(schakel) == "v10"
    again = _opened(schakel.settings.home, schakel.indexer.encoder.fingerprint)
    again.indexer.load()  # and on disk it is the one that is served
    assert again.served.current().name == "gen-000002"
    return told


def _assert_put_away_and_made_anew(home: Path) -> None:
    with pytest.raises(IndexMissing):
        _opened(home).indexer.load()
    assert _put_away(home) == ["quarantine-gen-000001-1"]
    _assert_made_anew(_opened(home))
    assert _put_away(home) == []  # it may hold what is erased one day


def _put_away(home: Path) -> list[str]:
    return [path.name for path in (home / "index").glob("quarantine-*")]


def test_of_nothing_the_sample_set_and_an_index_are_made(tmp_path: Path) -> None:
    schakel = _opened(tmp_path)
    told = _prepared(schakel)
    assert "Voorbeeldset geladen" in told
    assert "gen-000001" in told
    assert UNFIT not in told
    assert _first_found(schakel) == "v10"


def test_an_index_that_fits_is_served_as_it_is(tmp_path: Path) -> None:
    _prepared(_opened(tmp_path))
    again = _opened(tmp_path)
    assert _prepared(again) == ""
    assert isinstance(again.indexer.encoder, WordEncoder)
    assert again.indexer.encoder.encoded == []
    assert again.served.current().name == "gen-000001"
    assert _first_found(again) == "v10"


@pytest.mark.parametrize(("constant", "older"), [("FORMAT", 1), ("ANALYSIS_VERSION", "nl-0")])
def test_an_index_of_another_version_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, constant: str, older: object
) -> None:
    with monkeypatch.context() as before:
        before.setattr(serialisation, constant, older)
        _prepared(_opened(tmp_path))
    _assert_put_away_and_made_anew(tmp_path)


def test_an_index_of_another_model_is_made_anew_and_that_one_stays(tmp_path: Path) -> None:
    _prepared(_opened(tmp_path))
    with pytest.raises(IndexOfOtherModel):
        _opened(tmp_path, "words-2").indexer.load()
    assert UNFIT in _assert_made_anew(_opened(tmp_path, "words-2"))
    assert _put_away(tmp_path) == []
    assert (tmp_path / "index" / "gen-000001" / "manifest.json").exists()


def _cut(name: str) -> Damage:
    def damage(index: Path) -> None:
        (path,) = (index / "gen-000001").glob(name)
        path.write_bytes(path.read_bytes()[:-1])

    return damage


def _gone(index: Path) -> None:
    """The files of the generation, not its folder."""
    for path in (index / "gen-000001").iterdir():
        path.unlink()


@pytest.mark.parametrize(
    "damage",
    [_cut("manifest.json"), _cut("segment-*.arrays"), _cut("segment-*-problem.faiss"), _gone],
    ids=["manifest", "words", "vectors", "no files"],
)
def test_a_damaged_index_is_put_away_told_of_and_made_anew(
    tmp_path: Path, damage: Damage, caplog: pytest.LogCaptureFixture
) -> None:
    _prepared(_opened(tmp_path))
    damage(tmp_path / "index")
    _assert_put_away_and_made_anew(tmp_path)
    assert "is damaged" in caplog.text


def test_where_it_is_lost_which_index_is_current_the_newest_that_is_whole_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _prepared(_opened(tmp_path))
    (tmp_path / "index" / "CURRENT").write_bytes(b"")
    again = _opened(tmp_path)
    _prepared(again)
    assert again.served.name() == "gen-000001"
    assert "CURRENT of the index is damaged" in caplog.text
    assert _first_found(again) == "v10"


def test_without_an_index_what_is_stored_is_served_all_the_same(tmp_path: Path) -> None:
    schakel = _opened(tmp_path)
    schakel.database.migrate()
    load_sample(schakel.database)
    _load(schakel)
    assert schakel.indexer.degraded()
    assert _first_found(schakel) == "v10"


def test_where_nothing_is_stored_nothing_is_served_and_the_remedy_told(tmp_path: Path) -> None:
    """The home may be the wrong one."""
    with pytest.raises(IndexMissing, match="schakel reindex"):
        _load(_opened(tmp_path))


def test_settled_nothing_is_left_to_the_collector_and_blas_keeps_to_one_thread() -> None:
    gc.unfreeze()
    with threadpool_limits(2, user_api="blas"):
        settle()
        blas = ThreadpoolController().select(user_api="blas").info()
    assert gc.get_freeze_count() > 0
    assert blas
    assert {library["num_threads"] for library in blas} == {1}
