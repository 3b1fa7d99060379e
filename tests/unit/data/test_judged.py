from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data.judged import read_collection
from matcher.errors import CollectionRefused
from matcher.evaluation import JudgedCase, JudgedPerson, JudgedQuery, Task

CASE = {
    "_id": "c1",
    "title": "Verzuim",
    "text": "Een leerling komt niet.",
    "answer": "Bel de ouders.",
    "date": "2017-02-03T00:00:00",
}
QUERY = {
    "_id": "q1",
    "title": "Thuis",
    "text": "Mijn kind zit thuis.",
    "date": "2017-05-04",
    "exclude_people": ["p1"],
}
ADVISER = {"_id": "p1", "kind": "adviser", "docs": ["c1"]}
PEER = {"_id": "p2", "kind": "peer", "docs": []}


def _lines(*records: Any) -> str:
    return "".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in records)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tiny collection, as the README of the evaluation sets describes them."""
    (tmp_path / "corpus.jsonl").write_text(_lines(CASE), encoding="utf-8")
    (tmp_path / "queries.jsonl").write_text(_lines(QUERY), encoding="utf-8")
    (tmp_path / "people.jsonl").write_text(_lines(ADVISER, PEER), encoding="utf-8")
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "cases.tsv").write_text("q1 0 c1 2\n", encoding="utf-8")
    (tmp_path / "qrels" / "advisers.tsv").write_text("q1\t0\tp1\t1\n", encoding="utf-8")
    (tmp_path / "qrels" / "peers.tsv").write_text("q1 0 p2 0\n", encoding="utf-8")
    return tmp_path


def _problems(folder: Path) -> list[str]:
    with pytest.raises(CollectionRefused) as refused:
        read_collection(folder)
    return [str(problem) for problem in refused.value.problems]


def _replace(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


def test_cases_are_read_with_their_answer_and_day(folder: Path) -> None:
    assert read_collection(folder).cases == (
        JudgedCase("c1", "Verzuim", "Een leerling komt niet.", "Bel de ouders.", date(2017, 2, 3)),
    )


def test_queries_are_read_with_title_text_and_who_may_not_be_suggested(folder: Path) -> None:
    assert read_collection(folder).queries == (
        JudgedQuery("q1", "Thuis\nMijn kind zit thuis.", date(2017, 5, 4), frozenset({"p1"})),
    )


def test_people_are_read_with_what_they_are_ranked_as(folder: Path) -> None:
    assert read_collection(folder).people == (
        JudgedPerson("p1", Task.ADVISERS, ("c1",)),
        JudgedPerson("p2", Task.PEERS, ()),
    )


def test_grades_are_read_by_task_query_and_item(folder: Path) -> None:
    assert read_collection(folder).qrels == {
        Task.CASES: {"q1": {"c1": 2}},
        Task.ADVISERS: {"q1": {"p1": 1}},
        Task.PEERS: {"q1": {"p2": 0}},
    }


def test_a_title_that_opens_the_text_is_not_said_twice(folder: Path) -> None:
    text = "Mijn kind zit thuis. Wat nu?"
    _replace(folder, "queries.jsonl", _lines({**QUERY, "title": text[:20], "text": text}))
    assert read_collection(folder).queries[0].text == text


def test_title_answer_date_and_excluded_people_may_be_absent(folder: Path) -> None:
    _replace(folder, "corpus.jsonl", _lines({"_id": "c1", "text": "t"}))
    _replace(folder, "queries.jsonl", _lines({"_id": "q1", "text": "v"}))
    collection = read_collection(folder)
    assert collection.cases == (JudgedCase("c1", "", "t", "", date(2000, 1, 1)),)
    assert collection.queries == (JudgedQuery("q1", "v", date(2000, 1, 1), frozenset()),)


def test_blank_lines_are_skipped(folder: Path) -> None:
    _replace(folder, "corpus.jsonl", f"\n{_lines(CASE)}  \n\n")
    _replace(folder, "qrels/cases.tsv", "\nq1 0 c1 2\n\n")
    collection = read_collection(folder)
    assert len(collection.cases) == 1
    assert collection.qrels[Task.CASES] == {"q1": {"c1": 2}}


def test_numbers_as_ids_become_texts_everywhere(folder: Path) -> None:
    _replace(folder, "corpus.jsonl", _lines({**CASE, "_id": 7}))
    _replace(folder, "queries.jsonl", _lines({**QUERY, "_id": 8, "exclude_people": [9]}))
    _replace(folder, "people.jsonl", _lines({"_id": 9, "kind": "adviser", "docs": [7]}))
    collection = read_collection(folder)
    assert collection.cases[0].id == "7"
    assert (collection.queries[0].id, collection.queries[0].excluded) == ("8", frozenset({"9"}))
    assert (collection.people[0].id, collection.people[0].cases) == ("9", ("7",))


def test_a_collection_without_people_is_read(folder: Path) -> None:
    (folder / "people.jsonl").unlink()
    assert read_collection(folder).people == ()


def test_a_missing_qrels_file_means_that_the_task_was_not_judged(folder: Path) -> None:
    (folder / "qrels" / "peers.tsv").unlink()
    assert set(read_collection(folder).qrels) == {Task.CASES, Task.ADVISERS}


def test_a_collection_without_any_qrels_is_refused(folder: Path) -> None:
    for file in (folder / "qrels").iterdir():
        file.unlink()
    assert _problems(folder) == ["qrels: geen cases.tsv, advisers.tsv of peers.tsv gevonden"]


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl"])
def test_a_missing_file_of_texts_is_refused(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert _problems(folder) == [f"{name}: het bestand is er niet of is geen UTF-8"]


def test_a_file_that_is_no_utf_8_is_refused(folder: Path) -> None:
    (folder / "corpus.jsonl").write_bytes(b'{"_id": "c1", "text": "cr\xe8che"}\n')
    assert _problems(folder) == ["corpus.jsonl: het bestand is er niet of is geen UTF-8"]


@pytest.mark.parametrize(
    "line",
    [
        '{"_id": "c2", ',
        "[]",
        '"c2"',
        '{"_id": "c 2", "text": "t"}',
        '{"_id": "", "text": "t"}',
        '{"_id": null, "text": "t"}',
        '{"_id": true, "text": "t"}',
        '{"_id": 1.5, "text": "t"}',
        '{"_id": ["c2"], "text": "t"}',
        '{"_id": " c2", "text": "t"}',
        '{"_id": "c2\\n", "text": "t"}',
        '{"_id": "c\\t2", "text": "t"}',
        '{"_id": "c\\u00a02", "text": "t"}',
        '{"_id": "c\\u20282", "text": "t"}',
        '{"_id": "c2", "text": 5}',
        '{"_id": "c2", "text": null}',
        '{"_id": "c2", "text": ["t"]}',
        '{"_id": "c2", "text": "t", "title": 5}',
        '{"_id": "c2", "text": "t", "title": ["t"]}',
        '{"_id": "c2", "text": "t", "answer": {"t": 1}}',
        '{"_id": "c2", "text": "t", "answer": true}',
        '{"_id": "c2", "text": "t", "date": "gisteren"}',
        '{"_id": "c2", "text": "t", "date": 2017}',
    ],
)
def test_a_line_that_cannot_be_read_is_reported_with_its_number(folder: Path, line: str) -> None:
    _replace(folder, "corpus.jsonl", f"{_lines(CASE)}\n{line}\n")
    assert _problems(folder) == ["corpus.jsonl, regel 3: geen JSON-object met de verwachte velden"]


@pytest.mark.parametrize(
    ("name", "record", "field", "value"),
    [
        (name, record, field, value)
        for name, record, field in (
            ("queries.jsonl", QUERY, "exclude_people"),
            ("people.jsonl", ADVISER, "docs"),
        )
        for value in ("p1", {"p1": 1}, 7, True, ["p 1"], ["p1 "], [""], [True], [None], [["p1"]])
    ],
)
def test_what_must_be_a_list_of_ids_is_nothing_else(
    folder: Path, name: str, record: dict[str, Any], field: str, value: object
) -> None:
    _replace(folder, name, _lines({**record, field: value}))
    assert _problems(folder) == [f"{name}, regel 1: geen JSON-object met de verwachte velden"]


@pytest.mark.parametrize("field", ["title", "text"])
@pytest.mark.parametrize("value", [5, True, ["t"], {"t": 1}])
def test_the_texts_of_a_query_must_be_texts(folder: Path, field: str, value: object) -> None:
    _replace(folder, "queries.jsonl", _lines({**QUERY, field: value}))
    assert _problems(folder) == ["queries.jsonl, regel 1: geen JSON-object met de verwachte velden"]


def test_files_with_a_byte_order_mark_are_read_as_those_without(folder: Path) -> None:
    without = read_collection(folder)
    for path in [*folder.glob("*.jsonl"), *(folder / "qrels").iterdir()]:
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_collection(folder) == without


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85", "\u000b\u000c"])
def test_a_line_ends_at_a_line_feed_and_at_no_other_sign(folder: Path, end: str) -> None:
    text = f"een{end}twee"
    written = json.dumps({**CASE, "text": text}, ensure_ascii="\x0b" in end)
    _replace(folder, "corpus.jsonl", f"{written}\n{{\n")
    assert _problems(folder) == ["corpus.jsonl, regel 2: geen JSON-object met de verwachte velden"]
    _replace(folder, "corpus.jsonl", f"{written}\r\n")
    assert [case.text for case in read_collection(folder).cases] == [text]


@pytest.mark.parametrize(
    ("name", "record", "field"),
    [
        ("corpus.jsonl", CASE, "_id"),
        ("corpus.jsonl", CASE, "text"),
        ("queries.jsonl", QUERY, "_id"),
        ("queries.jsonl", QUERY, "text"),
        ("people.jsonl", ADVISER, "_id"),
        ("people.jsonl", ADVISER, "kind"),
        ("people.jsonl", ADVISER, "docs"),
    ],
)
def test_a_missing_field_is_named_with_its_line(
    folder: Path, name: str, record: dict[str, Any], field: str
) -> None:
    _replace(folder, name, _lines({key: value for key, value in record.items() if key != field}))
    assert _problems(folder) == [f"{name}, regel 1: veld ontbreekt: {field}"]


def test_an_unknown_kind_of_person_is_reported_with_its_line(folder: Path) -> None:
    _replace(folder, "people.jsonl", _lines(ADVISER, {**PEER, "kind": "minister"}))
    assert _problems(folder) == ["people.jsonl, regel 2: geen JSON-object met de verwachte velden"]


@pytest.mark.parametrize("line", ["q1 0 c1", "q1 0 c1 1 x", "q1 0 c1 hoog", "q1 0 c1 1.5"])
def test_a_qrels_line_of_another_form_is_reported_with_its_number(folder: Path, line: str) -> None:
    _replace(folder, "qrels/cases.tsv", f"q1 0 c1 2\n{line}\n")
    assert _problems(folder) == ["cases.tsv, regel 2: geen regel als: vraag 0 id graad"]


@pytest.mark.parametrize(
    ("name", "record"),
    [("corpus.jsonl", CASE), ("queries.jsonl", QUERY), ("people.jsonl", ADVISER)],
)
def test_doubled_ids_are_refused_with_their_file(
    folder: Path, name: str, record: dict[str, Any]
) -> None:
    _replace(folder, name, _lines(record, record))
    (problem,) = _problems(folder)
    assert problem.startswith(name)
    assert "komen vaker voor" in problem


def test_a_number_and_the_same_text_are_one_id(folder: Path) -> None:
    _replace(folder, "corpus.jsonl", _lines({**CASE, "_id": 1}, {**CASE, "_id": "1"}))
    assert len(_problems(folder)) == 1


def test_problems_of_all_files_come_at_once(folder: Path) -> None:
    _replace(folder, "corpus.jsonl", "{\n[]\n")
    _replace(folder, "queries.jsonl", _lines({"_id": "q1"}))
    _replace(folder, "qrels/peers.tsv", "q1\n")
    places = [problem.split(":")[0] for problem in _problems(folder)]
    assert places == [
        "corpus.jsonl, regel 1",
        "corpus.jsonl, regel 2",
        "queries.jsonl, regel 1",
        "peers.tsv, regel 1",
    ]
