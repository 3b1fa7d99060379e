"""Who acts, told by what came with the request; every route asks this first."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Request

from api.bootstrap import Schakel
from api.problems import InvalidInput
from api.questions import Desk
from matcher.entities import Person
from matcher.errors import NotFound

PERSON_HEADER = "Schakel-Persoon"


def _schakel(request: Request) -> Schakel:
    schakel: Schakel = request.app.state.schakel
    return schakel


InSchakel = Annotated[Schakel, Depends(_schakel)]


def _desk(schakel: InSchakel) -> Desk:
    return schakel.desk


InDesk = Annotated[Desk, Depends(_desk)]


def _acting_person(
    schakel: InSchakel,
    person: Annotated[str | None, Header(alias=PERSON_HEADER)] = None,
) -> Person:
    """Who acts: chosen by a header, in demonstrations only, until there are accounts."""
    if not schakel.settings.demo:
        raise InvalidInput("header", PERSON_HEADER, "no_demo")
    try:
        return schakel.desk.person(person or "")
    except NotFound:
        raise InvalidInput("header", PERSON_HEADER, "no_person") from None


Acting = Annotated[Person, Depends(_acting_person)]


def _perhaps(
    schakel: InSchakel,
    person: Annotated[str | None, Header(alias=PERSON_HEADER)] = None,
) -> Person | None:
    try:
        return _acting_person(schakel, person)
    except InvalidInput:
        return None


Perhaps = Annotated[Person | None, Depends(_perhaps)]  # where it may also be nobody
