"""a ladder: public scores that move with a real step only

Revision ID: 8d04a6f1c37e
Revises: 3b8e61f0c2d7
Create Date: 2026-11-29 14:40:00.000000+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "8d04a6f1c37e"
down_revision: str | None = "3b8e61f0c2d7"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("competition") as batch:
        batch.add_column(
            sa.Column("ladder", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("score") as batch:
        batch.add_column(sa.Column("stands_by", sa.Integer(), nullable=True))
        kind = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
        batch.add_column(sa.Column("exact", kind, nullable=True))
        batch.create_foreign_key(
            op.f("fk_score_stands_by_submission"), "submission", ["stands_by"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("score") as batch:
        batch.drop_constraint(op.f("fk_score_stands_by_submission"), type_="foreignkey")
        batch.drop_column("exact")
        batch.drop_column("stands_by")
    with op.batch_alter_table("competition") as batch:
        batch.drop_column("ladder")
