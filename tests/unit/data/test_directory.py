from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from data.database import Database
from data.directory import SqlDirectory
from data.tables import PersonRow, QuestionRow, ThemeRow
from matcher.entities import Person
from matcher.errors import NotFound
from matcher.text import HIDDEN
from matcher.types import (
    ContactPreference,
    DocumentId,
    Expert,
    OrganisationKind,
    Outcome,
    ParticipationRole,
    PersonId,
    QuestionStatus,
    Role,
    Sector,
    SharingScope,
    SizeClass,
    Viewer,
    VisibleDocument,
)
from tests.unit.data.world import ASKED, add_person, add_question, declare, place, viewer

SOLVED = QuestionStatus.SOLVED
SOLVER = ParticipationRole.SOLVER


def _experts(
    session: Session, who: str, *people: str, themes: Sequence[str] = ()
) -> dict[str, Expert]:
    """Of `people`, and by declared `themes`, as `who` sees them."""
    ids = [PersonId(person) for person in people]
    near = [DocumentId(f"thema:{theme}") for theme in themes]
    return {e.id: e for e in SqlDirectory(session).experts(ids, near, viewer(session, who))}


def _visible(session: Session, who: str, *ids: str) -> set[str]:
    named = [DocumentId(id_) for id_ in ids]
    return set(SqlDirectory(session).visible(named, viewer(session, who)))


def _statements(session: Session) -> list[tuple[str, Any]]:
    """What is asked of the database from now on, each with its values."""
    asked: list[tuple[str, Any]] = []

    @event.listens_for(session.connection(), "before_cursor_execute")
    def _note(_connection: Any, _cursor: Any, text: str, values: Any, *_: Any) -> None:
        asked.append((text, values))

    return asked


def _everyone(world: Database) -> list[Person]:
    with world.read() as session:
        return SqlDirectory(session).people()


def test_a_visible_document_says_what_may_be_shown(world: Database) -> None:
    with world.write() as session:
        add_question(session, "c1", status=SOLVED)
        add_question(session, "v1", scope=SharingScope.BOARD)
        ids = [DocumentId("c1"), DocumentId("v1")]
        assert SqlDirectory(session).visible(ids, viewer(session, "leider-a2")) == {
            "c1": VisibleDocument(
                ids[0], "Titel c1", SharingScope.NATIONAL, ASKED, Outcome.PARTLY, "a1", "a"
            ),
            "v1": VisibleDocument(ids[1], "Titel v1", SharingScope.BOARD, ASKED, None, "a1", "a"),
        }


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("leider-a1", {"school", "bestuur", "samenwerkingsverband", "landelijk"}),
        ("leider-a2", {"bestuur", "samenwerkingsverband", "landelijk"}),
        ("leider-b1", {"samenwerkingsverband", "landelijk"}),
        ("leider-z1", {"landelijk"}),
    ],
)
def test_documents_are_selected_again_under_the_viewer_s_rights(
    world: Database, who: str, seen: set[str]
) -> None:
    with world.write() as session:
        for scope in SharingScope:
            add_question(session, scope.value, scope=scope)
        assert _visible(session, who, *SharingScope) == seen


def test_what_is_withdrawn_unknown_or_not_asked_for_is_not_visible(world: Database) -> None:
    with world.write() as session:
        add_question(session, "v1")
        add_question(session, "v2")
        add_question(session, "weg", status=QuestionStatus.WITHDRAWN)
        add_question(session, "concept", status=QuestionStatus.DRAFT)
        assert _visible(session, "leider-a1", "v1", "weg", "concept", "x", "thema:nt2") == {"v1"}


def test_more_documents_than_fit_in_one_query_are_all_visible(world: Database) -> None:
    ids = [f"v{number:04}" for number in range(1001)]
    with world.write() as session:
        for id_ in ids:
            add_question(session, id_)
        assert _visible(session, "leider-a1", *ids) == set(ids)


def test_an_expert_comes_with_what_ranking_needs(world: Database) -> None:
    with world.write() as session:
        add_question(session, "c1", status=SOLVED, took_part=[("leider-b1", SOLVER)])
        declare(session, "leider-b1", "ouders", "nt2")
        row = session.get_one(PersonRow, "leider-b1")
        row.findable, row.contact, row.capacity = False, ContactPreference.THROUGH_ADVISER, 4
        row.away_until = date(2026, 10, 1)
        row.found_for = [session.get_one(ThemeRow, "nt2")]
        place(session, "b1", pupils=200)
        session.flush()
        assert _experts(session, "leider-a1", "leider-b1")["leider-b1"] == Expert(
            id=row.id,
            name="Naam leider-b1",
            role=Role.SCHOOL_LEADER,
            organisation="b1",
            organisation_name="Organisatie b1",
            sector=Sector.PRIMARY,
            declared=(DocumentId("thema:nt2"), DocumentId("thema:ouders")),
            findable=False,
            contact=ContactPreference.THROUGH_ADVISER,
            capacity=4,
            load=0,
            away_until=date(2026, 10, 1),
            found_for=(DocumentId("thema:nt2"),),
            board="b",
            kind=OrganisationKind.SCHOOL,
            size=SizeClass.MIDDLE,
            region="kern",
            region_name="Kern Noord",
        )


def test_experts_come_in_order_of_id(world: Database) -> None:
    people = ["partner", "leider-z1", "adviseur-a", "leider-a2"]
    with world.write() as session:
        declare(session, "leider-b1", "nt2")
        found = _experts(session, "leider-a1", *people, themes=["nt2"])
    assert list(found) == sorted([*people, "leider-b1"])


def test_who_is_not_asked_after_and_declared_none_of_the_themes_does_not_come(
    world: Database,
) -> None:
    with world.write() as session:
        add_question(session, "c1", status=SOLVED, took_part=[("leider-b1", SOLVER)])
        declare(session, "leider-b1", "ouders")
        assert list(_experts(session, "leider-a1", "leider-a2", themes=["nt2"])) == ["leider-a2"]


def test_someone_who_is_unknown_does_not_come(world: Database) -> None:
    with world.read() as session:
        assert list(_experts(session, "leider-a1", "weg", "leider-a2")) == ["leider-a2"]


def test_an_administrator_is_never_a_candidate(world: Database) -> None:
    with world.write() as session:
        add_question(session, "c1", status=SOLVED, took_part=[("beheerder", SOLVER)])
        declare(session, "beheerder", "nt2")
        assert _experts(session, "leider-a1", "beheerder", themes=["nt2"]) == {}


def test_only_those_who_help_come_whatever_they_did(world: Database) -> None:
    everyone = [person.id for person in _everyone(world)]
    with world.write() as session:
        took_part = [(id_, SOLVER) for id_ in everyone]
        add_question(session, "c1", status=SOLVED, took_part=took_part)
        found = _experts(session, "leider-a1", *everyone)
    assert {expert.role for expert in found.values()} == {
        Role.SCHOOL_LEADER,
        Role.ADVISER,
        Role.PARTNER,
    }
    assert set(found) == set(everyone) - {"beheerder"}


def test_a_declared_theme_makes_a_candidate_without_any_case(world: Database) -> None:
    with world.write() as session:
        declare(session, "leider-b1", "nt2")
        expert = _experts(session, "leider-a1", themes=["nt2"])["leider-b1"]
    assert expert.declared == ("thema:nt2",)


def test_declared_themes_bring_only_people_of_the_viewer_s_partnership(world: Database) -> None:
    with world.write() as session:
        declare(session, "leider-b1", "nt2")
        declare(session, "leider-z1", "nt2")
        assert list(_experts(session, "leider-a1", themes=["nt2"])) == ["leider-b1"]
        assert list(_experts(session, "leider-z1", themes=["nt2"])) == ["leider-z1"]


def test_a_viewer_without_a_partnership_has_no_one_nearby(world: Database) -> None:
    with world.write() as session:
        declare(session, "leider-b1", "nt2")
        found = SqlDirectory(session).experts([], [DocumentId("thema:nt2")], Viewer())
    assert found == []


def test_someone_of_another_partnership_comes_when_asked_after(world: Database) -> None:
    with world.write() as session:
        assert list(_experts(session, "leider-a1", "leider-z1")) == ["leider-z1"]


def test_what_was_written_comes_part_by_part_and_redacted(world: Database) -> None:
    with world.write() as session:
        add_question(session, "c1", status=SOLVED)
        add_question(session, "v1")
        row = session.get_one(QuestionRow, "v1")
        row.situation, row.tried = "Bel 06-12345678 of mail jan@school.nl.", "  "
        session.flush()
        ids = [DocumentId("c1"), DocumentId("v1")]
        found = SqlDirectory(session).passages(ids, viewer(session, "leider-a2"))
    assert found == {
        "c1": (
            "Situatie c1",
            "Geprobeerd c1",
            "Doel c1",
            "Aanpak c1",
            "Werkte c1",
            "Werkte niet c1",
        ),
        "v1": (f"Bel {HIDDEN} of mail {HIDDEN}.", "Doel v1"),
    }


def test_nothing_of_what_is_out_of_sight_or_withdrawn_can_be_quoted(world: Database) -> None:
    with world.write() as session:
        for scope in SharingScope:
            add_question(session, scope.value, scope=scope)
        add_question(session, "weg", status=QuestionStatus.WITHDRAWN)
        add_question(session, "concept", status=QuestionStatus.DRAFT)
        ids = [DocumentId(id_) for id_ in (*SharingScope, "weg", "concept", "thema:nt2", "x")]
        seen = {
            who: set(SqlDirectory(session).passages(ids, viewer(session, who)))
            for who in ("leider-a1", "leider-a2", "leider-b1", "leider-z1")
        }
    assert seen == {
        "leider-a1": {"school", "bestuur", "samenwerkingsverband", "landelijk"},
        "leider-a2": {"bestuur", "samenwerkingsverband", "landelijk"},
        "leider-b1": {"samenwerkingsverband", "landelijk"},
        "leider-z1": {"landelijk"},
    }


def test_more_documents_than_fit_in_one_query_can_all_be_quoted(world: Database) -> None:
    ids = [DocumentId(f"v{number:04}") for number in range(1001)]
    with world.write() as session:
        for id_ in ids:
            add_question(session, id_)
        found = SqlDirectory(session).passages(ids, viewer(session, "leider-a1"))
    assert found.keys() == set(ids)


def test_the_load_counts_questions_under_way_in_which_one_helps(world: Database) -> None:
    helping = [SOLVER, ParticipationRole.CO_SOLVER, ParticipationRole.ADVISER]
    with world.write() as session:
        for role in ParticipationRole:
            add_question(session, f"open-{role}", took_part=[("leider-b1", role)])
        for status in QuestionStatus:
            add_question(session, f"v-{status}", status=status, took_part=[("leider-b1", SOLVER)])
        expert = _experts(session, "leider-a1", "leider-b1")["leider-b1"]
    assert expert.load == len(helping) + 2  # and the open one and the one in conversation


def test_two_roles_in_one_question_are_one_load(world: Database) -> None:
    with world.write() as session:
        took_part = [("leider-b1", SOLVER), ("leider-b1", ParticipationRole.ADVISER)]
        add_question(session, "v1", took_part=took_part)
        assert _experts(session, "leider-a1", "leider-b1")["leider-b1"].load == 1


def test_the_load_counts_questions_that_the_viewer_may_not_see(world: Database) -> None:
    with world.write() as session:
        add_question(
            session,
            "v1",
            school="b1",
            scope=SharingScope.SCHOOL,
            took_part=[("leider-b1", SOLVER)],
        )
        assert _experts(session, "leider-a1", "leider-b1")["leider-b1"].load == 1


def test_more_people_than_fit_in_one_query_all_come_with_their_load(world: Database) -> None:
    people = [f"p{number:04}" for number in range(1001)]
    with world.write() as session:
        for id_ in people:
            add_person(session, id_, Role.PARTNER, "ggd")
        add_question(session, "v1", took_part=[("p0000", SOLVER), ("p1000", SOLVER)])
        experts = _experts(session, "leider-a1", *people)
    assert list(experts) == people
    assert [id_ for id_, expert in experts.items() if expert.load] == ["p0000", "p1000"]


@pytest.mark.databases("sqlite")
def test_the_load_is_counted_by_the_index_of_questions_under_way(world: Database) -> None:
    """Whatever else has been asked since the beginning, they are few."""
    with world.write() as session:
        session.get_one(PersonRow, "leider-b1").capacity = 4
        session.flush()
        asked = _statements(session)
        _experts(session, "leider-a1", "leider-b1")
        (loads,) = [(text, values) for text, values in asked if "UNION" in text]
        text, values = loads
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
        assert "ix_question_under_way" in " ".join(row.detail for row in plan)


def test_where_no_one_set_a_limit_no_load_is_counted(world: Database) -> None:
    with world.write() as session:
        add_question(session, "v1", took_part=[("leider-b1", SOLVER)])
        session.execute(update(PersonRow).values(capacity=None))
        asked = _statements(session)
        experts = _experts(session, "leider-a1", "leider-b1", "leider-a2")
        assert [expert.load for expert in experts.values()] == [0, 0]
        assert asked
        assert not [text for text, _ in asked if "UNION" in text]


def test_everyone_has_their_own_load(world: Database) -> None:
    with world.write() as session:
        session.execute(update(PersonRow).values(capacity=3))
        add_question(session, "v1", took_part=[("leider-b1", SOLVER), ("leider-a2", SOLVER)])
        add_question(session, "v2", took_part=[("leider-b1", SOLVER)])
        experts = _experts(session, "leider-a1", "leider-b1", "leider-a2", "leider-z1")
    assert {id_: expert.load for id_, expert in experts.items()} == {
        "leider-a2": 1,
        "leider-b1": 2,
        "leider-z1": 0,
    }


def test_no_people_and_no_themes_give_no_experts(world: Database) -> None:
    with world.read() as session:
        assert _experts(session, "leider-a1") == {}


def test_themes_are_named_by_their_document(world: Database) -> None:
    with world.read() as session:
        names = SqlDirectory(session).theme_names(
            [DocumentId("thema:nt2"), DocumentId("thema:weg")]
        )
    assert names == {"thema:nt2": "NT2"}


def test_of_no_themes_the_names_are_not_asked_for(world: Database) -> None:
    with world.read() as session:
        asked = _statements(session)
        assert SqlDirectory(session).theme_names([]) == {}
        assert asked == []


def test_themes_of_working_together_come_first_and_each_taxonomy_by_name(world: Database) -> None:
    with world.write() as session:
        session.add_all(
            ThemeRow(id=id_, name=name, taxonomy="samenwerking", description="Samen.")
            for id_, name in (("a", "Zorgteam"), ("z", "Overleg"))
        )
        session.flush()
        found = [(theme.taxonomy, theme.name) for theme in SqlDirectory(session).themes()]
    assert found == [
        ("samenwerking", "Overleg"),
        ("samenwerking", "Zorgteam"),
        ("inhoud", "NT2"),
        ("inhoud", "OUDERS"),
    ]


def test_an_unknown_person_is_not_found(world: Database) -> None:
    with world.read() as session, pytest.raises(NotFound):
        SqlDirectory(session).person("bestaat-niet")


def test_people_come_in_order_of_id(world: Database) -> None:
    with world.read() as session:
        ids = [found.id for found in SqlDirectory(session).people()]
    assert ids == sorted(ids)
    assert len(ids) == 9
