"""The routes of consent: what a person sets for themselves, and an admin for their board."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from api.acting import Acting, InSchakel
from api.consent_schemas import BestuurIn, BestuurUit, ToestemmingIn, ToestemmingUit
from api.consents import ConsentDesk
from api.prefix import PREFIX, PROBLEMS

router = APIRouter(prefix=PREFIX, responses=PROBLEMS)


def _desk(schakel: InSchakel) -> ConsentDesk:
    return ConsentDesk(schakel.database)


_InDesk = Annotated[ConsentDesk, Depends(_desk)]


@router.get("/toestemmingen", summary="Wat u toestaat")
def consent(desk: _InDesk, person: Acting) -> ToestemmingUit:
    return ToestemmingUit.of(desk.consent(person))


@router.put("/toestemmingen", summary="Zetten wat u toestaat")
def replace(new: ToestemmingIn, desk: _InDesk, person: Acting) -> ToestemmingUit:
    """Dit vervangt alles wat er stond, en geldt meteen: ook in lijsten die nu open staan."""
    return ToestemmingUit.of(desk.replace(person, new.record()))


@router.get("/besturen/mij", summary="Uw bestuur")
def board(desk: _InDesk, person: Acting) -> BestuurUit:
    """Het bestuur dat u beheert, of waar u werkt."""
    return BestuurUit.of(desk.board(person))


@router.put("/besturen/mij", summary="Zetten hoe ver uw bestuur vragen deelt")
def share_by_default(new: BestuurIn, desk: _InDesk, person: Acting) -> BestuurUit:
    """Geldt voor vragen die hierna gesteld worden; alleen een beheerder mag dit."""
    return BestuurUit.of(desk.share_by_default(person, new.standaard_deelbereik))
