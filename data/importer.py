"""Organisations, people, questions and cases from CSV files: all of them, or nothing.

`schakel sample` goes through here with the files in `data/sample/`. A file that is absent is
skipped; every problem in every file is reported at once, with its line and column.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.csv_files import CsvRow, read_rows
from data.documents import theme_document_id
from data.import_cells import Cells
from data.import_files import IMPORT_FILES, ImportFile
from data.tables import Base, OrganisationRow, OutboxRow, QuestionRow, ThemeRow
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
    counts: dict[str, int] = {}
    added: list[Base] = []
    with session.no_autoflush:
        for file in present:
            rows = _rows(folder, file, problems)
            counts[file.name] = len(rows)
            for row in rows:
                record = file.record(Cells(row, problems, known))
                known[file.kind][row.values.get("code", str(row.line))] = record
                if not problems:
                    session.add(record)
                    added.append(record)
            if not problems:
                session.flush()  # a file refers to the files before it
        problems += _unsolved(known[QuestionRow])
    if problems:
        raise ImportRefused(problems)
    _announce(session, added)
    return counts


def is_empty(session: Session) -> bool:
    """Whether no organisation was ever stored."""
    return session.scalar(select(OrganisationRow.id).limit(1)) is None


def _rows(folder: Path, file: ImportFile, problems: list[Problem]) -> list[CsvRow]:
    try:
        return read_rows(folder / file.name, file.columns)
    except ImportRefused as refused:
        problems.extend(refused.problems)
        return []


def _existing(session: Session, kind: type[Base]) -> dict[str, Any]:
    """Records by code; resolutions and participations have none and hang on their question."""
    if "code" not in next(file.columns for file in IMPORT_FILES if file.kind is kind):
        return {}
    return {row.id: row for row in session.scalars(select(kind)).unique()}  # type: ignore[attr-defined]


def _unsolved(questions: dict[str, QuestionRow]) -> list[Problem]:
    return [
        Problem(f"vragen.csv, vraag {code}", "is opgelost, maar heeft geen opbrengst")
        for code, question in questions.items()
        if question.status is QuestionStatus.SOLVED and question.resolution is None
    ]


def _announce(session: Session, added: list[Base]) -> None:
    """An outbox row for everything new that belongs in the index."""
    themes = [theme_document_id(row.id) for row in added if isinstance(row, ThemeRow)]
    questions = [row.id for row in added if isinstance(row, QuestionRow)]
    session.add_all(OutboxRow(document_id=id_) for id_ in [*themes, *questions])
    session.flush()
