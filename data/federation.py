"""Who signs in elsewhere, within one transaction: identities, begun logins, and schools by BRIN."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from data.federation_tables import FederatedIdentityRow, FederatedLoginRow
from data.secrets import hash_of
from data.tables import OrganisationRow
from matcher.errors import Conflict
from matcher.types import PersonId

_SCHOOL = 4  # characters of a BRIN that name the school; two more name its branch


@dataclass(frozen=True, slots=True)
class BegunLogin:
    """What is remembered of a login while the person is with the provider."""

    nonce_hash: str
    verifier: str
    person: PersonId | None  # who was signed in, and links


class Federation:
    """Never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def begin(
        self, state: str, browser: str, provider: str, login: BegunLogin, expires_at: datetime
    ) -> None:
        """Remember `login` under `state`, for `browser` only."""
        self._session.add(
            FederatedLoginRow(
                state_hash=hash_of(state),
                browser_hash=hash_of(browser),
                nonce_hash=login.nonce_hash,
                verifier=login.verifier,
                provider=provider,
                person_id=login.person,
                expires_at=expires_at,
            )
        )
        self._session.flush()

    def take(self, state: str, browser: str, provider: str, now: datetime) -> BegunLogin | None:
        """The login that `browser` began at `provider` with `state`; it is forgotten by that.

        None where there is none, or it has expired. Who lacks the browser's secret ends nothing.
        """
        row = self._session.execute(
            delete(FederatedLoginRow)
            .where(
                FederatedLoginRow.state_hash == hash_of(state),
                FederatedLoginRow.browser_hash == hash_of(browser),
                FederatedLoginRow.provider == provider,
                FederatedLoginRow.expires_at > now,
            )
            .returning(
                FederatedLoginRow.nonce_hash,
                FederatedLoginRow.verifier,
                FederatedLoginRow.person_id,
            )
        ).one_or_none()
        if row is None:
            return None
        return BegunLogin(row[0], row[1], PersonId(row[2]) if row[2] else None)

    def forget_expired(self, now: datetime) -> None:
        """Logins that nobody came back from."""
        self._session.execute(delete(FederatedLoginRow).where(FederatedLoginRow.expires_at <= now))

    def person_of(self, issuer: str, subject: str) -> PersonId | None:
        """Who `subject` of `issuer` is here, if anyone."""
        row = self._session.get(FederatedIdentityRow, (issuer, subject))
        return PersonId(row.person_id) if row else None

    def link(self, issuer: str, subject: str, person: PersonId, now: datetime) -> None:
        """From now on `subject` of `issuer` is `person`. Raises Conflict if it is another."""
        known = self.person_of(issuer, subject)
        if known == person:
            return
        if known is not None:
            raise Conflict("identity", "linked-to-another")
        self._session.add(
            FederatedIdentityRow(issuer=issuer, subject=subject, person_id=person, linked_at=now)
        )
        self._session.flush()

    def organisation_of(self, brin: str) -> str | None:
        """The one organisation that `brin`, of 4 or 6 characters in capitals, means.

        All six say most. Else the first four do, where they are of one organisation and that is
        not known to be another branch. None where no organisation, or more than one, is meant.
        """
        stored = func.upper(OrganisationRow.brin)
        rows = self._session.execute(
            select(OrganisationRow.id, stored).where(
                func.substr(stored, 1, _SCHOOL) == brin[:_SCHOOL]
            )
        ).all()
        exact = [id_ for id_, known in rows if known == brin]
        if len(brin) > _SCHOOL:
            if exact:
                return _only(exact)
            if any(len(known) > _SCHOOL for _, known in rows):
                return None
        return _only([id_ for id_, _ in rows])


def _only(ids: list[str]) -> str | None:
    return ids[0] if len(ids) == 1 else None
