"""The HTTP API of introductions: proposing one, and what each party does to it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from api.acting import Acting, InSchakel, no_body
from api.introduction_schemas import (
    AanvaardIn,
    AfrondIn,
    AfwijsIn,
    IntroductieIn,
    IntroductiesUit,
    IntroductieUit,
    PlanIn,
)
from api.introductions import Introducing
from api.prefix import PREFIX, PROBLEMS
from matcher.introduction_records import Deed, Hold, Withdraw

_STATE: dict[int | str, dict[str, Any]] = {
    409: {"description": "De introductie, de vraag of de ander laat dit nu niet toe."}
}

router = APIRouter(prefix=f"{PREFIX}/introducties", responses=PROBLEMS)


def _introducing(schakel: InSchakel) -> Introducing:
    return schakel.introducing


InIntroducing = Annotated[Introducing, Depends(_introducing)]


@router.get("", summary="Uw introducties")
def introductions(introducing: InIntroducing, person: Acting) -> IntroductiesUit:
    return IntroductiesUit(introducties=[IntroductieUit.of(one) for one in introducing.all(person)])


@router.post("", status_code=201, responses=_STATE, summary="Een introductie voorstellen")
def propose(
    new: IntroductieIn, introducing: InIntroducing, person: Acting, response: Response
) -> IntroductieUit:
    """U noemt een vraag en iemand die bij die vraag werd voorgesteld."""
    seen = introducing.propose(person, new.record())
    response.headers["Location"] = f"{PREFIX}/introducties/{seen.sight.id}"
    return IntroductieUit.of(seen)


@router.get("/{id}", summary="Een introductie lezen")
def introduction(id: str, introducing: InIntroducing, person: Acting) -> IntroductieUit:  # noqa: A002
    return IntroductieUit.of(introducing.get(person, id))


@router.post("/{id}/_aanvaarden", responses=_STATE, summary="Ja zeggen")
def accept(
    id: str,  # noqa: A002
    answer: AanvaardIn,
    introducing: InIntroducing,
    person: Acting,
) -> IntroductieUit:
    """Zegt de ander ook ja, dan ziet u elkaars naam en de vraag."""
    return _done(introducing, person, id, answer.deed())


@router.post("/{id}/_afwijzen", responses=_STATE, summary="Nee zeggen")
def decline(
    id: str,  # noqa: A002
    answer: AfwijsIn,
    introducing: InIntroducing,
    person: Acting,
) -> IntroductieUit:
    """De ander hoort dat niet: het is alsof u niet antwoordde. Uw adviseur hoort het wel."""
    return _done(introducing, person, id, answer.deed())


@router.post("/{id}/_plannen", responses=_STATE, summary="Een gesprek plannen, of opnieuw")
def plan(
    id: str,  # noqa: A002
    talk: PlanIn,
    introducing: InIntroducing,
    person: Acting,
) -> IntroductieUit:
    return _done(introducing, person, id, talk.deed())


@router.post(
    "/{id}/_gevoerd",
    dependencies=[Depends(no_body)],
    responses=_STATE,
    summary="Het gesprek is geweest",
)
def hold(id: str, introducing: InIntroducing, person: Acting) -> IntroductieUit:  # noqa: A002
    return _done(introducing, person, id, Hold())


@router.post("/{id}/_afronden", responses=_STATE, summary="Vastleggen wat het opleverde")
def conclude(
    id: str,  # noqa: A002
    result: AfrondIn,
    introducing: InIntroducing,
    person: Acting,
) -> IntroductieUit:
    """Wie de vraag stelde doet dit."""
    return _done(introducing, person, id, result.deed())


@router.post(
    "/{id}/_intrekken",
    dependencies=[Depends(no_body)],
    responses=_STATE,
    summary="Een introductie intrekken",
)
def withdraw(id: str, introducing: InIntroducing, person: Acting) -> IntroductieUit:  # noqa: A002
    return _done(introducing, person, id, Withdraw())


def _done(introducing: Introducing, person: Acting, id_: str, deed: Deed) -> IntroductieUit:
    return IntroductieUit.of(introducing.do(person, id_, deed))
