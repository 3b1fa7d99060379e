"""A person who is not named, sealed in a text that only says something to us.

Someone must be able to say whom of a list they mean, without an id that is the same elsewhere. A
reference is made anew for each answer, and opens for the viewer and the question that it was made
for alone, as long as it lasts.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from matcher.errors import NotFound
from matcher.types import DocumentId, PersonId

LASTS: Final = 24 * 60 * 60  # seconds: a list that was opened yesterday is looked up again
_LONGEST_ID: Final = 36  # padded to it: a shorter text would tell a shorter id
_KEY_LENGTH: Final = 32


class References:
    """Seals and opens, with keys made of one `secret`; safe to call from several threads."""

    def __init__(self, secret: bytes, now: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._now = now

    def seal(self, person: PersonId, viewer: PersonId, question: DocumentId) -> str:
        """A reference to `person`, another one every time."""
        told = person.encode().ljust(_LONGEST_ID)
        return self._fernet(viewer, question).encrypt_at_time(told, int(self._now())).decode()

    def open(self, reference: str, viewer: PersonId, question: DocumentId) -> PersonId:
        """Whom `reference` means.

        Raises NotFound where it was not made for this `viewer` and `question`, was changed, or
        lasts no longer.
        """
        try:
            told = self._fernet(viewer, question).decrypt_at_time(
                reference.encode(), LASTS, int(self._now())
            )
        except (InvalidToken, UnicodeEncodeError):
            raise NotFound("person") from None
        return PersonId(told.decode().rstrip())

    def _fernet(self, viewer: PersonId, question: DocumentId) -> Fernet:
        """Of a key of its own for each viewer and question: elsewhere it does not even verify."""
        told = f"verwijzing {len(viewer)} {viewer} {question}"  # no two pairs make the same text
        key = HKDF(SHA256(), _KEY_LENGTH, salt=None, info=told.encode()).derive(self._secret)
        return Fernet(base64.urlsafe_b64encode(key))
