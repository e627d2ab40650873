"""what is asked for with each tap of a final, from an index alone

Revision ID: 3f9c07b1d5e8
Revises: 8a41d6c3f7b2
Create Date: 2026-12-01 01:10:00.000000+00:00
"""

from alembic import op

revision = "3f9c07b1d5e8"
down_revision = "8a41d6c3f7b2"
branch_labels = depends_on = None

BEFORE = "ix_drawing_competition_id_state_read_at"
NOW = "ix_drawing_competition_id_state_hidden_at_read_at"


def upgrade() -> None:
    with op.batch_alter_table("drawing") as batch:
        batch.drop_index(BEFORE)
        batch.create_index(
            NOW, ["competition_id", "state", "hidden_at", "read_at", "participant_id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("drawing") as batch:
        batch.drop_index(NOW)
        batch.create_index(BEFORE, ["competition_id", "state", "read_at"])
