"""The Matcher over a real index in memory, for generated cases, people and secrets."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from embeddings.builder import apply, build
from embeddings.generation import IndexGeneration
from embeddings.routing import Routing
from matcher.affinity import ROLE_WEIGHT
from matcher.matches import Matches, PersonMatch
from matcher.pipeline import Matcher
from matcher.ports import Unnamed
from matcher.types import (
    NATIONAL_PARTITION,
    Depth,
    Document,
    DocumentId,
    DocumentKind,
    Expert,
    Outcome,
    Part,
    ParticipationRole,
    PersonId,
    Position,
    Query,
    Role,
    SharingScope,
    Viewer,
    VisibleDocument,
)
from tests.fakes import WordEncoder
from tests.property.strategies import PROPERTY
from tests.unit.matcher.builders import TODAY, person

FEW = settings(PROPERTY, max_examples=50)
WORDS = ["pesten", "ouders", "rekenen", "verzuim", "klas", "groep", "team", "taal", "lezen"]
PEOPLE = [PersonId(f"p{number}") for number in range(6)]
VIEWER = Viewer(None, (Position(Role.SCHOOL_LEADER, "mine", "board-1", "partnership-1"),))
PARTITIONS = [NATIONAL_PARTITION, "board:board-1", "board:board-2"]
ENCODER = WordEncoder()

texts = st.lists(st.sampled_from(WORDS), min_size=4, max_size=8)
parts = st.builds(Part, st.sampled_from(PEOPLE), st.sampled_from(ParticipationRole))


@dataclass(frozen=True)
class World:
    """What the index knows, and what of it the store still shows."""

    documents: tuple[Document, ...]
    shown: frozenset[DocumentId]

    def without(self, case: DocumentId) -> World:
        return World(tuple(d for d in self.documents if d.id != case), self.shown - {case})


class Store:
    """Implements Directory: everyone helps, half of them advise; a sentence names its case."""

    def __init__(self, world: World) -> None:
        self._seen = {
            d.id: d
            for d in world.documents
            if d.id in world.shown and d.partition in VIEWER.partitions
        }

    def visible(
        self, ids: Collection[DocumentId], viewer: Viewer
    ) -> Mapping[DocumentId, VisibleDocument]:
        return {
            id_: VisibleDocument(id_, self._seen[id_].title, SharingScope.NATIONAL, TODAY)
            for id_ in ids
            if id_ in self._seen
        }

    def passages(
        self, ids: Collection[DocumentId], viewer: Viewer
    ) -> Mapping[DocumentId, Sequence[str]]:
        return {id_: self._seen[id_].passages for id_ in ids if id_ in self._seen}

    def experts(
        self, people: Collection[PersonId], themes: Collection[DocumentId], viewer: Viewer
    ) -> list[Expert]:
        return [person(id_, role=_role_of(id_)) for id_ in sorted(people)]

    def unnamed(self, regions: Collection[str]) -> list[Unnamed]:
        return []

    def theme_names(self, themes: Collection[DocumentId]) -> Mapping[DocumentId, str]:
        return {}


class Served:
    """Implements Index."""

    def __init__(self, generation: IndexGeneration) -> None:
        self._generation = generation

    def current(self) -> IndexGeneration:
        return self._generation


def _role_of(id_: PersonId) -> Role:
    return Role.ADVISER if PEOPLE.index(id_) % 2 else Role.SCHOOL_LEADER


@st.composite
def worlds(draw: st.DrawFn, *, secrets: bool) -> World:
    """Cases and questions, each marked by its own id in every text of it."""
    documents = []
    for number in range(draw(st.integers(1, 8))):
        id_ = DocumentId(f"geheim{number}")
        words = draw(texts)
        sentence = f"Dit stuk heet {id_} en gaat over {' '.join(words)}."
        solved = draw(st.booleans()) or not secrets
        documents.append(
            Document(
                id=id_,
                kind=DocumentKind.CASE if solved else DocumentKind.QUESTION,
                partition=draw(st.sampled_from(PARTITIONS)) if secrets else NATIONAL_PARTITION,
                revision=1,
                problem=f"{id_}\n{sentence}",
                resolution=" ".join(draw(texts)) if solved else "",
                title=f"Titel {id_}",
                passages=(sentence,),
                parts=tuple(draw(st.lists(parts, min_size=1, max_size=4))),
                outcome=draw(st.sampled_from(Outcome)) if solved else None,
                happened_on=draw(_days) if solved else None,
            )
        )
    ids = [document.id for document in documents]
    hidden = draw(st.sets(st.sampled_from(ids))) if secrets else set()
    return World(tuple(documents), frozenset(ids) - hidden)


_days = st.dates(min_value=date(2015, 1, 1), max_value=TODAY + timedelta(days=30))
queries = texts.map(lambda words: Query(situation=" ".join(words), today=TODAY))


def indexed(documents: Sequence[Document]) -> IndexGeneration:
    """With a made-up routing: these worlds are too small to learn one from."""
    generation = build(
        documents,
        name="made",
        position=0,
        documents_encoder=ENCODER,
        query_encoder=ENCODER,
    )
    routing = Routing(
        tuple(PEOPLE),
        np.zeros((len(PEOPLE), ENCODER.dimension), np.float32),
        np.zeros((len(generation.statistics.terms.frequency), len(PEOPLE)), np.float16),
        np.linspace(-1.0, 2.0, len(PEOPLE)),
    )
    return replace(generation, statistics=replace(generation.statistics, routing=routing))


# several ways of writing one word, and words that are one only once analysed
WRITTEN = ["Gepest", "gepest", "PESTEN", "pest", "Coördinatie", "coordinatie", "één", "schoolplein"]
WRITTEN += ["Schoolpleinen", "plein", "privé", "PRIVÉ", "leerkrachten", "Leerkracht"]
_ABOUT = [
    ("pesten", "Gepest en pesten op het schoolplein, coördinatie door leerkrachten."),
    ("prive", "Privé en pest in één plein; leerkracht en coordinatie."),
    ("rest", "Iets over de tuin."),
]
WORDY_DOCUMENTS = tuple(
    Document(
        DocumentId(id_),
        DocumentKind.CASE,
        NATIONAL_PARTITION,
        1,
        text,
        passages=(text,),
        outcome=Outcome.SOLVED,
        happened_on=TODAY,
    )
    for id_, text in _ABOUT
)
WORDY = World(WORDY_DOCUMENTS, frozenset(d.id for d in WORDY_DOCUMENTS))
WRITTEN_ABOUT = indexed(WORDY_DOCUMENTS)


def match(generation: IndexGeneration, world: World, query: Query) -> Matches:
    return Matcher(Served(generation), Depth(people=len(PEOPLE))).match(query, VIEWER, Store(world))


def suggested(found: Matches) -> dict[PersonId, PersonMatch]:
    return {one.expert.id: one for one in (*found.peers, *found.advisers)}


@FEW
@given(worlds(secrets=False), queries)
def test_without_their_first_named_case_a_person_stands_lower_or_is_gone(
    world: World, query: Query
) -> None:
    generation = indexed(world.documents)
    before = suggested(match(generation, world, query))
    assert set(before) == {part.person for d in world.documents for part in d.parts}
    for id_, one in before.items():
        case = one.evidence[0].document
        less = apply(generation, [], [case], 1, ENCODER)
        after = suggested(match(less, world.without(case), query))
        if len(one.evidence) == 1:
            assert id_ not in after
        else:
            assert after[id_].affinity < one.affinity
            assert case not in [evidence.document for evidence in after[id_].evidence]


@FEW
@given(worlds(secrets=False), queries, st.data())
def test_withdrawn_in_the_store_alone_or_in_the_index_too_people_stand_the_same(
    world: World, query: Query, data: st.DataObject
) -> None:
    """What the index does not know yet makes no difference to who is shown, nor to why."""
    case = data.draw(st.sampled_from(world.documents)).id
    generation = indexed(world.documents)
    stale = suggested(match(generation, replace(world, shown=world.shown - {case}), query))
    fresh = suggested(match(apply(generation, [], [case], 1, ENCODER), world.without(case), query))
    assert {id_: one.affinity for id_, one in stale.items()} == pytest.approx(
        {id_: one.affinity for id_, one in fresh.items()}, abs=1e-9
    )
    for id_, one in stale.items():
        assert _evidence(one) == _evidence(fresh[id_])


@FEW
@given(worlds(secrets=True), queries)
def test_nothing_that_is_told_names_what_the_viewer_may_not_open(
    world: World, query: Query
) -> None:
    """Every text of a case names it; `repr` tells all that a match holds."""
    may_open = Store(world).visible([d.id for d in world.documents], VIEWER).keys()
    found = match(indexed(world.documents), world, query)
    assert set(re.findall(r"geheim\d+", repr(found))) <= may_open
    for shown in (*found.cases, *found.questions):
        assert shown.document.id in shown.sentence


@FEW
@given(worlds(secrets=False), queries)
def test_of_several_parts_in_one_case_only_the_weightiest_is_named(
    world: World, query: Query
) -> None:
    for id_, one in suggested(match(indexed(world.documents), world, query)).items():
        took_part = {
            document.id: {part.role for part in document.parts if part.person == id_}
            for document in world.documents
        }
        assert sorted(evidence.document for evidence in one.evidence) == sorted(
            case for case, roles in took_part.items() if roles
        )
        for evidence in one.evidence:
            assert evidence.role in took_part[evidence.document]
            heaviest = max(ROLE_WEIGHT[role] for role in took_part[evidence.document])
            assert ROLE_WEIGHT[evidence.role] == heaviest


@FEW
@given(worlds(secrets=True), queries)
def test_shares_and_reasons_add_up(world: World, query: Query) -> None:
    found = match(indexed(world.documents), world, query)
    for one in suggested(found).values():
        named = sum(evidence.share for evidence in one.evidence)
        total = named + one.others_share + one.history_share
        assert total == pytest.approx(one.affinity, abs=1e-6)
    for shown in (*found.cases, *found.questions):
        assert sum(r.share for r in shown.reasons) == pytest.approx(shown.score, abs=1e-6)


@FEW
@given(worlds(secrets=True), queries, st.floats(0.0, 0.49))
def test_off_topic_no_one_is_suggested_whatever_there_is(
    world: World, query: Query, on_topic: float
) -> None:
    generation = indexed(world.documents)
    topic = replace(generation.statistics.topic, offset=_log_odds(on_topic))
    off = replace(generation, statistics=replace(generation.statistics, topic=topic))
    assume(off.view(query.situation, VIEWER.partitions).on_topic < 0.5)
    found = match(off, world, query)
    assert (found.fits, found.peers, found.advisers) == (False, (), ())
    assert found.cases == match(generation, world, query).cases


@FEW
@given(st.lists(st.sampled_from(WRITTEN), min_size=1, max_size=12), st.sampled_from(("NFC", "NFD")))
def test_shared_words_are_as_the_user_wrote_them_each_once(
    written: list[str], form: Literal["NFC", "NFD"]
) -> None:
    """Not stems, not folded; also where an accent was typed as a character of its own."""
    text = unicodedata.normalize(form, ", ".join(written))
    found = match(WRITTEN_ABOUT, WORDY, Query(situation=text, today=TODAY))
    for shown in (*found.cases, *found.questions):
        (words,) = [reason.words for reason in shown.reasons if reason.words] or [()]
        assert set(words) <= set(written)
        assert len(words) == len(set(words))


def _log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability)) if probability else -math.inf


def _evidence(one: PersonMatch) -> Any:
    return [(evidence.document, round(evidence.share, 9)) for evidence in one.evidence]
