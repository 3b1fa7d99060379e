"""The secret of this Schakel, from which keys are made: by SCHAKEL_SECRET, or of its own."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path
from typing import Final

from api.settings import SHORTEST_SECRET, Settings, SettingsError

_FILE: Final = "geheim"
_BYTES: Final = 32


def read_secret(settings: Settings) -> bytes:
    """The secret; where none is set, one is made once and kept in SCHAKEL_HOME.

    Raises SettingsError where that file cannot be what was made.
    """
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    file = settings.home / _FILE
    if not file.exists():
        _make(file)
    secret = file.read_bytes().strip()
    if len(secret) < SHORTEST_SECRET:
        raise SettingsError(f"SCHAKEL_HOME: het bestand {_FILE} is beschadigd; gooi het weg")
    return secret


def _make(file: Path) -> None:
    """Write a new secret, which is whole or absent; of several processes the first one's stays."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, made = tempfile.mkstemp(dir=file.parent, prefix=f"{_FILE}-")  # for its owner alone
    try:
        with os.fdopen(handle, "w") as opened:
            opened.write(secrets.token_hex(_BYTES))
            opened.flush()
            os.fsync(opened.fileno())
        os.link(made, file)
    except FileExistsError:
        pass
    finally:
        Path(made).unlink()
