"""Why someone who came back from a provider is not let in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Refusal(StrEnum):
    """The person is told what to do; what of an answer was wrong is told nobody."""

    OVER = "verlopen"
    STOPPED = "afgebroken"
    UNPROVEN = "niet-bewezen"
    SIGNED_OUT = "afgemeld"
    STUDENT = "leerling"
    NO_STAFF = "geen-medewerker"
    SCHOOL_UNKNOWN = "organisatie-onbekend"
    SCHOOL_OF_OTHERS = "andere-organisatie"
    UNLINKED = "niet-gekoppeld"
    INVITATION_OVER = "uitnodiging-verlopen"
    OF_ANOTHER = "van-een-ander"


_STATUS: Final[Mapping[Refusal, int]] = {
    Refusal.OVER: 401,
    Refusal.STOPPED: 401,
    Refusal.UNPROVEN: 401,
    Refusal.SIGNED_OUT: 401,
    Refusal.OF_ANOTHER: 409,
}


class LoginRefused(Exception):
    """`because` is for the log: a word of ours, or the name of an error, never what came in."""

    def __init__(self, provider: str, why: Refusal, because: str = "") -> None:
        self.provider, self.why, self.because = provider, why, because or why.value
        self.status = _STATUS.get(why, 403)
        super().__init__(self.because)


class ProviderDown(Exception):
    """A provider that does not answer, or not as one does; `because` as above."""

    def __init__(self, provider: str, because: str) -> None:
        self.provider, self.because = provider, because
        super().__init__(because)
