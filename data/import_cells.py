"""The cells of one imported row: parsed, or noted as wrong with their place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final, TypeVar

from data.csv_files import CsvRow
from data.tables import Base
from matcher.errors import Problem

E = TypeVar("E", bound=StrEnum)

_CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,35}")
_LONGEST_NAME: Final = 200
_MOST_DIGITS: Final = 6


@dataclass(slots=True)
class Cells:
    """Reads cells of one row and collects what is wrong, without ever repeating a value."""

    row: CsvRow
    problems: list[Problem]
    known: dict[type[Base], dict[str, Any]]

    def wrong(self, column: str, message: str) -> None:
        self.problems.append(Problem(self.row.place(column), message))

    def text(self, column: str, *, required: bool = True, longest: int | None = None) -> str:
        value = self.row.values[column]
        if required and not value:
            self.wrong(column, "mag niet leeg zijn")
        if longest and len(value) > longest:
            self.wrong(column, f"mag niet langer zijn dan {longest} tekens")
        return value

    def name(self, column: str) -> str:
        return self.text(column, longest=_LONGEST_NAME)

    def code(self, column: str, kind: type[Base]) -> str:
        value = self.text(column)
        if value and not _CODE.fullmatch(value):
            self.wrong(column, "mag alleen kleine letters, cijfers en streepjes hebben (36 tekens)")
        if value in self.known[kind]:
            self.wrong(column, "deze code bestaat al")
        return value

    def word(self, column: str, enum: type[E]) -> E | None:
        value = self.row.values[column].lower()
        if not value:
            return None
        try:
            return enum(value)
        except ValueError:
            self.wrong(column, f"moet een van deze woorden zijn: {', '.join(enum)}")
            return None

    def needed_word(self, column: str, enum: type[E]) -> E:
        value = self.word(column, enum)
        if value is None and not self.row.values[column]:
            self.wrong(column, f"moet een van deze woorden zijn: {', '.join(enum)}")
        return value or next(iter(enum))  # a stand-in: with a problem noted, nothing is stored

    def day(self, column: str) -> date | None:
        value = self.row.values[column]
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            self.wrong(column, "moet een datum zijn als 2026-11-30")
            return None

    def needed_day(self, column: str) -> date:
        value = self.day(column)
        if value is None and not self.row.values[column]:
            self.wrong(column, "moet een datum zijn als 2026-11-30")
        return value or date.min

    def number(self, column: str) -> int | None:
        value = self.row.values[column]
        if not value:
            return None
        if not (value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS):
            self.wrong(column, "moet een heel getal zijn, van hooguit zes cijfers")
            return None
        return int(value)

    def yes(self, column: str) -> bool:
        value = self.row.values[column].lower()
        if value not in ("ja", "nee"):
            self.wrong(column, "moet ja of nee zijn")
        return value == "ja"

    def one(self, column: str, kind: type[Base], *, required: bool = True) -> Any:
        value = self.text(column, required=required)
        if value and value not in self.known[kind]:
            self.wrong(column, "deze code bestaat niet")
        return self.known[kind].get(value)

    def many(self, column: str, kind: type[Base]) -> list[Any]:
        codes = [part.strip() for part in self.row.values[column].split("|") if part.strip()]
        if any(code not in self.known[kind] for code in codes):
            self.wrong(column, "een van de codes bestaat niet")
        return [self.known[kind][code] for code in dict.fromkeys(codes) if code in self.known[kind]]
