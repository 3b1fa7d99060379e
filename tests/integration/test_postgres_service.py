"""Schakel over PostgreSQL: the same answers as over SQLite, through the eyes of who asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from api.bootstrap import Schakel, load_sample, open_schakel
from api.reindexing import reindex
from api.settings import Settings
from tests.databases import KINDS, POSTGRES, Databases
from tests.doors import as_, opened
from tests.fakes import WordEncoder

pytestmark = pytest.mark.usefixtures("unsettled")

ASKING = ("p01", "p03", "p22", "p30", "p43")
TEXTS = ("rekenen en tafels", "thuiszitters en verzuim", "nieuwe leraren begeleiden")
VRAAG = {
    "titel": "Bijenkasten op het dak",
    "situatie": "Wij houden bijenkasten en zoeken wie dat ook doet.",
    "themas": ["rekenen"],
    "deelbereik": "bestuur",
}


@pytest.fixture(scope="module")
def both(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Schakel]]:
    """The sample set on each kind of database, indexed."""
    made = {}
    url = databases.cluster.url(name := databases.cluster.new())
    for kind in KINDS:
        home = tmp_path_factory.mktemp(kind)
        settings = Settings(home=home, demo=True, database_url=url if kind == POSTGRES else None)
        schakel = made[kind] = open_schakel(settings, WordEncoder())
        schakel.database.migrate()
        load_sample(schakel.database)
        reindex(schakel.indexer)
        schakel.indexer.load()
    yield made
    for schakel in made.values():
        schakel.database.close()
    databases.cluster.drop(name)


def test_everyone_is_shown_the_same_on_either_database(both: dict[str, Schakel]) -> None:
    desks = [schakel.desk for schakel in both.values()]
    shown = 0
    assert desks[0].people() == desks[1].people()
    for person in ASKING:
        for text in TEXTS:
            first, second = (desk.search(desk.person(person), text) for desk in desks)
            assert (first.cases, first.questions) == (second.cases, second.questions)
            assert (first.peers, first.advisers) == (second.peers, second.advisers)
            shown += len(first.cases) + len(first.peers) + len(first.advisers)
    assert shown > 50


def test_a_question_goes_from_asked_to_erased_through_the_doors(both: dict[str, Schakel]) -> None:
    schakel = both[POSTGRES]
    with opened(schakel) as client:

        def asked(method: str, path: str, person: str, **given: Any) -> Any:
            return client.request(method, f"/api/v1/vragen{path}", headers=as_(person), **given)

        def found(person: str) -> list[str]:
            answer = asked("POST", "/_zoek", person, json={"tekst": "bijenkasten op het dak"})
            return [vraag["id"] for vraag in answer.json()["vragen"]]

        answer = asked("POST", "", "p01", json=VRAAG)
        assert answer.status_code == 201, answer.text
        id_ = answer.json()["id"]
        assert found("p02")[0] == id_
        assert id_ not in found("p22")
        assert asked("GET", f"/{id_}/matches", "p02").status_code == 200
        hidden, absent, odd = (
            asked("GET", f"/{i}", "p22") for i in (id_, "bestaat-niet", "met%00nul")
        )
        assert (hidden.status_code, hidden.text, odd.text) == (404, absent.text, absent.text)
        assert asked("DELETE", f"/{id_}", "p03").status_code == 403
        assert asked("POST", "", "p01", json=VRAAG | {"themas": ["met\0nul"]}).status_code == 400
        narrowed = asked("POST", f"/{id_}/_delen", "p01", json={"deelbereik": "school"})
        assert narrowed.status_code == 200, narrowed.text
        assert asked("GET", f"/{id_}", "p03").status_code == 403
        assert asked("DELETE", f"/{id_}", "p01").status_code == 204
        assert id_ not in found("p01")
        assert asked("GET", f"/{id_}", "p01").status_code == 404
