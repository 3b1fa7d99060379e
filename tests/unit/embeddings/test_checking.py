"""The checks that a new generation must pass: they see what is amiss."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from embeddings.approximate import Clusters
from embeddings.builder import apply
from embeddings.checking import GOLDEN, RECALL, found_again, golden, recall
from embeddings.dense import DenseSegment
from embeddings.generation import IndexGeneration
from embeddings.postings import Postings
from embeddings.segment import Segment
from matcher.types import Document, DocumentId, DocumentKind, Field
from tests.fakes import WordEncoder
from tests.unit.embeddings.cases import built, case

WORDS = [f"woord{number}" for number in range(300)]


def _titled(number: int, partition: str = "national") -> Document:
    """Its title is what it begins with; few others have any of those words."""
    rng = np.random.default_rng(number)
    title = " ".join(rng.choice(WORDS, size=5, replace=False))
    rest = " ".join(rng.choice(WORDS, size=5, replace=False))
    document = case(f"c{number:03d}", f"{title}\n{rest}", rest, partition)
    return replace(document, title=title)


CASES = [_titled(number) for number in range(200)]
KEPT = [_titled(number, "board:x") for number in range(200, 220)]


@pytest.fixture(scope="module")
def exact() -> IndexGeneration:
    return built([*CASES, *KEPT])


@pytest.fixture(scope="module")
def large() -> IndexGeneration:
    """Its national cases are searched by cluster."""
    return built([*CASES, *KEPT], exact_limit=100)


def _with(generation: IndexGeneration, segment: Segment) -> IndexGeneration:
    (layer,) = generation.layers
    return replace(generation, layers=(replace(layer, segment=segment),))


# ── golden ───────────────────────────────────────────────────────────────────────────────────


def test_cases_are_spread_evenly_over_all_of_them() -> None:
    chosen = [CASES.index(case) for case in golden(CASES)]
    assert len(chosen) == GOLDEN
    assert (chosen[0], chosen[-1]) == (0, len(CASES) - 1)
    assert set(np.diff(chosen)) <= {3, 4}


def test_of_few_all_are_asked_after() -> None:
    assert golden(CASES[:5]) == CASES[:5]


def test_only_cases_with_a_title_of_words_can_be_asked_after() -> None:
    question = replace(CASES[0], kind=DocumentKind.QUESTION)
    assert golden([question, replace(CASES[1], title=""), replace(CASES[2], title="…")]) == []


# ── found again ──────────────────────────────────────────────────────────────────────────────


def test_a_case_that_stands_first_for_its_title_counts_in_full(exact: IndexGeneration) -> None:
    assert found_again(exact, golden([*CASES, *KEPT])) > 0.95


def test_it_is_the_mean_of_one_over_the_rank() -> None:
    """Of two with the same title one is second; which is not there counts for nothing."""
    twins = [case(id_, "pesten", "gesprek") for id_ in "ab"]
    titled = [replace(twin, title="pesten") for twin in twins]
    other = case("c", "rekenen", "methode")
    generation = built([*titled, other])
    assert found_again(generation, titled) == pytest.approx((1 + 1 / 2) / 2)
    gone = replace(CASES[0], id=DocumentId("gone"))
    assert found_again(generation, [titled[0], gone]) == pytest.approx(1 / 2)


def test_a_case_that_is_not_shared_nationally_is_looked_for_where_it_is(
    exact: IndexGeneration,
) -> None:
    assert found_again(exact, KEPT) > 0.95


def test_vectors_of_other_documents_make_it_fall(exact: IndexGeneration) -> None:
    (layer,) = exact.layers
    order = np.random.default_rng(0).permutation(len(layer.segment))
    scrambled = {
        part: DenseSegment.from_vectors(dense.rows, dense.vectors[order])
        for part, dense in layer.segment.dense.items()
    }
    cases = golden(CASES)
    doctored = _with(exact, replace(layer.segment, dense=scrambled))
    assert found_again(doctored, cases) < found_again(exact, cases) - 0.2


def test_words_of_other_documents_make_it_fall(exact: IndexGeneration) -> None:
    (layer,) = exact.layers
    scrambled = {
        shelf: replace(postings, documents=postings.documents[::-1])
        for shelf, postings in layer.segment.postings.items()
    }
    doctored = _with(exact, replace(layer.segment, postings=scrambled))
    assert found_again(doctored, golden(CASES)) < found_again(exact, golden(CASES)) - 0.1


# ── recall ───────────────────────────────────────────────────────────────────────────────────


def test_of_what_is_read_whole_nothing_is_missed(exact: IndexGeneration) -> None:
    assert recall(exact, golden([*CASES, *KEPT])) == 1.0


def test_of_what_is_searched_by_cluster_little_is_missed(large: IndexGeneration) -> None:
    assert RECALL <= recall(large, golden(CASES)) <= 1.0


class Half:
    """Finds every other one of the nearest."""

    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    def nearest(self, query: np.ndarray, limit: int) -> np.ndarray:
        return np.sort(self._clusters.nearest(query, limit))[::2]


def test_what_a_search_by_cluster_misses_is_seen(large: IndexGeneration) -> None:
    """Where words do not find it instead."""
    (layer,) = large.layers
    segment = layer.segment
    half = {key: Half(clusters) for key, clusters in segment.approximate.items()}
    wordless = {
        shelf: Postings.of(np.zeros(0, np.int64), sp.csr_array((postings.size, 0)))
        for shelf, postings in segment.postings.items()
    }
    sound = _with(large, replace(segment, postings=wordless))
    doctored = _with(large, replace(segment, postings=wordless, approximate=half))
    assert recall(sound, golden(CASES)) >= RECALL
    assert 0.3 < recall(doctored, golden(CASES)) < 0.9


def test_what_was_added_and_removed_since_is_compared_too(large: IndexGeneration) -> None:
    added = [_titled(number) for number in range(300, 320)]
    after = apply(large, added, [CASES[0].id], 8, WordEncoder())
    assert recall(after, golden([*CASES[1:], *added])) >= RECALL
    assert found_again(after, added) > 0.95


def test_without_cases_nothing_is_known(exact: IndexGeneration) -> None:
    assert math.isnan(recall(exact, []))
    assert math.isnan(found_again(exact, []))


def test_asking_leaves_the_generation_as_it_is(large: IndexGeneration) -> None:
    before = {*large.layers[0].segment.approximate}
    recall(large, CASES[:3])
    assert {*large.layers[0].segment.approximate} == before
    assert {part for _, part in before} == set(Field)
