"""who has signed in with the school

Revision ID: 2b7d90c4e1f5
Revises: 6c0f42d9ab17
Create Date: 2026-11-30 00:10:00.000000+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "2b7d90c4e1f5"
down_revision: str | None = "6c0f42d9ab17"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ONCE_A_CONTEST = "uq_participant_competition_id_school_hash"


def upgrade() -> None:
    with op.batch_alter_table("participant") as batch:
        batch.add_column(sa.Column("school_hash", sa.String(length=64), nullable=True))
        batch.create_unique_constraint(op.f(ONCE_A_CONTEST), ["competition_id", "school_hash"])
        batch.create_index(op.f("ix_participant_school_hash"), ["school_hash"])
    with op.batch_alter_table("organizer") as batch:
        batch.add_column(
            sa.Column("email", sa.String(length=254), nullable=False, server_default="")
        )
        batch.add_column(sa.Column("school_hash", sa.String(length=64), nullable=True))
        batch.create_index(op.f("ix_organizer_school_hash"), ["school_hash"])


def downgrade() -> None:
    with op.batch_alter_table("organizer") as batch:
        batch.drop_index(op.f("ix_organizer_school_hash"))
        batch.drop_column("school_hash")
        batch.drop_column("email")
    with op.batch_alter_table("participant") as batch:
        batch.drop_index(op.f("ix_participant_school_hash"))
        batch.drop_constraint(op.f(ONCE_A_CONTEST), type_="unique")
        batch.drop_column("school_hash")
