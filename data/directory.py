"""People and documents as a viewer may see them now: the store's side of a match."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Select, String, bindparam, literal, select, union
from sqlalchemy.orm import Session, selectinload

from data.database import in_parts
from data.document_rows import THEME_PREFIX, theme_document_id
from data.introduction_tables import CARRIED, IntroductionRow
from data.questions import theme_of
from data.rights import VISIBLE, loads, seen_by
from data.tables import (
    UNDER_WAY,
    OrganisationRow,
    ParticipationRow,
    PersonRow,
    QuestionRow,
    RegionRow,
    ResolutionRow,
    ThemeRow,
    person_found_for,
    person_theme,
)
from data.unnamed import HELPER_ROLES, read_unnamed
from matcher.entities import Person, Theme
from matcher.errors import NotFound
from matcher.identity import size_of
from matcher.introduction_records import IntroductionState
from matcher.ports import Unnamed
from matcher.text import passages
from matcher.types import (
    HELPING,
    DocumentId,
    Expert,
    PersonId,
    Position,
    Viewer,
    VisibleDocument,
)

# Statements that every match runs, made once and of bare tables: the database takes less time to
# answer one than it takes to make it, or to look whether a row is an object.
_question, _resolution, _person, _organisation, _participation, _region, _introduction = (
    row.__table__
    for row in (
        QuestionRow,
        ResolutionRow,
        PersonRow,
        OrganisationRow,
        ParticipationRow,
        RegionRow,
        IntroductionRow,
    )
)
_AMONG: Final = _question.c.id.in_(bindparam("ids", expanding=True))
_SHOWN: Final = (
    select(
        _question.c.id,
        _question.c.title,
        _question.c.scope,
        _question.c.asked_on,
        _resolution.c.outcome,
        _question.c.organisation_id,
        _organisation.c.board_id,
    )
    .join(_organisation, _organisation.c.id == _question.c.organisation_id)
    .outerjoin(_resolution, _resolution.c.question_id == _question.c.id)
    .where(VISIBLE, _AMONG)
)
_WRITTEN: Final = (
    select(
        _question.c.id,
        _question.c.situation,
        _question.c.tried,
        _question.c.goal,
        _resolution.c.approach,
        _resolution.c.worked,
        _resolution.c.did_not_work,
    )
    .outerjoin(_resolution)
    .where(VISIBLE, _AMONG)
)
_EVERY_HELPER: Final = (
    select(
        _person.c.id,
        _person.c.name,
        _person.c.role,
        _person.c.organisation_id,
        _organisation.c.name.label("organisation_name"),
        _organisation.c.board_id,
        _organisation.c.kind,
        _organisation.c.sector,
        _organisation.c.pupils,
        _organisation.c.region_id,
        _region.c.name.label("region_name"),
        _person.c.findable,
        _person.c.contact,
        _person.c.capacity,
        _person.c.away_until,
    )
    .join(_organisation, _organisation.c.id == _person.c.organisation_id)
    .outerjoin(_region, _region.c.id == _organisation.c.region_id)
    .where(_person.c.role.in_(HELPER_ROLES))
)
_HELPERS: Final = _EVERY_HELPER.where(_person.c.id.in_(bindparam("people", expanding=True)))
_DECLARERS: Final = _EVERY_HELPER.where(
    _organisation.c.partnership_id.in_(bindparam("partnerships", type_=String, expanding=True)),
    _person.c.id.in_(
        select(person_theme.c.person_id).where(
            person_theme.c.theme_id.in_(bindparam("themes", expanding=True))
        )
    ),
)
_DECLARED: Final = (
    select(person_theme.c.person_id, person_theme.c.theme_id)
    .where(person_theme.c.person_id.in_(bindparam("people", expanding=True)))
    .order_by(person_theme.c.theme_id)
)
_FOUND_FOR: Final = (
    select(person_found_for.c.person_id, person_found_for.c.theme_id)
    .where(person_found_for.c.person_id.in_(bindparam("people", expanding=True)))
    .order_by(person_found_for.c.theme_id)
)
# Of everyone: questions under way are few, and have an index of their own (data/tables.py),
# while those who help most have had hundreds. It counts only where the statuses are literal.
# An introduction that was concluded is over for its helper, though the question may go on.
_concluded = (
    select(literal(1))
    .where(
        _introduction.c.question_id == _participation.c.question_id,
        _introduction.c.helper_id == _participation.c.person_id,
        _introduction.c.state == IntroductionState.CONCLUDED,
    )
    .correlate(_participation)
    .exists()
)
_under_way = select(_question.c.id).where(UNDER_WAY)
# They are counted here: to group a union the database takes as long as to find it.
_LOADS: Final = union(
    select(_participation.c.person_id, _participation.c.question_id).where(
        _participation.c.role.in_(HELPING),
        _participation.c.question_id.in_(_under_way),
        ~_concluded,
    ),
    select(_introduction.c.helper_id, _introduction.c.question_id).where(
        CARRIED, _introduction.c.question_id.in_(_under_way)
    ),
)


class SqlDirectory:
    """Implements :class:`matcher.ports.Directory` within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._loads: Counter[str] | None = None

    def visible(
        self, ids: Collection[DocumentId], viewer: Viewer
    ) -> Mapping[DocumentId, VisibleDocument]:
        found: dict[DocumentId, VisibleDocument] = {}
        for some in in_parts(ids):
            rows = self._session.execute(_SHOWN, seen_by(viewer) | {"ids": some})
            for id_, *shown in rows:
                key = DocumentId(id_)
                found[key] = VisibleDocument(key, *shown)
        return found

    def passages(
        self, ids: Collection[DocumentId], viewer: Viewer
    ) -> Mapping[DocumentId, Sequence[str]]:
        return {
            DocumentId(id_): passages(*(part or "" for part in parts))
            for some in in_parts(ids)
            for id_, *parts in self._session.execute(_WRITTEN, seen_by(viewer) | {"ids": some})
        }

    def experts(
        self, people: Collection[PersonId], themes: Collection[DocumentId], viewer: Viewer
    ) -> list[Expert]:
        helpers = self._helpers(people, themes, viewer)
        declared = self._themes_of(helpers.keys(), _DECLARED)
        found_for = self._themes_of(helpers.keys(), _FOUND_FOR)
        return [
            Expert(
                id=PersonId(id_),
                name=row.name,
                role=row.role,
                organisation=row.organisation_id,
                organisation_name=row.organisation_name,
                sector=row.sector,
                declared=tuple(declared[id_]),
                findable=row.findable,
                contact=row.contact,
                capacity=row.capacity,
                load=0 if row.capacity is None else self._load_of(id_),
                away_until=row.away_until,
                found_for=tuple(found_for[id_]),
                board=row.board_id,
                kind=row.kind,
                size=size_of(row.sector, row.pupils),
                region=row.region_id,
                region_name=row.region_name or "",
            )
            for id_, row in sorted(helpers.items())
        ]

    def theme_names(self, themes: Collection[DocumentId]) -> Mapping[DocumentId, str]:
        if not themes:
            return {}
        ids = [theme.removeprefix(THEME_PREFIX) for theme in themes]
        rows = self._session.execute(select(ThemeRow.id, ThemeRow.name).where(ThemeRow.id.in_(ids)))
        return {theme_document_id(id_): name for id_, name in rows}

    def unnamed(self, regions: Collection[str]) -> list[Unnamed]:
        return read_unnamed(self._session, regions)

    def themes(self) -> list[Theme]:
        """Every theme, the taxonomy of working together first, in the order of the list."""
        rows = self._session.scalars(
            select(ThemeRow).order_by(ThemeRow.taxonomy.desc(), ThemeRow.name)
        )
        return [theme_of(row) for row in rows]

    def person(self, id_: str) -> Person:
        """Who `id_` is. Raises NotFound."""
        row = self._session.get(PersonRow, id_)
        if row is None:
            raise NotFound("person")
        return person_of(row)

    def people(self) -> list[Person]:
        """Everyone, in order of id."""
        rows = self._session.scalars(
            select(PersonRow).options(selectinload(PersonRow.positions)).order_by(PersonRow.id)
        )
        return [person_of(row) for row in rows]

    def _helpers(
        self, people: Collection[PersonId], themes: Collection[DocumentId], viewer: Viewer
    ) -> dict[str, Any]:
        """Those of `people` who help, and helpers nearby who declared one of `themes`."""
        found: dict[str, Any] = {}
        for some in in_parts(people):
            found |= {row.id: row for row in self._session.execute(_HELPERS, {"people": some})}
        if themes:
            nearby = {
                "themes": [theme.removeprefix(THEME_PREFIX) for theme in themes],
                "partnerships": sorted(viewer.partnerships),
            }
            found |= {row.id: row for row in self._session.execute(_DECLARERS, nearby)}
        return found

    def _themes_of(
        self, people: Collection[str], named: Select[Any]
    ) -> dict[str, list[DocumentId]]:
        """The themes that each of `people` `named`, in order of id."""
        found: dict[str, list[DocumentId]] = defaultdict(list)
        for some in in_parts(people):
            for person, theme in self._session.execute(named, {"people": some}):
                found[person].append(theme_document_id(theme))
        return found

    def _load_of(self, person: str) -> int:
        """Open questions in which `person` helps: what they carry now. Counted once, for all."""
        if self._loads is None:
            self._loads = loads(self._session, _LOADS)
        return self._loads[person]


def person_of(row: PersonRow) -> Person:
    main = row.organisation
    held = [(row.role, main), *((p.role, p.organisation) for p in row.positions)]
    return Person(
        id=PersonId(row.id),
        name=row.name,
        role=row.role,
        function=row.function,
        organisation=main.id,
        organisation_name=main.name,
        sector=main.sector,
        viewer=Viewer(
            PersonId(row.id),
            tuple(Position(role, at.id, at.board_id, at.partnership_id) for role, at in held),
        ),
    )
