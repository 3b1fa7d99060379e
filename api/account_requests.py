"""What may come in about accounts and people."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, StringConstraints
from pydantic_core import PydanticCustomError

from api import passwords
from api.json_models import In
from api.requests import Code, WordedLine
from data.keys import LONGEST_TOKEN, TokenScope
from matcher.types import Role


def _email(text: str) -> str:
    mailbox, _, domain = text.rpartition("@")
    plain = text.isprintable() and not any(c.isspace() or c in '<>,;"' for c in text)
    if not (mailbox and "." in domain.strip(".") and plain):
        raise PydanticCustomError("email", "no address")
    return text


def _long_enough(password: SecretStr) -> SecretStr:
    if len(password.get_secret_value()) < passwords.SHORTEST:
        raise PydanticCustomError("password_short", "too short")
    return password


Email = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254), AfterValidator(_email)
]
_Password = Annotated[SecretStr, Field(max_length=passwords.LONGEST)]
_NewPassword = Annotated[_Password, AfterValidator(_long_enough)]
_Secret = Annotated[SecretStr, Field(max_length=200)]


class AanmeldIn(In):
    """Wie zich aanmeldt."""

    email: Annotated[str, Field(max_length=254)]
    wachtwoord: _Password


class CodeIn(In):
    """De code van zes cijfers van de app."""

    code: Annotated[str, StringConstraints(pattern=r"^\d{6}$")]


class WachtwoordIn(In):
    """Een nieuw wachtwoord, met het oude."""

    huidig: _Password
    nieuw: _NewPassword


class BevestigIn(In):
    """Wie iets van gewicht doet, geeft het wachtwoord nog eens."""

    wachtwoord: _Password


class VergetenIn(In):
    email: Email


class ActiveerIn(In):
    """Een link uit een uitnodiging of herstelmail, en het wachtwoord dat iemand kiest."""

    link: _Secret
    wachtwoord: _NewPassword


class TokenIn(In):
    """Een token voor een programma."""

    naam: Annotated[WordedLine, Field(max_length=60)]
    bereik: Annotated[list[TokenScope], Field(min_length=1, max_length=len(TokenScope))]
    dagen: Annotated[int, Field(ge=1, le=LONGEST_TOKEN.days)] = 90


class PositieIn(In):
    rol: Role
    organisatie: Code


class PersoonIn(In):
    """Iemand die erbij komt; die krijgt een uitnodiging."""

    naam: WordedLine
    functie: WordedLine
    email: Email
    posities: Annotated[list[PositieIn], Field(min_length=1, max_length=20)]


class PersoonWijzigIn(In):
    """Wat van iemand verandert; wat er niet staat, blijft."""

    naam: WordedLine | None = None
    functie: WordedLine | None = None
    posities: Annotated[list[PositieIn], Field(max_length=20)] | None = None
    gesloten: bool | None = None
