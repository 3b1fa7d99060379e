"""Passwords with Argon2id, and the codes of a second step (TOTP, RFC 6238)."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

import pyotp
from pwdlib import PasswordHash

SHORTEST: Final = 12
LONGEST: Final = 200
_STEP: Final = 30  # seconds
_AT_ONCE: Final = 2  # each takes 64 MB for a moment


class Passwords:
    """Checks and makes hashes, a few at a time; it takes as long for who does not exist."""

    def __init__(self) -> None:
        self._way = PasswordHash.recommended()
        self._few = threading.Semaphore(_AT_ONCE)

    def hash(self, password: str) -> str:
        with self._few:
            return self._way.hash(password)

    def check(self, password: str, hashed: str | None) -> tuple[bool, str | None]:
        """Whether it is the one that was hashed, and its hash in the way of today if that differs.

        None is the hash of nobody: it takes the same time, and is never right.
        """
        nobody = self._nobody
        with self._few:
            right, anew = self._way.verify_and_update(password, hashed or nobody)
        return (right, anew) if hashed else (False, None)

    @cached_property
    def _nobody(self) -> str:
        return self.hash(pyotp.random_base32())


def new_code_secret() -> str:
    return pyotp.random_base32()


def code_address(secret: str, email: str) -> str:
    """What an app for codes reads: `otpauth://`."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Schakel")


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step of which `code` is, of this one and its neighbours: clocks differ. None if none."""
    at = int(now.replace(tzinfo=UTC).timestamp()) // _STEP
    codes = pyotp.TOTP(secret)
    found = [step for step in (at - 1, at, at + 1) if _equal(codes.generate_otp(step), code)]
    return found[0] if found else None


def code_at(secret: str, now: datetime) -> str:
    return pyotp.TOTP(secret).generate_otp(int(now.replace(tzinfo=UTC).timestamp()) // _STEP)


def _equal(one: str, other: str) -> bool:
    return pyotp.utils.strings_equal(one, other)
