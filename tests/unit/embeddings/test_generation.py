"""Generations: what is found, after which changes, and what caching spares."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from embeddings.builder import apply, build
from embeddings.caching import CachingEncoder
from embeddings.generation import IndexGeneration
from matcher.fusion import fuse
from matcher.ports import Signal
from matcher.types import DocumentId, DocumentKind
from tests.fakes import DictVectors, WordEncoder
from tests.unit.embeddings.cases import CORPUS, NATIONAL, PEOPLED, SOLVER, built, case


def _found(
    generation: IndexGeneration,
    text: str,
    kind: DocumentKind = DocumentKind.CASE,
    partitions: frozenset[str] = NATIONAL,
) -> list[str]:
    fused = fuse(generation.view(text).retrieve(kind, partitions, 10))
    return [fused.ids[row] for row in fused.best_first()]


def test_the_nearest_case_comes_first() -> None:
    assert _found(built(CORPUS), "rekenen in de bovenbouw")[0] == "b"


def test_open_questions_and_cases_are_apart() -> None:
    generation = built(CORPUS)
    assert _found(generation, "rekenen", DocumentKind.QUESTION) == ["q"]
    assert "q" not in _found(generation, "rekenen")


def test_a_partition_that_the_viewer_may_not_see_is_not_searched() -> None:
    generation = built(CORPUS)
    assert "e" not in _found(generation, "brugklasser durft niet naar school")
    wider = _found(
        generation, "brugklasser durft niet naar school", partitions=NATIONAL | {"board:x"}
    )
    assert wider[0] == "e"


def test_scores_are_the_same_whatever_else_was_asked_for() -> None:
    view = built(CORPUS).view("rekenen in de bovenbouw")
    alone, all_ = view.score([DocumentId("b")]), view.score(d.id for d in CORPUS)
    at = all_.ids.index(DocumentId("b"))
    # another number of rows multiplies float32 in another order
    np.testing.assert_allclose(alone.values[0], all_.values[at], atol=1e-7)


def test_unknown_ids_are_left_out() -> None:
    assert built(CORPUS).view("rekenen").score([DocumentId("nee")]).ids == ()


def test_a_new_document_is_found_and_the_old_generation_does_not_know_it() -> None:
    encoder = WordEncoder()
    before = built(CORPUS, encoder)
    new = case("n", "wolf bij het fietspad", "hek geplaatst")
    after = apply(before, [new], [], 8, encoder)
    assert _found(after, "wolf bij het fietspad")[0] == "n"
    assert "n" not in _found(before, "wolf bij het fietspad")
    assert (after.position, len(after)) == (8, len(before) + 1)


def test_a_removed_document_is_gone_at_once() -> None:
    encoder = WordEncoder()
    after = apply(built(CORPUS, encoder), [], [DocumentId("b")], 8, encoder)
    assert "b" not in _found(after, "rekenen in de bovenbouw")
    assert after.view("rekenen").score([DocumentId("b")]).ids == ()
    assert len(after) == len(CORPUS) - 1


def test_a_revised_document_is_found_by_its_new_text_only_and_once() -> None:
    encoder = WordEncoder()
    revised = replace(CORPUS[1], problem="wolf bij het fietspad", revision=2)
    after = apply(built(CORPUS, encoder), [revised], [], 8, encoder)
    found = _found(after, "wolf bij het fietspad")
    assert found[0] == "b"
    assert found.count("b") == 1
    again = apply(after, [replace(revised, problem="schaatsen", revision=3)], [], 9, encoder)
    assert _found(again, "schaatsen")[0] == "b"
    assert len(again) == len(CORPUS)


def test_a_question_that_is_solved_becomes_acase() -> None:
    encoder = WordEncoder()
    solved = replace(CORPUS[5], kind=DocumentKind.CASE, resolution="samen gedaan", revision=2)
    after = apply(built(CORPUS, encoder), [solved], [], 8, encoder)
    assert _found(after, "rekenen en bewegen")[0] == "q"
    assert _found(after, "rekenen en bewegen", DocumentKind.QUESTION) == []


def test_who_took_part_is_put_together_once_for_each_generation() -> None:
    encoder = WordEncoder()
    before = built(PEOPLED, encoder)
    assert before.view("pesten").roster is before.view("rekenen").roster is before.roster
    new = case("n", "wolf bij het fietspad", "hek geplaatst", parts=(("p9", SOLVER),))
    after = apply(before, [new], [], 8, encoder)
    assert after.roster is not before.roster
    assert set(after.roster.people) - set(before.roster.people) == {"p9"}


def test_one_document_or_none_can_be_indexed_and_asked() -> None:
    assert _found(built([]), "rekenen") == []
    assert _found(built(CORPUS[:1]), "thuiszitter") == ["a"]


def test_a_field_without_words_is_no_vector_of_nan() -> None:
    generation = built([*CORPUS, case("x", "leeg lokaal", "…")])
    values = generation.view("leeg lokaal").score([DocumentId("x")]).values
    assert np.isnan(values[0, Signal.DENSE_RESOLUTION])
    assert np.isfinite(values[0, [Signal.DENSE_PROBLEM, Signal.LEXICAL]]).all()


def test_shared_words_are_given_as_the_asker_wrote_them() -> None:
    view = built(CORPUS).view("Onze Thuiszitters en schimmels")
    shared = view.shared_words([DocumentId("a"), DocumentId("b")], 3)
    assert shared == {"a": ("Thuiszitters",), "b": ()}


def test_an_unchanged_corpus_is_encoded_once() -> None:
    encoder, store = WordEncoder(), DictVectors()
    caching = CachingEncoder(encoder, store, keeps_queries=True)

    def calls() -> int:
        build(CORPUS, name="g", position=0, documents_encoder=caching, query_encoder=encoder)
        return len(encoder.encoded)

    assert calls() == calls() > 0


def test_equal_texts_are_encoded_once_and_both_get_the_vector() -> None:
    encoder = WordEncoder()
    vectors = CachingEncoder(encoder, DictVectors()).encode_documents(["lezen", "taal", "lezen"])
    assert sorted(encoder.encoded) == ["lezen", "taal"]
    np.testing.assert_array_equal(vectors[0], vectors[2])


def test_progress_counts_to_the_number_of_different_texts() -> None:
    told: list[tuple[int, int]] = []
    caching = CachingEncoder(WordEncoder(), DictVectors(), lambda *step: told.append(step))
    caching.encode_documents([f"tekst nummer {n % 100}" for n in range(150)])
    assert told[0] == (0, 100)
    assert told[-1] == (100, 100)
