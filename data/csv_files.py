"""CSV as schools have it: `;` or `,`, with or without BOM, UTF-8 or Windows, padded values."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from matcher.errors import Problem

_DELIMITERS: Final = ";,\t"
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One row; `values` by column name, stripped, every column present. `line` counts from 1."""

    file: str
    line: int
    values: dict[str, str]

    def place(self, column: str) -> str:
        return f"{self.file}, regel {self.line}, kolom {column}"


def read_rows(path: Path, columns: Sequence[str], problems: list[Problem]) -> list[CsvRow]:
    """All rows of `path`, which must have `columns`; what cannot be read goes to `problems`."""
    try:
        text = _decoded(path.read_bytes())
    except (OSError, UnicodeDecodeError):
        problems.append(Problem(path.name, "het bestand is er niet of is niet te lezen"))
        return []
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        place = f"{path.name}, regel {line}"
        problems.append(Problem(place, "hier staat iets dat geen tekst is"))
        return []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        return list(_rows(path.name, reader, columns, problems))
    except csv.Error:
        place = f"{path.name}, regel {reader.line_num}"
        problems.append(Problem(place, "aanhalingstekens staan hier of hiervoor niet goed"))
        return []


def _rows(
    name: str, reader: Any, columns: Sequence[str], problems: list[Problem]
) -> Iterator[CsvRow]:
    header = [cell.strip().lower() for cell in next(reader, [])]
    absent = [column for column in columns if column not in header]
    doubled = [column for column in columns if header.count(column) > 1]
    for wrong, message in ((absent, "kolommen ontbreken"), (doubled, "kolommen staan er vaker")):
        if wrong:
            problems.append(Problem(f"{name}, regel 1", f"{message}: {', '.join(wrong)}"))
    if absent or doubled:
        return
    while True:
        line = reader.line_num + 1
        cells = next(reader, None)
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header):
            problems.append(Problem(f"{name}, regel {line}", "er staan te veel cellen in de regel"))
            continue
        padded = [*cells, *[""] * (len(header) - len(cells))]
        values = dict(zip(header, (cell.strip() for cell in padded), strict=True))
        yield CsvRow(name, line, values)


def _decoded(content: bytes) -> str:
    """UTF-8 with or without BOM, UTF-16 where Excel says so, otherwise what Windows writes."""
    if content.startswith(_UTF16_MARKS):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    """The separator that the header uses most."""
    header = text.split("\n", 1)[0]
    return max(_DELIMITERS, key=header.count)
