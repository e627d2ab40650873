"""who ran into a time limit, and how much each worker does at once

Revision ID: e3b7a90d15c8
Revises: d5a1c07e4b92
Create Date: 2026-11-29 02:30:00.000000+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "e3b7a90d15c8"
down_revision: str | None = "d5a1c07e4b92"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("turn") as batch:
        batch.alter_column("served_at", existing_type=TIME, nullable=True)
        batch.add_column(sa.Column("timed_out_at", TIME, nullable=True))
    with op.batch_alter_table("worker") as batch:
        batch.add_column(sa.Column("slots", JSON, nullable=False, server_default=sa.text("'{}'")))


def downgrade() -> None:
    op.execute("DELETE FROM turn WHERE served_at IS NULL")
    with op.batch_alter_table("worker") as batch:
        batch.drop_column("slots")
    with op.batch_alter_table("turn") as batch:
        batch.drop_column("timed_out_at")
        batch.alter_column("served_at", existing_type=TIME, nullable=False)
