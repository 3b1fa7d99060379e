"""The sample set reads as questions do: short, each its own, and about nobody in particular."""

from __future__ import annotations

from collections import Counter

import pytest

from data.csv_files import CsvRow, read_rows
from data.importer import SAMPLE
from matcher.errors import Problem
from matcher.text import redact

QUESTION = ("situatie", "geprobeerd", "doel")
RESOLUTION = ("aanpak", "wat_werkte", "wat_niet_werkte")


def _rows(name: str, columns: tuple[str, ...]) -> list[CsvRow]:
    problems: list[Problem] = []
    rows = read_rows(SAMPLE / name, columns, problems)
    assert problems == []
    return rows


@pytest.fixture(scope="module")
def questions() -> list[CsvRow]:
    return _rows("vragen.csv", ("code", "titel", *QUESTION))


@pytest.fixture(scope="module")
def resolutions() -> list[CsvRow]:
    return _rows("opbrengsten.csv", ("vraag", *RESOLUTION))


def _words(row: CsvRow, columns: tuple[str, ...]) -> int:
    return sum(len(row.values[column].split()) for column in columns)


def test_every_question_has_60_to_150_words(questions: list[CsvRow]) -> None:
    lengths = {row.values["code"]: _words(row, QUESTION) for row in questions}
    assert lengths
    assert {code: n for code, n in lengths.items() if not 60 <= n <= 150} == {}


def test_every_case_as_a_whole_has_at_most_150_words(
    questions: list[CsvRow], resolutions: list[CsvRow]
) -> None:
    asked = {row.values["code"]: _words(row, QUESTION) for row in questions}
    lengths = {
        row.values["vraag"]: asked[row.values["vraag"]] + _words(row, RESOLUTION)
        for row in resolutions
    }
    assert lengths
    assert {code: n for code, n in lengths.items() if n > 150} == {}


def test_no_two_questions_have_the_same_title(questions: list[CsvRow]) -> None:
    counts = Counter(row.values["titel"].lower() for row in questions)
    assert [title for title, count in counts.items() if count > 1] == []


def test_no_two_situations_begin_with_the_same_three_words(questions: list[CsvRow]) -> None:
    counts = Counter(tuple(row.values["situatie"].lower().split()[:3]) for row in questions)
    assert [words for words, count in counts.items() if count > 1] == []


def test_no_text_holds_what_is_taken_out_of_texts(
    questions: list[CsvRow], resolutions: list[CsvRow]
) -> None:
    texts = [row.values[column] for row in questions for column in ("titel", *QUESTION)]
    texts += [row.values[column] for row in resolutions for column in RESOLUTION]
    assert [text for text in texts if redact(text) != text] == []
