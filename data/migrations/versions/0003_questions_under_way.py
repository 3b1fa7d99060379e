"""an index of the questions under way alone: what helpers carry now is counted at every match"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    under_way = sa.text("status IN ('open', 'in-gesprek')")
    op.create_index(
        "ix_question_under_way",
        "question",
        ["status"],
        sqlite_where=under_way,
        postgresql_where=under_way,
    )


def downgrade() -> None:
    op.drop_index("ix_question_under_way", table_name="question")
