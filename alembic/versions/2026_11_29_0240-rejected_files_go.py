"""whether a submission's file is kept

Revision ID: f7c25d81b604
Revises: e3b7a90d15c8
Create Date: 2026-11-29 02:40:00.000000+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "f7c25d81b604"
down_revision: str | None = "e3b7a90d15c8"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

UNNEEDED_ONLY = sa.text("file_state = 'unneeded'")


def upgrade() -> None:
    # What was rejected before keeps its file: organizers may count on it.
    op.add_column(
        "submission",
        sa.Column("file_state", sa.String(20), nullable=False, server_default=sa.text("'kept'")),
    )
    op.create_index(
        "ix_submission_unneeded",
        "submission",
        ["sha256"],
        sqlite_where=UNNEEDED_ONLY,
        postgresql_where=UNNEEDED_ONLY,
    )


def downgrade() -> None:
    op.drop_index("ix_submission_unneeded", "submission")
    op.drop_column("submission", "file_state")
