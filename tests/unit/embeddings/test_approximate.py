"""Shelves too large to read whole: what is found of them, against reading them whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from embeddings.approximate import RECALL as OF_FIELD
from embeddings.approximate import Clusters
from embeddings.builder import apply, compact
from embeddings.checking import RECALL
from embeddings.generation import IndexGeneration
from embeddings.segment import Shelf
from matcher.fusion import scores
from matcher.ports import Signal, Signals
from matcher.types import Document, DocumentId, DocumentKind, Field
from tests.fakes import WordEncoder
from tests.unit.embeddings.cases import NATIONAL, built, case, read_back

DIMENSION = 32
LIMIT = 500  # documents on a shelf that is read whole
WIDER = NATIONAL | {"board:x"}


def _around(centres: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Unit vectors, each near to one of `centres`."""
    rng = np.random.default_rng(seed)
    chosen = centres[rng.integers(len(centres), size=count)]
    vectors = chosen + 0.5 * rng.normal(size=(count, DIMENSION)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


CENTRES = np.random.default_rng(0).normal(size=(100, DIMENSION)).astype(np.float32)
VECTORS = _around(CENTRES, 12_000, seed=1)


@pytest.fixture(scope="module")
def clusters() -> Clusters:
    return Clusters.of(VECTORS, _around(CENTRES, 200, seed=2))


def _nearest(query: np.ndarray, count: int) -> set[int]:
    return set(np.argsort(-(VECTORS @ query))[:count].tolist())


# ── clusters ─────────────────────────────────────────────────────────────────────────────────


def test_the_ten_nearest_are_found_though_not_all_is_read(clusters: Clusters) -> None:
    queries = _around(CENTRES, 300, seed=3)
    found = [_nearest(q, 10) & set(clusters.nearest(q, 50).tolist()) for q in queries]
    assert sum(map(len, found)) >= OF_FIELD * 10 * len(queries)
    assert clusters.index.nprobe < clusters.index.nlist / 2


@pytest.mark.parametrize("limit", [1, 10, 50])
def test_as_many_are_found_as_are_asked_each_once(clusters: Clusters, limit: int) -> None:
    found = clusters.nearest(VECTORS[7], limit)
    assert (found.dtype, len(set(found.tolist()))) == (np.int64, limit)
    assert found.min() >= 0
    assert found.max() < len(VECTORS)
    assert 7 in found


def test_places_that_faiss_fills_up_with_are_no_places(clusters: Clusters) -> None:
    """More are asked for than the clusters that are looked at hold."""
    found = clusters.nearest(VECTORS[7], len(VECTORS))
    assert 50 < len(found) < len(VECTORS)
    assert found.min() >= 0


def test_clusters_of_the_same_vectors_find_the_same() -> None:
    probes = _around(CENTRES, 50, seed=2)
    one, other = (Clusters.of(VECTORS[:3000], probes) for _ in range(2))
    assert one.index.nprobe == other.index.nprobe
    for query in _around(CENTRES, 20, seed=3):
        assert one.nearest(query, 20).tolist() == other.nearest(query, 20).tolist()


@pytest.mark.parametrize("count", [1, 5, 60])
def test_of_few_vectors_all_are_found(count: int) -> None:
    few = Clusters.of(VECTORS[:count], VECTORS[:3])
    assert sorted(few.nearest(VECTORS[0], count + 9).tolist()) == list(range(count))


def test_without_questions_to_try_it_with_it_still_finds() -> None:
    found = Clusters.of(VECTORS[:2000], VECTORS[:0]).nearest(VECTORS[3], 5)
    assert 3 in found


def test_vectors_without_a_direction_are_found_no_less() -> None:
    """Nor is there a warning, which here is an error."""
    vectors = VECTORS[:2000].copy()
    vectors[::3] = 0.0
    assert 4 in Clusters.of(vectors, VECTORS[:9]).nearest(vectors[4], 5)
    nowhere = Clusters.of(np.zeros((100, DIMENSION), np.float32), VECTORS[:9])
    assert len(nowhere.nearest(VECTORS[0], 5)) == 5


# ── shelves ──────────────────────────────────────────────────────────────────────────────────

SUBJECTS = [f"onderwerp{number} kern{number} zaak{number} punt{number}" for number in range(40)]
DETAILS = [f"detail{number}" for number in range(60)]


def _document(number: int, partition: str = "national", kind: str = "case") -> Document:
    """About a subject of its own, in words that others of the subject share some of."""
    rng = np.random.default_rng(number)
    subject = SUBJECTS[number % len(SUBJECTS)]
    details = " ".join(rng.choice(DETAILS, size=4, replace=False))
    approach = " ".join(rng.choice(DETAILS, size=3, replace=False))
    resolution = f"{subject} {approach}" if kind == "case" else ""
    return case(f"{kind[0]}{number:05d}", f"{subject} {details}", resolution, partition)


LARGE = [_document(number) for number in range(1600)]
SMALL = [_document(number, "board:x") for number in range(5000, 5100)]
OPEN = [_document(number, kind="question") for number in range(700)]
ASKED = [
    f"{SUBJECTS[number % 40]} {' '.join(DETAILS[at % 60] for at in range(number, number + 3))}"
    for number in range(0, 200, 2)
]


@pytest.fixture(scope="module")
def large() -> IndexGeneration:
    """Two shelves that are searched by cluster, and one that is read whole."""
    return built([*LARGE, *SMALL, *OPEN], exact_limit=LIMIT)


def _read_whole(generation: IndexGeneration) -> IndexGeneration:
    """The same, of which every shelf is read whole."""
    layers = [
        replace(layer, segment=replace(layer.segment, approximate={}))
        for layer in generation.layers
    ]
    return replace(generation, layers=tuple(layers))


@pytest.fixture(scope="module")
def exact(large: IndexGeneration) -> IndexGeneration:
    return _read_whole(large)


def _best(found: Signals, count: int = 10) -> list[DocumentId]:
    return [found.ids[at] for at in np.argsort(-scores(found), kind="stable")[:count]]


def _recall(
    ours: IndexGeneration,
    theirs: IndexGeneration,
    kind: DocumentKind = DocumentKind.CASE,
) -> float:
    """Part of the ten best of `theirs` that are among the ten best of `ours`."""
    hits, wanted = 0, 0
    for text in ASKED:
        best, expected = (_best(g.view(text, WIDER).retrieve(kind, 50)) for g in (ours, theirs))
        hits += len(set(best) & set(expected))
        wanted += len(expected)
    assert wanted == 10 * len(ASKED)
    return hits / wanted


@pytest.mark.parametrize("kind", [DocumentKind.CASE, DocumentKind.QUESTION])
def test_the_ten_best_are_those_of_reading_all(
    large: IndexGeneration, exact: IndexGeneration, kind: DocumentKind
) -> None:
    assert _recall(large, exact, kind) >= RECALL


def test_only_shelves_above_the_limit_are_searched_by_cluster(large: IndexGeneration) -> None:
    """And of a shelf without resolutions only the problems; of each some of the clusters."""
    cases, questions = (
        Shelf(kind, "national") for kind in (DocumentKind.CASE, DocumentKind.QUESTION)
    )
    (layer,) = large.layers
    assert set(layer.segment.approximate) == {
        (cases, Field.PROBLEM),
        (cases, Field.RESOLUTION),
        (questions, Field.PROBLEM),
    }
    for clusters in layer.segment.approximate.values():
        assert clusters.index.nprobe < clusters.index.nlist
    assert built(SMALL, exact_limit=len(SMALL)).layers[0].segment.approximate == {}


def test_what_is_found_is_scored_by_the_vectors_themselves(
    large: IndexGeneration, exact: IndexGeneration
) -> None:
    found = large.view(ASKED[0], WIDER).retrieve(DocumentKind.CASE, 10)
    again = exact.view(ASKED[0], WIDER).score(found.ids)
    assert found.ids == again.ids
    np.testing.assert_array_equal(found.values, again.values)


def test_a_large_shelf_is_searched_and_not_read(
    large: IndexGeneration, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    whole = large.layers[0].segment.dense[Field.PROBLEM].__class__.scores

    def scores_read(self: object, query: np.ndarray, start: int, stop: int) -> np.ndarray:
        read.append(stop - start)
        return whole(self, query, start, stop)

    monkeypatch.setattr("embeddings.dense.DenseSegment.scores", scores_read)
    large.view(ASKED[0], WIDER).retrieve(DocumentKind.CASE, 10)
    assert set(read) == {len(SMALL)}


def test_what_is_gone_is_not_found_and_the_next_takes_its_place(large: IndexGeneration) -> None:
    """Of each subject the nearest are removed, more of them than are looked for after that."""
    hits, wanted = 0, 0
    for text in ASKED[:20]:
        gone = _best(large.view(text, WIDER).retrieve(DocumentKind.CASE, 50), 15)
        after = apply(large, [], gone, 8, WordEncoder())
        found, expected = (
            g.view(text, WIDER).retrieve(DocumentKind.CASE, 10) for g in (after, _read_whole(after))
        )
        assert not {*gone} & {*found.ids}
        hits += len({*_best(found)} & {*_best(expected)})
        wanted += len(_best(expected))
    assert hits >= RECALL * wanted


def test_once_all_of_a_subject_is_gone_what_lies_next_to_it_is_found(
    large: IndexGeneration,
) -> None:
    hits, wanted = 0, 0
    for subject in range(len(SUBJECTS)):
        gone = [document.id for document in LARGE[subject :: len(SUBJECTS)]]
        after = apply(large, [], gone, 8, WordEncoder())
        best, expected = (
            set(_best(g.view(LARGE[subject].problem, NATIONAL).retrieve(DocumentKind.CASE, 50)))
            for g in (after, _read_whole(after))
        )
        hits += len(best & expected)
        wanted += len(expected)
    assert hits >= RECALL * wanted


def test_a_revised_document_is_found_by_its_new_text_alone(large: IndexGeneration) -> None:
    revised = replace(LARGE[0], problem="wolf bij het fietspad", revision=2)
    after = apply(large, [revised], [], 8, WordEncoder())
    found = after.view("wolf bij het fietspad", WIDER).retrieve(DocumentKind.CASE, 10)
    assert _best(found, 1) == [revised.id]
    old = after.view(LARGE[0].problem, NATIONAL).retrieve(DocumentKind.CASE, 5)
    assert LARGE[0].id not in _best(old, 5)


def test_what_is_added_to_a_large_shelf_is_found_beside_it(large: IndexGeneration) -> None:
    added = [_document(number) for number in range(8000, 8100)]
    after = apply(large, added, [], 8, WordEncoder())
    assert _recall(after, _read_whole(after)) >= RECALL
    for document in added[:20]:
        found = after.view(document.problem, NATIONAL).retrieve(DocumentKind.CASE, 5)
        assert document.id in found.ids


def test_compaction_searches_a_shelf_by_cluster_once_it_is_large(exact: IndexGeneration) -> None:
    packed = compact(exact, "packed", LIMIT)
    assert packed.layers[0].segment.approximate.keys()
    assert _recall(packed, exact) >= RECALL
    assert compact(packed, "again", 10 * LIMIT).layers[0].segment.approximate == {}


def test_clusters_that_are_read_from_a_file_find_the_same(large: IndexGeneration) -> None:
    again = read_back(large)
    for text in ASKED[:20]:
        ours, theirs = (g.view(text, WIDER).retrieve(DocumentKind.CASE, 10) for g in (large, again))
        assert ours.ids == theirs.ids
        np.testing.assert_array_equal(ours.values, theirs.values)


def test_documents_without_a_field_are_found_by_the_other() -> None:
    """Every third lacks the problem, every third the resolution."""
    some = [
        replace(d, problem="…") if at % 3 == 0 else replace(d, resolution="…") if at % 3 == 1 else d
        for at, d in enumerate(LARGE[:900])
    ]
    generation = built(some, exact_limit=LIMIT)
    for at in (0, 1, 2, 300, 301, 302):
        asked = LARGE[at].problem if at % 3 else LARGE[at].resolution
        found = generation.view(asked, NATIONAL).retrieve(DocumentKind.CASE, 3)
        assert some[at].id in found.ids
        row = found.values[found.ids.index(some[at].id)]
        assert np.isnan(row[Signal.DENSE_PROBLEM]) == (at % 3 == 0)
        assert np.isnan(row[Signal.DENSE_RESOLUTION]) == (at % 3 == 1)


def test_documents_without_any_words_need_no_clusters() -> None:
    generation = built([case(f"c{at}", "…", "…") for at in range(60)], exact_limit=20)
    assert generation.layers[0].segment.approximate == {}
    assert generation.view("pesten", NATIONAL).retrieve(DocumentKind.CASE, 5).ids == ()


def test_of_none_that_are_asked_none_are_found(large: IndexGeneration) -> None:
    assert large.view(ASKED[0], NATIONAL).retrieve(DocumentKind.CASE, 0).ids == ()
