"""An inverted index, against a plain matrix of numpy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from embeddings.lexical import Weighed
from embeddings.postings import Postings, highest

NEW = -(1 << 60)  # the number of a word that the statistics do not know
NUMBERS = np.array([7, NEW, 0, 3, 12])
WEIGHTS = np.array(
    [
        [0.5, 0.0, 0.0, 0.25, 0.0],
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [0.5, 0.125, 1.0, 0.0, 0.0],
        [0.25, 0.5, 0.0, 0.0, 0.0],
    ]
)  # documents by the terms of NUMBERS; of the last no document has any
POSTINGS = Postings.of(NUMBERS, sp.csr_array(WEIGHTS))


def _query(weight_of: dict[int, float]) -> Weighed:
    """Terms are named t and their number."""
    numbers = np.array(sorted(weight_of), np.int64)
    weights = np.array([weight_of[number] for number in numbers.tolist()])
    return Weighed(tuple(f"t{number}" for number in numbers), numbers, weights)


QUERY = _query({NEW: 1.0, 3: 2.0, 5: 9.0, 7: 0.5})
SCORES = [0.25 + 0.5, 0.0, 0.25 + 0.125, 0.125 + 0.5]


def test_terms_are_in_order_and_only_those_that_some_document_holds() -> None:
    assert POSTINGS.terms.tolist() == [NEW, 0, 3, 7]
    assert POSTINGS.starts.tolist() == [0, 2, 3, 4, 7]
    assert POSTINGS.documents.tolist() == [2, 3, 2, 0, 0, 2, 3]
    assert POSTINGS.weights.tolist() == [0.125, 0.5, 1.0, 0.25, 0.5, 0.5, 0.25]
    assert (POSTINGS.size, POSTINGS.weights.dtype, POSTINGS.documents.dtype) == (4, "f4", "i4")


def test_scores_are_sums_of_products() -> None:
    assert POSTINGS.scores(QUERY).tolist() == SCORES


@pytest.mark.parametrize("rows", [[0, 1, 2, 3], [1, 3], [2], []])
def test_scores_of_some_are_those_among_the_scores_of_all(rows: list[int]) -> None:
    found = POSTINGS.scores_of(QUERY, np.array(rows, np.int64))
    assert found.tolist() == [SCORES[row] for row in rows]


def test_of_a_query_those_terms_are_known_that_a_document_holds() -> None:
    places, weights = POSTINGS.known(QUERY)
    assert POSTINGS.terms[places].tolist() == [NEW, 3, 7]
    assert weights.tolist() == [1.0, 2.0, 0.5]


@pytest.mark.parametrize(
    ("limit", "best"), [(1, [0]), (2, [0, 3]), (3, [0, 2, 3]), (4, [0, 2, 3]), (99, [0, 2, 3])]
)
def test_the_best_have_the_highest_scores_and_none_of_zero(limit: int, best: list[int]) -> None:
    assert highest(POSTINGS.scores(QUERY), limit).tolist() == best


def test_of_those_that_are_as_good_the_first_are_the_best() -> None:
    scores = POSTINGS.scores(_query({7: 1.0}))
    assert [highest(scores, limit).tolist() for limit in (1, 2)] == [[0], [0, 2]]


def test_shared_terms_are_those_of_the_document_heaviest_first() -> None:
    query = _query({NEW: 1.0, 0: 1.0, 7: 1.0, 5: 9.0})
    shared = POSTINGS.shared(query, np.array([1, 2, 3]), limit=5)
    assert shared == [[], ["t0", "t7", f"t{NEW}"], [f"t{NEW}", "t7"]]


def test_shared_terms_of_equal_weight_are_in_order_of_name() -> None:
    query = _query({NEW: 0.5, 7: 1.0})
    assert POSTINGS.shared(query, np.array([3]), limit=5) == [[f"t{NEW}", "t7"]]
    turned = Weighed(("b", "a"), query.numbers, query.weights)
    assert POSTINGS.shared(turned, np.array([3]), limit=5) == [["a", "b"]]


def test_shared_terms_stop_at_the_limit() -> None:
    query = _query({NEW: 1.0, 0: 1.0, 7: 1.0})
    assert POSTINGS.shared(query, np.array([2]), limit=2) == [["t0", "t7"]]
    assert POSTINGS.shared(query, np.array([2]), limit=0) == [[]]


def test_known_terms_each_have_a_column_of_their_own() -> None:
    wide = POSTINGS.wide(13).toarray()
    expected = np.zeros((4, 13))
    expected[:, NUMBERS[[0, 2, 3, 4]]] = WEIGHTS[:, [0, 2, 3, 4]]
    np.testing.assert_array_equal(wide, expected)


@pytest.mark.parametrize("documents", [0, 3])
def test_without_words_there_is_nothing_to_find(documents: int) -> None:
    empty = Postings.of(np.zeros(0, np.int64), sp.csr_array((documents, 0)))
    assert empty.scores(QUERY).tolist() == [0.0] * documents
    assert highest(empty.scores(QUERY), 2).tolist() == []
    assert empty.scores_of(QUERY, np.arange(documents)).tolist() == [0.0] * documents
    assert empty.shared(QUERY, np.arange(documents), 5) == [[]] * documents
    assert empty.wide(2).toarray().tolist() == [[0.0, 0.0]] * documents


@pytest.mark.parametrize("asked", [{}, {5: 1.0}], ids=["no terms", "unknown terms"])
def test_a_query_of_which_no_term_is_known_scores_nothing(asked: dict[int, float]) -> None:
    query = _query(asked)
    assert POSTINGS.scores(query).tolist() == [0.0] * 4
    assert highest(POSTINGS.scores(query), 2).tolist() == []
    assert POSTINGS.scores_of(query, np.arange(4)).tolist() == [0.0] * 4
    assert POSTINGS.shared(query, np.arange(4), 5) == [[]] * 4
