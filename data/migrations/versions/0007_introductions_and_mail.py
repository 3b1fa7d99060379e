"""introductions, what each side answered, and letters to be sent"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_PARTIES = ("steller", "helper", "adviseur")
_STATES = (
    "voorgesteld",
    "onthuld",
    "gepland",
    "gevoerd",
    "afgerond",
    "afgewezen",
    "ingetrokken",
    "verlopen",
)
_OUTCOMES = ("opgelost", "deels", "niet")
_ANSWERS = ("aanvaard", "afgewezen")
_ROLES = ("signaleren", "adviseren", "ondersteunen")
_REASONS = ("geen-tijd", "geen-ervaring", "te-dichtbij", "niet-meer-nodig", "anders")


def _words(words: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=24)


def _key(table: str, column: str, to: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=f"fk_{table}_{column}", ondelete=ondelete
    )


def upgrade() -> None:
    op.create_table(
        "introduction",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("question_id", sa.String(36), nullable=False),
        sa.Column("asker_id", sa.String(36), nullable=False),
        sa.Column("helper_id", sa.String(36), nullable=False),
        sa.Column("adviser_id", sa.String(36), nullable=True),
        sa.Column("proposed_by", _words(_PARTIES, "party"), nullable=False),
        sa.Column("proposed_at", sa.DateTime(), nullable=False),
        sa.Column("state", _words(_STATES, "introductionstate"), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("revealed", sa.Boolean(), nullable=False),
        sa.Column("reminded", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("carried", sa.Boolean(), nullable=False),
        sa.Column("talk_at", sa.DateTime(), nullable=True),
        sa.Column("talk_minutes", sa.Integer(), nullable=True),
        sa.Column("talk_place", sa.String(200), nullable=True),
        sa.Column("talk_sequence", sa.Integer(), nullable=True),
        sa.Column("outcome", _words(_OUTCOMES, "outcome"), nullable=True),
        sa.Column("outcome_note", sa.Text(), nullable=False),
        sa.Column("as_case", sa.Boolean(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        _key("introduction", "question_id", "question", "CASCADE"),
        _key("introduction", "asker_id", "person", "CASCADE"),
        _key("introduction", "helper_id", "person", "CASCADE"),
        _key("introduction", "adviser_id", "person", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_introduction"),
    )
    op.create_index("ix_introduction_pair", "introduction", ["question_id", "helper_id", "state"])
    for column in ("asker_id", "helper_id", "adviser_id", "due_at"):
        op.create_index(f"ix_introduction_{column}", "introduction", [column])
    op.create_index(
        "ix_introduction_carried",
        "introduction",
        ["question_id", "helper_id"],
        sqlite_where=sa.text("carried IS 1"),
        postgresql_where=sa.text("carried IS true"),
    )
    op.create_table(
        "introduction_answer",
        sa.Column("introduction_id", sa.String(36), nullable=False),
        sa.Column("side", _words(_PARTIES, "party"), nullable=False),
        sa.Column("kind", _words(_ANSWERS, "answerkind"), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("role", _words(_ROLES, "supportrole"), nullable=True),
        sa.Column("brings", sa.Text(), nullable=False),
        sa.Column("reason", _words(_REASONS, "declinereason"), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        _key("introduction_answer", "introduction_id", "introduction", "CASCADE"),
        sa.PrimaryKeyConstraint("introduction_id", "side", name="pk_introduction_answer"),
    )
    op.create_table(
        "mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("letter", sa.String(40), nullable=False),
        sa.Column("to_id", sa.String(36), nullable=False),
        sa.Column("about", sa.String(36), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("end", sa.String(24), nullable=True),
        _key("mail", "to_id", "person", "CASCADE"),
        sa.UniqueConstraint("key", name="uq_mail_key"),
        sa.PrimaryKeyConstraint("id", name="pk_mail"),
    )
    op.create_index("ix_mail_to_id", "mail", ["to_id"])
    op.create_index(
        "ix_mail_waiting",
        "mail",
        ["next_try_at"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("mail")
    op.drop_table("introduction_answer")
    op.drop_table("introduction")
