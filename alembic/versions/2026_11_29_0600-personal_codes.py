"""personal codes, and further machines and browsers of a participant

Revision ID: 5b8e02c6d7f1
Revises: a81f6d3c92e0
Create Date: 2026-11-29 06:00:00.000000+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5b8e02c6d7f1"
down_revision: str | None = "a81f6d3c92e0"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("participant") as batch:
        # Who is here has none until they, or an organizer, ask for one.
        batch.add_column(sa.Column("code_hash", sa.String(length=64), nullable=True))
        batch.create_unique_constraint(op.f("uq_participant_code_hash"), ["code_hash"])
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_sign_in_participant_id_participant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_sign_in_secret_hash")),
    )
    op.create_index(op.f("ix_sign_in_participant_id"), "sign_in", ["participant_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_sign_in_participant_id"), "sign_in")
    op.drop_table("sign_in")
    with op.batch_alter_table("participant") as batch:
        batch.drop_constraint(op.f("uq_participant_code_hash"), type_="unique")
        batch.drop_column("code_hash")
