"""the rule by which points follow from private scores

Revision ID: 5e7a20c9b4d3
Revises: a6b0d3f4c7e9
Create Date: 2026-11-29 15:10:00.000000+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "5e7a20c9b4d3"
down_revision: str | None = "a6b0d3f4c7e9"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    kind = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    with op.batch_alter_table("competition") as batch:
        batch.add_column(sa.Column("grades", kind, nullable=False, server_default="{}"))


def downgrade() -> None:
    with op.batch_alter_table("competition") as batch:
        batch.drop_column("grades")
