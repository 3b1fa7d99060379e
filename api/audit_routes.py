"""Who saw a question, and the admin's way in where nothing else will do."""

from __future__ import annotations

from fastapi import APIRouter

from api.acting import Acting, InDesk
from api.prefix import PREFIX, PROBLEMS
from api.requests import NoodinzageIn
from api.schemas import InzageUit, VraagUit

router = APIRouter(prefix=f"{PREFIX}/vragen/{{id}}", responses=PROBLEMS)


@router.get("/inzage", summary="Wie een vraag inzag")
def readings(id: str, desk: InDesk, person: Acting) -> dict[str, list[InzageUit]]:  # noqa: A002
    """De laatste 500 keer, de nieuwste eerst. Ook het inzien van deze lijst staat erin."""
    return {"inzage": [InzageUit.of(reading) for reading in desk.readings(person, id)]}


@router.post("/_noodinzage", summary="Als beheerder een tekst toch lezen, met een reden")
def break_glass(
    id: str,  # noqa: A002
    why: NoodinzageIn,
    desk: InDesk,
    person: Acting,
) -> VraagUit:
    """De tekst komt één keer in het antwoord. De steller ziet dit, met de reden, bij de inzage."""
    return VraagUit.of(desk.break_glass(person, id, why.reden))
