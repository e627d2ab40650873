"""how a contest's images hold a drawing

Revision ID: 8a41d6c3f7b2
Revises: 5d8e31b07c46
Create Date: 2026-11-30 07:20:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "8a41d6c3f7b2"
down_revision = "5d8e31b07c46"
branch_labels = depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("competition") as batch:
        batch.add_column(sa.Column("drawing_box", sa.Integer(), nullable=True))
        batch.add_column(
            sa.Column("drawing_centre", sa.String(10), nullable=False, server_default="mass")
        )


def downgrade() -> None:
    with op.batch_alter_table("competition") as batch:
        batch.drop_column("drawing_centre")
        batch.drop_column("drawing_box")
