"""The letters with a link to choose a password; the link is made when the letter is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Final

from api.letters import Letters, Rendered, laid_out
from api.settings import Settings
from api.texts_mail import Written
from data.account_tables import LinkPurpose
from data.accounts import LIFETIME, Accounts
from data.database import Database
from data.mail import Mail
from data.moments import naive
from matcher.letters import Letter

LETTER_OF: Final[Mapping[LinkPurpose, Letter]] = {
    LinkPurpose.INVITATION: Letter.INVITATION,
    LinkPurpose.RESET: Letter.RESET,
}
_WRITTEN: Final[Mapping[LinkPurpose, Written]] = {
    LinkPurpose.INVITATION: Written(
        "Uw uitnodiging voor Schakel",
        (
            "Goedendag,",
            "Uw bestuur nodigt u uit voor Schakel. Daar legt u een vraag van uw school voor, en "
            "ziet u wie en wat daarbij kan helpen.",
            "Kies eerst een wachtwoord. De link werkt één keer, en twee weken lang.",
        ),
        "Kies uw wachtwoord",
    ),
    LinkPurpose.RESET: Written(
        "Een nieuw wachtwoord voor Schakel",
        (
            "Goedendag,",
            "Iemand, waarschijnlijk u zelf, vroeg om een nieuw wachtwoord. Kies het met de link "
            "hieronder. Die werkt één keer, en twee uur lang.",
            "Vroeg u dit niet? Dan hoeft u niets te doen: uw wachtwoord blijft zoals het is.",
        ),
        "Kies een nieuw wachtwoord",
    ),
}


def account_letters(database: Database, settings: Settings) -> Letters:
    return {
        letter: partial(_link, database, settings, purpose) for purpose, letter in LETTER_OF.items()
    }


def _link(
    database: Database, settings: Settings, purpose: LinkPurpose, mail: Mail, now: datetime
) -> Rendered | None:
    with database.write() as session:
        accounts = Accounts(session)
        if accounts.email_of(mail.to) is None or mail.created_at + LIFETIME[purpose] <= now:
            return None  # nobody waits for it any more
        link = accounts.make_link(mail.to, purpose, naive(now))
    return laid_out(_WRITTEN[purpose], f"{settings.base_address}/uitnodiging/{link}")
