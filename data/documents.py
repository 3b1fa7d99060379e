"""What of the store belongs in the index, and how far an index is true to it: the outbox."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from data.database import in_parts
from data.document_rows import (
    EVERY_QUESTION,
    EVERY_THEME,
    NAMED_THEMES,
    THEME_PREFIX,
    read_questions,
    read_themes,
    theme_document_id,
)
from data.tables import OutboxRow, QuestionRow, ThemeRow
from matcher.errors import NotFound
from matcher.policy import FINDABLE
from matcher.types import Document, DocumentId

ABSENT: Final = "absent"  # the anchor of a position at which there is no row

_FINDABLE: Final = EVERY_QUESTION.findable()
_NAMED: Final = EVERY_QUESTION.named()
_FINDABLE_NAMED: Final = _FINDABLE.named()


class SqlDocuments:
    """Implements :class:`matcher.ports.DocumentSource`, and reads the outbox."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def documents(self, ids: Collection[DocumentId] | None = None) -> list[Document]:
        if ids is None:
            found = [
                *read_questions(self._session, _FINDABLE, {}),
                *read_themes(self._session, EVERY_THEME, {}),
            ]
        else:
            found = [document for some in in_parts(ids) for document in self._named(some)]
        return sorted(found, key=lambda document: document.id)

    def ids(self) -> list[DocumentId]:
        """Of everything that belongs in the index, in order."""
        questions = self._session.scalars(
            select(QuestionRow.id).where(QuestionRow.status.in_(sorted(FINDABLE)))
        )
        themes = self._session.scalars(select(ThemeRow.id))
        return sorted([*map(DocumentId, questions), *map(theme_document_id, themes)])

    def erased(self, ids: Collection[DocumentId]) -> set[DocumentId]:
        """Those of `ids` of which the store has nothing any more."""
        stored: set[DocumentId] = set()
        for some in in_parts(ids):
            themes = [id_.removeprefix(THEME_PREFIX) for id_ in some]
            questions = select(QuestionRow.id).where(QuestionRow.id.in_(some))
            stored.update(map(DocumentId, self._session.scalars(questions)))
            named = select(ThemeRow.id).where(ThemeRow.id.in_(themes))
            stored.update(map(theme_document_id, self._session.scalars(named)))
        return set(ids) - stored

    def as_stored(self, question: DocumentId) -> Document:
        """`question` as the index would hold it, whatever its status. Raises NotFound."""
        for document in read_questions(self._session, _NAMED, {"ids": [question]}):
            return document
        raise NotFound("question")

    def position(self) -> int:
        """The number of the last outbox row; 0 while there is none."""
        return self._session.scalar(select(func.max(OutboxRow.position))) or 0

    def written_since(self, position: int) -> list[DocumentId]:
        """Documents written after `position`, each once, in order of id."""
        rows = self._session.scalars(
            select(OutboxRow.document_id).where(OutboxRow.position > position).distinct()
        )
        return sorted(DocumentId(id_) for id_ in rows)

    def anchor(self, position: int) -> str:
        """Which row the outbox has at `position`: SHA-256, hexadecimal, of what it says.

        Another database has another row there, and so has a copy that was put back and written
        to since. Empty at position 0, before the first row; ABSENT where there is no such row.
        """
        if position == 0:
            return ""
        row = self._session.execute(
            select(OutboxRow.document_id, OutboxRow.written_at).where(
                OutboxRow.position == position
            )
        ).one_or_none()
        if row is None:
            return ABSENT
        said = f"{position}\n{row.document_id}\n{row.written_at.isoformat()}"
        return hashlib.sha256(said.encode("utf-8")).hexdigest()

    def waiting(self, position: int) -> tuple[int, datetime | None]:
        """How many rows were written after `position`, and when (UTC) the oldest of them was."""
        count, oldest = self._session.execute(
            select(func.count(), func.min(OutboxRow.written_at)).where(
                OutboxRow.position > position
            )
        ).one()
        return count, oldest.replace(tzinfo=UTC) if oldest else None

    def prune(self, before: int) -> None:
        """Delete the rows before position `before`, of which no index has need any more.

        The last row stays, whatever is asked: it says where the outbox is.
        """
        last = self.position()
        self._session.execute(delete(OutboxRow).where(OutboxRow.position < min(before, last)))

    def _named(self, ids: list[str]) -> list[Document]:
        themes = [id_.removeprefix(THEME_PREFIX) for id_ in ids if id_.startswith(THEME_PREFIX)]
        found = [*read_questions(self._session, _FINDABLE_NAMED, {"ids": ids})]
        if themes:
            found += read_themes(self._session, NAMED_THEMES, {"ids": themes})
        return found
