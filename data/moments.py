"""Moments have a time zone in code, and none in the database, where they are in UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def aware(stored: datetime) -> datetime:
    return stored.replace(tzinfo=UTC)
