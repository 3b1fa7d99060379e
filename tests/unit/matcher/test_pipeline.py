"""The whole matcher over an index and a directory in memory, every score known beforehand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from matcher.affinity import ADVISERS, DECLARED_WEIGHT, PEERS, Aggregation, share_weights
from matcher.errors import EmptyText
from matcher.fusion import WEIGHTS
from matcher.matches import (
    DocumentMatch,
    Exclusion,
    ExclusionCode,
    Matches,
    PersonMatch,
    ReasonCode,
)
from matcher.people import SHORTLISTED, Aggregations
from matcher.pipeline import Matcher
from matcher.ports import Signal
from matcher.types import (
    ContactPreference,
    Depth,
    DocumentId,
    DocumentKind,
    Outcome,
    ParticipationRole,
    PersonId,
    Position,
    Query,
    Role,
    Viewer,
)
from tests.unit.matcher.builders import (
    AGGREGATIONS,
    HARMONIC,
    MAX,
    TODAY,
    Helper,
    person,
    took_part,
)
from tests.unit.matcher.world import (
    FakeDirectory,
    FakeIndex,
    Scored,
    question,
    scored,
    theme,
    weighed,
)

QUERY = Query(
    situation="Ouders zijn boos over het pesten.",
    today=TODAY,
    document=DocumentId("own"),
    asker=PersonId("asker"),
    asker_organisation="school-1",
)
VIEWER = Viewer(None, (Position(Role.SCHOOL_LEADER, "school-1", "board-1", "partnership-1"),))


def match(
    documents: list[Scored],
    directory: FakeDirectory,
    *,
    query: Query = QUERY,
    viewer: Viewer = VIEWER,
    depth: Depth | None = None,
    on_topic: float = 1.0,
) -> Matches:
    index = FakeIndex(documents, directory.all_experts, on_topic)
    return Matcher(index, depth or Depth()).match(query, viewer, directory)


def alone(score: float) -> float:
    """The affinity of a peer by one case of this score, that counts in full."""
    return softplus(score) * float(share_weights(1, PEERS)[0])


def documents(matches: tuple[DocumentMatch, ...]) -> list[str]:
    return [found.document.id for found in matches]


def people(matches: tuple[PersonMatch, ...]) -> list[str]:
    return [found.expert.id for found in matches]


def softplus(score: float) -> float:
    return math.log1p(math.exp(score))


def test_cases_are_ranked_by_their_weighted_signals() -> None:
    """Each is first by one signal or by the sum; no single signal gives the order."""
    signals = {"c1": (1.0, 0.0, 0.0), "c2": (0.5, 1.0, 1.0), "c3": (0.0, 0.0, 3.0)}
    index = [scored(id_, *values) for id_, values in signals.items()]
    scores = {id_: weighed(*values) for id_, values in signals.items()}
    found = match(index, FakeDirectory(shown=["c1", "c2", "c3"]))
    assert documents(found.cases) == sorted(scores, key=lambda id_: -scores[id_])
    assert {case.document.id: case.score for case in found.cases} == pytest.approx(scores)


def test_ranks_run_from_one() -> None:
    index = [scored(f"c{n}", n) for n in range(4)] + [question(f"q{n}", n) for n in range(3)]
    shown = [document.id for document in index]
    peers = [person(f"p{n}", took_part(f"c{n}")) for n in range(3)]
    advisers = [person(f"a{n}", took_part(f"c{n}"), role=Role.ADVISER) for n in range(2)]
    found = match(index, FakeDirectory(shown, [*peers, *advisers]))
    assert [m.rank for m in found.cases] == [1, 2, 3, 4]
    assert [m.rank for m in found.questions] == [1, 2, 3]
    assert [m.rank for m in found.peers] == [1, 2, 3]
    assert [m.rank for m in found.advisers] == [1, 2]


def test_cases_and_open_questions_are_apart() -> None:
    index = [scored("c1", 1.0), question("q1", 5.0), theme("t1", 9.0)]
    found = match(index, FakeDirectory(shown=["c1", "q1"]))
    assert (documents(found.cases), documents(found.questions)) == (["c1"], ["q1"])


@pytest.mark.parametrize(
    "own", [scored("own", 9.0), question("own", 9.0)], ids=["case", "question"]
)
def test_the_questions_own_document_is_no_match(own: Scored) -> None:
    index = [own, scored("c1", 1.0), question("q1", 1.0)]
    found = match(index, FakeDirectory(shown=["own", "c1", "q1"]))
    assert (documents(found.cases), documents(found.questions)) == (["c1"], ["q1"])


def test_the_questions_own_document_is_no_evidence() -> None:
    index = [scored("own", 9.0), scored("c1", 1.0)]
    helper = person("p1", took_part("own"), took_part("c1"))
    found = match(index, FakeDirectory(experts=[helper]))
    assert [e.document for e in found.peers[0].evidence] == ["c1"]


def test_who_took_part_in_the_own_document_alone_is_not_suggested() -> None:
    index = [scored("own", 9.0), scored("c1", 1.0)]
    found = match(index, FakeDirectory(["c1"], [person("p1", took_part("own"))]))
    assert found.peers == ()


def test_a_case_that_the_directory_no_longer_shows_is_gone() -> None:
    index = [scored("c1", 3.0), scored("c2", 2.0), question("q1", 3.0), question("q2", 2.0)]
    directory = FakeDirectory(["c1", "c2", "q1", "q2"], hidden=["c1", "q1"])
    found = match(index, directory)
    assert (documents(found.cases), documents(found.questions)) == (["c2"], ["q2"])
    assert (found.cases[0].rank, found.questions[0].rank) == (1, 1)


def test_the_next_case_fills_the_place_of_one_that_is_gone() -> None:
    index = [scored(f"c{n}", -n) for n in range(5)]
    directory = FakeDirectory([f"c{n}" for n in range(5)], hidden=["c0"])
    found = match(index, directory, depth=Depth(cases=2))
    assert documents(found.cases) == ["c1", "c2"]


def test_only_the_viewers_partitions_are_searched() -> None:
    index = [
        scored("national", 1.0),
        scored("mine", 2.0, partition="board:board-1"),
        scored("theirs", 3.0, partition="board:board-2"),
    ]
    directory = FakeDirectory(["national", "mine", "theirs"])
    assert documents(match(index, directory).cases) == ["mine", "national"]


def test_an_open_question_of_another_board_is_not_suggested() -> None:
    index = [replace(question(id_, 1.0), partition=f"board:{id_}") for id_ in ("board-1", "other")]
    directory = FakeDirectory(["board-1", "other"])
    assert documents(match(index, directory).questions) == ["board-1"]


def test_a_theme_of_another_board_brings_no_one_up() -> None:
    themes = [replace(theme(id_, 5.0), partition=f"board:{id_}") for id_ in ("board-1", "other")]
    experts = [person(f"p-{id_}", declared=(id_,)) for id_ in ("board-1", "other")]
    names = {"board-1": "Pesten", "other": "Rekenen"}
    found = match(themes, FakeDirectory(experts=experts, themes=names))
    assert people(found.peers) == ["p-board-1"]


def test_the_reasons_of_a_case_add_up_to_its_score() -> None:
    index = [
        scored("c1", 0.31, -0.17, 0.05, 0.2),
        scored("c2", -0.4, math.nan, 0.9, -0.1),
        question("q1", 0.7),
    ]
    found = match(index, FakeDirectory(["c1", "c2", "q1"]))
    shown = [*found.cases, *found.questions]
    assert len(shown) == 3
    for document in shown:
        shares = [reason.share for reason in document.reasons]
        assert math.fsum(shares) == pytest.approx(document.score, abs=1e-12)


def test_each_signal_gives_its_own_reason_the_largest_share_first() -> None:
    index = [scored("c1", 0.2, 2.0, -1.0, 0.1, words=("pesten", "ouders"))]
    (case,) = match(index, FakeDirectory(["c1"])).cases
    assert [(reason.code, reason.share, reason.words) for reason in case.reasons] == [
        (ReasonCode.SIMILAR_RESOLUTION, 2.0 * WEIGHTS[Signal.DENSE_RESOLUTION], ()),
        (ReasonCode.SIMILAR_PROBLEM, 0.2 * WEIGHTS[Signal.DENSE_PROBLEM], ()),
        (ReasonCode.LIKE_THE_BEST, 0.1 * WEIGHTS[Signal.FEEDBACK], ()),
        (ReasonCode.SHARED_WORDS, -WEIGHTS[Signal.LEXICAL], ("pesten", "ouders")),
    ]


def test_no_more_words_are_shown_than_five() -> None:
    index = [scored("c1", 0.0, 0.0, 1.0, words=("a", "b", "c", "d", "e", "f"))]
    (case,) = match(index, FakeDirectory(["c1"])).cases
    assert case.reasons[0].words == ("a", "b", "c", "d", "e")


def test_peers_and_advisers_are_apart() -> None:
    experts = [person(role.value, took_part("c1"), role=role) for role in Role]
    found = match([scored("c1", 1.0)], FakeDirectory(experts=experts))
    assert people(found.advisers) == ["beleidsadviseur"]
    assert people(found.peers) == ["beheerder", "partner", "schoolleider"]


def test_the_person_with_the_nearer_case_stands_first() -> None:
    index = [scored("c1", 1.0), scored("c2", 2.0)]
    experts = [person("a", took_part("c1")), person("b", took_part("c2"))]
    found = match(index, FakeDirectory(experts=experts))
    assert people(found.peers) == ["b", "a"]
    assert [p.affinity for p in found.peers] == pytest.approx(
        [alone(weighed(2.0)), alone(weighed(1.0))]
    )


def test_the_asker_is_not_suggested_and_said_to_be_excluded() -> None:
    experts = [person("asker", took_part("c1")), person("p1", took_part("c1"))]
    found = match([scored("c1", 1.0)], FakeDirectory(experts=experts))
    assert people(found.peers) == ["p1"]
    assert found.excluded == (Exclusion(PersonId("asker"), ExclusionCode.IS_ASKER),)


def test_the_askers_school_is_not_suggested_and_said_to_be_excluded() -> None:
    experts = [
        person("colleague", took_part("c1"), organisation="school-1"),
        person("p1", took_part("c1"), organisation="school-2"),
    ]
    found = match([scored("c1", 1.0)], FakeDirectory(experts=experts))
    assert people(found.peers) == ["p1"]
    assert found.excluded == (Exclusion(PersonId("colleague"), ExclusionCode.OWN_SCHOOL),)


def test_an_adviser_can_be_excluded_too() -> None:
    away = person("a1", took_part("c1"), role=Role.ADVISER, contact=ContactPreference.NOT)
    found = match([scored("c1", 1.0)], FakeDirectory(experts=[away]))
    assert found.advisers == ()
    assert found.excluded == (Exclusion(PersonId("a1"), ExclusionCode.NO_CONSENT),)


def test_evidence_comes_from_all_cases_of_a_person_not_only_those_retrieved() -> None:
    index = [scored("near", 2.0, 2.0, 2.0, 2.0), scored("far", -1.0, -1.0, -1.0)]
    expert = person("p1", took_part("near"), took_part("far"))
    found = match(index, FakeDirectory(experts=[expert]), depth=Depth(retrieved=1))
    assert documents(found.cases) == ["near"]
    (peer,) = found.peers
    assert [e.document for e in peer.evidence] == ["near", "far"]
    strengths = [softplus(weighed(2.0, 2.0, 2.0)), softplus(weighed(-1.0, -1.0, -1.0))]
    weights = share_weights(2, PEERS)
    assert [e.share for e in peer.evidence] == pytest.approx(list(weights * strengths))


def test_who_took_part_in_no_retrieved_case_is_suggested_all_the_same() -> None:
    index = [scored("near", 2.0, 2.0, 2.0, 2.0), scored("far", 1.0, 1.0, 1.0)]
    experts = [person("p1", took_part("near")), person("p2", took_part("far"))]
    found = match(index, FakeDirectory(experts=experts), depth=Depth(retrieved=1))
    assert documents(found.cases) == ["near"]
    assert people(found.peers) == ["p1", "p2"]


def test_who_took_part_only_in_cases_of_another_board_is_not_suggested() -> None:
    index = [scored("c1", 1.0), scored("c2", 9.0, partition="board:board-2")]
    experts = [person("p1", took_part("c1")), person("p2", took_part("c2"))]
    assert people(match(index, FakeDirectory(experts=experts)).peers) == ["p1"]


def test_who_took_part_only_in_a_case_that_the_store_hides_is_not_suggested() -> None:
    """The index still knows the case, and that it was theirs."""
    index = [scored("c1", 1.0), scored("gone", 9.0)]
    experts = [
        person("p1", took_part("gone"), took_part("c1")),
        person("p2", took_part("gone")),
    ]
    (peer,) = match(index, FakeDirectory(experts=experts, hidden=["gone"])).peers
    assert peer.expert.id == "p1"
    assert [e.document for e in peer.evidence] == ["c1"]
    assert peer.affinity == pytest.approx(alone(weighed(1.0)))


def test_the_evidence_of_a_person_adds_up_to_their_affinity() -> None:
    index = [scored(f"c{n:02}", 0.3 * n) for n in range(13)] + [theme("t1", 2.0)]
    expert = person("p1", *(took_part(f"c{n:02}") for n in range(13)), declared=("t1",))
    (peer,) = match(index, FakeDirectory(experts=[expert], themes={"t1": "Pesten"})).peers
    assert [e.document for e in peer.evidence] == [f"c{n:02}" for n in range(12, 2, -1)]
    assert peer.others == 3
    assert peer.others_share > 0.0
    total = math.fsum([*(e.share for e in peer.evidence), peer.others_share])
    assert total == pytest.approx(peer.affinity, abs=1e-12)


def test_evidence_tells_the_case_by_its_title_the_part_and_the_outcome() -> None:
    part = took_part("c1", ParticipationRole.CO_SOLVER, Outcome.PARTLY)
    (peer,) = match([scored("c1", 1.0)], FakeDirectory(experts=[person("p1", part)])).peers
    (evidence,) = peer.evidence
    assert (evidence.title, evidence.role, evidence.outcome, evidence.happened_on) == (
        "title of c1",
        ParticipationRole.CO_SOLVER,
        Outcome.PARTLY,
        TODAY,
    )
    assert not evidence.self_declared


def test_who_only_declares_a_theme_is_suggested_by_it() -> None:
    directory = FakeDirectory(["c1"], [person("p1", declared=("t1",))], themes={"t1": "Pesten"})
    (peer,) = match([scored("c1", 1.0), theme("t1", 2.0)], directory).peers
    (evidence,) = peer.evidence
    assert (evidence.document, evidence.title, evidence.self_declared) == ("t1", "Pesten", True)
    assert evidence.share == pytest.approx(alone(weighed(2.0)) * DECLARED_WEIGHT)


def test_who_has_cases_and_a_theme_is_suggested_by_what_says_more_alone() -> None:
    index = [scored("c1", 1.0), theme("t1", 9.0), theme("t2", 0.0)]
    experts = [
        person("p1", took_part("c1"), declared=("t1",)),
        person("p2", took_part("c1"), declared=("t2",)),
    ]
    directory = FakeDirectory(experts=experts, themes={"t1": "Pesten", "t2": "Ouders"})
    found = match(index, directory).peers
    assert {p.expert.id: [(e.title, e.self_declared) for e in p.evidence] for p in found} == {
        "p1": [("Pesten", True)],
        "p2": [("title of c1", False)],
    }
    assert [p.affinity for p in found] == pytest.approx(
        [alone(weighed(9.0)) * DECLARED_WEIGHT, alone(weighed(1.0))]
    )


def test_who_declares_a_theme_outside_the_index_is_not_suggested() -> None:
    directory = FakeDirectory(["c1"], [person("p1", declared=("unknown",))])
    found = match([scored("c1", 1.0)], directory)
    assert (found.peers, found.excluded) == ((), ())


def test_at_most_two_peers_of_one_school_are_suggested_but_advisers_share_an_office() -> None:
    peers = [person(f"p{n}", took_part("c1"), organisation="school-2") for n in range(4)]
    advisers = [
        person(f"a{n}", took_part("c1"), role=Role.ADVISER, organisation="office") for n in range(4)
    ]
    found = match([scored("c1", 1.0)], FakeDirectory(experts=[*peers, *advisers]))
    assert people(found.peers) == ["p0", "p1"]
    assert people(found.advisers) == ["a0", "a1", "a2", "a3"]


def test_no_more_of_each_is_shown_than_the_depth_asks() -> None:
    index = [scored(f"c{n}", n) for n in range(6)] + [question(f"q{n}", n) for n in range(6)]
    experts = [person(f"p{n}", took_part(f"c{n}")) for n in range(6)]
    experts += [person(f"a{n}", took_part(f"c{n}"), role=Role.ADVISER) for n in range(6)]
    directory = FakeDirectory([document.id for document in index], experts)
    found = match(index, directory, depth=Depth(cases=3, questions=2, people=4))
    assert documents(found.cases) == ["c5", "c4", "c3"]
    assert documents(found.questions) == ["q5", "q4"]
    assert people(found.peers) == ["p5", "p4", "p3", "p2"]
    assert people(found.advisers) == ["a5", "a4", "a3", "a2"]


def test_a_depth_of_nothing_gives_nothing() -> None:
    directory = FakeDirectory(["q1"], [person("p1", took_part("c1"))])
    depth = Depth(cases=0, questions=0, people=0)
    found = match([scored("c1", 1.0), question("q1", 1.0)], directory, depth=depth)
    assert (found.cases, found.questions, found.peers, found.advisers) == ((), (), (), ())


def affinities(peers: Aggregation, advisers: Aggregation) -> tuple[float, float]:
    """Of a peer and of an adviser who had the same two cases."""
    index = [scored("c1", 2.0), scored("c2", 1.0)]
    parts = took_part("c1"), took_part("c2")
    both = [person("p1", *parts), person("a1", *parts, role=Role.ADVISER)]
    directory = FakeDirectory(experts=both)
    matcher = Matcher(FakeIndex(index, both), aggregations=Aggregations(peers, advisers))
    found = matcher.match(QUERY, VIEWER, directory)
    return found.peers[0].affinity, found.advisers[0].affinity


def test_the_aggregations_asked_for_are_the_ones_used_each_in_its_own_list() -> None:
    high, low = softplus(weighed(2.0)), softplus(weighed(1.0))
    # The whole has 20 cases besides, that everyone is counted to have.
    expected = {
        PEERS: (high + low / 2) / 1.5**0.9 + 0.25 * (high + low) / 22,
        ADVISERS: (high + low / 2) / 1.5**0.75 + 3 * (high + low) / 22,
        HARMONIC: (2 * high + low) / 3,
        MAX: high,
    }
    assert expected.keys() == set(AGGREGATIONS)
    for peers in AGGREGATIONS:
        for advisers in AGGREGATIONS:
            found = affinities(peers, advisers)
            assert found == pytest.approx((expected[peers], expected[advisers]))


def test_peers_and_advisers_are_ranked_by_their_own_formulas_unless_told_otherwise() -> None:
    assert Matcher(FakeIndex([])).aggregations == Aggregations(PEERS, ADVISERS)


def test_the_index_is_asked_with_a_redacted_text() -> None:
    index = FakeIndex([])
    query = Query(situation="Bel mij op 06-12345678", today=TODAY, title="Pesten")
    Matcher(index).match(query, VIEWER, FakeDirectory())
    assert index.asked == ["Pesten\nBel mij op […]"]


def test_the_answer_names_the_generation_that_gave_it() -> None:
    assert match([], FakeDirectory()).generation == "generation-7"


def test_an_empty_index_gives_no_matches() -> None:
    found = match([], FakeDirectory())
    assert (found.cases, found.questions, found.peers, found.advisers) == ((), (), (), ())


def test_a_question_without_a_word_is_refused() -> None:
    with pytest.raises(EmptyText):
        match([scored("c1", 1.0)], FakeDirectory(["c1"]), query=Query(" ?! ", today=TODAY))


@pytest.mark.parametrize(("on_topic", "fits"), [(0.0, False), (0.49, False), (0.5, True)])
def test_off_topic_no_one_is_suggested_and_what_comes_nearest_is_still_shown(
    on_topic: float, fits: bool
) -> None:
    index = [scored("c1", 1.0), question("q1", 1.0), theme("t1", 1.0)]
    experts = [
        person("p1", took_part("c1")),
        person("p2", declared=("t1",)),
        person("a1", took_part("c1"), role=Role.ADVISER),
    ]
    directory = FakeDirectory(["q1"], experts, themes={"t1": "Pesten"})
    found = match(index, directory, on_topic=on_topic)
    assert found.fits is fits
    assert (documents(found.cases), documents(found.questions)) == (["c1"], ["q1"])
    assert (len(found.peers), len(found.advisers)) == ((2, 1) if fits else (0, 0))


def test_the_query_is_focused_on_the_visible_cases_above_the_average() -> None:
    """Not on the question's own document, and each by how much it is above."""
    index = FakeIndex([scored(id_, n) for id_, n in (("c1", 2.0), ("c2", 0.0), ("c3", -1.0))])
    index.documents += [scored("own", 3.0), scored("hidden", 3.0), question("q1", 3.0)]
    directory = FakeDirectory(["own", "c1", "c2", "c3", "hidden", "q1"], hidden=["hidden"])
    Matcher(index).match(QUERY, VIEWER, directory)
    assert index.focused_on == [{"c1": weighed(2.0)}]


def test_a_query_is_focused_on_the_twenty_best() -> None:
    index = FakeIndex([scored(f"c{n:02}", 1.0 + n) for n in range(25)])
    Matcher(index).match(QUERY, VIEWER, FakeDirectory([d.id for d in index.documents]))
    (cases,) = index.focused_on
    assert sorted(cases) == [f"c{n:02}" for n in range(5, 25)]


def test_without_a_case_above_the_average_nothing_is_focused_on() -> None:
    index = FakeIndex([scored("c1", -1.0), scored("c2", 0.0)])
    found = Matcher(index).match(QUERY, VIEWER, FakeDirectory(["c1", "c2"]))
    assert index.focused_on == []
    assert documents(found.cases) == ["c2", "c1"]


def test_each_kind_is_retrieved_once_and_before_the_view_is_focused() -> None:
    """Likeness to the best orders what was retrieved: it brings nothing else up."""
    index = FakeIndex([scored("c1", 2.0), scored("c2", 1.0), scored("c3", -9.0, feedback=99.0)])
    directory = FakeDirectory(["c1", "c2", "c3"])
    found = Matcher(index, Depth(retrieved=1)).match(QUERY, VIEWER, directory)
    assert index.focused_on == [{"c1": weighed(2.0)}]
    assert sorted(index.retrieved) == sorted((kind, False) for kind in DocumentKind)
    assert "c3" not in documents(found.cases)


def test_while_documents_are_ranked_the_store_is_asked_after_each_once_at_most() -> None:
    cases = [scored(f"c{n:02}", 0.1 * n) for n in range(40)]
    questions = [question(f"q{n:02}", 0.1 * n) for n in range(40)]
    shown = [document.id for document in (*cases, *questions)]
    directory = FakeDirectory(shown, hidden=[id_ for id_ in shown if id_[-1] in "357"])
    depth = Depth(cases=12, questions=9)
    ranking = Matcher(FakeIndex([*cases, *questions]), depth).rank(QUERY, VIEWER, directory)
    assert len(directory.looked_up) == len(set(directory.looked_up)) < len(shown)
    visible = [id_ for id_ in reversed(shown) if id_[-1] not in "357"]
    ranked = [found.document.id for found in (*ranking.cases, *ranking.questions)]
    assert ranked == [
        *[id_ for id_ in visible if id_[0] == "c"][:12],
        *[id_ for id_ in visible if id_[0] == "q"][:9],
    ]


def test_likeness_to_the_best_cases_orders_documents_but_not_people() -> None:
    """People are found by what they did, not by what is like what others did."""
    index = [scored("c1", 1.0), scored("c2", 0.5, feedback=9.0)]
    experts = [person("p1", took_part("c1")), person("p2", took_part("c2"))]
    found = match(index, FakeDirectory(experts=experts))
    assert documents(found.cases) == ["c2", "c1"]
    assert people(found.peers) == ["p1", "p2"]


def test_the_sentence_nearest_to_the_question_is_quoted() -> None:
    written = {"c1": ["Kort.", "Een langere zin past beter."], "q1": ["Een vraag."]}
    index = [scored("c1", 1.0), scored("c2", 0.5), question("q1", 1.0)]
    found = match(index, FakeDirectory(["c1", "c2", "q1"], written=written))
    shown = {d.document.id: d.sentence for d in (*found.cases, *found.questions)}
    assert shown == {"c1": "Een langere zin past beter.", "c2": "", "q1": "Een vraag."}


def test_a_ranking_is_what_a_match_shows_in_the_same_order() -> None:
    index = [scored(f"c{n}", 0.5 * n) for n in range(7)] + [question("q1", 1.0), theme("t1", 3.0)]
    experts = [person(f"p{n}", took_part(f"c{n}"), took_part("c6")) for n in range(6)]
    experts += [person(f"a{n}", took_part(f"c{n}"), role=Role.ADVISER) for n in range(6)]
    experts.append(person("z", declared=("t1",)))
    directory = FakeDirectory(["q1"], experts, themes={"t1": "Pesten"})
    matcher = Matcher(FakeIndex(index, experts), Depth(cases=3, people=4))
    found = matcher.match(QUERY, VIEWER, directory)
    ranking = matcher.rank(QUERY, VIEWER, directory)
    assert [d.document.id for d in ranking.cases] == documents(found.cases)
    assert [d.document.id for d in ranking.questions] == documents(found.questions)
    for ranked, shown in ((ranking.peers, found.peers), (ranking.advisers, found.advisers)):
        assert [a.expert.id for a in ranked] == people(shown)
        assert [a.value for a in ranked] == pytest.approx([p.affinity for p in shown], abs=1e-9)


def no_consent(id_: str, case: str, role: Role) -> Helper:
    return person(id_, took_part(case), role=role, contact=ContactPreference.NOT)


@pytest.mark.parametrize("role", [Role.SCHOOL_LEADER, Role.ADVISER])
def test_the_list_is_filled_from_the_next_when_the_first_may_not_be_suggested(role: Role) -> None:
    """Those asked after first, and those after them, do not consent."""
    depth = Depth(people=2)
    refusing = [no_consent(f"n{n:02}", "near", role) for n in range(SHORTLISTED * 2 + 4)]
    willing = [person(f"w{n}", took_part("far"), role=role) for n in range(3)]
    index = [scored("near", 3.0), scored("far", 1.0)]
    directory = FakeDirectory(experts=[*refusing, *willing])
    found = match(index, directory, depth=depth)
    shown = found.advisers if role is Role.ADVISER else found.peers
    assert people(shown) == ["w0", "w1"]
    assert [exclusion.person for exclusion in found.excluded] == [e.id for e in refusing]


def test_a_school_with_many_helpers_does_not_keep_others_from_the_list() -> None:
    """Two of one school are shown; those that come after it are asked after too."""
    many = [
        person(f"m{n:02}", took_part("near"), organisation="school-2")
        for n in range(SHORTLISTED * 3)
    ]
    others = [person(f"o{n}", took_part("far"), organisation=f"other-{n}") for n in range(2)]
    advisers = [
        person(f"a{n}", took_part("near", ParticipationRole.ADVISER), role=Role.ADVISER)
        for n in range(3)
    ]
    index = [scored("near", 3.0), scored("far", 1.0)]
    found = match(index, FakeDirectory(experts=[*many, *others, *advisers]), depth=Depth(people=3))
    assert people(found.peers) == ["m00", "m01", "o0"]


def test_no_more_people_are_asked_after_than_the_lists_need() -> None:
    experts = [person(f"p{n:02}", took_part("c1")) for n in range(30)]
    advised = took_part("c1", ParticipationRole.ADVISER)
    experts += [person(f"a{n:02}", advised, role=Role.ADVISER) for n in range(30)]
    directory = FakeDirectory(experts=experts)
    found = match([scored("c1", 1.0)], directory, depth=Depth(people=2))
    assert (people(found.peers), people(found.advisers)) == (["p00", "p01"], ["a00", "a01"])
    assert [len(asked) for asked in directory.asked_after] == [2 * 2 * SHORTLISTED]


def test_who_may_not_be_suggested_is_told_once_though_found_by_a_case_and_a_theme() -> None:
    index = [scored("c1", 1.0), theme("t1", 2.0)]
    refusing = person("p1", took_part("c1"), declared=("t1",), contact=ContactPreference.NOT)
    many = [person(f"x{n:02}", took_part("c1"), findable=False) for n in range(SHORTLISTED * 2)]
    directory = FakeDirectory(experts=[refusing, *many], themes={"t1": "Pesten"})
    found = match(index, directory, depth=Depth(people=1))
    told = [exclusion.person for exclusion in found.excluded]
    assert told == sorted({"p1", *(e.id for e in many)})
