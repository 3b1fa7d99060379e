"""Settings, all from the environment: SCHAKEL_HOME and its kin."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

SHORTEST_SECRET: Final = 32  # signs


class SettingsError(Exception):
    """Environment variables with a value that cannot be; the text names them."""


class Settings(BaseSettings):
    """Where things are and what is switched on."""

    model_config = SettingsConfigDict(env_prefix="SCHAKEL_", env_ignore_empty=True, extra="ignore")

    home: Path = Path("var")
    database_url: str | None = Field(default=None, pattern=r"^\w+(\+\w+)?://")
    model: str | None = None  # a sentence-transformers folder or hub name; None: the bundled one
    backend: str | None = None  # "openvino" or "torch"; None: the fastest that the model allows
    exact_limit: int = Field(default=200_000, ge=1)  # documents on a shelf that are all looked at
    demo: bool = False  # accounts to try it with
    address: str | None = Field(default=None, pattern=r"^https?://")  # of this service, in links
    secret: SecretStr | None = Field(default=None, min_length=SHORTEST_SECRET)
    host: str = "127.0.0.1"
    port: int = Field(default=8000, validation_alias="PORT", ge=0, le=65535)

    def environment(self) -> dict[str, str]:
        """The same settings for another process, which gets the secret from its environment."""
        told = self.model_dump(mode="json", exclude_none=True, exclude={"port", "demo", "secret"})
        return {f"SCHAKEL_{name.upper()}": str(value) for name, value in told.items()}

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'schakel.db'}"

    @property
    def base_address(self) -> str:
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
