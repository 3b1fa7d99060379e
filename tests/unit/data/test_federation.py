"""Identities, begun logins and schools by BRIN, in the store."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from data.database import Database
from data.federation import BegunLogin, Federation
from data.federation_tables import FederatedIdentityRow
from data.tables import OrganisationRow
from matcher.errors import Conflict
from matcher.types import PersonId

NOW = datetime(2026, 6, 1, 12)
LATER = NOW + timedelta(minutes=10)
LOGIN = BegunLogin("hash-of-nonce", "verifier", None)
ME, OTHER = PersonId("leider-a1"), PersonId("leider-a2")


@pytest.fixture
def begun(world: Database) -> Database:
    with world.write() as session:
        Federation(session).begin("staat", "browser", "entree", LOGIN, LATER)
    return world


def _take(
    database: Database,
    state: str = "staat",
    browser: str = "browser",
    provider: str = "entree",
    at: datetime = NOW,
) -> BegunLogin | None:
    with database.write() as session:
        return Federation(session).take(state, browser, provider, at)


def test_a_login_is_taken_once(begun: Database) -> None:
    assert _take(begun) == LOGIN
    assert _take(begun) is None


@pytest.mark.parametrize(
    "other", [{"state": "andere"}, {"browser": "andere"}, {"provider": "surf"}, {"at": LATER}]
)
def test_who_lacks_a_part_neither_takes_nor_ends_it(
    begun: Database, other: dict[str, str | datetime]
) -> None:
    assert _take(begun, **other) is None  # type: ignore[arg-type]
    assert _take(begun) == LOGIN


def test_an_expired_login_is_forgotten_and_no_other(begun: Database) -> None:
    with begun.write() as session:
        Federation(session).begin("nieuw", "browser", "entree", LOGIN, LATER + timedelta(minutes=1))
        Federation(session).forget_expired(LATER)
    assert _take(begun) is None
    assert _take(begun, "nieuw") == LOGIN


def test_a_link_is_of_an_issuer_and_a_subject(world: Database) -> None:
    with world.write() as session:
        federation = Federation(session)
        federation.link("https://entree", "ik", ME, NOW)
        assert federation.person_of("https://entree", "ik") == ME
        assert federation.person_of("https://entree", "IK") is None
        assert federation.person_of("https://surf", "ik") is None


def test_linking_again_changes_nothing(world: Database) -> None:
    with world.write() as session:
        Federation(session).link("https://entree", "ik", ME, NOW)
        Federation(session).link("https://entree", "ik", ME, LATER)
        row = session.get_one(FederatedIdentityRow, ("https://entree", "ik"))
        assert row.linked_at == NOW


def test_a_link_is_never_turned_to_another(world: Database) -> None:
    with world.write() as session:
        Federation(session).link("https://entree", "ik", ME, NOW)
        with pytest.raises(Conflict):
            Federation(session).link("https://entree", "ik", OTHER, NOW)
        assert Federation(session).person_of("https://entree", "ik") == ME


@pytest.mark.parametrize(
    ("stored", "brin", "meant"),
    [
        pytest.param({"a1": "11ZZ"}, "11ZZ", "a1", id="the school"),
        pytest.param({"a1": "11zz"}, "11ZZ", "a1", id="in small letters"),
        pytest.param({"a1": "11ZZ"}, "11ZZ03", "a1", id="a branch of the school"),
        pytest.param({"a1": "11ZZ03"}, "11ZZ03", "a1", id="the branch"),
        pytest.param({"a1": "11ZZ03"}, "11ZZ", "a1", id="the school of one branch"),
        pytest.param({"a1": "11ZZ03", "a2": "11ZZ04"}, "11ZZ04", "a2", id="one of branches"),
        pytest.param({"a1": "11ZZ", "a2": "11ZZ04"}, "11ZZ04", "a2", id="all six say most"),
        pytest.param({"a1": "11ZZ03"}, "11ZZ04", None, id="another branch"),
        pytest.param({"a1": "11ZZ03", "a2": "11ZZ04"}, "11ZZ", None, id="which branch?"),
        pytest.param({"a1": "11ZZ", "a2": "11ZZ04"}, "11ZZ", None, id="school or branch?"),
        pytest.param({"a1": "11ZZ", "a2": "11ZZ04"}, "11ZZ05", None, id="a third branch"),
        pytest.param({"a1": "11ZZ", "a2": "11ZZ"}, "11ZZ", None, id="twice"),
        pytest.param({"a1": "11ZZ03", "a2": "11ZZ03"}, "11ZZ03", None, id="twice, a branch"),
        pytest.param({"a1": "11ZZ"}, "11ZY", None, id="unknown"),
        pytest.param({}, "11ZZ", None, id="none known"),
    ],
)
def test_a_brin_means_one_organisation_or_none(
    world: Database, stored: dict[str, str], brin: str, meant: str | None
) -> None:
    with world.write() as session:
        for organisation, known in stored.items():
            session.get_one(OrganisationRow, organisation).brin = known
        assert Federation(session).organisation_of(brin) == meant
