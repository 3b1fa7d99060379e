"""Alembic's entry: runs on the connection that `Database.migrate` hands over."""

from alembic import context

import data.audit_tables
import data.federation_tables  # noqa: F401 (its tables are part of Base)
from data import introduction_tables, mail  # noqa: F401 (their tables)
from data.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
