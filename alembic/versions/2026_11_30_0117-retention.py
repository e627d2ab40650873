"""how long names and files of a competition are kept

Revision ID: 6b1f0d9e4a27
Revises: 2b7d90c4e1f5
Create Date: 2026-11-30 01:17:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "6b1f0d9e4a27"
down_revision = "2b7d90c4e1f5"
branch_labels = depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("competition") as batch:
        batch.add_column(sa.Column("retention_days", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("competition") as batch:
        batch.drop_column("retention_days")
