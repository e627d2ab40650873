"""which published set a dataset is, and whether prediction files are ranked

Revision ID: a7d3c1f05e28
Revises: c19e4d7a6b03
Create Date: 2026-11-29 02:46:00.000000+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "a7d3c1f05e28"
down_revision: str | None = "c19e4d7a6b03"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("dataset") as batch:
        batch.add_column(sa.Column("images_hash", sa.String(length=64), nullable=True))
    with op.batch_alter_table("competition") as batch:
        # As until now: a contest that runs goes on ranking them.
        batch.add_column(
            sa.Column("rank_predictions", sa.Boolean(), nullable=False, server_default=sa.true())
        )


def downgrade() -> None:
    with op.batch_alter_table("competition") as batch:
        batch.drop_column("rank_predictions")
    with op.batch_alter_table("dataset") as batch:
        batch.drop_column("images_hash")
