"""The whole matcher over an index and a directory in memory, every score known beforehand."""

from __future__ import annotations

import math

import pytest

from matcher.affinity import DECLARED_WEIGHT, Aggregation
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
from matcher.pipeline import Matcher
from matcher.ports import Signal
from matcher.types import (
    ContactPreference,
    Depth,
    DocumentId,
    Outcome,
    ParticipationRole,
    PersonId,
    Query,
    Role,
    Viewer,
)
from tests.unit.matcher.builders import TODAY, person, took_part
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
VIEWER = Viewer(organisation="school-1", board="board-1")


def match(
    documents: list[Scored],
    directory: FakeDirectory,
    *,
    query: Query = QUERY,
    viewer: Viewer = VIEWER,
    depth: Depth | None = None,
) -> Matches:
    return Matcher(FakeIndex(documents), depth or Depth()).match(query, viewer, directory)


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


def test_the_reasons_of_a_case_add_up_to_its_score() -> None:
    index = [
        scored("c1", 0.31, -0.17, 0.05),
        scored("c2", -0.4, math.nan, 0.9),
        question("q1", 0.7),
    ]
    found = match(index, FakeDirectory(["c1", "c2", "q1"]))
    shown = [*found.cases, *found.questions]
    assert len(shown) == 3
    for document in shown:
        shares = [reason.share for reason in document.reasons]
        assert math.fsum(shares) == pytest.approx(document.score, abs=1e-12)


def test_each_signal_gives_its_own_reason_the_largest_share_first() -> None:
    index = [scored("c1", 0.2, 2.0, -1.0, words=("pesten", "ouders"))]
    (case,) = match(index, FakeDirectory(["c1"])).cases
    assert [(reason.code, reason.share, reason.words) for reason in case.reasons] == [
        (ReasonCode.SIMILAR_RESOLUTION, 2.0 * WEIGHTS[Signal.DENSE_RESOLUTION], ()),
        (ReasonCode.SIMILAR_PROBLEM, 0.2 * WEIGHTS[Signal.DENSE_PROBLEM], ()),
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
        [softplus(weighed(2.0)), softplus(weighed(1.0))]
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
    index = [scored("near", 2.0, 2.0, 2.0), scored("far", -1.0, -1.0, -1.0)]
    expert = person("p1", took_part("near"), took_part("far"))
    found = match(index, FakeDirectory(experts=[expert]), depth=Depth(retrieved=1))
    assert documents(found.cases) == ["near"]
    (peer,) = found.peers
    assert [e.document for e in peer.evidence] == ["near", "far"]
    assert [e.share for e in peer.evidence] == pytest.approx(
        [softplus(weighed(2.0, 2.0, 2.0)) * 2 / 3, softplus(weighed(-1.0, -1.0, -1.0)) / 3]
    )


def test_who_took_part_in_no_retrieved_case_is_not_suggested() -> None:
    index = [scored("near", 2.0, 2.0, 2.0), scored("far", 1.0, 1.0, 1.0)]
    experts = [person("p1", took_part("near")), person("p2", took_part("far"))]
    found = match(index, FakeDirectory(experts=experts), depth=Depth(retrieved=1))
    assert people(found.peers) == ["p1"]


def test_the_evidence_of_a_person_adds_up_to_their_affinity() -> None:
    index = [scored(f"c{n}", 0.3 * n) for n in range(7)] + [theme("t1", 2.0)]
    expert = person("p1", *(took_part(f"c{n}") for n in range(7)), declared=("t1",))
    (peer,) = match(index, FakeDirectory(experts=[expert], themes={"t1": "Pesten"})).peers
    assert len(peer.evidence) == 5
    assert math.fsum(e.share for e in peer.evidence) == pytest.approx(peer.affinity, abs=1e-12)


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
    assert evidence.share == pytest.approx(softplus(weighed(2.0)) * DECLARED_WEIGHT)


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
        [softplus(weighed(9.0)) * DECLARED_WEIGHT, softplus(weighed(1.0))]
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


def test_the_aggregation_asked_for_is_the_one_used() -> None:
    index = [scored("c1", 2.0), scored("c2", 1.0)]
    directory = FakeDirectory(experts=[person("p1", took_part("c1"), took_part("c2"))])
    found = {
        aggregation: Matcher(FakeIndex(index), aggregation=aggregation)
        .match(QUERY, VIEWER, directory)
        .peers[0]
        .affinity
        for aggregation in Aggregation
    }
    high, low = softplus(weighed(2.0)), softplus(weighed(1.0))
    assert found == pytest.approx(
        {
            Aggregation.HARMONIC: (2 * high + low) / 3,
            Aggregation.MAX: high,
            Aggregation.COMBSUM: high + low,
            Aggregation.RECIPROCAL_RANK: 1.5,
        }
    )


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
