"""What a provider says of a person: whether they are staff, and of which school.

Entree Federatie and SURFconext use one vocabulary under several names, by their age.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from api.oidc_tokens import Claims

_MACE: Final = "urn:mace:dir:attribute-def:"
_AFFILIATION: Final = frozenset(
    {
        *("eduperson_affiliation", "edupersonaffiliation"),
        *(f"{_MACE}edupersonaffiliation", "urn:oid:1.3.6.1.4.1.5923.1.1.1.1"),
        *("eduperson_primary_affiliation", "edupersonprimaryaffiliation"),
        *(f"{_MACE}edupersonprimaryaffiliation", "urn:oid:1.3.6.1.4.1.5923.1.1.1.5"),
        *("eduperson_scoped_affiliation", "edupersonscopedaffiliation"),
        *(f"{_MACE}edupersonscopedaffiliation", "urn:oid:1.3.6.1.4.1.5923.1.1.1.9"),
    }
)
_SCHOOL: Final = frozenset(
    {
        *("nledupersonhomeorganizationid", f"{_MACE}nledupersonhomeorganizationid"),
        "nleduperson_home_organization_id",
    }
)
# `member` is not among them: students are members too.
_STAFF: Final = frozenset({"employee", "staff", "faculty", "affiliate"})
_STUDENT: Final = "student"
_BETWEEN: Final = re.compile(r"[\s,;|]+")
_BRIN: Final = re.compile(r"[0-9A-Z]{4}([0-9A-Z]{2})?")


def affiliations(claims: Claims) -> frozenset[str]:
    """What a person is at the school, in lower case and without its domain."""
    words = (word for said in _said(claims, _AFFILIATION) for word in _BETWEEN.split(said.lower()))
    return frozenset(word.partition("@")[0] for word in words if word)


def is_student(affiliations: Iterable[str]) -> bool:
    """Whoever is called one anywhere is, also who works there too."""
    return any(_STUDENT in word for word in affiliations)


def is_staff(affiliations: Iterable[str]) -> bool:
    return not _STAFF.isdisjoint(affiliations)


def brins(claims: Claims) -> frozenset[str]:
    """The BRIN numbers of the school, in capitals; what is none comes along as an empty one."""
    said = (brin.strip().upper() for brin in _said(claims, _SCHOOL))
    return frozenset(brin if _BRIN.fullmatch(brin) else "" for brin in said)


def _said(claims: Claims, names: frozenset[str]) -> Iterator[str]:
    for name, value in claims.items():
        if name.lower() in names:
            yield from _texts(value)


def _texts(value: Any) -> Iterator[str]:
    """A claim of one value is a text, of several a list. What is neither is not passed over."""
    for one in value if isinstance(value, list) else [value]:
        yield one if isinstance(one, str) else repr(one)
