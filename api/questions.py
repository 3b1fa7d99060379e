"""What a person can do with questions: each a transaction, then a match where one is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from api.erasing import encoded_texts
from data.database import Database
from data.directory import SqlDirectory
from data.questions import Questions
from data.vectors import forget
from matcher.entities import NewQuestion, Participant, Person, Question, Resolution, Theme
from matcher.matches import Matches
from matcher.pipeline import Matcher
from matcher.types import Document, Query, SharingScope, Viewer

NOBODY: Final = Viewer()  # sees what everyone may


@dataclass(frozen=True, slots=True)
class Desk:
    """Where questions are put and answered.

    `follow` brings the index up to date; `texts_of` says which texts of a document were encoded.
    """

    database: Database
    matcher: Matcher
    follow: Callable[[], Any]
    today: Callable[[], date] = date.today
    texts_of: Callable[[Document], Iterable[str]] = encoded_texts

    def person(self, id_: str) -> Person:
        """Raises NotFound."""
        with self.database.read(NOBODY) as session:
            return SqlDirectory(session).person(id_)

    def people(self) -> list[Person]:
        with self.database.read(NOBODY) as session:
            return SqlDirectory(session).people()

    def themes(self) -> list[Theme]:
        with self.database.read(NOBODY) as session:
            return SqlDirectory(session).themes()

    def ask(self, asker: Person, new: NewQuestion) -> Question:
        """Store a question; it is committed and can be found when this returns."""
        with self.database.write(asker.viewer) as session:
            question = Questions(session).ask(new, asker, self.today())
        self.follow()
        return question

    def resolve(
        self,
        actor: Person,
        id_: str,
        resolution: Resolution,
        participants: Sequence[Participant],
    ) -> Question:
        """Make a case of a question; it is committed and can be found when this returns."""
        with self.database.write(actor.viewer) as session:
            case = Questions(session).resolve(id_, resolution, participants, actor)
        self.follow()
        return case

    def withdraw(self, actor: Person, id_: str) -> Question:
        """Take a question or case out of sight; nobody finds it any more when this returns."""
        with self.database.write(actor.viewer) as session:
            question = Questions(session).withdraw(id_, actor)
        self.follow()
        return question

    def share(
        self, actor: Person, id_: str, scope: SharingScope, *, read_again: bool = False
    ) -> Question:
        """Share a question or case wider or narrower; that counts when this returns."""
        with self.database.write(actor.viewer) as session:
            question = Questions(session).share(id_, scope, actor, read_again=read_again)
        self.follow()
        return question

    def erase(self, actor: Person, id_: str) -> None:
        """Delete a question or case, with its vectors: its texts are gone when this returns.

        From the index on disk they go when that is made anew.
        """
        with self.database.write(actor.viewer) as session:
            document = Questions(session).erase(id_, actor)
            forget(session, self.texts_of(document))
        self.follow()
        self.database.forget_log()

    def question(self, viewer: Person, id_: str) -> Question:
        with self.database.read(viewer.viewer) as session:
            return Questions(session).get(id_, viewer.viewer)

    def case(self, viewer: Person, id_: str) -> Question:
        with self.database.read(viewer.viewer) as session:
            return Questions(session).case(id_, viewer.viewer)

    def matches(self, viewer: Person, id_: str) -> Matches:
        """The matches for a stored question, as `viewer` may see them."""
        with self.database.read(viewer.viewer) as session:
            question = Questions(session).get(id_, viewer.viewer)
        query = Query(
            title=question.title,
            situation=question.situation,
            goal=question.goal,
            today=self.today(),
            document=question.id,
            asker=question.asker,
            asker_organisation=question.organisation,
            barred=frozenset({viewer.id}),
        )
        return self._match(query, viewer)

    def search(self, viewer: Person, text: str) -> Matches:
        """The matches for a text that is stored nowhere, asked by `viewer`."""
        query = Query(
            situation=text,
            today=self.today(),
            asker=viewer.id,
            asker_organisation=viewer.organisation,
        )
        return self._match(query, viewer)

    def _match(self, query: Query, viewer: Person) -> Matches:
        """Match over what the viewer may see; the session reads from its first question on.

        That comes after encoding, so that what was withdrawn while a query waited is gone.
        """
        with self.database.read(viewer.viewer) as session:
            return self.matcher.match(query, viewer.viewer, SqlDirectory(session))
