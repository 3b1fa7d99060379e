"""several positions a person, themes for which one is found, and how far a board shares"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SCOPES = ("school", "bestuur", "samenwerkingsverband", "landelijk")
_ROLES = ("schoolleider", "beleidsadviseur", "beheerder", "partner")


def _words(words: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    with op.batch_alter_table("board") as batch:
        batch.add_column(
            sa.Column(
                "default_scope",
                _words(_SCOPES, "sharingscope"),
                nullable=False,
                server_default="bestuur",
            )
        )
    with op.batch_alter_table("board") as batch:
        batch.alter_column("default_scope", server_default=None)
    op.create_table(
        "person_found_for",
        sa.Column(
            "person_id",
            sa.String(36),
            sa.ForeignKey("person.id", name="fk_person_found_for_person_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column(
            "theme_id",
            sa.String(36),
            sa.ForeignKey("theme.id", name="fk_person_found_for_theme_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("person_id", "theme_id", name="pk_person_found_for"),
    )
    op.create_table(
        "position",
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("organisation_id", sa.String(36), nullable=False),
        sa.Column("role", _words(_ROLES, "role"), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_position_person_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_position_organisation_id"
        ),
        sa.PrimaryKeyConstraint("person_id", "organisation_id", "role", name="pk_position"),
    )


def downgrade() -> None:
    op.drop_table("position")
    op.drop_table("person_found_for")
    with op.batch_alter_table("board") as batch:
        batch.drop_constraint("sharingscope", type_="check")
        batch.drop_column("default_scope")
