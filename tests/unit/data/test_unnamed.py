"""Whom a viewer cannot rule out: everyone who helps, but those who are shown by name."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from data.database import Database
from data.directory import SqlDirectory
from data.tables import PersonRow
from matcher.matches import Description
from matcher.ports import Unnamed
from matcher.types import ContactPreference, OrganisationKind, Role, Sector, SizeClass
from tests.unit.data.world import add_person, place

DIRECT, THROUGH = ContactPreference.DIRECT, ContactPreference.THROUGH_ADVISER
LEADER_OF_A1 = Unnamed(
    "a1",
    Description(
        Role.SCHOOL_LEADER,
        OrganisationKind.SCHOOL,
        Sector.PRIMARY,
        SizeClass.MIDDLE,
        "kern",
        "Kern Noord",
    ),
)


def _places(session: Session, *regions: str) -> list[str]:
    return sorted(one.organisation for one in SqlDirectory(session).unnamed(regions))


def _allow(session: Session, person: str, contact: ContactPreference, findable: bool) -> None:
    row = session.get_one(PersonRow, person)
    row.contact, row.findable = contact, findable
    session.flush()


def test_an_organisation_comes_once_with_how_its_people_would_be_described(
    world: Database,
) -> None:
    with world.write() as session:
        place(session, "a1", pupils=200)
        add_person(session, "adjunct-a1", Role.SCHOOL_LEADER, "a1")
        _allow(session, "leider-a1", THROUGH, True)
        _allow(session, "adjunct-a1", ContactPreference.NOT, True)
        assert SqlDirectory(session).unnamed(["kern"]) == [LEADER_OF_A1]


@pytest.mark.parametrize(
    ("contact", "findable", "counts"),
    [
        (DIRECT, True, False),
        (DIRECT, False, True),
        (THROUGH, True, True),
        (ContactPreference.NOT, True, True),
        (ContactPreference.NOT, False, True),
    ],
)
def test_who_is_shown_by_name_does_not_count(
    world: Database, contact: ContactPreference, findable: bool, counts: bool
) -> None:
    with world.write() as session:
        place(session, "a1")
        _allow(session, "leider-a1", contact, findable)
        assert _places(session, "kern") == (["a1"] if counts else [])


def test_an_adviser_is_shown_by_name_whether_findable_or_not(world: Database) -> None:
    with world.write() as session:
        place(session, "kantoor-a")
        _allow(session, "adviseur-a", DIRECT, False)
        assert _places(session, "kern") == []
        _allow(session, "adviseur-a", THROUGH, False)
        assert _places(session, "kern") == ["kantoor-a"]


def test_who_only_manages_helps_no_one_and_does_not_count(world: Database) -> None:
    with world.write() as session:
        place(session, "kantoor-a")
        _allow(session, "beheerder", THROUGH, True)
        assert _places(session, "kern") == []


def test_only_the_regions_that_were_asked_after_come(world: Database) -> None:
    with world.write() as session:
        place(session, "a1")
        place(session, "b1", region="dorp")
        for leader in ("leider-a1", "leider-b1", "leider-a2"):
            _allow(session, leader, THROUGH, True)
        assert _places(session, "dorp") == ["b1"]
        assert _places(session, "kern", "dorp") == ["a1", "b1"]
