"""How one query sees an index of a base and what changed since."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import numpy as np
import pytest

from embeddings.builder import EXACT_LIMIT, apply, compact
from embeddings.generation import IndexGeneration
from embeddings.participations import OUTCOMES, ROLES, participations
from embeddings.recipe import Recipe
from embeddings.sight import Sights
from matcher.ports import EvidenceTable, Signal, Signals
from matcher.types import Document, DocumentId, DocumentKind, Field, Outcome, Vectors
from tests.fakes import WordEncoder
from tests.unit.embeddings.cases import HELPED, NATIONAL, PEOPLED, SOLVER, built, case

ASKED = "een leerling van de basisschool komt niet meer naar school"
GONE = "c"  # removed since the base was made
WITHOUT_PROBLEM = "j"
WIDER = NATIONAL | {"board:x"}

_BY_ID = {document.id: document for document in PEOPLED}
CHANGES = [
    replace(_BY_ID[DocumentId("b")], problem="rekenen en taal gaan achteruit", revision=2),
    case("k", "wolf bij het fietspad naar school", "hek geplaatst", parts=(("p0", SOLVER),)),
    replace(case("q", "ervaring met rekenen", "samen gedaan", parts=(("p1", HELPED),)), revision=2),
]
NOW = sorted(
    [d for d in PEOPLED if d.id not in {"b", "q", GONE}] + CHANGES, key=lambda document: document.id
)


@pytest.fixture(scope="module")
def generation() -> IndexGeneration:
    """A base in which b and q are revised and c is gone; b, k and q are in a later layer."""
    encoder = WordEncoder()
    return apply(built(PEOPLED, encoder), CHANGES, [DocumentId(GONE)], 8, encoder)


def _ids(text: str) -> list[DocumentId]:
    return [DocumentId(id_) for id_ in text]


def _found(signals: Signals) -> str:
    return "".join(signals.ids)


def _visible(kind: DocumentKind, partitions: frozenset[str]) -> str:
    return "".join(d.id for d in NOW if d.kind is kind and d.partition in partitions)


# ── retrieve ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("partitions", [NATIONAL, WIDER, frozenset({"board:x"}), frozenset()])
@pytest.mark.parametrize("kind", DocumentKind)
def test_all_that_may_be_seen_is_retrieved_once_in_order_of_id(
    generation: IndexGeneration, kind: DocumentKind, partitions: frozenset[str]
) -> None:
    found = generation.view(ASKED, partitions).retrieve(kind, 100)
    assert _found(found) == _visible(kind, partitions)


def _best(signals: Signals, limit: int) -> set[str]:
    """The union of the best of each signal, sorted out one by one."""
    best: set[str] = set()
    for signal in (Signal.DENSE_PROBLEM, Signal.DENSE_RESOLUTION, Signal.LEXICAL):
        scored = dict(zip(signals.ids, signals.values[:, signal], strict=True))
        held = [i for i, v in scored.items() if v == v and (signal != Signal.LEXICAL or v > 0.0)]
        best |= set(sorted(held, key=lambda id_: -scored[id_])[:limit])
    return best


@pytest.mark.parametrize("limit", [0, 1, 2, 3])
def test_the_best_of_each_signal_are_retrieved_and_no_others(limit: int) -> None:
    view = built(PEOPLED).view(ASKED, WIDER)
    cases = view.score(d.id for d in PEOPLED if d.kind is DocumentKind.CASE)
    found = view.retrieve(DocumentKind.CASE, limit)
    assert found.ids == tuple(sorted(_best(cases, limit)))


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_the_best_of_each_signal_are_retrieved_whichever_layer_and_shelf_they_are_in(
    generation: IndexGeneration, limit: int
) -> None:
    view = generation.view(ASKED, WIDER)
    found = view.retrieve(DocumentKind.CASE, limit)
    cases = view.score(_ids(_visible(DocumentKind.CASE, WIDER)))
    assert found.ids == tuple(sorted(_best(cases, limit)))
    np.testing.assert_array_equal(found.values, view.score(found.ids).values)


def test_of_documents_that_are_alike_the_first_by_id_are_retrieved() -> None:
    alike = [case(f"c{at:03d}", "pesten op school", "gesprek") for at in range(300)]
    found = built(alike).view("pesten", NATIONAL).retrieve(DocumentKind.CASE, 5)
    assert found.ids == tuple(document.id for document in alike[:5])


ALIKE = [case(f"c{at:02d}", "pesten op school", "gesprek") for at in range(9)]


def test_of_documents_that_are_alike_the_first_by_id_are_retrieved_whatever_their_layer() -> None:
    encoder = WordEncoder()
    generation = apply(built(ALIKE[1:], encoder), ALIKE[:1], [], 8, encoder)
    found = generation.view("pesten", NATIONAL).retrieve(DocumentKind.CASE, 3)
    assert _found(found) == "c00c01c02"


def test_of_documents_that_are_alike_the_first_by_id_are_retrieved_whatever_their_shelf() -> None:
    shelved = [replace(d, partition="board:x") if at % 2 else d for at, d in enumerate(ALIKE)]
    found = built(shelved).view("pesten", WIDER).retrieve(DocumentKind.CASE, 3)
    assert _found(found) == "c00c01c02"


WOLVES = [case(f"x{at:02d}", "wolf bij het fietspad", "hek geplaatst") for at in range(16)]


def test_of_documents_that_are_alike_among_others_the_first_by_id_are_retrieved() -> None:
    for count in range(1, len(WOLVES)):
        generation = built([*PEOPLED, *WOLVES[:count]])
        found = generation.view("hek om het fietspad", NATIONAL).retrieve(DocumentKind.CASE, 1)
        assert [id_ for id_ in found.ids if id_.startswith("x")] == ["x00"]


def test_of_documents_that_are_alike_compaction_retrieves_the_same() -> None:
    encoder = WordEncoder()
    for count in range(2, len(WOLVES)):
        base = built([*PEOPLED, *WOLVES[1:count]], encoder)
        layered = apply(base, WOLVES[:1], [], 8, encoder)
        packed = compact(layered, "packed", EXACT_LIMIT)
        for limit in range(1, 4):
            found, again = (
                g.view("hek om het fietspad", NATIONAL).retrieve(DocumentKind.CASE, limit)
                for g in (layered, packed)
            )
            assert found.ids == again.ids


def test_a_document_without_a_field_is_retrieved_by_another() -> None:
    documents = [case(id_, "…", "hek geplaatst") for id_ in "ab"]
    found = built(documents).view("hek", WIDER).retrieve(DocumentKind.CASE, 1)
    assert _found(found) in {"a", "b"}
    assert np.isnan(found.values[:, Signal.DENSE_PROBLEM]).all()


def test_what_shares_no_word_is_not_retrieved_for_its_words() -> None:
    """Nothing is near to the query by its meaning: each lacks every field but its words."""
    documents = [case(id_, "…", "…") for id_ in "abc"]
    documents[1] = replace(documents[1], title="diabetes")
    view = built(documents).view("diabetes", NATIONAL)
    assert _found(view.score(_ids("abc"))) == "abc"
    assert _found(view.retrieve(DocumentKind.CASE, 100)) == "b"


@dataclass(frozen=True)
class Late:
    """A thread that does nothing before it is waited for, and the executor that begins it."""

    result: Callable[[], object] = int

    def submit(self, read: Callable[[Signal], None], signal: Signal) -> Late:
        return Late(partial(read, signal))


@pytest.mark.parametrize("threads", [ThreadPoolExecutor(2), Late()], ids=["threads", "late"])
def test_what_is_read_by_several_threads_is_the_same(
    generation: IndexGeneration, monkeypatch: pytest.MonkeyPatch, threads: ThreadPoolExecutor | Late
) -> None:
    one, other = (generation.view(ASKED, WIDER) for _ in range(2))
    alone = one.evidence(()).signals.values
    monkeypatch.setattr("embeddings.view._WORTH_A_THREAD", 1)
    monkeypatch.setattr("embeddings.view._BESIDE", threads)
    np.testing.assert_array_equal(other.evidence(()).signals.values, alone)


# ── within sight ─────────────────────────────────────────────────────────────────────────────


def test_what_is_out_of_sight_is_not_scored_nor_compared_with_nor_quoted_for_its_words(
    generation: IndexGeneration,
) -> None:
    """Also for one who knows its id: e is shared with a board."""
    view, wider = (generation.view("brugklasser", partitions) for partitions in (NATIONAL, WIDER))
    assert (_found(view.score(_ids("ae"))), _found(wider.score(_ids("ae")))) == ("a", "ae")
    assert view.shared_words(_ids("ae"), 3) == {"a": ()}
    assert wider.shared_words(_ids("ae"), 3) == {"a": (), "e": ("brugklasser",)}
    feedback = [
        v.focused({DocumentId("e"): 1.0}).score(_ids("a")).values[0, Signal.FEEDBACK]
        for v in (view, wider)
    ]
    assert feedback[0] == 0.0 != feedback[1]


def test_what_one_viewer_sees_serves_all_of_the_same_shelves(generation: IndexGeneration) -> None:
    """Partitions in which nothing lies make no difference."""
    one = generation.view("pesten", WIDER).sight
    assert generation.view("rekenen", [*WIDER, "school:none"]).sight is one
    assert generation.view("rekenen", NATIONAL).sight is not one


def test_what_is_gone_takes_no_place_among_the_best() -> None:
    encoder = WordEncoder()
    asked = "thuiszitter met zorg komt niet naar school"
    before = built(PEOPLED, encoder)
    best = before.view(asked, WIDER).retrieve(DocumentKind.CASE, 2).ids
    after = apply(before, [], best, 8, encoder).view(asked, WIDER)
    cases = after.score(d.id for d in PEOPLED if d.kind is DocumentKind.CASE)
    assert after.retrieve(DocumentKind.CASE, 2).ids == tuple(sorted(_best(cases, 2)))


def test_a_shelf_of_which_all_is_gone_is_not_looked_at() -> None:
    encoder = WordEncoder()
    before = built(PEOPLED, encoder)
    after = apply(before, [], [DocumentId("e")], 8, encoder)
    seen = [len(g.view("pesten", ["board:x"]).sight.pieces) for g in (before, after)]
    assert seen == [1, 0]


def test_what_many_viewers_see_is_not_kept_for_ever(
    generation: IndexGeneration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embeddings.sight._KEPT", 2)
    sights = Sights(generation.layers)
    first, second = sights.of(NATIONAL), sights.of(WIDER)
    assert (sights.of(NATIONAL), sights.of(WIDER)) == (first, second)
    sights.of(["board:x"])
    assert sights.of(NATIONAL) is not first
    assert list(sights.of(NATIONAL).case_ids) == list(first.case_ids)


# ── score ────────────────────────────────────────────────────────────────────────────────────


def test_documents_are_scored_in_order_of_id_and_only_those_that_are_there(
    generation: IndexGeneration,
) -> None:
    view = generation.view(ASKED, WIDER)
    assert _found(view.score(_ids("kzbacbq"))) == "abkq"
    assert _found(view.score([])) == ""


def test_a_revised_document_is_scored_by_its_new_text() -> None:
    encoder = WordEncoder()
    before = built(PEOPLED, encoder)
    after = apply(before, CHANGES, [], 8, encoder)
    old, new = (
        g.view("taal", WIDER).score(_ids("b")).values[0, Signal.LEXICAL] for g in (before, after)
    )
    assert old == 0.0 < new


def test_a_dense_signal_is_the_cosine_of_whitened_vectors(generation: IndexGeneration) -> None:
    encoder, statistics = WordEncoder(), generation.statistics
    signals = generation.view(ASKED, WIDER).score(_ids("abk"))
    centre = statistics.query_centre.at(len(ASKED.split()))
    texts = {d.id: d for d in NOW}
    for part, signal in (
        (Field.PROBLEM, Signal.DENSE_PROBLEM),
        (Field.RESOLUTION, Signal.DENSE_RESOLUTION),
    ):
        whitening = statistics.whitening[part]
        query = whitening.query(encoder.encode_queries([ASKED]), centre)[0]
        vectors = encoder.encode_documents([texts[id_].text(part) for id_ in signals.ids])
        expected = whitening.documents(vectors) @ query
        np.testing.assert_allclose(signals.values[:, signal], expected, atol=1e-6)


def test_mean_and_spread_are_those_of_the_whole_base() -> None:
    view = built(PEOPLED).view(ASKED, WIDER)
    everything = view.score(d.id for d in PEOPLED)
    for signal in (Signal.DENSE_PROBLEM, Signal.DENSE_RESOLUTION, Signal.LEXICAL):
        values = everything.values[:, signal]
        assert everything.mean[signal] == pytest.approx(np.nanmean(values), abs=1e-6)
        assert everything.std[signal] == pytest.approx(np.nanstd(values), abs=1e-6)


def test_a_described_theme_is_no_text_that_the_mean_is_taken_over() -> None:
    themes = [
        Document(DocumentId(f"t{n}"), DocumentKind.THEME, "national", 1, "school leerling")
        for n in range(20)
    ]
    without, beside = (
        built(own).view(ASKED, WIDER).score([DocumentId("a")])
        for own in (PEOPLED, [*PEOPLED, *themes])
    )
    np.testing.assert_allclose(beside.mean, without.mean, atol=1e-6)
    np.testing.assert_allclose(beside.std, without.std, atol=1e-6)


# ── trust ────────────────────────────────────────────────────────────────────────────────────


def test_words_are_trusted_more_the_more_of_them_there_are(generation: IndexGeneration) -> None:
    words = ["wolf", "fiets", "berg", "zee", "maan", "zon", "roos", "boom", "vis", "kaas", "melk"]
    trusts = [
        generation.view(" ".join(words[:count]), WIDER).asked.trust[Signal.LEXICAL]
        for count in range(1, len(words) + 1)
    ]
    assert trusts == sorted(set(trusts))
    assert 0.0 < trusts[0] < 0.5 < trusts[-1] < 1.0
    assert trusts[Recipe().half_trusted - 1] == pytest.approx(0.5)


def test_a_word_said_twice_is_no_second_word(generation: IndexGeneration) -> None:
    once, twice = (
        generation.view(text, WIDER).asked.trust
        for text in ("leerling", "leerling Leerlingen leerling")
    )
    np.testing.assert_array_equal(once, twice)


def test_words_are_not_trusted_where_there_are_none_and_meaning_always_is(
    generation: IndexGeneration,
) -> None:
    trust = generation.view("de het een", WIDER).asked.trust
    assert trust[Signal.LEXICAL] == 0.0
    dense = [Signal.DENSE_PROBLEM, Signal.DENSE_RESOLUTION, Signal.FEEDBACK]
    assert trust[dense].tolist() == [1.0] * 3


def test_a_recipe_can_trust_words_from_the_first() -> None:
    generation = built(PEOPLED, recipe=Recipe(half_trusted=0))
    assert generation.view("wolf", WIDER).asked.trust[Signal.LEXICAL] == 1.0
    assert generation.view("de het een", WIDER).asked.trust[Signal.LEXICAL] == 0.0


# ── evidence ─────────────────────────────────────────────────────────────────────────────────

Row = tuple[str, str, str, Outcome, date]


def _rows(table: EvidenceTable) -> list[Row]:
    return [
        (
            table.people[person],
            table.signals.ids[document],
            ROLES[role],
            OUTCOMES[outcome],
            date.fromordinal(day),
        )
        for person, document, role, outcome, day in zip(
            table.person, table.document, table.role, table.outcome, table.day, strict=True
        )
    ]


def _parts(partitions: frozenset[str], without: str = "") -> list[Row]:
    return [
        (part.person, document.id, part.role, part.outcome, date.fromordinal(part.day))
        for document in NOW
        if document.partition in partitions and document.id not in without
        for part in participations(document)
    ]


@pytest.mark.parametrize("partitions", [NATIONAL, WIDER, frozenset({"board:x"}), frozenset()])
def test_evidence_is_everyones_part_in_the_cases_within_sight(
    generation: IndexGeneration, partitions: frozenset[str]
) -> None:
    table = generation.view(ASKED, partitions).evidence(())
    found, expected = _rows(table), _parts(partitions)
    assert sorted(found) == sorted(expected)
    assert [person for person, *_ in found] == sorted(person for person, *_ in found)
    assert list(table.people) == sorted(set(table.people))
    assert bool(expected) is bool(partitions)


@pytest.mark.parametrize("partitions", [NATIONAL, WIDER])
@pytest.mark.parametrize(
    ("without", "fewer"),
    [("a", 2), ("k", 1), ("b", 2), ("abdkq", 7), (GONE, 0), ("z", 0), ("gr", 0)],
    ids=["of the base", "of the later layer", "revised", "of both", "gone", "unknown", "of no one"],
)
def test_cases_that_are_left_out_are_no_evidence(
    generation: IndexGeneration, partitions: frozenset[str], without: str, fewer: int
) -> None:
    """As if they had not been; in every layer."""
    view = generation.view(ASKED, partitions)
    table = view.evidence(_ids(without))
    found = _rows(table)
    assert sorted(found) == sorted(_parts(partitions, without))
    assert len(found) == len(_parts(partitions)) - fewer
    assert [person for person, *_ in found] == sorted(person for person, *_ in found)
    assert sorted(_rows(view.evidence(()))) == sorted(_parts(partitions))


def test_evidence_has_the_signals_of_its_cases(generation: IndexGeneration) -> None:
    """Of each entry those of the case that it names, in whichever layer.

    All cosines at once are added up in another order than those of one by itself.
    """
    view = generation.view(ASKED, WIDER)
    table = view.evidence(())
    signals = table.signals
    assert set(signals.ids) >= set(_visible(DocumentKind.CASE, WIDER))
    assert {signals.ids[row] for row in table.document} >= {"a", "b", "k", "q"}
    for row in table.document:
        alone = view.score([signals.ids[row]])
        np.testing.assert_allclose(signals.values[row], alone.values[0], atol=1e-6)
        for name in ("mean", "std", "trust"):
            np.testing.assert_array_equal(getattr(signals, name), getattr(alone, name))


def test_an_index_without_people_has_no_evidence() -> None:
    for documents in ([], [case("a", "rekenen", "methode")], [case("q", "rekenen")]):
        table = built(documents).view("rekenen", WIDER).evidence(())
        assert table.people == ()
        assert [len(column) for column in (table.person, table.document, table.day)] == [0, 0, 0]


# ── focused ──────────────────────────────────────────────────────────────────────────────────


def _feedback(generation: IndexGeneration, cases: dict[str, float]) -> dict[str, float]:
    weights = {DocumentId(id_): weight for id_, weight in cases.items()}
    signals = generation.view(ASKED, WIDER).focused(weights).score(d.id for d in NOW)
    return dict(zip(signals.ids, signals.values[:, Signal.FEEDBACK].tolist(), strict=True))


def test_there_is_no_feedback_before_there_are_cases(generation: IndexGeneration) -> None:
    view = generation.view(ASKED, WIDER)
    everything = [d.id for d in NOW]
    view.focused({DocumentId("a"): 1.0})  # gives another view, and leaves this one as it is
    before = view.score(everything)
    assert np.isnan(before.values[:, Signal.FEEDBACK]).all()
    assert before.std[Signal.FEEDBACK] == 0.0


def test_feedback_is_the_cosine_with_the_mean_of_the_cases_by_their_weight(
    generation: IndexGeneration,
) -> None:
    """Of those there are, in every layer, by the text they have now."""
    encoder, whitening = WordEncoder(), generation.statistics.whitening[Field.PROBLEM]

    def vectors(documents: list[Document]) -> dict[str, Vectors]:
        held = [document for document in documents if document.id != WITHOUT_PROBLEM]
        encoded = encoder.encode_documents([document.problem for document in held])
        return dict(zip((d.id for d in held), whitening.documents(encoded), strict=True))

    now, weights = vectors(NOW), {"a": 0.7, "b": 0.4, "k": 0.2}
    centre = np.sum([weight * now[id_] for id_, weight in weights.items()], axis=0)
    centre /= np.linalg.norm(centre)
    beside = {GONE: 5.0, WITHOUT_PROBLEM: 3.0, "z": 1.0}
    cases = {DocumentId(id_): weight for id_, weight in (weights | beside).items()}
    view = generation.view(ASKED, WIDER).focused(cases)
    for asked in ("".join(d.id for d in NOW), "ade", "bkq", "hk", "j", "cz", ""):
        found = view.score(_ids(asked))
        assert set(found.ids) == set(asked) & {document.id for document in NOW}
        expected = [now[id_] @ centre if id_ in now else np.nan for id_ in found.ids]
        np.testing.assert_allclose(found.values[:, Signal.FEEDBACK], expected, atol=1e-6)
        base = [vector @ centre for vector in vectors(PEOPLED).values()]
        assert found.mean[Signal.FEEDBACK] == pytest.approx(np.mean(base), abs=1e-6)
        assert found.std[Signal.FEEDBACK] == pytest.approx(np.std(base), abs=1e-6)


def test_feedback_leaves_the_other_signals_as_they_were(generation: IndexGeneration) -> None:
    view = generation.view(ASKED, WIDER)
    focused = view.focused({DocumentId("a"): 1.0})
    before, after = (v.score(d.id for d in NOW) for v in (view, focused))
    others = [Signal.DENSE_PROBLEM, Signal.DENSE_RESOLUTION, Signal.LEXICAL]
    np.testing.assert_array_equal(before.values[:, others], after.values[:, others])
    np.testing.assert_array_equal(before.mean[others], after.mean[others])
    np.testing.assert_array_equal(before.std[others], after.std[others])
    assert after.std[Signal.FEEDBACK] > 0.0


@pytest.mark.parametrize("id_", ["a", "k"], ids=["in the base", "in a later layer"])
def test_feedback_moves_to_the_case_that_is_named(generation: IndexGeneration, id_: str) -> None:
    found = _feedback(generation, {id_: 0.3})
    assert found[id_] == pytest.approx(1.0, abs=1e-5)
    assert max(v for other, v in found.items() if other not in {id_, WITHOUT_PROBLEM}) < 0.9


def test_feedback_moves_most_to_the_case_that_weighs_most(generation: IndexGeneration) -> None:
    for heavy, light in (("a", "k"), ("k", "a")):
        found = _feedback(generation, {heavy: 3.0, light: 1.0})
        others = [v for id_, v in found.items() if id_ not in {heavy, light} and v == v]
        assert found[heavy] > found[light] > max(others)


def test_a_document_without_a_problem_has_no_feedback(generation: IndexGeneration) -> None:
    found = _feedback(generation, {"a": 1.0})
    assert [id_ for id_, value in found.items() if np.isnan(value)] == [WITHOUT_PROBLEM]


@pytest.mark.parametrize(
    "id_", [GONE, "z", WITHOUT_PROBLEM], ids=["gone", "unknown", "without a problem"]
)
def test_feedback_of_what_cannot_be_compared_counts_for_nothing(
    generation: IndexGeneration, id_: str
) -> None:
    alone, beside = _feedback(generation, {"a": 1.0}), _feedback(generation, {id_: 9.0, "a": 1.0})
    np.testing.assert_array_equal(list(alone.values()), list(beside.values()))
    nothing = _feedback(generation, {id_: 9.0})
    assert {value for value in nothing.values() if value == value} == {0.0}


def test_a_revised_case_gives_feedback_by_its_new_text(generation: IndexGeneration) -> None:
    assert _feedback(generation, {"b": 1.0})["b"] == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("limit", [0, 1, 2, 100])
@pytest.mark.parametrize("kind", [DocumentKind.CASE, DocumentKind.QUESTION])
def test_a_focused_view_retrieves_the_same_and_knows_its_feedback(
    generation: IndexGeneration, kind: DocumentKind, limit: int
) -> None:
    view = generation.view("schimmel", WIDER)
    focused = view.focused({DocumentId("h"): 1.0})
    before, after = (v.retrieve(kind, limit) for v in (view, focused))
    assert after.ids == before.ids
    others = [Signal.DENSE_PROBLEM, Signal.DENSE_RESOLUTION, Signal.LEXICAL]
    np.testing.assert_array_equal(after.values[:, others], before.values[:, others])
    assert np.isnan(before.values[:, Signal.FEEDBACK]).all()
    np.testing.assert_array_equal(after.values, focused.score(after.ids).values)


# ── words and sentences ──────────────────────────────────────────────────────────────────────


def test_shared_words_are_those_of_both_layers_and_of_nothing_that_is_gone(
    generation: IndexGeneration,
) -> None:
    view = generation.view("Fietspaden, diabetes en schimmel", WIDER)
    assert view.shared_words(_ids("ikcz"), 3) == {"i": ("diabetes",), "k": ("Fietspaden",)}


def test_a_shared_word_is_named_once_though_its_parts_are_shared_too(
    generation: IndexGeneration,
) -> None:
    view = generation.view("Lerarentekort", WIDER)
    assert view.shared_words(_ids("h"), 3) == {"h": ("Lerarentekort",)}


def test_the_sentence_nearest_to_the_query_is_picked(generation: IndexGeneration) -> None:
    near = "Er groeit al jaren schimmel in het gebouw."
    passages = [
        f"De leraren delen wij met een andere school. {near}",
        "Wij kozen een nieuwe methode.",
    ]
    best = generation.view("schimmel in ons gebouw", WIDER).best_sentences(
        {DocumentId("a"): passages, DocumentId("b"): passages[1:]}
    )
    assert best == {"a": near, "b": passages[1]}


def test_of_equally_near_sentences_the_first_is_picked(generation: IndexGeneration) -> None:
    first, second = "Er groeit schimmel in het gebouw.", "In het gebouw groeit schimmel er!"
    view = generation.view("schimmel", WIDER)
    assert view.best_sentences({DocumentId("a"): [first, second]}) == {"a": first}


def test_documents_without_a_sentence_to_quote_are_left_out(generation: IndexGeneration) -> None:
    view = generation.view("schimmel", WIDER)
    quotable = "Er groeit schimmel in het gebouw."
    passages = {"a": [], "b": ["Schimmel!", "…", ""], "c": [quotable]}
    found = view.best_sentences({DocumentId(id_): texts for id_, texts in passages.items()})
    assert found == {"c": quotable}
    assert view.best_sentences({}) == {}


# ── on topic ─────────────────────────────────────────────────────────────────────────────────


def test_a_question_like_those_in_the_index_is_on_topic_and_a_recipe_is_not(
    generation: IndexGeneration,
) -> None:
    assert generation.view("rekenen en lezen op school", WIDER).on_topic > 0.5
    assert generation.view("stoofvlees met bier en mosterd", WIDER).on_topic < 0.5


def test_in_a_small_index_everything_is_on_topic() -> None:
    assert built(PEOPLED[:3]).view("stoofvlees met bier en mosterd", WIDER).on_topic == 1.0
