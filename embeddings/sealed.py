"""JSON that tells when a byte of it was changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def sealed(value: Mapping[str, Any]) -> bytes:
    """`value` as JSON with its own SHA-256 as `digest`; the same bytes for the same value.

    Raises TypeError or ValueError where a value cannot be told in JSON.
    """
    plain = json.loads(_json(value))  # keys as text, so that they sort as they will be read
    return _json(plain | {"digest": hashlib.sha256(_json(plain)).hexdigest()})


def unsealed(content: bytes) -> dict[str, Any]:
    """The value that was sealed. Raises ValueError unless every byte is as it was written."""
    try:
        value = json.loads(content)
    except RecursionError as error:
        raise ValueError("nested without end") from error
    if not isinstance(value, dict):
        raise ValueError("no object")
    value.pop("digest", None)
    if sealed(value) != content:
        raise ValueError("changed since it was written")
    return value


def _json(value: object) -> bytes:
    return json.dumps(value, allow_nan=False, sort_keys=True).encode("ascii")
