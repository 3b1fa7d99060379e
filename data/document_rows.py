"""Rows of the store as documents: a few statements for however many there are.

Of bare columns: an index is made of everything there is, and objects took most of the time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BindParameter, Select, bindparam, select
from sqlalchemy.orm import Session

from data.rights import partition_of
from data.tables import (
    OrganisationRow,
    ParticipationRow,
    QuestionRow,
    ResolutionRow,
    ThemeRow,
    question_theme,
)
from matcher.policy import FINDABLE
from matcher.text import passages, problem_text, redact, resolution_text
from matcher.types import (
    NATIONAL_PARTITION,
    Document,
    DocumentId,
    DocumentKind,
    Part,
    ParticipationRole,
    PersonId,
)

THEME_PREFIX: Final = "thema:"

_AT_ONCE: Final = 1_000  # rows read ahead of the document that is being made
_question, _resolution, _organisation, _theme, _participation = (
    row.__table__
    for row in (QuestionRow, ResolutionRow, OrganisationRow, ThemeRow, ParticipationRow)
)
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)


@dataclass(frozen=True, slots=True)
class Reading:
    """The statements that read some questions, and what hangs on each of them, in its order."""

    questions: Select[Any]
    themes: Select[Any]
    parts: Select[Any]

    def findable(self) -> Reading:
        """Of these, those that belong in the index."""
        return Reading(
            self.questions.where(_question.c.status.in_(sorted(FINDABLE))), self.themes, self.parts
        )

    def named(self) -> Reading:
        """Of these, those that are given as `ids`."""
        return Reading(
            self.questions.where(_question.c.id.in_(_IDS)),
            self.themes.where(question_theme.c.question_id.in_(_IDS)),
            self.parts.where(_participation.c.question_id.in_(_IDS)),
        )


EVERY_QUESTION: Final = Reading(
    questions=select(
        _question.c.id,
        _question.c.revision,
        _question.c.title,
        _question.c.situation,
        _question.c.tried,
        _question.c.goal,
        _question.c.scope,
        _question.c.organisation_id,
        _organisation.c.board_id,
        _organisation.c.partnership_id,
        _resolution.c.approach,
        _resolution.c.worked,
        _resolution.c.did_not_work,
        _resolution.c.outcome,
        _resolution.c.recorded_on,
    )
    .join(_organisation, _organisation.c.id == _question.c.organisation_id)
    .outerjoin(_resolution, _resolution.c.question_id == _question.c.id),
    themes=select(question_theme.c.question_id, _theme.c.name)
    .join(_theme, _theme.c.id == question_theme.c.theme_id)
    .order_by(_theme.c.id),
    # within a question by person and role; so written, an index has them in this order
    parts=select(
        _participation.c.question_id, _participation.c.person_id, _participation.c.role
    ).order_by(_participation.c.person_id, _participation.c.question_id, _participation.c.role),
)
EVERY_THEME: Final = select(_theme.c.id, _theme.c.name, _theme.c.description)
NAMED_THEMES: Final = EVERY_THEME.where(_theme.c.id.in_(_IDS))


def theme_document_id(theme: str) -> DocumentId:
    return DocumentId(THEME_PREFIX + theme)


def read_questions(
    session: Session, reading: Reading, given: Mapping[str, Sequence[str]]
) -> Iterator[Document]:
    """A document of each question that `reading` reads."""
    themes: defaultdict[str, list[str]] = defaultdict(list)
    for question, name in _rows(session, reading.themes, given):
        themes[question].append(name)
    parts: defaultdict[str, list[Part]] = defaultdict(list)
    known: dict[tuple[str, ParticipationRole], Part] = {}
    for question, person, role in _rows(session, reading.parts, given):
        part = known.get((person, role))
        if part is None:
            part = known[person, role] = Part(PersonId(person), role)
        parts[question].append(part)
    for row in _rows(session, reading.questions, given):
        yield _document(row, themes.get(row.id, ()), tuple(parts.get(row.id, ())))


def read_themes(
    session: Session, statement: Select[Any], given: Mapping[str, Sequence[str]]
) -> Iterator[Document]:
    """A document of each theme that `statement` reads."""
    for id_, name, description in _rows(session, statement, given):
        yield Document(
            id=theme_document_id(id_),
            kind=DocumentKind.THEME,
            partition=NATIONAL_PARTITION,
            revision=1,
            problem=problem_text(title=name, situation=description),
            title=redact(name),
        )


def _rows(
    session: Session, statement: Select[Any], given: Mapping[str, Sequence[str]]
) -> Iterator[Any]:
    result = session.execute(statement, given, execution_options={"yield_per": _AT_ONCE})
    for rows in result.partitions():
        yield from rows


def _document(row: Any, themes: Sequence[str], parts: tuple[Part, ...]) -> Document:
    is_case = row.outcome is not None
    resolution = (row.approach, row.worked, row.did_not_work) if is_case else ()
    return Document(
        id=DocumentId(row.id),
        kind=DocumentKind.CASE if is_case else DocumentKind.QUESTION,
        partition=partition_of(row.scope, row.organisation_id, row.board_id, row.partnership_id),
        revision=row.revision,
        problem=problem_text(
            title=row.title,
            situation=row.situation,
            tried=row.tried,
            goal=row.goal,
            themes=themes,
        ),
        resolution=resolution_text(
            approach=row.approach, worked=row.worked, did_not_work=row.did_not_work
        )
        if is_case
        else "",
        title=redact(row.title),
        passages=passages(row.situation, row.tried, row.goal, *resolution),
        parts=parts,
        outcome=row.outcome,
        happened_on=row.recorded_on,
    )
