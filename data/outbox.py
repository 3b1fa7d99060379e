"""Telling the index what was written, in the transaction that writes it."""

from __future__ import annotations

from sqlalchemy import insert
from sqlalchemy.orm import Session

from data.tables import OutboxRow


def announce(session: Session, *documents: str) -> None:
    """A row of the outbox for each of `documents`, ids as in the index.

    The positions are not asked back: who adds to the outbox may not read it.
    """
    rows = [{"document_id": id_} for id_ in documents]
    if rows:
        session.execute(insert(OutboxRow).inline(), rows)
