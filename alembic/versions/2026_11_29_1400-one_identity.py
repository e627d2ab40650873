"""one person in several contests

Revision ID: 2d9b47c0e5a1
Revises: 7f3c9d51e8a4
Create Date: 2026-11-29 14:00:00.000000+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "2d9b47c0e5a1"
down_revision: str | None = "7f3c9d51e8a4"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CODE = "uq_participant_code_hash"
CODE_HERE = "uq_participant_competition_id_code_hash"


def upgrade() -> None:
    with op.batch_alter_table("participant") as batch:
        batch.add_column(sa.Column("person", sa.String(length=24), nullable=True))
        batch.drop_constraint(op.f(CODE), type_="unique")
        batch.create_unique_constraint(op.f(CODE_HERE), ["competition_id", "code_hash"])
        batch.create_index(op.f("ix_participant_code_hash"), ["code_hash"])
        batch.create_index(op.f("ix_participant_person"), ["person"])


def downgrade() -> None:
    # A code stays with whoever had it first; the same person elsewhere asks for another.
    op.execute(
        "UPDATE participant SET code_hash = NULL WHERE id NOT IN "
        "(SELECT MIN(id) FROM participant WHERE code_hash IS NOT NULL GROUP BY code_hash)"
    )
    with op.batch_alter_table("participant") as batch:
        batch.drop_index(op.f("ix_participant_person"))
        batch.drop_index(op.f("ix_participant_code_hash"))
        batch.drop_constraint(op.f(CODE_HERE), type_="unique")
        batch.create_unique_constraint(op.f(CODE), ["code_hash"])
        batch.drop_column("person")
