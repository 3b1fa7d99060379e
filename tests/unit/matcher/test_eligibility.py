from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from matcher.eligibility import eligible
from matcher.matches import Exclusion, ExclusionCode
from matcher.types import ContactPreference, DocumentId, Expert, PersonId, Query, Role
from tests.unit.matcher.builders import TODAY, person

QUERY = Query(
    situation="Hoe gaan wij om met het lerarentekort?",
    today=TODAY,
    asker=PersonId("asker"),
    asker_organisation="school-1",
    barred=frozenset({PersonId("barred")}),
)
TOMORROW = TODAY + timedelta(days=1)


def objection(expert: Expert, query: Query = QUERY) -> ExclusionCode | None:
    """The code by which `expert` is excluded, or None where they may be suggested."""
    kept, excluded = eligible([expert], query)
    if kept:
        assert (kept, excluded) == ([expert], [])
        return None
    (exclusion,) = excluded
    assert exclusion.person == expert.id
    return exclusion.code


def test_someone_of_another_school_may_be_suggested() -> None:
    assert objection(person(organisation="school-2")) is None


def test_the_asker_is_not_suggested() -> None:
    assert objection(person("asker")) is ExclusionCode.IS_ASKER


def test_a_barred_person_is_not_suggested() -> None:
    assert objection(person("barred")) is ExclusionCode.BARRED


def test_someone_of_the_askers_school_is_not_suggested() -> None:
    assert objection(person(organisation="school-1")) is ExclusionCode.OWN_SCHOOL


def test_someone_without_an_organisation_is_of_no_ones_school() -> None:
    nowhere = replace(QUERY, asker_organisation="")
    assert objection(person(organisation=""), nowhere) is None


def test_without_an_asker_no_school_is_their_own() -> None:
    anonymous = Query(situation="Wie kent dit?", today=TODAY)
    assert objection(person(organisation="school-1"), anonymous) is None


@pytest.mark.parametrize("role", [Role.SCHOOL_LEADER, Role.PARTNER, Role.ADMIN])
def test_who_is_not_findable_is_not_suggested(role: Role) -> None:
    assert objection(person(role=role, findable=False)) is ExclusionCode.NO_CONSENT


def test_an_adviser_who_is_not_findable_may_be_suggested() -> None:
    assert objection(person(role=Role.ADVISER, findable=False)) is None


@pytest.mark.parametrize("role", Role)
def test_who_wants_no_contact_is_not_suggested_whatever_their_role(role: Role) -> None:
    expert = person(role=role, contact=ContactPreference.NOT)
    assert objection(expert) is ExclusionCode.NO_CONSENT


def test_who_is_reached_through_an_adviser_may_be_suggested() -> None:
    assert objection(person(contact=ContactPreference.THROUGH_ADVISER)) is None


def test_who_is_away_until_tomorrow_is_not_suggested() -> None:
    assert objection(person(away_until=TOMORROW)) is ExclusionCode.AWAY


def test_who_is_away_until_today_is_back() -> None:
    assert objection(person(away_until=TODAY)) is None


@pytest.mark.parametrize(("load", "capacity"), [(2, 2), (3, 2), (0, 0)])
def test_who_has_no_capacity_left_is_not_suggested(load: int, capacity: int) -> None:
    expert = person(load=load, capacity=capacity)
    assert objection(expert) is ExclusionCode.NO_CAPACITY


def test_who_has_room_for_one_more_may_be_suggested() -> None:
    assert objection(person(load=1, capacity=2)) is None


def test_without_a_capacity_there_is_no_limit() -> None:
    assert objection(person(load=1000, capacity=None)) is None


def test_of_several_objections_the_first_of_the_fixed_order_is_given() -> None:
    query = replace(QUERY, barred=frozenset({PersonId("asker")}))
    expert = person(
        "asker",
        organisation="school-1",
        findable=False,
        away_until=TOMORROW,
        capacity=1,
        load=1,
    )
    assert objection(expert, query) is ExclusionCode.IS_ASKER
    query = replace(query, asker=None)
    assert objection(expert, query) is ExclusionCode.BARRED
    query = replace(query, barred=frozenset())
    assert objection(expert, query) is ExclusionCode.OWN_SCHOOL
    query = replace(query, asker_organisation="school-2")
    assert objection(expert, query) is ExclusionCode.NO_CONSENT
    expert = replace(expert, findable=True)
    assert objection(expert, query) is ExclusionCode.AWAY
    expert = replace(expert, away_until=None)
    assert objection(expert, query) is ExclusionCode.NO_CAPACITY
    expert = replace(expert, load=0)
    assert objection(expert, query) is None


def test_kept_and_excluded_keep_the_order_of_the_experts() -> None:
    a, b, c, d = person("a"), person("b", findable=False), person("asker"), person("d")
    kept, excluded = eligible([d, c, b, a], QUERY)
    assert kept == [d, a]
    assert excluded == [
        Exclusion(c.id, ExclusionCode.IS_ASKER),
        Exclusion(b.id, ExclusionCode.NO_CONSENT),
    ]


NT2, PARENTS, READING = DocumentId("nt2"), DocumentId("ouders"), DocumentId("lezen")


@pytest.mark.parametrize("role", [Role.SCHOOL_LEADER, Role.ADVISER, Role.PARTNER])
def test_who_is_found_for_other_themes_only_is_not_suggested(role: Role) -> None:
    expert = replace(person(role=role), found_for=(NT2,))
    assert objection(expert, replace(QUERY, themes=(PARENTS,))) is ExclusionCode.OTHER_THEME
    assert objection(expert, replace(QUERY, themes=(PARENTS, NT2))) is None


def test_who_names_no_theme_is_found_for_all() -> None:
    assert objection(person(), replace(QUERY, themes=(PARENTS,))) is None


def test_the_themes_that_the_asker_named_go_before_those_that_are_near() -> None:
    expert = replace(person(), found_for=(NT2,))
    named = replace(QUERY, themes=(PARENTS,))
    assert eligible([expert], named, [NT2])[0] == []
    assert eligible([expert], QUERY, [NT2, READING])[0] == [expert]
    assert eligible([expert], QUERY, [READING])[0] == []
    assert eligible([expert], QUERY, [])[0] == []


def test_where_nothing_says_what_it_is_about_no_one_is_left_out_for_their_themes() -> None:
    assert objection(replace(person(), found_for=(NT2,)), QUERY) is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"contact": ContactPreference.NOT}, ExclusionCode.NO_CONSENT),
        ({"away_until": TOMORROW}, ExclusionCode.AWAY),
        ({"capacity": 1, "load": 1}, ExclusionCode.NO_CAPACITY),
    ],
)
def test_contact_absence_and_capacity_hide_an_adviser_too(
    changes: dict[str, Any], code: ExclusionCode
) -> None:
    adviser = replace(person(role=Role.ADVISER), **changes)
    assert objection(adviser) is code
