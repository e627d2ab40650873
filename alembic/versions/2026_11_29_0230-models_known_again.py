"""models known again, however often they are saved; run cards that change

Revision ID: c7d2a91e40b8
Revises: d1a7c3e05b24
Create Date: 2026-11-29 02:30:00.000000+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "c7d2a91e40b8"
down_revision: str | None = "5f0c2ad1e7b4"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("submission", sa.Column("model_sha256", sa.String(length=64), nullable=True))
    op.add_column(
        "run", sa.Column("card_changes", sa.Integer(), nullable=False, server_default="0")
    )


def downgrade() -> None:
    op.drop_column("run", "card_changes")
    op.drop_column("submission", "model_sha256")
