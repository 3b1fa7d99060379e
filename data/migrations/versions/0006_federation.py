"""who signs in elsewhere, and the logins that have begun"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _person(table: str, nullable: bool) -> sa.Column[str]:
    key = sa.ForeignKey("person.id", name=f"fk_{table}_person_id", ondelete="CASCADE")
    return sa.Column("person_id", sa.String(36), key, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "federated_identity",
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        _person("federated_identity", nullable=False),
        sa.Column("linked_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_federated_identity"),
    )
    op.create_index("ix_federated_identity_person_id", "federated_identity", ["person_id"])
    op.create_table(
        "federated_login",
        sa.Column("state_hash", sa.String(64), nullable=False),
        sa.Column("browser_hash", sa.String(64), nullable=False),
        sa.Column("nonce_hash", sa.String(64), nullable=False),
        sa.Column("verifier", sa.String(128), nullable=False),
        sa.Column("provider", sa.String(24), nullable=False),
        _person("federated_login", nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name="pk_federated_login"),
    )
    op.create_index("ix_federated_login_person_id", "federated_login", ["person_id"])
    op.create_index("ix_federated_login_expires_at", "federated_login", ["expires_at"])


def downgrade() -> None:
    op.drop_table("federated_login")
    op.drop_table("federated_identity")
