"""The thread that sends letters while Schakel serves, and does what time does.

A letter is sent at least once: it is marked as sent only after the mail server took it. Several
processes may send beside each other. Without a mail server letters wait.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Final

from api.letters import Addresses, Letters, Rendered
from api.smtp import Carrier, NotSent, Refused
from data.database import Database
from data.mail import Mail, MailEnd, MailOutbox

log = logging.getLogger("schakel.mail")


def utc_now() -> datetime:
    return datetime.now(UTC)


class Postman:
    INTERVAL_SECONDS: Final = 5.0

    def __init__(
        self,
        database: Database,
        letters: Letters,
        addresses: Addresses,
        carrier: Carrier | None,
        sender: str,
        run_due: Callable[[datetime], object],
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Without a `carrier` nothing is sent; `run_due` does what time does, before each round."""
        self._database = database
        self._letters = letters
        self._addresses = addresses
        self._carrier = carrier
        self._sender = sender
        self._run_due = run_due
        self._now = now
        self._stopped, self._woken = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="postman", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def wake(self) -> None:
        """There is something to send."""
        self._woken.set()

    def deliver(self) -> int:
        """Send what is due; how many went. After one that did not go the rest waits a round."""
        if self._carrier is None:
            return 0
        sent = 0
        while not self._stopped.is_set() and (mail := self._take()):
            end = self._try(mail, self._carrier)
            with self._database.write() as session:
                outbox, now = MailOutbox(session), self._now()
                outbox.ended(mail, end, now) if end else outbox.failed(mail, now)
            if end is None:
                return sent
            sent += end is MailEnd.SENT
        return sent

    def _take(self) -> Mail | None:
        now = self._now()
        with self._database.read() as session:  # most often there is nothing, and no need to lock
            if not MailOutbox(session).is_due(now):
                return None
        with self._database.write() as session:
            return MailOutbox(session).take(now)

    def _try(self, mail: Mail, carrier: Carrier) -> MailEnd | None:
        """What became of it; None: it is to be tried again."""
        try:
            rendered = self._letters[mail.letter](mail, self._now())
            if rendered is None:
                return MailEnd.MOOT
            to = self._addresses(mail.to)
            if to is None:
                return MailEnd.NO_ADDRESS
            carrier.send(self._message(mail, rendered, to))
        except Refused:
            return MailEnd.REFUSED
        except NotSent as error:
            log.warning("letter %d was not sent: %s", mail.id, error.why)
            return None
        except Exception as error:  # one letter that cannot be made must not hold up the others
            log.error("letter %d was not made: %s", mail.id, type(error).__name__)
            return None
        return MailEnd.SENT

    def _message(self, mail: Mail, rendered: Rendered, to: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = formataddr(("Schakel", self._sender))
        message["To"] = to
        message["Subject"] = rendered.subject
        message["Date"] = format_datetime(self._now())
        message["Message-ID"] = message_id(mail.key, self._sender)
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = "nl"
        message.set_content(rendered.text)
        message.add_alternative(rendered.html, subtype="html")
        if invitation := rendered.invitation:
            message.add_alternative(
                invitation.text, subtype="calendar", params={"method": invitation.method.value}
            )
        return message

    def _elapse(self) -> None:
        self._run_due(self._now())

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._woken.clear()
            for work in (self._elapse, self.deliver):
                try:
                    work()
                except Exception as error:  # the loop must outlive any single failure
                    log.error("sending letters failed: %s", type(error).__name__)
            self._woken.wait(self.INTERVAL_SECONDS)


def message_id(key: str, sender: str) -> str:
    """The same for the same key, so that who gets a letter twice can tell."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{sender.rpartition('@')[2]}>"
