"""What of the store belongs in the index: open questions, cases and themes as documents."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from data.database import in_parts
from data.rights import FINDABLE, partition_of
from data.tables import OutboxRow, QuestionRow, ResolutionRow, ThemeRow
from matcher.text import passages, problem_text, redact, resolution_text
from matcher.types import (
    NATIONAL_PARTITION,
    Document,
    DocumentId,
    DocumentKind,
    Part,
    PersonId,
)

THEME_PREFIX = "thema:"


def theme_document_id(theme: str) -> DocumentId:
    return DocumentId(THEME_PREFIX + theme)


class SqlDocuments:
    """Implements :class:`matcher.ports.DocumentSource`, and reads the outbox."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def documents(self, ids: Collection[DocumentId] | None = None) -> list[Document]:
        questions = (
            select(QuestionRow)
            .where(QuestionRow.status.in_(FINDABLE))
            .options(
                selectinload(QuestionRow.themes),
                selectinload(QuestionRow.participations),
                joinedload(QuestionRow.resolution),
            )
        )
        themes = select(ThemeRow)
        if ids is None:
            wanted = [(questions, themes)]
        else:
            wanted = [
                (
                    questions.where(QuestionRow.id.in_(some)),
                    themes.where(ThemeRow.id.in_(_theme_ids(some))),
                )
                for some in in_parts(ids)
            ]
        found = [
            document
            for these, those in wanted
            for document in (
                *map(_question, self._session.scalars(these)),
                *map(_theme, self._session.scalars(those)),
            )
        ]
        return sorted(found, key=lambda document: document.id)

    def position(self) -> int:
        """The number of the last outbox row; 0 while there is none."""
        return self._session.scalar(select(func.max(OutboxRow.position))) or 0

    def written_since(self, position: int) -> list[DocumentId]:
        """Documents written after `position`, each once, in order of id."""
        rows = self._session.scalars(
            select(OutboxRow.document_id).where(OutboxRow.position > position).distinct()
        )
        return sorted(DocumentId(id_) for id_ in rows)


def _theme_ids(ids: Collection[str]) -> list[str]:
    return [id_.removeprefix(THEME_PREFIX) for id_ in ids if id_.startswith(THEME_PREFIX)]


def _question(row: QuestionRow) -> Document:
    resolution = row.resolution
    return Document(
        id=DocumentId(row.id),
        kind=DocumentKind.CASE if resolution else DocumentKind.QUESTION,
        partition=partition_of(row),
        revision=row.revision,
        problem=problem_text(
            title=row.title,
            situation=row.situation,
            tried=row.tried,
            goal=row.goal,
            themes=[theme.name for theme in row.themes],
        ),
        resolution=resolution_text(
            approach=resolution.approach,
            worked=resolution.worked,
            did_not_work=resolution.did_not_work,
        )
        if resolution
        else "",
        title=redact(row.title),
        passages=passages(
            row.situation,
            row.tried,
            row.goal,
            *_of_resolution(resolution),
        ),
        parts=tuple(Part(PersonId(p.person_id), p.role) for p in row.participations),
        outcome=resolution.outcome if resolution else None,
        happened_on=resolution.recorded_on if resolution else None,
    )


def _of_resolution(row: ResolutionRow | None) -> tuple[str, ...]:
    return (row.approach, row.worked, row.did_not_work) if row else ()


def _theme(row: ThemeRow) -> Document:
    return Document(
        id=theme_document_id(row.id),
        kind=DocumentKind.THEME,
        partition=NATIONAL_PARTITION,
        revision=1,
        problem=problem_text(title=row.name, situation=row.description),
        title=redact(row.name),
    )
