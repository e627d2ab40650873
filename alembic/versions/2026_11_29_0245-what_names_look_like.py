"""what names look like

Revision ID: c19e4d7a6b03
Revises: c7d2a91e40b8
Create Date: 2026-11-29 02:45:00.000000+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "c19e4d7a6b03"
down_revision: str | None = "c7d2a91e40b8"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("participant") as batch:
        # Who is here keeps their name, whatever it looks like.
        batch.add_column(sa.Column("look_key", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("participant") as batch:
        batch.drop_column("look_key")
