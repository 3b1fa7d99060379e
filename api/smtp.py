"""Handing a message over to a mail server."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Final, Protocol

import aiosmtplib

from api.settings import Settings

_TIMEOUT_SECONDS: Final = 20.0  # for one word of the mail server
_PATIENCE_SECONDS: Final = 60.0  # for all of it; a letter is taken for longer (data/mail.py)


class NotSent(Exception):
    """It did not go, but may go later. `why` is the kind of error: what a server says is kept
    out of logs, for it may repeat an address."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class Refused(Exception):
    """The server will never take a message for this receiver."""


class Carrier(Protocol):
    def send(self, message: EmailMessage) -> None:
        """Raises NotSent or Refused."""


@dataclass(frozen=True, slots=True)
class Smtp:
    """The mail server of `SCHAKEL_SMTP_*`. One connection a message: they are few."""

    settings: Settings

    def send(self, message: EmailMessage) -> None:
        try:
            asyncio.run(asyncio.wait_for(self._send(message), _PATIENCE_SECONDS))
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(500 <= one.code < 600 for one in error.recipients):
                raise Refused from None
            raise NotSent(type(error).__name__) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise NotSent(type(error).__name__) from None

    async def _send(self, message: EmailMessage) -> None:
        settings = self.settings
        password = settings.smtp_password
        await aiosmtplib.send(
            message,
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user,
            password=password.get_secret_value() if password else None,
            use_tls=settings.smtp_tls,
            start_tls=None if settings.smtp_tls else settings.start_tls,
            timeout=_TIMEOUT_SECONDS,
        )
