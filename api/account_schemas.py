"""What goes out about accounts and people."""

from __future__ import annotations

from datetime import UTC, datetime

from api.doorkeeper import Caller, Opened
from api.json_models import Out
from data.accounts import Account
from data.keys import OpenSession, Token, TokenScope
from matcher.entities import Person
from matcher.types import Position, Role


class PositieUit(Out):
    rol: Role
    organisatie: str

    @classmethod
    def all_of(cls, positions: tuple[Position, ...]) -> list[PositieUit]:
        return [cls(rol=p.role, organisatie=p.organisation) for p in positions]


class MijUit(Out):
    """Wie u bent."""

    id: str
    naam: str
    functie: str
    organisatie: str
    posities: list[PositieUit]
    email: str | None
    tweestaps: bool

    @classmethod
    def of(cls, person: Person, account: Account | None) -> MijUit:
        return cls(
            id=person.id,
            naam=person.name,
            functie=person.function,
            organisatie=person.organisation_name,
            posities=PositieUit.all_of(person.viewer.positions),
            email=account.email if account else None,
            tweestaps=bool(account and account.code_confirmed),
        )


class SessieUit(Out):
    """Een sessie; `nodig` zegt wat er eerst moet: een code geven, of die instellen."""

    id: str
    persoon: str
    csrf: str
    nodig: str | None

    @classmethod
    def of(cls, opened: Opened) -> SessieUit:
        return cls(
            id=opened.session.id,
            persoon=opened.person.name,
            csrf=opened.csrf,
            nodig=opened.needs_code,
        )

    @classmethod
    def now(cls, caller: Caller) -> SessieUit:
        return cls(
            id=caller.session.id if caller.session else "",
            persoon=caller.person.name,
            csrf=caller.csrf,
            nodig=caller.needs_code,
        )


class OpenSessieUit(Out):
    """Waar u bent aangemeld."""

    id: str
    apparaat: str
    sinds: datetime
    gezien: datetime
    deze: bool

    @classmethod
    def of(cls, session: OpenSession, caller: Caller) -> OpenSessieUit:
        return cls(
            id=session.id,
            apparaat=session.device,
            sinds=session.opened_at.replace(tzinfo=UTC),
            gezien=session.seen_at.replace(tzinfo=UTC),
            deze=caller.session is not None and caller.session.id == session.id,
        )


class TokenUit(Out):
    """Een token, zonder zijn geheim: dat staat er alleen bij als het gemaakt wordt."""

    id: str
    naam: str
    bereik: list[TokenScope]
    gemaakt: datetime
    verloopt: datetime
    gebruikt: datetime | None
    token: str | None = None

    @classmethod
    def of(cls, token: Token, secret: str | None = None) -> TokenUit:
        return cls(
            id=token.id,
            naam=token.name,
            bereik=list(token.scopes),
            gemaakt=token.made_at.replace(tzinfo=UTC),
            verloopt=token.expires_at.replace(tzinfo=UTC),
            gebruikt=token.used_at.replace(tzinfo=UTC) if token.used_at else None,
            token=secret,
        )


class TweestapsUit(Out):
    """Het geheim voor de app, en hetzelfde als adres om een QR-code van te maken."""

    geheim: str
    adres: str


class PersoonBeheerUit(Out):
    """Iemand van uw bestuur, zoals de beheerder die ziet."""

    id: str
    naam: str
    functie: str
    posities: list[PositieUit]
    email: str | None
    heeft_account: bool
    gesloten: bool

    @classmethod
    def of(
        cls, person: Person, account: Account | None, positions: tuple[Position, ...]
    ) -> PersoonBeheerUit:
        return cls(
            id=person.id,
            naam=person.name,
            functie=person.function,
            posities=PositieUit.all_of(positions),
            email=account.email if account else None,
            heeft_account=bool(account and account.password_hash),
            gesloten=bool(account and account.closed),
        )
