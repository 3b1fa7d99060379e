"""Where there are people who are not shown by name: among how many someone cannot be told apart."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import and_, bindparam, not_, or_, select
from sqlalchemy.orm import Session

from data.tables import OrganisationRow, PersonRow, RegionRow
from matcher.identity import size_of
from matcher.matches import Description
from matcher.ports import Unnamed
from matcher.types import ContactPreference, Role

HELPER_ROLES: Final = (Role.SCHOOL_LEADER, Role.ADVISER, Role.PARTNER)

_person, _organisation, _region = (row.__table__ for row in (PersonRow, OrganisationRow, RegionRow))
# Who may be suggested by name, at least now and then: a viewer knows that it is not them. Of all
# others, also those who are never suggested, a viewer knows nothing.
_SHOWN_BY_NAME: Final = and_(
    _person.c.contact == ContactPreference.DIRECT,
    or_(_person.c.findable, _person.c.role == Role.ADVISER),
)
_UNNAMED: Final = (
    select(
        _organisation.c.id,
        _person.c.role,
        _organisation.c.kind,
        _organisation.c.sector,
        _organisation.c.pupils,
        _region.c.id.label("region"),
        _region.c.name.label("region_name"),
    )
    .join(_organisation, _organisation.c.id == _person.c.organisation_id)
    .join(_region, _region.c.id == _organisation.c.region_id)
    .where(
        _region.c.id.in_(bindparam("regions", expanding=True)),
        _person.c.role.in_(HELPER_ROLES),
        not_(_SHOWN_BY_NAME),
    )
    .distinct()
)


def read_unnamed(session: Session, regions: Collection[str]) -> list[Unnamed]:
    """Organisations in `regions` with a helper who is not shown by name, as they are described."""
    return [
        Unnamed(
            row.id,
            Description(
                row.role,
                row.kind,
                row.sector,
                size_of(row.sector, row.pupils),
                row.region,
                row.region_name,
            ),
        )
        for row in session.execute(_UNNAMED, {"regions": sorted(regions)})
    ]
