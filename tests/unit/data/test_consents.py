from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from data.consents import Boards, Consents
from data.database import Database
from data.questions import Questions
from data.tables import OutboxRow, PersonRow
from matcher.entities import Board, Consent, NewQuestion
from matcher.errors import Forbidden, NotFound, UnknownReference
from matcher.types import ContactPreference, PersonId, Role, SharingScope, Viewer
from tests.unit.data.world import person, viewer

CONSENT = Consent(True, ContactPreference.THROUGH_ADVISER, ("nt2", "ouders"), 3, date(2027, 1, 11))


def test_who_never_chose_is_not_found_and_not_reached(world: Database) -> None:
    with world.write() as session:
        session.add(
            PersonRow(
                id="nieuw",
                name="Naam",
                role=Role.SCHOOL_LEADER,
                function="functie",
                organisation_id="a1",
            )
        )
        session.flush()
        consent = Consents(session).own(Viewer(PersonId("nieuw")))
    assert consent == Consent(False, ContactPreference.NOT, (), None, None)


def test_all_is_replaced_and_stays_so(world: Database) -> None:
    with world.write() as session:
        who = viewer(session, "leider-a1")
        assert Consents(session).replace(who, CONSENT) == CONSENT
    with world.write() as session:
        assert Consents(session).own(who) == CONSENT
        assert Consents(session).replace(who, CONSENT) == CONSENT
        nothing = Consent(False, ContactPreference.NOT, (), None, None)
        assert Consents(session).replace(who, nothing) == nothing
    with world.read() as session:
        assert Consents(session).own(who) == nothing


def test_themes_come_each_once_in_order(world: Database) -> None:
    with world.write() as session:
        twice = replace(CONSENT, themes=("ouders", "nt2", "ouders"))
        assert Consents(session).replace(viewer(session, "leider-a1"), twice) == CONSENT


def test_of_an_unknown_theme_nothing_is_kept(world: Database) -> None:
    with world.read() as session:
        before = Consents(session).own(who := viewer(session, "leider-a1"))
    with pytest.raises(UnknownReference) as caught, world.write() as session:
        Consents(session).replace(who, replace(CONSENT, themes=("nt2", "weg")))
    assert caught.value.kind == "theme"
    with world.read() as session:
        assert Consents(session).own(who) == before


def test_what_one_allows_leaves_others_and_the_index_alone(world: Database) -> None:
    with world.write() as session:
        before = Consents(session).own(viewer(session, "leider-a2"))
        Consents(session).replace(viewer(session, "leider-a1"), CONSENT)
        assert Consents(session).own(viewer(session, "leider-a2")) == before
        assert session.query(OutboxRow).count() == 0


@pytest.mark.parametrize("who", [Viewer(), Viewer(PersonId("weg"))])
def test_who_is_no_person_allows_nothing(world: Database, who: Viewer) -> None:
    with world.read() as session, pytest.raises(NotFound):
        Consents(session).own(who)


def test_an_admin_sets_how_far_the_board_shares_what_is_asked_from_then_on(
    world: Database,
) -> None:
    new = NewQuestion(title="Titel", situation="Situatie")
    with world.write() as session:
        leader = person(session, "leider-a1")
        before = Questions(session).ask(new, leader, date(2026, 1, 1))
        board = Boards(session).share_by_default(
            viewer(session, "beheerder"), SharingScope.PARTNERSHIP
        )
        assert board == Board("a", "a", SharingScope.PARTNERSHIP)
        after = Questions(session).ask(new, leader, date(2026, 1, 1))
        kept = Questions(session).get(before.id, leader.viewer)
    assert (before.scope, after.scope) == (SharingScope.BOARD, SharingScope.PARTNERSHIP)
    assert kept.scope is SharingScope.BOARD


@pytest.mark.parametrize("who", ["leider-a1", "adviseur-a", "leider-b1"])
def test_who_does_not_manage_a_board_reads_its_scope_and_cannot_set_it(
    world: Database, who: str
) -> None:
    with world.write() as session:
        looking = viewer(session, who)
        assert Boards(session).own(looking).default_scope is SharingScope.BOARD
        with pytest.raises(Forbidden):
            Boards(session).share_by_default(looking, SharingScope.NATIONAL)
        assert Boards(session).own(looking).default_scope is SharingScope.BOARD


def test_who_works_at_no_board_has_none(world: Database) -> None:
    with world.read() as session:
        partner = viewer(session, "partner")
        with pytest.raises(NotFound):
            Boards(session).own(partner)
        with pytest.raises(NotFound):
            Boards(session).share_by_default(partner, SharingScope.NATIONAL)
