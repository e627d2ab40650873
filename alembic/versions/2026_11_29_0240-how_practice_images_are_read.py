"""how each model reads all practice images

Revision ID: 5f0c2ad1e7b4
Revises: d1a7c3e05b24
Create Date: 2026-11-29 02:40:00.000000+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "5f0c2ad1e7b4"
down_revision: str | None = "d1a7c3e05b24"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    figures = sa.JSON(none_as_null=True).with_variant(
        postgresql.JSONB(none_as_null=True), "postgresql"
    )
    with op.batch_alter_table("practice_reading") as batch:
        batch.add_column(sa.Column("said", sa.String(), nullable=True))
        batch.add_column(sa.Column("metrics", figures, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("practice_reading") as batch:
        batch.drop_column("metrics")
        batch.drop_column("said")
