"""The HTTP API: each route says in one place what it takes, does and gives."""

from __future__ import annotations

from functools import partial
from time import perf_counter
from typing import Any

from fastapi import APIRouter, Depends, Response

from api.acting import Acting, InDesk, InSchakel, Reading, no_body
from api.prefix import PREFIX, PROBLEMS
from api.requests import DeelIn, OpbrengstIn, VraagIn, ZoekIn
from api.schemas import MatchesUit, ThemaUit, VraagUit
from matcher.types import DocumentId

_SOLVED: dict[int | str, dict[str, Any]] = {409: {"description": "De vraag is al opgelost."}}
_WITHDRAWN: dict[int | str, dict[str, Any]] = {409: {"description": "De vraag is ingetrokken."}}

router = APIRouter(prefix=PREFIX, responses=PROBLEMS)


@router.post("/vragen", status_code=201, summary="Een vraag stellen")
def ask(new: VraagIn, desk: InDesk, person: Acting, response: Response) -> VraagUit:
    question = desk.ask(person, new.record())
    response.headers["Location"] = f"{PREFIX}/vragen/{question.id}"
    return VraagUit.of(question)


@router.post("/vragen/_zoek", summary="Zoeken zonder iets te bewaren")
def search(asked: ZoekIn, desk: InDesk, person: Reading) -> MatchesUit:
    start = perf_counter()
    matches = desk.search(person, asked.tekst)
    return MatchesUit.of(matches, perf_counter() - start)


@router.get("/vragen/{id}", summary="Een vraag lezen")
def question(id: str, desk: InDesk, person: Acting) -> VraagUit:  # noqa: A002 (its public name)
    return VraagUit.of(desk.question(person, id))


@router.get("/vragen/{id}/matches", summary="Wie en wat bij een vraag past")
def matches(id: str, schakel: InSchakel, person: Acting) -> MatchesUit:  # noqa: A002
    start = perf_counter()
    found = schakel.desk.matches(person, id)
    seal = partial(schakel.references.seal, viewer=person.id, question=DocumentId(id))
    return MatchesUit.of(found, perf_counter() - start, seal)


@router.post(
    "/vragen/{id}/opbrengst",
    status_code=201,
    responses=_SOLVED,
    summary="Vastleggen wat het opleverde; de vraag wordt een casus",
)
def resolve(
    id: str,  # noqa: A002
    result: OpbrengstIn,
    desk: InDesk,
    person: Acting,
    response: Response,
) -> VraagUit:
    case = desk.resolve(person, id, result.record(desk.today()), result.participants())
    response.headers["Location"] = f"{PREFIX}/casussen/{case.id}"
    return VraagUit.of(case)


@router.post(
    "/vragen/{id}/_intrekken",
    dependencies=[Depends(no_body)],
    responses=_WITHDRAWN,
    summary="Een vraag intrekken",
)
def withdraw(id: str, desk: InDesk, person: Acting) -> VraagUit:  # noqa: A002
    """Niemand vindt de vraag of casus nog; er wordt niets gewist."""
    return VraagUit.of(desk.withdraw(person, id))


@router.post("/vragen/{id}/_delen", responses=_WITHDRAWN, summary="Een vraag anders delen")
def share(id: str, wish: DeelIn, desk: InDesk, person: Acting) -> VraagUit:  # noqa: A002
    """Wie de vraag of casus niet meer mag zien, vindt haar meteen niet meer."""
    return VraagUit.of(desk.share(person, id, wish.deelbereik, read_again=wish.tekst_nagekeken))


@router.delete("/vragen/{id}", status_code=204, summary="Een vraag wissen")
def erase(id: str, desk: InDesk, person: Acting) -> None:  # noqa: A002
    """De vraag of casus wordt voorgoed gewist, met de opbrengst en wie erbij betrokken was."""
    desk.erase(person, id)


@router.get("/casussen/{id}", summary="Een casus lezen")
def case(id: str, desk: InDesk, person: Acting) -> VraagUit:  # noqa: A002
    return VraagUit.of(desk.case(person, id))


@router.get("/themas", summary="De thema's")
def themes(desk: InDesk) -> dict[str, list[ThemaUit]]:
    return {"themas": [ThemaUit.of(theme) for theme in desk.themes()]}
