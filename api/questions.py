"""What a person can do with questions: each a transaction, then a match where one is asked.

Each is in the audit, see :mod:`data.noted`: reading as well, before the answer goes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from api.erasing import encoded_texts
from data.database import Database
from data.directory import SqlDirectory
from data.document_rows import theme_document_id
from data.noted import noted
from data.questions import Questions
from data.readers import Reading, keep_reason, readings
from data.vectors import forget
from matcher.entities import NewQuestion, Participant, Person, Question, Resolution, Theme
from matcher.matches import Matches
from matcher.pipeline import Matcher
from matcher.policy import Act, require_reader
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
        with noted(self.database, asker.viewer, Act.ASK) as doing:
            question = Questions(doing.session).ask(new, asker, self.today())
            doing.note(question.id)
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
        with noted(self.database, actor.viewer, Act.RESOLVE, id_) as doing:
            case = Questions(doing.session).resolve(id_, resolution, participants, actor)
        self.follow()
        return case

    def withdraw(self, actor: Person, id_: str) -> Question:
        """Take a question or case out of sight; nobody finds it any more when this returns."""
        with noted(self.database, actor.viewer, Act.WITHDRAW, id_) as doing:
            question = Questions(doing.session).withdraw(id_, actor)
        self.follow()
        return question

    def share(
        self, actor: Person, id_: str, scope: SharingScope, *, read_again: bool = False
    ) -> Question:
        """Share a question or case wider or narrower; that counts when this returns."""
        with noted(self.database, actor.viewer, Act.SHARE, id_) as doing:
            questions = Questions(doing.session)
            question = questions.share(id_, scope, actor, read_again=read_again)
        self.follow()
        return question

    def erase(self, actor: Person, id_: str) -> None:
        """Delete a question or case, with its vectors: its texts are gone when this returns.

        From the index on disk they go when that is made anew.
        """
        with noted(self.database, actor.viewer, Act.ERASE, id_) as doing:
            document = Questions(doing.session).erase(id_, actor)
            forget(doing.session, self.texts_of(document))
        self.follow()
        self.database.forget_log()

    def question(self, viewer: Person, id_: str, act: Act = Act.READ) -> Question:
        with noted(self.database, viewer.viewer, act, id_) as doing:
            return Questions(doing.session).get(id_, viewer.viewer, act)

    def case(self, viewer: Person, id_: str) -> Question:
        with noted(self.database, viewer.viewer, Act.READ, id_) as doing:
            return Questions(doing.session).case(id_, viewer.viewer)

    def break_glass(self, admin: Person, id_: str, reason: str) -> Question:
        """A question that `admin` may not read, this once; its owner sees that, and `reason`."""
        with noted(self.database, admin.viewer, Act.BREAK_GLASS, id_) as doing:
            question = Questions(doing.session).get(id_, admin.viewer, Act.BREAK_GLASS)
            keep_reason(doing.session, doing.note(id_), id_, reason)
        return question

    def readings(self, owner: Person, id_: str) -> list[Reading]:
        """Who saw a question or case, the last first."""
        with noted(self.database, owner.viewer, Act.SEE_READERS, id_) as doing:
            Questions(doing.session).get(id_, owner.viewer, Act.SEE_READERS)
            return readings(doing.session, id_)

    def matches(self, viewer: Person, id_: str) -> Matches:
        """The matches for a stored question, as `viewer` may see them."""
        question = self.question(viewer, id_, Act.MATCH)
        query = Query(
            title=question.title,
            situation=question.situation,
            goal=question.goal,
            today=self.today(),
            document=question.id,
            asker=question.asker,
            asker_organisation=question.organisation,
            barred=frozenset({viewer.id}),
            themes=tuple(theme_document_id(theme.id) for theme in question.themes),
        )
        return self._match(query, viewer)

    def search(self, viewer: Person, text: str) -> Matches:
        """The matches for a text that is stored nowhere, asked by `viewer`."""
        with noted(self.database, viewer.viewer, Act.SEARCH):
            require_reader(viewer.viewer, Act.SEARCH)
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
