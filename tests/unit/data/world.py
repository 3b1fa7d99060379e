"""A small world to look at from several places: two partnerships, three boards, five schools.

Partnership noord has board a (schools a1 and a2, office kantoor-a), board b (school b1) and the
partner ggd, which has no board; partnership zuid has board z (school z1).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from data.directory import SqlDirectory
from data.tables import (
    BoardRow,
    OrganisationRow,
    ParticipationRow,
    PartnershipRow,
    PersonRow,
    QuestionRow,
    RegionRow,
    ResolutionRow,
    ThemeRow,
)
from matcher.entities import Person
from matcher.types import (
    ContactPreference,
    OrganisationKind,
    Outcome,
    ParticipationRole,
    QuestionStatus,
    Role,
    Sector,
    SharingScope,
    Viewer,
)

ASKED = date(2026, 3, 2)
RECORDED = date(2026, 5, 4)

_ORGANISATIONS = (
    ("a1", OrganisationKind.SCHOOL, "noord", "a"),
    ("a2", OrganisationKind.SCHOOL, "noord", "a"),
    ("kantoor-a", OrganisationKind.BOARD_OFFICE, "noord", "a"),
    ("b1", OrganisationKind.SCHOOL, "noord", "b"),
    ("ggd", OrganisationKind.HEALTH, "noord", None),
    ("ggd-2", OrganisationKind.HEALTH, "noord", None),
    ("z1", OrganisationKind.SCHOOL, "zuid", "z"),
)
_PEOPLE = (
    ("leider-a1", Role.SCHOOL_LEADER, "a1"),
    ("leider-a2", Role.SCHOOL_LEADER, "a2"),
    ("leider-b1", Role.SCHOOL_LEADER, "b1"),
    ("leider-z1", Role.SCHOOL_LEADER, "z1"),
    ("adviseur-a", Role.ADVISER, "kantoor-a"),
    ("adviseur-b", Role.ADVISER, "b1"),
    ("beheerder", Role.ADMIN, "kantoor-a"),
    ("partner", Role.PARTNER, "ggd"),
    ("partner-2", Role.PARTNER, "ggd-2"),
)


def build(session: Session) -> None:
    """Everything but questions."""
    session.add_all(PartnershipRow(id=id_, name=id_) for id_ in ("noord", "zuid"))
    session.flush()
    session.add_all(
        BoardRow(id=id_, name=id_, partnership_id=partnership)
        for id_, partnership in (("a", "noord"), ("b", "noord"), ("z", "zuid"))
    )
    session.flush()
    session.add_all(
        OrganisationRow(
            id=id_,
            name=f"Organisatie {id_}",
            kind=kind,
            sector=Sector.PRIMARY if kind is OrganisationKind.SCHOOL else None,
            partnership_id=partnership,
            board_id=board,
        )
        for id_, kind, partnership, board in _ORGANISATIONS
    )
    session.add_all(
        ThemeRow(id=id_, name=id_.upper(), taxonomy="inhoud", description=f"Over {id_}.")
        for id_ in ("nt2", "ouders")
    )
    session.flush()
    for id_, role, organisation in _PEOPLE:
        add_person(session, id_, role, organisation)


def add_person(session: Session, id_: str, role: Role, organisation: str) -> None:
    session.add(
        PersonRow(
            id=id_,
            name=f"Naam {id_}",
            role=role,
            function="functie",
            organisation_id=organisation,
            findable=True,
            contact=ContactPreference.DIRECT,
            capacity=2,
        )
    )
    session.flush()


def place(session: Session, organisation: str, *, region: str = "kern", pupils: int = 200) -> None:
    """Organisations get a region of noord, which is made the first time, and a size."""
    if session.get(RegionRow, region) is None:
        session.add(RegionRow(id=region, name=f"{region.title()} Noord", partnership_id="noord"))
        session.flush()
    row = session.get_one(OrganisationRow, organisation)
    row.region_id, row.pupils = region, pupils
    session.flush()


def declare(session: Session, person: str, *themes: str) -> None:
    """`person` says to know about `themes`."""
    row = session.get_one(PersonRow, person)
    row.themes = [session.get_one(ThemeRow, theme) for theme in themes]
    session.flush()


def add_question(
    session: Session,
    id_: str,
    *,
    school: str = "a1",
    scope: SharingScope = SharingScope.NATIONAL,
    status: QuestionStatus = QuestionStatus.OPEN,
    took_part: Sequence[tuple[str, ParticipationRole]] = (),
    themes: Sequence[str] = (),
) -> None:
    """A question of `school`; with status SOLVED it has a resolution that helped in part."""
    row = QuestionRow(
        id=id_,
        title=f"Titel {id_}",
        situation=f"Situatie {id_}",
        tried=f"Geprobeerd {id_}",
        goal=f"Doel {id_}",
        scope=scope,
        status=status,
        organisation_id=school,
        asked_on=ASKED,
        themes=[session.get_one(ThemeRow, theme) for theme in themes],
        participations=[ParticipationRow(person_id=who, role=role) for who, role in took_part],
    )
    if status is QuestionStatus.SOLVED:
        row.resolution = ResolutionRow(
            approach=f"Aanpak {id_}",
            worked=f"Werkte {id_}",
            did_not_work=f"Werkte niet {id_}",
            outcome=Outcome.PARTLY,
            recorded_on=RECORDED,
        )
    session.add(row)
    session.flush()


def person(session: Session, id_: str) -> Person:
    return SqlDirectory(session).person(id_)


def viewer(session: Session, id_: str) -> Viewer:
    return person(session, id_).viewer
