"""Organisations, people, questions and cases from CSV files: all of them, or nothing.

`schakel sample` goes through here with the files in `data/sample/`. A file that is absent is
skipped; every problem in every file is reported at once, with its line and column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.csv_files import CsvRow, read_rows
from data.document_rows import theme_document_id
from data.import_cells import Cells
from data.import_files import IMPORT_FILES, ImportFile
from data.outbox import announce
from data.tables import (
    Base,
    OrganisationRow,
    ParticipationRow,
    QuestionRow,
    ResolutionRow,
    ThemeRow,
)
from matcher.errors import ImportRefused, Problem
from matcher.types import QuestionStatus

SAMPLE = Path(__file__).parent / "sample"


def import_folder(session: Session, folder: Path) -> dict[str, int]:
    """Import every known file in `folder` in `session`'s transaction; rows stored by file.

    Raises ImportRefused with all problems; the caller's transaction then undoes everything.
    """
    present = [file for file in IMPORT_FILES if (folder / file.name).is_file()]
    if not present:
        names = ", ".join(file.name for file in IMPORT_FILES)
        raise ImportRefused([Problem(folder.name, f"hier staat geen van deze bestanden: {names}")])
    known: dict[type[Base], dict[str, Any]] = {
        file.kind: _existing(session, file.kind) for file in IMPORT_FILES
    }
    problems: list[Problem] = []
    read = {file: read_rows(folder / file.name, file.columns, problems) for file in present}
    if problems:  # of rows that could not be read nothing more can be said
        raise ImportRefused(problems)
    added: list[Base] = []
    with session.no_autoflush:
        for file, rows in read.items():
            for row in rows:
                record = file.record(Cells(row, problems, known))
                known[file.kind].setdefault(row.values.get("code", str(row.line)), record)
                if not problems:
                    session.add(record)
                    added.append(record)
            if not problems:
                session.flush()  # a file refers to the files before it
    if not problems:
        problems = _without_resolution(read, known[QuestionRow])
    if problems:
        raise ImportRefused(problems)
    _announce(session, added)
    return {file.name: len(rows) for file, rows in read.items()}


def is_empty(session: Session) -> bool:
    """Whether no organisation was ever stored."""
    return session.scalar(select(OrganisationRow.id).limit(1)) is None


def _existing(session: Session, kind: type[Base]) -> dict[str, Any]:
    """Records by code; resolutions and participations have none and hang on their question."""
    if "code" not in next(file.columns for file in IMPORT_FILES if file.kind is kind):
        return {}
    return {row.id: row for row in session.scalars(select(kind)).unique()}  # type: ignore[attr-defined]


def _without_resolution(
    read: Mapping[ImportFile, Sequence[CsvRow]], questions: Mapping[str, QuestionRow]
) -> list[Problem]:
    rows = [row for file, rows in read.items() if file.kind is QuestionRow for row in rows]
    return [
        Problem(row.place("status"), "is opgelost, maar in opbrengsten.csv staat geen opbrengst")
        for row in rows
        if (question := questions[row.values["code"]]).status is QuestionStatus.SOLVED
        and question.resolution is None
    ]


def _announce(session: Session, added: Sequence[Base]) -> None:
    """An outbox row for everything that was touched and belongs in the index."""
    touched: dict[str, None] = {}
    for row in added:
        if isinstance(row, ThemeRow):
            touched[theme_document_id(row.id)] = None
        elif isinstance(row, QuestionRow):
            touched[row.id] = None
        elif isinstance(row, ResolutionRow | ParticipationRow):
            touched[row.question_id] = None
    announce(session, *touched)
