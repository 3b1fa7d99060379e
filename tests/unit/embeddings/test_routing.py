"""Routing: what is learnt of who advises on what, and of whom nothing is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embeddings.generation import IndexGeneration
from embeddings.routing import ENOUGH, FEWEST
from embeddings.storage import IndexFolder
from matcher.types import Document, Part, ParticipationRole, PersonId
from tests.fakes import WordEncoder
from tests.unit.embeddings.cases import built, case

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
    routed = generation.view(f"{subject} op school").routed
    assert max(routed, key=lambda person: routed[person]) == f"a-{subject}"
    assert routed[PersonId(f"a-{subject}")] > 1.0
    assert all(above > 0.0 for above in routed.values())


def test_what_stands_out_is_so_many_standard_deviations_above_the_mean(
    generation: IndexGeneration,
) -> None:
    view, routing = generation.view("pesten op school"), generation.statistics.routing
    terms = generation.statistics.terms.weights("pesten op school")
    vector = next(iter(view.query.values()))
    rows = [generation.base.lexical.vocabulary.index(term) for term in terms]
    logits = (
        routing.dense.astype(float) @ vector
        + np.array(list(terms.values())) @ routing.words[rows].astype(float)
        + routing.offsets
    )
    above = (logits - logits.mean()) / logits.std()
    expected = {p: a for p, a in zip(routing.people, above, strict=True) if a > 0.0}
    assert view.routed == pytest.approx(expected, abs=1e-6)


def test_of_who_advised_on_too_few_cases_nothing_is_learnt() -> None:
    documents = _history(SUBJECTS) + _history(["muziek"], ENOUGH - 1)
    assert built(documents).statistics.routing.people == tuple(sorted(f"a-{s}" for s in SUBJECTS))


def test_among_few_people_no_one_stands_out() -> None:
    assert len(built(_history(SUBJECTS[:FEWEST])).statistics.routing.people) == FEWEST
    few = built(_history(SUBJECTS[: FEWEST - 1]))
    assert few.statistics.routing.people == ()
    assert few.view("rekenen op school").routed == {}


@pytest.mark.parametrize("role", sorted(set(ParticipationRole) - {ADVISER}))
def test_it_is_learnt_from_advice_alone(role: ParticipationRole) -> None:
    documents = _history(SUBJECTS) + _history(["muziek"], role=role)
    assert PersonId("a-muziek") not in built(documents).statistics.routing.people


def test_what_is_not_shared_nationally_teaches_nothing() -> None:
    kept = [
        case(f"x{at}", f"muziek {at}", "lied", "board:x", ((f"a-{SUBJECTS[at % 6]}", ADVISER),))
        for at in range(120)
    ]
    routing = built(_history(SUBJECTS) + kept).statistics.routing
    assert routing.people == built(_history(SUBJECTS)).statistics.routing.people
    own = built(_history(SUBJECTS) + kept).base.lexical.vocabulary.index("muziek")
    assert not routing.words[own].any()


def test_who_advised_on_every_case_is_told_apart_from_no_one() -> None:
    documents = [
        replace(document, parts=(*document.parts, Part(PersonId("everyone"), ADVISER)))
        for document in _history(SUBJECTS)
    ]
    assert built(documents).statistics.routing.people == tuple(sorted(f"a-{s}" for s in SUBJECTS))


def test_the_rest_may_be_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """The offset makes up for what was left out: of a third, likelihoods stay near."""
    documents = _history(SUBJECTS, 60)
    whole = built(documents)
    monkeypatch.setattr("embeddings.routing.EXAMPLES", 100)
    sampled = built(documents)
    asked = "iets heel anders in de bovenbouw"
    ours, theirs = (
        g.statistics.routing.logits(
            next(iter(g.view(asked).query.values())),
            g.statistics.terms.weights(asked),
            g.base.lexical,
        )
        for g in (whole, sampled)
    )
    assert theirs == pytest.approx(ours, abs=1.0)
    assert (ours < 0.0).all()


def test_what_was_learnt_is_stored_with_its_generation(
    generation: IndexGeneration, tmp_path: Path
) -> None:
    folder = IndexFolder(tmp_path / "index")
    folder.save(generation)
    loaded = folder.load(WordEncoder())
    for asked in ("pesten op school", "dyslexie met de ouders", "wolf"):
        assert loaded.view(asked).routed == generation.view(asked).routed
    assert loaded.view("pesten op school").routed
