"""whether models seem to have learned hidden examples

Revision ID: 3b8e61f0c2d7
Revises: 3b9e5d07c2f1
Create Date: 2026-11-29 14:30:00.000000+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "3b8e61f0c2d7"
down_revision: str | None = "3b9e5d07c2f1"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE = "contamination"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("said_hidden", sa.String(), nullable=False),
        sa.Column("said_practice", sa.String(), nullable=False),
        sa.Column("basis", sa.String(120), nullable=True),
        sa.Column("level", sa.String(20), nullable=True),
        sa.Column("drop", sa.Float(), nullable=True),
        sa.Column("practice_drop", sa.Float(), nullable=True),
        sa.Column("gap", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submission.id"],
            name=op.f("fk_contamination_submission_id_submission"),
        ),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_contamination")),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
