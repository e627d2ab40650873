"""what earlier attempts at a step ended with, and whether the next is to run alone

Revision ID: d1a7c3e05b24
Revises: b4e07d52c9a1
Create Date: 2026-11-29 02:30:00.000000+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "d1a7c3e05b24"
down_revision: str | None = "b4e07d52c9a1"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    kind = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    with op.batch_alter_table("submission") as batch:
        batch.add_column(sa.Column("deaths", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(
            sa.Column("alone", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch.add_column(sa.Column("endings", kind, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("submission") as batch:
        for name in ("endings", "alone", "deaths"):
            batch.drop_column(name)
