"""Routing: what is learnt of who advises on what, and of whom nothing is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from embeddings.generation import IndexGeneration
from embeddings.routing import ENOUGH, Routing
from matcher.ports import Signal
from matcher.types import Document, DocumentId, Field, Part, ParticipationRole, PersonId
from tests.unit.embeddings.cases import NATIONAL, built, case, read_back

SUBJECTS = ["rekenen", "pesten", "verzuim", "dyslexie", "lerarentekort", "huisvesting"]
ADVISER = ParticipationRole.ADVISER


def _history(
    subjects: list[str], each: int = ENOUGH, role: ParticipationRole = ADVISER
) -> list[Document]:
    """Cases, worded in turns; each subject has its own adviser, named for it."""
    words = ["in de bovenbouw", "op school", "met de ouders", "in groep 4", "bij de leraar"]
    return [
        case(
            f"{subject}{number:03d}",
            f"{subject} {words[number % 5]} en {words[(number * 7 + 2) % 5]}",
            f"samen opgepakt {words[(number * 3 + 1) % 5]}",
            parts=((f"a-{subject}", role),),
        )
        for subject in subjects
        for number in range(each)
    ]


@pytest.fixture(scope="module")
def generation() -> IndexGeneration:
    return built(_history(SUBJECTS))


@pytest.mark.parametrize("subject", SUBJECTS)
def test_who_advised_on_a_subject_stands_out_for_it_most(
    generation: IndexGeneration, subject: str
) -> None:
    routed = generation.view(f"{subject} op school", NATIONAL).routed
    assert max(routed, key=lambda person: routed[person]) == f"a-{subject}"
    assert routed[PersonId(f"a-{subject}")] > 1.0
    assert all(above > 0.0 for above in routed.values())


def _told(generation: IndexGeneration) -> np.ndarray:
    """What is said of each case of the base, as a query that is worded and whitened like it."""
    base, routing = generation.layers[0].segment, generation.statistics.routing
    dense = base.dense[Field.PROBLEM]
    assert dense.rows.tolist() == list(range(len(base)))
    (postings,) = base.postings.values()
    known = postings.wide(len(generation.statistics.terms.frequency))
    words = known @ routing.words.astype(float)
    return np.asarray(dense.vectors @ routing.dense.T + words + routing.offsets)


def test_it_is_told_in_standard_deviations_above_the_average_case(
    generation: IndexGeneration,
) -> None:
    told = _told(generation)
    assert told.mean(axis=0) == pytest.approx(np.zeros(len(SUBJECTS)), abs=2e-3)
    assert told.std(axis=0) == pytest.approx(np.ones(len(SUBJECTS)), abs=2e-3)


@pytest.mark.parametrize("new", ["", " xylofoon"], ids=["known words", "a new word"])
def test_a_view_tells_it_of_whom_the_query_is_more_than_the_average_case(
    generation: IndexGeneration, new: str
) -> None:
    """A word that no text of the base has says nothing, but takes part in the length."""
    asked = f"pesten op school{new}"
    view, routing = generation.view(asked, NATIONAL), generation.statistics.routing
    words = generation.statistics.terms.weighed(asked)
    vocabulary = list(generation.statistics.terms.frequency)
    known = {t: w for t, w in zip(words.terms, words.weights, strict=True) if t in vocabulary}
    assert len(words) == len(known) + bool(new)
    rows = [vocabulary.index(term) for term in known]
    told = (
        routing.dense.astype(float) @ view.asked.query[Signal.DENSE_PROBLEM]
        + np.array(list(known.values())) @ routing.words[rows].astype(float)
        + routing.offsets
    )
    expected = {p: above for p, above in zip(routing.people, told, strict=True) if above > 0.0}
    assert 0 < len(expected) < len(SUBJECTS)
    assert view.routed == pytest.approx(expected, abs=1e-6)


def test_who_advised_most_is_not_told_of_every_question() -> None:
    busy = _history(["verzuim"], 200) + _history(SUBJECTS[3:])
    routed = built(busy).view("iets over dyslexie in groep 4", NATIONAL).routed
    assert max(routed, key=lambda person: routed[person]) == "a-dyslexie"
    assert "a-verzuim" not in routed


def test_the_same_documents_teach_the_same() -> None:
    one, other = (built(_history(SUBJECTS)).statistics.routing for _ in range(2))
    for name in ("dense", "words", "offsets"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_of_who_advised_on_too_few_cases_nothing_is_learnt() -> None:
    documents = _history(SUBJECTS) + _history(["muziek"], ENOUGH - 1)
    assert built(documents).statistics.routing.people == tuple(sorted(f"a-{s}" for s in SUBJECTS))


@pytest.mark.parametrize("role", sorted(set(ParticipationRole) - {ADVISER}))
def test_it_is_learnt_from_advice_alone(role: ParticipationRole) -> None:
    documents = _history(SUBJECTS) + _history(["muziek"], role=role)
    assert PersonId("a-muziek") not in built(documents).statistics.routing.people


def test_a_case_that_is_not_shared_nationally_is_an_example_of_nothing() -> None:
    """The texts are the same, and with them all that is learnt of words and vectors."""

    def with_kept(adviser: str) -> Routing:
        kept = [
            replace(
                document,
                id=DocumentId(f"x{at}"),
                partition="board:x",
                parts=(Part(PersonId(adviser), ADVISER),),
            )
            for at, document in enumerate(_history(["rekenen"], 40))
        ]
        return built(_history(SUBJECTS) + kept).statistics.routing

    one, other = with_kept("a-pesten"), with_kept("someone-else")
    assert one.people == other.people == tuple(sorted(f"a-{s}" for s in SUBJECTS))
    for name in ("dense", "words", "offsets"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_who_advised_on_every_case_is_told_apart_from_no_one() -> None:
    documents = [
        replace(document, parts=(*document.parts, Part(PersonId("everyone"), ADVISER)))
        for document in _history(SUBJECTS)
    ]
    assert built(documents).statistics.routing.people == tuple(sorted(f"a-{s}" for s in SUBJECTS))


def test_of_many_others_a_sample_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embeddings.routing.EXAMPLES", 60)
    sampled = built(_history(SUBJECTS, 60))
    for subject in SUBJECTS:
        routed = sampled.view(f"{subject} op school", NATIONAL).routed
        assert max(routed, key=lambda person: routed[person]) == f"a-{subject}"


def test_what_was_learnt_is_stored_with_its_generation(generation: IndexGeneration) -> None:
    loaded = read_back(generation)
    for asked in ("pesten op school", "dyslexie met de ouders", "wolf"):
        assert loaded.view(asked, NATIONAL).routed == generation.view(asked, NATIONAL).routed
    assert loaded.view("pesten op school", NATIONAL).routed
