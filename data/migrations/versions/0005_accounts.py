"""accounts, links, sessions, tokens and tries"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _of_person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["person_id"], ["person.id"], name=f"fk_{table}_person_id", ondelete="CASCADE"
    )


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=True),
        sa.Column("code_secret", sa.String(64), nullable=True),
        sa.Column("code_confirmed", sa.Boolean(), nullable=False),
        sa.Column("code_step", sa.Integer(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        _of_person("account"),
        sa.PrimaryKeyConstraint("person_id", name="pk_account"),
        sa.UniqueConstraint("email", name="uq_account_email"),
    )
    purposes = sa.Enum(
        "uitnodiging",
        "herstel",
        name="linkpurpose",
        native_enum=False,
        create_constraint=True,
        length=24,
    )
    op.create_table(
        "account_link",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("purpose", purposes, nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        _of_person("account_link"),
        sa.PrimaryKeyConstraint("hash", name="pk_account_link"),
    )
    op.create_table(
        "session",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("device", sa.String(60), nullable=False),
        sa.Column("code_given", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        _of_person("session"),
        sa.PrimaryKeyConstraint("hash", name="pk_session"),
        sa.UniqueConstraint("id", name="uq_session_id"),
    )
    op.create_table(
        "token",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("scopes", sa.String(100), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        _of_person("token"),
        sa.PrimaryKeyConstraint("hash", name="pk_token"),
        sa.UniqueConstraint("id", name="uq_token_id"),
    )
    for table in ("account_link", "session", "token"):
        op.create_index(f"ix_{table}_person_id", table, ["person_id"])
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
    )
    op.create_index("ix_attempt_key_at", "attempt", ["key", "at"])
    op.create_index("ix_attempt_at", "attempt", ["at"])


def downgrade() -> None:
    for table in ("attempt", "token", "session", "account_link", "account"):
        op.drop_table(table)
