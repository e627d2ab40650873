"""who asks a model about changed images now

Revision ID: 8d41c6f7a25e
Revises: 5e7a20c9b4d3
Create Date: 2026-11-29 15:20:00.000000+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "8d41c6f7a25e"
down_revision: str | None = "5e7a20c9b4d3"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("contamination") as batch:
        batch.add_column(sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.execute("DELETE FROM contamination WHERE lease_until IS NOT NULL")
    with op.batch_alter_table("contamination") as batch:
        batch.drop_column("lease_until")
