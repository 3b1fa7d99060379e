"""Finding the best by postings, for any documents: MaxScore leaves out nothing that counts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from embeddings.lexical import Weighed
from embeddings.postings import Postings, highest
from tests.property.strategies import PROPERTY


@dataclass(frozen=True)
class Asked:
    """Postings and a query for them, both also as plain numpy: weights (documents, terms)."""

    numbers: np.ndarray
    weights: np.ndarray
    asked: np.ndarray  # (terms,)

    @property
    def postings(self) -> Postings:
        return Postings.of(self.numbers, sp.csr_array(self.weights))

    @property
    def query(self) -> Weighed:
        order = [at for at in np.argsort(self.numbers) if self.asked[at] > 0.0]
        names = tuple(f"t{self.numbers[at]}" for at in order)
        return Weighed(names, self.numbers[order], self.asked[order])

    @property
    def scores(self) -> np.ndarray:
        return self.weights @ self.asked


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    """Some words rare and some common; weights are sixteenths, so that sums are exact.

    Then scores are equal, as those of documents with the same words are, or they differ.
    """
    documents, terms = draw(st.integers(1, 400)), draw(st.integers(1, 7))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    steps = draw(st.sampled_from([1, 2, 16]))  # of one step all scores are alike
    density = rng.choice([0.01, 0.1, 0.6, 1.0], size=terms)
    weights = rng.integers(1, steps + 1, size=(documents, terms)) / 16
    weights[rng.random((documents, terms)) > density] = 0.0
    numbers = rng.choice(np.arange(-20, 20), size=terms, replace=False)
    return Asked(numbers, weights, rng.integers(0, steps + 1, size=terms) / 16)


limits = st.one_of(st.integers(1, 12), st.integers(1, 500))


@PROPERTY
@given(asked(), limits)
def test_the_best_are_found_and_of_equals_the_first(world: Asked, limit: int) -> None:
    best = [row for row in np.argsort(-world.scores, kind="stable") if world.scores[row] > 0.0]
    assert highest(world.postings.scores(world.query), limit).tolist() == sorted(best[:limit])


@PROPERTY
@given(asked(), st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_the_best_are_found_by_weights_of_any_size(world: Asked, seed: int, limit: int) -> None:
    """Sums of float32 are rounded: what is as good but for that may be left out."""
    rng = np.random.default_rng(seed)
    weights = world.weights * rng.random(world.weights.shape)
    rounded = replace(world, weights=weights, asked=world.asked * rng.random(len(world.asked)))
    scores = rounded.scores
    least = np.sort(scores)[::-1][:limit][-1]
    found = highest(rounded.postings.scores(rounded.query), limit)
    assert set(np.flatnonzero(scores > max(least, 0.0) + 1e-6)) <= set(found.tolist())
    assert len(found) == min(limit, np.count_nonzero(scores))


@PROPERTY
@given(asked(), st.data())
def test_scores_are_sums_of_products(world: Asked, data: st.DataObject) -> None:
    documents = len(world.weights)
    np.testing.assert_array_equal(world.postings.scores(world.query), world.scores)
    rows = data.draw(st.lists(st.integers(0, documents - 1), unique=True).map(sorted))
    some = world.postings.scores_of(world.query, np.array(rows, np.int64))
    np.testing.assert_array_equal(some, world.scores[rows])


@PROPERTY
@given(asked(), st.integers(0, 8))
def test_shared_terms_are_the_heaviest_of_a_document(world: Asked, limit: int) -> None:
    rows = np.arange(len(world.weights))
    made = world.weights * world.asked
    for row, found in enumerate(world.postings.shared(world.query, rows, limit)):
        heaviest = sorted(
            (-made[row, at], f"t{number}") for at, number in enumerate(world.numbers.tolist())
        )
        assert found == [name for weight, name in heaviest if weight < 0.0][:limit]


@PROPERTY
@given(asked())
def test_known_terms_each_have_a_column(world: Asked) -> None:
    expected = np.zeros((len(world.weights), 20))
    known = world.numbers >= 0
    expected[:, world.numbers[known]] = world.weights[:, known]
    np.testing.assert_array_equal(world.postings.wide(20).toarray(), expected)


@PROPERTY
@given(st.integers(0, 2**32 - 1), st.integers(0, 2_000), st.integers(1, 60), st.integers(1, 40))
def test_the_highest_are_those_that_sorting_all_of_them_gives(
    seed: int, size: int, limit: int, different: int
) -> None:
    """Also where many are equal, or 0."""
    scores = np.random.default_rng(seed).integers(0, different, size) / 7.0
    best = [row for row in np.argsort(-scores, kind="stable") if scores[row] > 0.0][:limit]
    assert highest(scores, limit).tolist() == sorted(best)
