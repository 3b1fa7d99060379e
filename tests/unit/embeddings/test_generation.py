"""Generations: what is found, after which changes, and what caching spares."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from embeddings.builder import EXACT_LIMIT, apply, build, compact
from embeddings.caching import CachingEncoder
from embeddings.generation import IndexGeneration
from matcher.fusion import fuse
from matcher.ports import Signal
from matcher.types import Document, DocumentId, DocumentKind, Outcome, Part, PersonId
from tests.fakes import DictVectors, WordEncoder
from tests.unit.embeddings.cases import CORPUS, NATIONAL, PEOPLED, SOLVER, built, case


def _found(
    generation: IndexGeneration,
    text: str,
    kind: DocumentKind = DocumentKind.CASE,
    partitions: frozenset[str] = NATIONAL,
) -> list[str]:
    fused = fuse(generation.view(text, partitions).retrieve(kind, 10))
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
    view = built(CORPUS).view("rekenen in de bovenbouw", NATIONAL)
    alone, all_ = view.score([DocumentId("b")]), view.score(d.id for d in CORPUS)
    at = all_.ids.index(DocumentId("b"))
    # another number of rows multiplies float32 in another order
    np.testing.assert_allclose(alone.values[0], all_.values[at], atol=1e-7)


def test_unknown_ids_are_left_out() -> None:
    assert built(CORPUS).view("rekenen", NATIONAL).score([DocumentId("nee")]).ids == ()


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
    assert after.view("rekenen", NATIONAL).score([DocumentId("b")]).ids == ()
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


def test_a_question_that_is_solved_becomes_a_case() -> None:
    encoder = WordEncoder()
    solved = replace(CORPUS[5], kind=DocumentKind.CASE, resolution="samen gedaan", revision=2)
    after = apply(built(CORPUS, encoder), [solved], [], 8, encoder)
    assert _found(after, "rekenen en bewegen")[0] == "q"
    assert _found(after, "rekenen en bewegen", DocumentKind.QUESTION) == []


def test_who_took_part_is_put_together_once_for_each_generation() -> None:
    encoder = WordEncoder()
    before = built(PEOPLED, encoder)
    roster = before.view("pesten", NATIONAL).sight.roster
    assert before.view("rekenen", NATIONAL).sight.roster is roster
    new = case("n", "wolf bij het fietspad", "hek geplaatst", parts=(("p9", SOLVER),))
    after = apply(before, [new], [], 8, encoder).view("pesten", NATIONAL).sight.roster
    assert after is not roster
    assert set(after.people) - set(roster.people) == {"p9"}


def _theme(id_: str) -> Document:
    return Document(DocumentId(id_), DocumentKind.THEME, "national", 1, f"thema {id_}")


def test_texts_are_what_people_wrote_and_can_be_found() -> None:
    encoder = WordEncoder()
    before = built([*CORPUS, _theme("s"), _theme("t")], encoder)
    assert (before.texts, len(before)) == (6, 8)
    revised = replace(CORPUS[0], revision=2)
    after = apply(before, [revised, _theme("u")], map(DocumentId, "bt"), 8, encoder)
    assert (after.texts, len(after)) == (5, 7)


def test_what_is_found_is_all_that_was_indexed_but_for_what_is_gone() -> None:
    encoder = WordEncoder()
    moved = replace(CORPUS[4], partition="national", revision=2)
    after = apply(built(CORPUS, encoder), [moved, case("n", "wolf")], [DocumentId("b")], 8, encoder)
    assert after.found == set("acdeqn")
    assert compact(after, "packed", EXACT_LIMIT).found == set("acdeqn")


def test_moved_is_what_was_written_since_as_a_part_of_the_base() -> None:
    """A revised document is gone from the base and added to it."""
    encoder = WordEncoder()
    before = built(CORPUS, encoder)
    new = apply(before, [case("n", "wolf")], [], 8, encoder)
    revised = apply(new, [replace(CORPUS[0], revision=2)], [DocumentId("b")], 9, encoder)
    assert [g.moved for g in (before, new, revised)] == [0.0, 1 / 6, 4 / 6]
    assert compact(revised, "packed", EXACT_LIMIT).moved == 0.0


def test_a_removed_document_that_comes_back_is_found_again() -> None:
    encoder = WordEncoder()
    without = apply(built(CORPUS, encoder), [], [DocumentId("b")], 8, encoder)
    again = apply(without, [CORPUS[1]], [], 9, encoder)
    assert _found(again, "rekenen in de bovenbouw")[0] == "b"
    assert again.digest == built(CORPUS).digest


def test_what_was_removed_and_is_unknown_changes_nothing() -> None:
    encoder = WordEncoder()
    before = built(CORPUS, encoder)
    after = apply(before, [], [DocumentId("nee")], 8, encoder)
    assert (after.digest, len(after.layers), after.position) == (before.digest, 1, 8)


def test_a_generation_knows_the_outbox_row_that_it_is_true_to() -> None:
    encoder = WordEncoder()
    before = build(
        CORPUS,
        name="g",
        position=7,
        anchor="seven",
        documents_encoder=encoder,
        query_encoder=encoder,
    )
    after = apply(before, [case("n", "wolf")], [], 8, encoder, "eight")
    told = [(g.position, g.anchor, g.statistics.position) for g in (before, after)]
    assert told == [(7, "seven", 7), (8, "eight", 7)]


def test_what_texts_say_on_average_never_moves_within_a_lineage() -> None:
    encoder = WordEncoder()
    before = built(CORPUS, encoder)
    after = apply(before, [case("n", "rekenen in de wolvenschool", "hek")], [], 8, encoder)
    assert after.statistics is before.statistics
    assert compact(after, "packed", EXACT_LIMIT).statistics is before.statistics


def test_compaction_leaves_what_can_be_found_alone_in_one_layer() -> None:
    encoder = WordEncoder()
    revised = replace(CORPUS[1], problem="wolf bij het fietspad", revision=2)
    layered = apply(built(CORPUS, encoder), [revised], [DocumentId("c")], 8, encoder)
    packed = compact(layered, "packed", EXACT_LIMIT)
    assert [len(layer.segment) for layer in packed.layers] == [5]
    assert (packed.name, packed.position, len(packed)) == ("packed", 8, 5)
    assert packed.digest == layered.digest
    assert _found(packed, "wolf bij het fietspad")[0] == "b"


@pytest.mark.parametrize(
    "changed",
    [
        {"revision": 2},
        {"partition": "board:x"},
        {"kind": DocumentKind.QUESTION},
        {"problem": "anders"},
        {"resolution": "anders"},
        {"title": "anders"},
        {"passages": ("anders",)},
        {"parts": (Part(PersonId("p"), SOLVER),)},
        {"outcome": Outcome.NOT},
        {"happened_on": date(2020, 1, 1)},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_digest_tells_any_difference_in_a_document(changed: dict[str, Any]) -> None:
    assert built([*CORPUS[1:], replace(CORPUS[0], **changed)]).digest != built(CORPUS).digest


def test_a_digest_is_of_the_documents_and_not_of_how_they_came() -> None:
    encoder = WordEncoder()
    some = apply(built(CORPUS[:2], encoder), CORPUS[3:], [], 8, encoder)
    assert apply(some, [CORPUS[2]], [], 9, encoder).digest == built(CORPUS[::-1]).digest


def test_documents_in_any_order_give_the_same_index() -> None:
    one, other = built(PEOPLED), built(PEOPLED[::-1])
    for text in ("rekenen op school", "zorgleerling"):
        ours, theirs = (g.view(text, NATIONAL).retrieve(DocumentKind.CASE, 4) for g in (one, other))
        assert ours.ids == theirs.ids
        np.testing.assert_allclose(ours.values, theirs.values, atol=1e-6)


@pytest.mark.parametrize("at_once", [1, 3])
def test_many_small_changes_leave_few_layers(at_once: int) -> None:
    """As many as sizes that double, at most; each document is in one alone."""
    encoder = WordEncoder()
    generation = built(CORPUS, encoder)
    for step in range(60):
        some = [case(f"n{step}-{at}", f"wolf nummer {step}", "hek") for at in range(at_once)]
        generation = apply(generation, some, [], 8 + step, encoder)
        later = [len(layer) for layer in generation.layers[1:]]
        assert sum(later) == at_once * (step + 1)
        assert all(left > 2 * right for left, right in pairwise(later))
        assert len(later) <= 1 + math.log2(step + 1)


def test_of_a_layer_from_which_all_is_gone_nothing_is_kept() -> None:
    encoder = WordEncoder()
    new = case("n", "wolf bij het fietspad", "hek")
    added = apply(built(CORPUS, encoder), [new], [], 8, encoder)
    assert len(added.layers) == 2
    assert len(apply(added, [], [new.id], 9, encoder).layers) == 1
    revised = apply(added, [replace(new, revision=2)], [], 9, encoder)
    assert [len(layer.segment) for layer in revised.layers] == [6, 1]


def test_one_document_or_none_can_be_indexed_and_asked() -> None:
    assert _found(built([]), "rekenen") == []
    assert _found(built(CORPUS[:1]), "thuiszitter") == ["a"]


def test_a_field_without_words_is_no_vector_of_nan() -> None:
    generation = built([*CORPUS, case("x", "leeg lokaal", "…")])
    values = generation.view("leeg lokaal", NATIONAL).score([DocumentId("x")]).values
    assert np.isnan(values[0, Signal.DENSE_RESOLUTION])
    assert np.isfinite(values[0, [Signal.DENSE_PROBLEM, Signal.LEXICAL]]).all()


def test_shared_words_are_given_as_the_asker_wrote_them() -> None:
    view = built(CORPUS).view("Onze Thuiszitters en schimmels", NATIONAL)
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
