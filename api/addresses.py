"""Which addresses a secret may travel to."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def safe(address: str) -> str:
    """`address`, if it is https, or http on this machine itself. Raises ValueError."""
    parts = urlsplit(address)
    if not parts.hostname or parts.username is not None:
        raise ValueError("not an address of a host")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HERE):
        raise ValueError("neither https nor on this machine")
    return address
