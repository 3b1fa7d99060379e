"""CSV as schools have it: `;` or `,`, with or without BOM, UTF-8 or Windows, padded values."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from matcher.errors import ImportRefused, Problem

_DELIMITERS: Final = ";,\t"


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One row; `values` by column name, stripped, every column present. `line` counts from 1."""

    file: str
    line: int
    values: dict[str, str]

    def place(self, column: str) -> str:
        return f"{self.file}, regel {self.line}, kolom {column}"


def read_rows(path: Path, columns: Sequence[str]) -> list[CsvRow]:
    """All rows of `path`, which must have `columns`. Raises ImportRefused."""
    try:
        text = _decoded(path.read_bytes())
    except OSError:
        raise ImportRefused(
            [Problem(path.name, "het bestand is er niet of is niet te lezen")]
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        return list(_rows(path.name, reader, columns))
    except csv.Error:
        place = f"{path.name}, regel {reader.line_num}"
        raise ImportRefused(
            [Problem(place, "aanhalingstekens staan niet goed in deze regel")]
        ) from None


def _rows(name: str, reader: Iterator[list[str]], columns: Sequence[str]) -> Iterator[CsvRow]:
    header = [cell.strip().lower() for cell in next(reader, [])]
    absent = [column for column in columns if column not in header]
    if absent:
        raise ImportRefused(
            [Problem(f"{name}, regel 1", f"kolommen ontbreken: {', '.join(absent)}")]
        )
    end = 1
    for cells in reader:
        start, end = end + 1, getattr(reader, "line_num", end + 1)
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header):
            raise ImportRefused(
                [Problem(f"{name}, regel {start}", "er staan te veel cellen in de regel")]
            )
        padded = [*cells, *[""] * (len(header) - len(cells))]
        values = dict(zip(header, (cell.strip() for cell in padded), strict=True))
        yield CsvRow(name, start, values)


def _decoded(content: bytes) -> str:
    """UTF-8 with or without BOM, otherwise what Windows writes."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    """The separator that the header uses most."""
    header = text.split("\n", 1)[0]
    return max(_DELIMITERS, key=header.count)
