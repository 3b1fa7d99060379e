"""Who is not let in, and why: raised by the doors themselves, before anything is done."""

from __future__ import annotations

from enum import StrEnum


class Why(StrEnum):
    """The code that a program can read; `api/texts_nl.py` has the sentences."""

    NOT_SIGNED_IN = "niet-aangemeld"
    WRONG = "onjuist"
    WRONG_PASSWORD = "wachtwoord-onjuist"  # noqa: S105
    CLOSED = "gesloten"
    CODE_KEPT = "code-blijft"
    CODE_NEEDED = "code-nodig"
    CODE_TO_SET = "code-instellen"
    CODE_WRONG = "code-onjuist"
    LINK_OVER = "link-verlopen"
    CROSS_SITE = "andere-site"
    OUT_OF_SCOPE = "buiten-bereik"
    SESSION_ONLY = "alleen-aangemeld"
    TOO_OFTEN = "te-vaak"


class Refused(Exception):
    """`status` as in HTTP; `again` is after how many seconds it may be tried again."""

    def __init__(self, status: int, why: Why, again: int | None = None) -> None:
        self.status, self.why, self.again = status, why, again
        super().__init__(why)
