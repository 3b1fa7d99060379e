"""The time as it is stored: in UTC, without saying so."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Naive: PostgreSQL would turn a time with a zone into that of its own."""
    return datetime.now(UTC).replace(tzinfo=None)
