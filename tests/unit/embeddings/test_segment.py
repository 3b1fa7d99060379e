"""Documents on their shelves, as columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from embeddings.segment import Segment, Shelf
from matcher.types import Document, DocumentId, DocumentKind, Field
from tests.unit.embeddings.cases import CORPUS, built, case

THEME = Document(DocumentId("t"), DocumentKind.THEME, "national", 3, "thema pesten")
DOCUMENTS = [
    case("zz", "pesten op school", "gesprek", "board:x"),
    case("q", "rekenen", partition="board:x"),
    THEME,
    case("één", "lezen", "methode"),
    case("b", "…", "alleen een aanpak"),
    case("é" * 30, "taal", "methode", "board:x"),
]


def _segment(documents: list[Document]) -> Segment:
    return built(documents).layers[0].segment


SEGMENT = _segment(DOCUMENTS)


def test_rows_are_by_shelf_and_on_a_shelf_by_id() -> None:
    ids = [SEGMENT.id_at(row) for row in range(len(SEGMENT))]
    assert ids == ["zz", "é" * 30, "b", "één", "t", "q"]
    assert SEGMENT.shelves == {
        Shelf(DocumentKind.CASE, "board:x"): (0, 2),
        Shelf(DocumentKind.CASE, "national"): (2, 4),
        Shelf(DocumentKind.THEME, "national"): (4, 5),
        Shelf(DocumentKind.QUESTION, "board:x"): (5, 6),
    }
    assert SEGMENT.revisions.tolist() == [1, 1, 1, 1, 3, 1]


def test_the_columns_of_a_document_are_in_its_row_whatever_the_order_they_came_in() -> None:
    other = _segment(DOCUMENTS[::-1])
    assert other.ids.tolist() == SEGMENT.ids.tolist()
    np.testing.assert_array_equal(other.contents, SEGMENT.contents)
    for part in Field:
        np.testing.assert_array_equal(other.dense[part].rows, SEGMENT.dense[part].rows)
        vectors, theirs = (each.dense[part].vectors for each in (SEGMENT, other))
        np.testing.assert_allclose(vectors, theirs, atol=1e-5)
    for shelf, postings in SEGMENT.postings.items():
        assert postings.documents.tolist() == other.postings[shelf].documents.tolist()


def test_a_vector_is_there_for_each_document_with_words_in_the_field() -> None:
    assert SEGMENT.dense[Field.PROBLEM].rows.tolist() == [0, 1, 3, 4, 5]
    assert SEGMENT.dense[Field.RESOLUTION].rows.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("ids", "rows"),
    [
        (["q", "zz", "b"], [0, 2, 5]),
        (["zz", "zz"], [0]),
        (["één", "é" * 30], [1, 3]),
        (["é" * 29, "z", "zzz", "", "x" * 80], []),
        ([], []),
    ],
)
def test_rows_are_found_by_id(ids: list[str], rows: list[int]) -> None:
    assert SEGMENT.rows_of(map(DocumentId, ids)).tolist() == rows


def test_an_empty_segment_holds_nothing() -> None:
    empty = _segment([])
    assert (len(empty), empty.shelves, empty.postings) == (0, {}, {})
    assert empty.rows_of([DocumentId("a")]).tolist() == []


def test_equal_content_has_an_equal_hash_whatever_the_id_and_revision() -> None:
    a, b = CORPUS[0], replace(CORPUS[0], id=DocumentId("b"), revision=9)
    same = _segment([a, b])
    assert same.contents[0].tolist() == same.contents[1].tolist()


def test_what_ends_one_part_of_a_document_does_not_begin_the_next() -> None:
    a = replace(CORPUS[0], title="ab", passages=("c",))
    b = replace(CORPUS[0], id=DocumentId("b"), title="a", passages=("bc",))
    assert len(np.unique(_segment([a, b]).contents, axis=0)) == 2
