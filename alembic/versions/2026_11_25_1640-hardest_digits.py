"""hardest digits

Revision ID: b58e02d4c617
Revises: 7c1f3a90b2de
Create Date: 2026-11-25 16:40:00.000000+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "b58e02d4c617"
down_revision: str | None = "7c1f3a90b2de"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("competition") as batch:
        batch.add_column(sa.Column("hardest_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("competition") as batch:
        batch.drop_column("hardest_at")
