"""What goes in and out about consent and boards; every field is needed, for all is replaced."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, StrictBool, StringConstraints
from pydantic_core import PydanticCustomError

from api.json_models import In, Out
from matcher.entities import Board, Consent
from matcher.types import ContactPreference, SharingScope

MOST_CONVERSATIONS: Final = 100  # a month; more is a slip of the finger
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _written_day(value: Any) -> date | None:
    """A date as it is written out: no number of seconds, and no time of day."""
    if value is None:
        return None
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("no_day", "no day")


_Code = Annotated[str, StringConstraints(min_length=1, max_length=42)]
_Codes = Annotated[list[_Code], Field(max_length=100)]
_Day = Annotated[date | None, BeforeValidator(_written_day, json_schema_input_type=date | None)]
_Conversations = Annotated[int, Field(strict=True, ge=0, le=MOST_CONVERSATIONS)]


class ToestemmingIn(In):
    """Wat iemand toestaat; dit vervangt alles wat er stond.

    `vindbaar`: mag aan anderen worden voorgesteld. `themas`: alleen daarvoor; geen is voor alle.
    `gesprekkenPerMaand`: leeg is zonder grens. `afwezigTot`: de eerste dag dat iemand terug is.
    """

    vindbaar: StrictBool
    contact: ContactPreference
    themas: _Codes
    gesprekken_per_maand: _Conversations | None
    afwezig_tot: _Day

    def record(self) -> Consent:
        return Consent(
            findable=self.vindbaar,
            contact=self.contact,
            themes=tuple(self.themas),
            capacity=self.gesprekken_per_maand,
            away_until=self.afwezig_tot,
        )


class ToestemmingUit(Out):
    """Wat iemand toestaat, in de velden waarmee het gezet wordt."""

    vindbaar: bool
    contact: ContactPreference
    themas: list[str]
    gesprekken_per_maand: int | None
    afwezig_tot: date | None

    @classmethod
    def of(cls, consent: Consent) -> ToestemmingUit:
        return cls(
            vindbaar=consent.findable,
            contact=consent.contact,
            themas=list(consent.themes),
            gesprekken_per_maand=consent.capacity,
            afwezig_tot=consent.away_until,
        )


class BestuurIn(In):
    """Hoe ver een vraag voortaan gedeeld wordt als de steller niets kiest."""

    standaard_deelbereik: SharingScope


class BestuurUit(Out):
    id: str
    naam: str
    standaard_deelbereik: SharingScope

    @classmethod
    def of(cls, board: Board) -> BestuurUit:
        return cls(id=board.id, naam=board.name, standaard_deelbereik=board.default_scope)
