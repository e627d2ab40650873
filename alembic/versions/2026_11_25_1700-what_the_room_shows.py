"""what projectors show, and which sites may show a board

Revision ID: b4e07d52c9a1
Revises: b58e02d4c617
Create Date: 2026-11-25 17:00:00.000000+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "b4e07d52c9a1"
down_revision: str | None = "b58e02d4c617"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _json(name: str, empty: str) -> sa.Column[object]:
    kind = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    return sa.Column(name, kind, nullable=False, server_default=sa.text(f"'{empty}'"))


def upgrade() -> None:
    with op.batch_alter_table("competition") as batch:
        batch.add_column(_json("projector", "{}"))
        batch.add_column(_json("embed_origins", "[]"))


def downgrade() -> None:
    with op.batch_alter_table("competition") as batch:
        batch.drop_column("embed_origins")
        batch.drop_column("projector")
