"""Signing in at a provider that knows the person: Entree Federatie, SURFconext.

    begin ──▶ the provider ──▶ come_back ──▶ let in
                                   │
        state, nonce, verifier, browser · token · staff · school · link

A login is remembered when it begins and forgotten when it comes back. Links are made for who is
signed in, or has an invitation; anyone else has to have one.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ssl import SSLContext
from typing import Final

from api.doorkeeper import Opened
from api.oidc_claims import is_staff, is_student
from api.oidc_provider import Provider, Told, tls_context
from api.oidc_refusals import LoginRefused, Refusal
from api.settings import Settings
from data.audit import Audit
from data.clock import utc_now
from data.database import Database, Transaction
from data.directory import SqlDirectory
from data.federation import BegunLogin, Federation
from data.secrets import hash_of
from matcher.errors import Conflict, NotFound
from matcher.policy import Act
from matcher.types import PersonId

BACK: Final = "/api/v1/sessies/oidc/{code}/_terug"
LIFETIME: Final = timedelta(minutes=10)  # a password, a code on a telephone
_BETWEEN: Final = "."  # in neither of the two that it parts


# Opens a session for a person on a device; the one of an old cookie ends.
LetIn = Callable[[PersonId, str, str], Opened]

# For whom an invitation is, used up by this; None where it may not be used (any more).
PersonOfInvitation = Callable[[Transaction, str], PersonId | None]


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the person goes, and the secret that their browser has to bring back."""

    address: str
    browser: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider sent a person back with."""

    state: str
    code: str
    error: str
    issuer: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """Who came back; `linked`: they were in already, and can come in this way from now on."""

    person: PersonId
    linked: bool


@dataclass(frozen=True, slots=True)
class FederatedLogin:
    """Logins at `providers`, by code."""

    database: Database
    providers: Mapping[str, Provider]
    let_in: LetIn
    person_of_invitation: PersonOfInvitation
    now: Callable[[], datetime] = utc_now

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        database: Database,
        let_in: LetIn,
        person_of_invitation: PersonOfInvitation,
        tls: SSLContext | None = None,
    ) -> FederatedLogin:
        """Nothing is looked up yet. Without `tls` it is that of the system."""
        providers = {}
        if settings.oidc:
            tls = tls or tls_context()
            for one in settings.oidc:
                back = settings.base_address + BACK.format(code=one.code)
                providers[one.code] = Provider(one, back, tls)
        return cls(database, providers, let_in, person_of_invitation)

    def begin(self, code: str, *, linking: PersonId | None = None, invitation: str = "") -> Begun:
        """Remember a login. Raises NotFound for a provider that there is not, ProviderDown."""
        provider = self._provider(code)
        state, nonce, browser = (secrets.token_urlsafe(32) for _ in range(3))
        verifier = secrets.token_urlsafe(48)
        if invitation:
            browser = f"{browser}{_BETWEEN}{invitation}"
        address = provider.address(state, nonce, verifier)
        now = self.now()
        with self.database.write() as session:
            federation = Federation(session)
            federation.forget_expired(now)
            login = BegunLogin(hash_of(nonce), verifier, linking)
            federation.begin(state, browser, code, login, now + LIFETIME)
        return Begun(address, browser)

    def come_back(
        self, code: str, answer: Answer, browser: str, signed_in: PersonId | None
    ) -> Known:
        """Who came back with `answer`, in the browser that began.

        Raises NotFound for a provider that there is not, LoginRefused, ProviderDown.
        """
        provider = self._provider(code)
        with self.database.write() as session:
            login = Federation(session).take(answer.state, browser, code, self.now())
        if login is None:
            raise LoginRefused(code, Refusal.OVER)
        provider.require_issuer(answer.issuer)
        if answer.error or not answer.code:
            raise LoginRefused(code, Refusal.STOPPED)
        if login.person not in (None, signed_in):
            raise LoginRefused(code, Refusal.SIGNED_OUT)
        told = provider.redeem(answer.code, login.verifier, login.nonce_hash)
        if is_student(told.affiliations):
            raise LoginRefused(code, Refusal.STUDENT)
        if not is_staff(told.affiliations):
            raise LoginRefused(code, Refusal.NO_STAFF)
        invitation = browser.partition(_BETWEEN)[2]
        with self.database.write() as session:
            if login.person is None and not invitation:
                return Known(self._signing_in(session, code, told), linked=False)
            person = login.person or self.person_of_invitation(session, invitation)
            if person is None:
                raise LoginRefused(code, Refusal.INVITATION_OVER)
            self._link(session, code, told, person)
            return Known(person, linked=login.person is not None)

    def _provider(self, code: str) -> Provider:
        provider = self.providers.get(code)
        if provider is None:
            raise NotFound("provider")
        return provider

    def _signing_in(self, session: Transaction, code: str, told: Told) -> PersonId:
        person = Federation(session).person_of(told.issuer, told.subject)
        if person is None:
            raise LoginRefused(code, Refusal.UNLINKED)
        _require_colleague(session, code, told, person)
        return person

    def _link(self, session: Transaction, code: str, told: Told, person: PersonId) -> None:
        _require_colleague(session, code, told, person)
        try:
            Federation(session).link(told.issuer, told.subject, person, self.now())
        except Conflict:
            raise LoginRefused(code, Refusal.OF_ANOTHER) from None
        Audit(session).add(SqlDirectory(session).person(person).viewer, Act.LINK_IDENTITY)


def _require_colleague(session: Transaction, code: str, told: Told, person: PersonId) -> None:
    """Whether `person` works, as far as is known here, where the provider says."""
    brin = next(iter(told.brins)) if len(told.brins) == 1 else ""
    organisation = Federation(session).organisation_of(brin) if brin else None
    if organisation is None:
        raise LoginRefused(code, Refusal.SCHOOL_UNKNOWN)
    positions = SqlDirectory(session).person(person).viewer.positions
    if organisation not in {position.organisation for position in positions}:
        raise LoginRefused(code, Refusal.SCHOOL_OF_OTHERS)
