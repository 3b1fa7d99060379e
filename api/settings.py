"""Settings, all from the environment: SCHAKEL_HOME and its kin."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import from_json
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from api.addresses import safe

# What another process that is started has no use for, or should not know.
_OWN: Final = {"port", "demo", "address", "oidc", "secret", "smtp_user", "smtp_password"}

SHORTEST_SECRET: Final = 32  # signs


class SettingsError(Exception):
    """Environment variables with a value that cannot be; the text names them."""


class OidcProvider(BaseModel):
    """One way to sign in elsewhere: Entree Federatie, SURFconext. `code` stands in addresses."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    code: str = Field(pattern=r"^[a-z0-9-]{1,24}$")
    name: str = Field(alias="naam", min_length=1, max_length=60)
    issuer: Annotated[str, Field(max_length=255, pattern=r"^[^?#]+$"), AfterValidator(safe)]
    client_id: str = Field(pattern=r"^[!-9;-~]{1,255}$")  # no colon: it ends there in the header
    client_secret: SecretStr = Field(min_length=1)


def _from_text(providers: Any) -> Any:
    return from_json(providers) if isinstance(providers, str) else providers


def _told_apart(providers: tuple[OidcProvider, ...]) -> tuple[OidcProvider, ...]:
    if len({p.code for p in providers}) < len(providers):
        raise ValueError("two providers have one code")
    if len({p.issuer for p in providers}) < len(providers):
        raise ValueError("two providers have one issuer")
    return providers


class Settings(BaseSettings):
    """Where things are and what is switched on."""

    model_config = SettingsConfigDict(
        env_prefix="SCHAKEL_", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    home: Path = Path("var")
    database_url: str | None = Field(default=None, pattern=r"^\w+(\+\w+)?://")
    model: str | None = None  # a sentence-transformers folder or hub name; None: the bundled one
    backend: str | None = None  # "openvino" or "torch"; None: the fastest that the model allows
    exact_limit: int = Field(default=200_000, ge=1)  # documents on a shelf that are all looked at
    demo: bool = False  # accounts to try it with
    address: Annotated[str, AfterValidator(safe)] | None = None  # as people type it
    secret: SecretStr | None = Field(default=None, min_length=SHORTEST_SECRET)
    smtp_host: str | None = None  # None: letters wait until there is a mail server
    smtp_port: int | None = Field(default=None, ge=1, le=65535)
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_tls: bool = False  # from the first byte, as on port 465
    smtp_starttls: bool | None = None  # None: where the server can, and always with a password
    smtp_from: str | None = Field(
        default=None, pattern=r"^[^\s@<>]+@[^\s@<>]+$", validate_default=True
    )
    host: str = "127.0.0.1"
    port: int = Field(default=8000, validation_alias="PORT", ge=0, le=65535)
    oidc: Annotated[
        tuple[OidcProvider, ...],
        NoDecode,
        BeforeValidator(_from_text),
        AfterValidator(_told_apart),
    ] = ()

    @field_validator("smtp_from")
    @classmethod
    def _from_someone(cls, value: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("smtp_host") and value is None:
            raise ValueError("with a mail server letters need a sender")
        return value

    @property
    def start_tls(self) -> bool | None:
        """A password is never sent in the clear unless that was asked for."""
        if self.smtp_starttls is None and self.smtp_password:
            return True
        return self.smtp_starttls

    def environment(self) -> dict[str, str]:
        """The same settings for another process, which gets the secret from its environment."""
        told = self.model_dump(mode="json", exclude_none=True, exclude=_OWN)
        return {f"SCHAKEL_{name.upper()}": str(value) for name, value in told.items()}

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'schakel.db'}"

    @property
    def base_address(self) -> str:
        """Where people find Schakel, without a slash at the end."""
        return (self.address or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def models(self) -> Path:
        return self.home / "models"

    @property
    def index(self) -> Path:
        return self.home / "index"


def read_settings() -> Settings:
    """The settings of this environment. Raises SettingsError, naming the variables."""
    try:
        return Settings()
    except ValidationError as error:
        names = (str(one["loc"][0]) for one in error.errors())
        variables = (n if n.isupper() else f"SCHAKEL_{n.upper()}" for n in names)
        raise SettingsError(", ".join(variables)) from None
