"""The files that can be imported, in the order in which they refer to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from data.import_cells import Cells
from data.tables import (
    Base,
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
from matcher.types import (
    ContactPreference,
    OrganisationKind,
    Outcome,
    ParticipationRole,
    QuestionStatus,
    Role,
    Sector,
    SharingScope,
    SupportForm,
    SupportRole,
)


@dataclass(frozen=True, slots=True)
class ImportFile:
    """One kind of file: its name, its columns and how a row becomes a record."""

    name: str
    columns: tuple[str, ...]
    kind: type[Base]
    record: Callable[[Cells], Base]


def _partnership(cells: Cells) -> Base:
    return PartnershipRow(id=cells.code("code", PartnershipRow), name=cells.name("naam"))


def _region(cells: Cells) -> Base:
    partnership = cells.one("samenwerkingsverband", PartnershipRow)
    return RegionRow(
        id=cells.code("code", RegionRow),
        name=cells.name("naam"),
        partnership_id=partnership and partnership.id,
    )


def _board(cells: Cells) -> Base:
    partnership = cells.one("samenwerkingsverband", PartnershipRow)
    return BoardRow(
        id=cells.code("code", BoardRow),
        name=cells.name("naam"),
        partnership_id=partnership and partnership.id,
    )


def _organisation(cells: Cells) -> Base:
    partnership = cells.one("samenwerkingsverband", PartnershipRow)
    board = cells.one("bestuur", BoardRow, required=False)
    region = cells.one("regio", RegionRow, required=False)
    for column, related in (("bestuur", board), ("regio", region)):
        if partnership and related and related.partnership_id != partnership.id:
            cells.wrong(column, "hoort bij een ander samenwerkingsverband")
    return OrganisationRow(
        id=cells.code("code", OrganisationRow),
        name=cells.name("naam"),
        kind=cells.needed_word("soort", OrganisationKind),
        sector=cells.word("sector", Sector),
        partnership_id=partnership and partnership.id,
        board_id=board and board.id,
        region_id=region and region.id,
        brin=cells.text("brin", required=False, longest=6) or None,
        place=cells.text("plaats", required=False, longest=200) or None,
        pupils=cells.number("leerlingen"),
    )


def _theme(cells: Cells) -> Base:
    return ThemeRow(
        id=cells.code("code", ThemeRow),
        name=cells.name("naam"),
        taxonomy=cells.text("groep", longest=24),
        description=cells.text("omschrijving"),
    )


def _person(cells: Cells) -> Base:
    return PersonRow(
        id=cells.code("code", PersonRow),
        name=cells.name("naam"),
        role=cells.needed_word("rol", Role),
        function=cells.name("functie"),
        organisation=cells.one("organisatie", OrganisationRow),
        themes=cells.many("themas", ThemeRow),
        findable=cells.yes("vindbaar"),
        contact=cells.needed_word("contact", ContactPreference),
        capacity=cells.number("gesprekken_per_maand"),
        away_until=cells.day("afwezig_tot"),
    )


def _question(cells: Cells) -> Base:
    asker = cells.one("steller", PersonRow)
    question = QuestionRow(
        id=cells.code("code", QuestionRow),
        title=cells.name("titel"),
        situation=cells.text("situatie"),
        tried=cells.text("geprobeerd", required=False),
        goal=cells.text("doel", required=False),
        themes=cells.many("themas", ThemeRow),
        form=cells.word("vorm", SupportForm),
        support_role=cells.word("rol", SupportRole),
        sector=cells.word("sector", Sector),
        scope=cells.needed_word("deelbereik", SharingScope),
        status=cells.needed_word("status", QuestionStatus),
        asked_on=cells.needed_day("datum"),
    )
    if asker:
        question.organisation = asker.organisation
        question.participations = [
            ParticipationRow(person_id=asker.id, role=ParticipationRole.ASKER)
        ]
    return question


def _resolution(cells: Cells) -> Base:
    question = cells.one("vraag", QuestionRow)
    resolution = ResolutionRow(
        approach=cells.text("aanpak"),
        worked=cells.text("wat_werkte", required=False),
        did_not_work=cells.text("wat_niet_werkte", required=False),
        outcome=cells.needed_word("resultaat", Outcome),
        recorded_on=cells.needed_day("datum"),
    )
    if question and question.resolution:
        cells.wrong("vraag", "deze vraag heeft al een opbrengst")
    elif question and question.status is not QuestionStatus.SOLVED:
        cells.wrong("vraag", "deze vraag heeft niet de status opgelost")
    elif question:
        question.resolution = resolution
        question.revision = (question.revision or 0) + 1
    return resolution


def _participation(cells: Cells) -> Base:
    person = cells.one("persoon", PersonRow)
    question = cells.one("vraag", QuestionRow)
    role = cells.needed_word("rol", ParticipationRole)
    participation = ParticipationRow(person_id=person and person.id, role=role)
    if person and question:
        if cells.row.values["rol"].lower() == ParticipationRole.ASKER:
            cells.wrong("rol", "de steller van een vraag staat in vragen.csv")
        elif any((p.person_id, p.role) == (person.id, role) for p in question.participations):
            cells.wrong("persoon", "deze deelname staat er al")
        else:
            question.participations.append(participation)
    return participation


IMPORT_FILES: Final = (
    ImportFile("samenwerkingsverbanden.csv", ("code", "naam"), PartnershipRow, _partnership),
    ImportFile("regios.csv", ("code", "naam", "samenwerkingsverband"), RegionRow, _region),
    ImportFile("besturen.csv", ("code", "naam", "samenwerkingsverband"), BoardRow, _board),
    ImportFile(
        "organisaties.csv",
        (
            "code", "naam", "soort", "sector", "samenwerkingsverband", "bestuur", "regio", "brin",
            "plaats", "leerlingen",
        ),
        OrganisationRow,
        _organisation,
    ),
    ImportFile("themas.csv", ("code", "naam", "groep", "omschrijving"), ThemeRow, _theme),
    ImportFile(
        "personen.csv",
        (
            "code", "naam", "rol", "functie", "organisatie", "themas", "vindbaar", "contact",
            "gesprekken_per_maand", "afwezig_tot",
        ),
        PersonRow,
        _person,
    ),
    ImportFile(
        "vragen.csv",
        (
            "code", "titel", "situatie", "geprobeerd", "doel", "themas", "vorm", "rol", "sector",
            "deelbereik", "status", "steller", "datum",
        ),
        QuestionRow,
        _question,
    ),
    ImportFile(
        "opbrengsten.csv",
        ("vraag", "aanpak", "wat_werkte", "wat_niet_werkte", "resultaat", "datum"),
        ResolutionRow,
        _resolution,
    ),
    ImportFile("deelnames.csv", ("persoon", "vraag", "rol"), ParticipationRow, _participation),
)  # fmt: skip
