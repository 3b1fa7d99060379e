"""Homes of a Schakel with words for a model: the sample set, more questions, an index of it all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from api.bootstrap import Schakel, load_sample, open_schakel
from api.indexing import Indexer, Models
from api.reindexing import reindex
from api.served import ServedIndex
from api.settings import Settings
from data.questions import Questions
from data.vectors import SqlVectors
from matcher.entities import NewQuestion
from matcher.errors import ModelNotFound
from matcher.types import SharingScope
from tests.fakes import WordEncoder

MORE = 65
TEXTS = 55 + MORE
DOCUMENTS = TEXTS + 26  # and themes
FEW = 6  # texts that may be written before all is learnt anew: 5%
ASKER, OTHER = "p03", "p01"  # of two schools of one board

_SUBJECTS = ("bijen", "tafels", "fietsen", "toneel", "kleuters", "rooster", "gymzaal")
_VERBS = ("tellen", "oefenen", "delen", "ruilen", "zoeken")


def open_home(home: Path, encoder: WordEncoder | None = None) -> Schakel:
    """As each process that starts does; the index is not loaded."""
    return open_schakel(Settings(home=home, demo=True), encoder or WordEncoder())


def indexer_of(home: Path, wanted: str | None, models: Mapping[str | None, WordEncoder]) -> Indexer:
    """As in a process where SCHAKEL_MODEL is `wanted`, that knows `models` by their names."""

    def opened(name: str | None) -> WordEncoder:
        if name not in models:
            raise ModelNotFound(str(name), "no such folder")
        return models[name]

    schakel = open_home(home)
    vectors, folder = SqlVectors(schakel.database), schakel.indexer.folder
    return Indexer(schakel.database, vectors, Models(wanted, opened), folder, ServedIndex())


def fill_home(home: Path) -> None:
    """A database and a first generation of the index, all learnt from it."""
    schakel = open_home(home)
    schakel.database.migrate()
    load_sample(schakel.database)
    asker = schakel.desk.person(ASKER)
    with schakel.database.write() as session:
        for number in range(MORE):
            Questions(session).ask(_more(number), asker, date(2025, 1, 1))
    reindex(schakel.indexer)
    schakel.database.close()


def _more(number: int) -> NewQuestion:
    subject, verb = _SUBJECTS[number % len(_SUBJECTS)], _VERBS[number % len(_VERBS)]
    title = f"Samen {subject} {verb} in groep {number % 8 + 1}"
    situation = f"Bij {subject} {verb} loopt groep {number % 8 + 1} vast, al {number} weken."
    return NewQuestion(title, situation, scope=SharingScope.NATIONAL)


def ask(schakel: Schakel, about: str, scope: SharingScope = SharingScope.NATIONAL) -> str:
    """A question about one word, found at once by who asked it; its id."""
    new = NewQuestion(f"Wie weet iets van {about}", f"Onze school heeft {about}.", scope=scope)
    return schakel.desk.ask(schakel.desk.person(ASKER), new).id


def ask_elsewhere(schakel: Schakel, about: str) -> str:
    """The same, in a process that has no index to follow."""
    return ask(replace(schakel, desk=replace(schakel.desk, follow=lambda: None)), about)


def found(schakel: Schakel, text: str, person: str = OTHER) -> list[str]:
    """The questions that `person` is shown, best first."""
    matches = schakel.desk.search(schakel.desk.person(person), text)
    return [match.document.id for match in matches.questions]
