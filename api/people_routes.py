"""The people of a board, for its admin."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.account_requests import PersoonIn, PersoonWijzigIn, PositieIn
from api.account_schemas import PersoonBeheerUit
from api.acting import Acting, InSchakel, Present, no_body
from api.people import Known, PeopleDesk
from api.prefix import PREFIX, PROBLEMS
from data.people import shown_to
from matcher.entities import Held, NewPerson, Person


def _people(schakel: InSchakel) -> PeopleDesk:
    return PeopleDesk(schakel.database, schakel.doorkeeper.invite)


_InPeople = Annotated[PeopleDesk, Depends(_people)]
router = APIRouter(prefix=f"{PREFIX}/personen", responses=PROBLEMS)


def _shown(known: Known, admin: Person) -> PersoonBeheerUit:
    positions = shown_to(known.person, admin.viewer)
    return PersoonBeheerUit.of(known.person, known.account, positions)


def _held(positions: list[PositieIn]) -> tuple[Held, ...]:
    return tuple(Held(each.rol, each.organisatie) for each in positions)


@router.get("", summary="De mensen van uw bestuur")
def everyone(desk: _InPeople, person: Acting) -> dict[str, list[PersoonBeheerUit]]:
    return {"personen": [_shown(known, person) for known in desk.everyone(person)]}


@router.post("", status_code=201, summary="Iemand uitnodigen")
def add(new: PersoonIn, desk: _InPeople, caller: Present, response: Response) -> PersoonBeheerUit:
    person = caller.person
    added = desk.add(person, NewPerson(new.naam, new.functie, _held(new.posities)), new.email)
    response.headers["Location"] = f"{PREFIX}/personen/{added.person.id}"
    return _shown(added, person)


@router.get("/{id}", summary="Iemand van uw bestuur")
def one(id: str, desk: _InPeople, person: Acting) -> PersoonBeheerUit:  # noqa: A002
    return _shown(desk.person(person, id), person)


@router.patch("/{id}", summary="Van iemand iets veranderen")
def change(
    id: str,  # noqa: A002
    wish: PersoonWijzigIn,
    desk: _InPeople,
    caller: Present,
) -> PersoonBeheerUit:
    person = caller.person
    changed = desk.change(
        person,
        id,
        name=wish.naam,
        function=wish.functie,
        positions=None if wish.posities is None else _held(wish.posities),
        closed=wish.gesloten,
    )
    return _shown(changed, person)


@router.post(
    "/{id}/_uitnodigen",
    dependencies=[Depends(no_body)],
    status_code=202,
    summary="Opnieuw uitnodigen",
)
def invite(id: str, desk: _InPeople, caller: Present) -> None:  # noqa: A002
    desk.invite_again(caller.person, id)
