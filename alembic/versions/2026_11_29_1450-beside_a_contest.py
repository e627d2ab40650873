"""what came with a contest's folder: a logo, a baseline's file

Revision ID: 91d3f0a7c2be
Revises: 8d04a6f1c37e
Create Date: 2026-11-29 14:50:00.000000+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "91d3f0a7c2be"
down_revision: str | None = "8d04a6f1c37e"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COLUMNS = ("logo_sha256", "baseline_sha256")


def upgrade() -> None:
    with op.batch_alter_table("competition") as batch:
        for name in COLUMNS:
            batch.add_column(sa.Column(name, sa.String(length=64), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("competition") as batch:
        for name in COLUMNS:
            batch.drop_column(name)
