"""an idempotency key belongs to one act

Revision ID: d5a1c07e4b92
Revises: a7d3c1f05e28
Create Date: 2026-11-29 02:20:00.000000+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "d5a1c07e4b92"
down_revision: str | None = "a7d3c1f05e28"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # Not in a batch: rebuilding the table would lose the triggers that keep it append-only.
    op.add_column("audit_entry", sa.Column("request_digest", sa.String(64), nullable=True))


def downgrade() -> None:
    op.drop_column("audit_entry", "request_digest")
