"""Who signs in elsewhere: the links to them, and the logins that have begun."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from data.tables import Base

_HASH_LENGTH = 64  # SHA-256, hexadecimal
NAME_LENGTH = 255  # OpenID Connect lets no subject be longer


class FederatedIdentityRow(Base):
    """Who `subject` of `issuer` is here. Nothing else links them: an address is no proof."""

    __tablename__ = "federated_identity"
    issuer: Mapped[str] = mapped_column(String(NAME_LENGTH), primary_key=True)
    subject: Mapped[str] = mapped_column(String(NAME_LENGTH), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    linked_at: Mapped[datetime]


class FederatedLoginRow(Base):
    """A login that was begun and has not come back; it goes when it does, or when it expires.

    Of what the browser carries only hashes are kept. `verifier` proves to the provider that who
    asks for the token began the login; by itself it opens nothing.
    """

    __tablename__ = "federated_login"
    state_hash: Mapped[str] = mapped_column(String(_HASH_LENGTH), primary_key=True)
    browser_hash: Mapped[str] = mapped_column(String(_HASH_LENGTH))
    nonce_hash: Mapped[str] = mapped_column(String(_HASH_LENGTH))
    verifier: Mapped[str] = mapped_column(String(128))
    provider: Mapped[str] = mapped_column(String(24))
    # who was signed in and links; nobody where one signs in, or has an invitation
    person_id: Mapped[str | None] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    expires_at: Mapped[datetime] = mapped_column(index=True)
