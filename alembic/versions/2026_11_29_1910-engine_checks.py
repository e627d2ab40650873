"""which scores of the lane TensorFlow has looked at

Revision ID: 6c0f42d9ab17
Revises: 8d41c6f7a25e
Create Date: 2026-11-29 19:10:00.000000+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "6c0f42d9ab17"
down_revision: str | None = "8d41c6f7a25e"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "engine_check",
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("graph", sa.String(64), nullable=False),
        sa.Column("layers", sa.String(2000), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submission.id"],
            name=op.f("fk_engine_check_submission_id_submission"),
        ),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_engine_check")),
    )
    op.create_index("ix_engine_check_graph", "engine_check", ["graph"])
    op.create_index("ix_engine_check_state", "engine_check", ["state"])
    op.create_table(
        "left_layers",
        sa.Column("layers", sa.String(2000), nullable=False),
        sa.Column("graph", sa.String(64), nullable=False),
        sa.Column("difference", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("layers", name=op.f("pk_left_layers")),
    )


def downgrade() -> None:
    op.drop_table("left_layers")
    op.drop_index("ix_engine_check_state", table_name="engine_check")
    op.drop_index("ix_engine_check_graph", table_name="engine_check")
    op.drop_table("engine_check")
