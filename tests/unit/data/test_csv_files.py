from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from data import csv_files
from data.csv_files import CsvRow
from matcher.errors import ImportRefused, Problem


def read_rows(path: Path, columns: Sequence[str]) -> list[CsvRow]:
    """The rows of a file that reads well; what is wrong is raised, to be looked at."""
    problems: list[Problem] = []
    rows = csv_files.read_rows(path, columns, problems)
    if problems:
        raise ImportRefused(problems)
    return rows


def _file(folder: Path, content: str | bytes) -> Path:
    path = folder / "scholen.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def _values(folder: Path, content: str | bytes) -> list[dict[str, str]]:
    return [row.values for row in read_rows(_file(folder, content), ("code", "naam"))]


def _problems(folder: Path, content: str | bytes) -> list[str]:
    with pytest.raises(ImportRefused) as refused:
        read_rows(_file(folder, content), ("code", "naam"))
    return [str(problem) for problem in refused.value.problems]


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_the_delimiter_of_the_header_is_used(tmp_path: Path, delimiter: str) -> None:
    others = "".join({";", ",", "\t"} - {delimiter})[0]
    content = f"code{delimiter}naam\n01{delimiter}De{others}Brug\n"
    assert _values(tmp_path, content) == [{"code": "01", "naam": f"De{others}Brug"}]


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    assert _values(tmp_path, b"\xef\xbb\xbfcode;naam\n1;Brug\n") == [{"code": "1", "naam": "Brug"}]


def test_utf_8_is_read_as_utf_8(tmp_path: Path) -> None:
    assert _values(tmp_path, "code;naam\n1;Crèche ’t Eiland\n")[0]["naam"] == "Crèche ’t Eiland"


def test_bytes_that_are_no_utf_8_are_read_as_windows_wrote_them(tmp_path: Path) -> None:
    assert _values(tmp_path, b"code;naam\n1;Cr\xe8che \x92t Eiland \x80\n")[0]["naam"] == (
        "Crèche ’t Eiland €"
    )


def test_a_register_of_duo_is_read_as_it_comes(tmp_path: Path) -> None:
    """cp1252, CRLF, no BOM, values and one header padded, leading zeros, blanks in postcodes."""
    content = (
        "PROVINCIE;BRIN NUMMER;VESTIGINGSNAAM ;POSTCODE;GEMEENTENUMMER\r\n"
        "Drenthe   ;16AH;OBS Eén  ;7822 HG;0114\r\n"
        "Fryslân;16AI;  't Eenspan;7823 AB;0003\r\n"
    ).encode("cp1252")
    rows = read_rows(_file(tmp_path, content), ("brin nummer", "vestigingsnaam", "postcode"))
    assert [(row.line, row.values) for row in rows] == [
        (
            2,
            {
                "provincie": "Drenthe",
                "brin nummer": "16AH",
                "vestigingsnaam": "OBS Eén",
                "postcode": "7822 HG",
                "gemeentenummer": "0114",
            },
        ),
        (
            3,
            {
                "provincie": "Fryslân",
                "brin nummer": "16AI",
                "vestigingsnaam": "'t Eenspan",
                "postcode": "7823 AB",
                "gemeentenummer": "0003",
            },
        ),
    ]


def test_header_and_values_are_stripped_and_the_header_has_no_case(tmp_path: Path) -> None:
    assert _values(tmp_path, " Code ;NAAM  \n  1 ;\t De Brug \n") == [
        {"code": "1", "naam": "De Brug"}
    ]


def test_columns_may_come_in_any_order_and_with_others_between(tmp_path: Path) -> None:
    assert _values(tmp_path, "naam;extra;code\nBrug;x;1\n") == [
        {"naam": "Brug", "extra": "x", "code": "1"}
    ]


def test_a_short_row_has_every_column(tmp_path: Path) -> None:
    assert _values(tmp_path, "code;naam\n1\n") == [{"code": "1", "naam": ""}]


def test_blank_lines_and_rows_without_values_are_skipped_but_counted(tmp_path: Path) -> None:
    rows = read_rows(_file(tmp_path, "code;naam\n\n1;a\n ; \n;\n2;b\n"), ("code", "naam"))
    assert [(row.line, row.values["code"]) for row in rows] == [(3, "1"), (6, "2")]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_quoted_cell_may_span_lines_and_later_lines_keep_their_number(
    tmp_path: Path, end: str
) -> None:
    content = end.join(["code;naam", '1;"een', "twee;", 'drie ""vier"""', "2;b", ""])
    rows = read_rows(_file(tmp_path, content), ("code", "naam"))
    assert [(row.line, row.values["naam"]) for row in rows] == [
        (2, end.join(["een", "twee;", 'drie "vier"'])),
        (5, "b"),
    ]


def test_a_row_names_its_place_as_file_line_and_column(tmp_path: Path) -> None:
    row = read_rows(_file(tmp_path, "code;naam\n1;a\n"), ("code", "naam"))[0]
    assert row.place("naam") == "scholen.csv, regel 2, kolom naam"


def test_a_row_with_too_many_cells_is_refused_with_the_line_it_starts_on(tmp_path: Path) -> None:
    assert _problems(tmp_path, 'code;naam\n1;"a\nb"\n2;"c\nd";e\n') == [
        "scholen.csv, regel 4: er staan te veel cellen in de regel"
    ]


def test_all_missing_columns_are_named(tmp_path: Path) -> None:
    assert _problems(tmp_path, "plaats;brin\nEde;1\n") == [
        "scholen.csv, regel 1: kolommen ontbreken: code, naam"
    ]


def test_a_present_column_is_not_called_missing(tmp_path: Path) -> None:
    assert _problems(tmp_path, "code\n1\n") == ["scholen.csv, regel 1: kolommen ontbreken: naam"]


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf"])
def test_an_empty_file_misses_all_its_columns(tmp_path: Path, content: bytes) -> None:
    assert _problems(tmp_path, content) == ["scholen.csv, regel 1: kolommen ontbreken: code, naam"]


def test_a_file_with_only_a_header_has_no_rows(tmp_path: Path) -> None:
    assert _values(tmp_path, "code;naam") == []


def test_what_is_no_text_is_refused_with_its_line(tmp_path: Path) -> None:
    """PostgreSQL keeps no text with NUL in it."""
    assert _problems(tmp_path, "code;naam\n1;a\n2;ge\0heim\n") == [
        "scholen.csv, regel 3: hier staat iets dat geen tekst is"
    ]


def test_text_after_a_closing_quote_is_refused_with_its_line(tmp_path: Path) -> None:
    assert _problems(tmp_path, 'code;naam\n1;a\n2;"geheim"je\n3;c\n') == [
        "scholen.csv, regel 3: aanhalingstekens staan hier of hiervoor niet goed"
    ]


def test_a_quote_that_is_never_closed_is_refused(tmp_path: Path) -> None:
    assert _problems(tmp_path, 'code;naam\n1;"geheim\n') == [
        "scholen.csv, regel 2: aanhalingstekens staan hier of hiervoor niet goed"
    ]


def test_problems_are_added_to_those_there_are_and_no_row_comes_of_what_cannot_be_read(
    tmp_path: Path,
) -> None:
    problems = [Problem("eerder.csv", "was al fout")]
    quotes = _file(tmp_path, 'code;naam\n1;a\n2;"b"c\n')
    assert csv_files.read_rows(quotes, ("code", "naam"), problems) == []
    assert csv_files.read_rows(tmp_path / "weg.csv", ("code",), problems) == []
    assert [str(problem) for problem in problems] == [
        "eerder.csv: was al fout",
        "scholen.csv, regel 3: aanhalingstekens staan hier of hiervoor niet goed",
        "weg.csv: het bestand is er niet of is niet te lezen",
    ]


def test_a_file_that_is_not_there_is_refused_by_name_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused) as refused:
        read_rows(tmp_path / "weg.csv", ("code",))
    assert [str(problem) for problem in refused.value.problems] == [
        "weg.csv: het bestand is er niet of is niet te lezen"
    ]


def test_one_bad_row_does_not_hide_the_others(tmp_path: Path) -> None:
    problems: list[Problem] = []
    path = _file(tmp_path, "code;naam\n1;a;x\n2;b\n3;c;y\n")
    rows = csv_files.read_rows(path, ("code", "naam"), problems)
    assert [row.values["code"] for row in rows] == ["2"]
    assert [problem.place for problem in problems] == [
        f"{path.name}, regel 2",
        f"{path.name}, regel 4",
    ]


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="vaker: naam"):
        read_rows(_file(tmp_path, "code;naam;naam\n1;a;b\n"), ("code", "naam"))


def test_utf_16_as_a_spreadsheet_writes_it_is_read(tmp_path: Path) -> None:
    path = _file(tmp_path, "code;naam\n1;Zoë\n".encode("utf-16"))
    assert read_rows(path, ("code", "naam"))[0].values["naam"] == "Zoë"
