"""An index after any changes, against a plain dict of the documents that there are.

However it came to be (in layers, as one, read back from files), it answers the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.builder import EXACT_LIMIT, apply, build, compact
from embeddings.generation import IndexGeneration
from embeddings.participations import OUTCOMES, ROLES, participations
from embeddings.view import IndexQueryView
from matcher.ports import EvidenceTable, Signal, Signals
from matcher.text import has_words
from matcher.types import (
    Document,
    DocumentId,
    DocumentKind,
    Field,
    Outcome,
    Part,
    ParticipationRole,
    PersonId,
)
from tests.fakes import WordEncoder
from tests.property.strategies import PROPERTY
from tests.unit.embeddings.cases import read_back

FEW = settings(PROPERTY, max_examples=40)
ENCODER = WordEncoder()
IDS = [DocumentId(id_) for id_ in (*"abcdefg", "één", "z" * 50, "Z")]
PARTITIONS = ["national", "board:x", "school:y"]
VIEWERS = [
    frozenset(some)
    for some in chain.from_iterable(combinations(PARTITIONS, count) for count in range(4))
]
WORDS = ["pesten", "gepest", "ouders", "rekenen", "lerarentekort", "leraren", "tekort"]
NEW = ["wolf", "fietspad"]  # no text of a base has these
QUESTIONS = ["pesten en ouders", "lerarentekort", "een wolf bij het fietspad en rekenen"]
Asked = tuple[str, frozenset[str]]
asked = st.tuples(st.sampled_from(QUESTIONS), st.sampled_from(VIEWERS))
DENSE = (Signal.DENSE_PROBLEM, Signal.DENSE_RESOLUTION)


def _texts(words: Sequence[str]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(words), min_size=0, max_size=5).map(
        lambda w: " ".join(w) or "…"
    )


def documents(words: Sequence[str]) -> st.SearchStrategy[Document]:
    """On one shelf more than on the others, so that some compete."""
    parts = st.builds(
        Part,
        st.sampled_from("pqrs").map(PersonId),
        st.sampled_from(ParticipationRole),
    )
    return st.builds(
        _document,
        st.sampled_from(IDS),
        st.sampled_from([*DocumentKind, *[DocumentKind.CASE] * 4]),
        st.sampled_from([*PARTITIONS, *["national"] * 3]),
        _texts(words),
        _texts(words),
        st.lists(parts, max_size=3).map(tuple),
    )


def _document(
    id_: DocumentId,
    kind: DocumentKind,
    partition: str,
    problem: str,
    resolution: str,
    parts: tuple[Part, ...],
) -> Document:
    """Only a case is solved, and tells of people."""
    if kind is not DocumentKind.CASE:
        return Document(id_, kind, partition, 1, problem)
    return Document(
        id_,
        kind,
        partition,
        1,
        problem,
        resolution,
        parts=parts,
        outcome=Outcome.SOLVED,
        happened_on=date(2024, 1, 1),
    )


def _some(words: Sequence[str], most: int, least: int = 0) -> st.SearchStrategy[list[Document]]:
    return st.lists(
        documents(words), min_size=least, max_size=most, unique_by=lambda document: document.id
    )


Step = tuple[list[Document], set[DocumentId]]
steps = st.lists(
    st.tuples(_some(WORDS + NEW, 3), st.sets(st.sampled_from(IDS), max_size=2)),
    min_size=1,
    max_size=5,
)


@dataclass(frozen=True)
class World:
    """An index after some steps, and the documents that there should be in it."""

    generation: IndexGeneration
    expected: Mapping[DocumentId, Document]

    def within(self, partitions: Collection[str]) -> dict[DocumentId, Document]:
        """In order of id."""
        return {
            id_: document
            for id_, document in sorted(self.expected.items())
            if document.partition in partitions
        }


@st.composite
def worlds(draw: st.DrawFn) -> World:
    base = draw(_some(WORDS, len(IDS), least=draw(st.integers(0, 6))))
    generation = build(
        base, name="base", position=0, documents_encoder=ENCODER, query_encoder=ENCODER
    )
    expected = {document.id: document for document in base}
    for position, (drawn, removed) in enumerate(draw(steps), start=1):
        changes = [replace(document, revision=1 + position) for document in drawn]
        gone = removed - {document.id for document in changes}
        generation = apply(generation, changes, gone, position, ENCODER)
        expected |= {document.id: document for document in changes}
        expected = {id_: document for id_, document in expected.items() if id_ not in gone}
    return World(generation, expected)


def _others(generation: IndexGeneration) -> Iterator[IndexGeneration]:
    """The same, in other ways."""
    packed = compact(generation, "packed", EXACT_LIMIT)
    yield packed
    yield read_back(generation)
    yield read_back(packed)


def _views(world: World, asked: Asked) -> Iterator[tuple[IndexQueryView, IndexQueryView]]:
    """The view of the layers, beside that of each other way."""
    for other in _others(world.generation):
        yield world.generation.view(*asked), other.view(*asked)


def _assert_equal(ours: Signals, theirs: Signals) -> None:
    """To the last bit."""
    assert list(ours.ids) == list(theirs.ids)
    for name in ("values", "mean", "std", "trust"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))


# ── what there is ────────────────────────────────────────────────────────────────────────────


@FEW
@given(worlds())
def test_found_is_what_was_written_and_not_removed_since(world: World) -> None:
    for generation in (world.generation, *_others(world.generation)):
        assert generation.found == world.expected.keys()
        assert len(generation) == len(world.expected)
        kinds = [document.kind for document in world.expected.values()]
        assert generation.texts == len(kinds) - kinds.count(DocumentKind.THEME)


@FEW
@given(worlds())
def test_a_digest_is_that_of_the_same_documents_built_at_once(world: World) -> None:
    anew = build(
        list(world.expected.values()),
        name="anew",
        position=0,
        documents_encoder=ENCODER,
        query_encoder=ENCODER,
    )
    for generation in (world.generation, *_others(world.generation)):
        assert generation.digest == anew.digest


@FEW
@given(worlds())
def test_a_document_is_seen_on_the_shelf_where_it_lies_now_and_on_no_other(world: World) -> None:
    for generation in (world.generation, *_others(world.generation)):
        for viewer in VIEWERS:
            view, within = generation.view("rekenen", viewer), world.within(viewer)
            assert list(view.score(IDS).ids) == list(within)
            assert set(view.shared_words(IDS, 3)) == within.keys()
            for kind in DocumentKind:
                there = [id_ for id_, document in within.items() if document.kind is kind]
                compared = [id_ for id_ in there if _has_any_words(within[id_])]
                assert list(view.retrieve(kind, 100).ids) == compared


def _has_any_words(document: Document) -> bool:
    return any(has_words(document.text(part)) for part in Field)


@FEW
@given(worlds())
def test_evidence_is_everyones_part_in_the_cases_within_sight(world: World) -> None:
    for generation in (world.generation, *_others(world.generation)):
        for viewer in VIEWERS:
            for without in ((), IDS[:4]):
                table = generation.view("rekenen", viewer).evidence(without)
                assert sorted(entry[:5] for entry in _entries(table)) == sorted(
                    (part.person, document.id, part.role, part.outcome, part.day)
                    for document in world.within(viewer).values()
                    if document.id not in without
                    for part in participations(document)
                )
                assert table.person.tolist() == sorted(table.person.tolist())
                assert list(table.people) == sorted(set(table.people))


# ── the same answers ─────────────────────────────────────────────────────────────────────────


@FEW
@given(worlds(), asked)
def test_scores_are_the_same_to_the_last_bit(world: World, asked: Asked) -> None:
    for view, other in _views(world, asked):
        _assert_equal(view.score(IDS), other.score(IDS))
        assert (view.on_topic, view.routed) == (other.on_topic, other.routed)


@FEW
@given(worlds(), asked, st.integers(0, 4))
def test_shared_words_are_the_same(world: World, asked: Asked, limit: int) -> None:
    for view, other in _views(world, asked):
        assert view.shared_words(IDS, limit) == other.shared_words(IDS, limit)


@FEW
@given(worlds(), asked, st.sampled_from(DocumentKind))
def test_what_is_retrieved_is_the_same(world: World, asked: Asked, kind: DocumentKind) -> None:
    for view, other in _views(world, asked):
        _assert_equal(view.retrieve(kind, 100), other.retrieve(kind, 100))


@FEW
@given(worlds(), asked)
def test_the_best_by_each_signal_are_as_good(world: World, asked: Asked) -> None:
    """Of layers as of one; which of equals is retrieved may differ, see test_view.py."""
    packed = compact(world.generation, "packed", EXACT_LIMIT)
    view, other = (g.view(*asked) for g in (world.generation, packed))
    for kind in DocumentKind:
        for limit in range(4):
            found, again = (v.retrieve(kind, limit) for v in (view, other))
            for signal in (*DENSE, Signal.LEXICAL):
                ours, theirs = (_best_of(each.values[:, signal], limit) for each in (found, again))
                np.testing.assert_allclose(ours, theirs, atol=1e-6)


def _best_of(values: np.ndarray, limit: int) -> np.ndarray:
    """What shares no word has 0 by its words, and is not retrieved for it."""
    return np.sort(values[~np.isnan(values) & (values != 0.0)])[::-1][:limit]


@FEW
@given(worlds(), asked)
def test_evidence_is_the_same(world: World, asked: Asked) -> None:
    """Cosines but for rounding: rows are multiplied in blocks, in which they lie otherwise."""
    for view, other in _views(world, asked):
        ours, theirs = (sorted(_entries(v.evidence(IDS[:2]))) for v in (view, other))
        assert [entry[:5] for entry in ours] == [entry[:5] for entry in theirs]
        values, others = (np.array([e[5:] for e in entries]) for entries in (ours, theirs))
        np.testing.assert_allclose(values, others, atol=1e-6)


def _entries(table: EvidenceTable) -> list[tuple[object, ...]]:
    """Person, case, role, outcome, day, and the signals of the case; NaN as -9."""
    return [
        (
            table.people[person],
            table.signals.ids[row],
            ROLES[role],
            OUTCOMES[outcome],
            day,
            *np.nan_to_num(table.signals.values[row], nan=-9.0).tolist(),
        )
        for person, row, role, outcome, day in zip(
            table.person, table.document, table.role, table.outcome, table.day, strict=True
        )
    ]


@FEW
@given(worlds(), asked, st.dictionaries(st.sampled_from(IDS), st.floats(0.1, 3.0), max_size=3))
def test_feedback_is_the_same(world: World, asked: Asked, cases: dict[DocumentId, float]) -> None:
    """But for rounding: the sum of the cases is taken layer by layer."""
    for view, other in _views(world, asked):
        ours, theirs = (v.focused(cases).score(IDS) for v in (view, other))
        assert ours.ids == theirs.ids
        np.testing.assert_allclose(ours.values, theirs.values, atol=1e-5)


# ── layers ───────────────────────────────────────────────────────────────────────────────────


@FEW
@given(worlds())
def test_layers_are_few_and_no_document_is_in_two(world: World) -> None:
    base, *later = (len(layer) for layer in world.generation.layers)
    assert all(left > 2 * right for left, right in pairwise(later))
    assert base + sum(later) == len(world.expected)


@pytest.mark.parametrize("viewer", VIEWERS, ids=lambda viewer: ",".join(sorted(viewer)))
def test_an_empty_index_finds_nothing_for_anyone(viewer: frozenset[str]) -> None:
    empty = build([], name="e", position=0, documents_encoder=ENCODER, query_encoder=ENCODER)
    for generation in (empty, *_others(empty)):
        view = generation.view("pesten", viewer)
        assert view.score(IDS).ids == view.retrieve(DocumentKind.CASE, 5).ids == ()
        assert len(view.evidence(()).person) == 0
