"""a final on what its people draw

Revision ID: 5d8e31b07c46
Revises: 6b1f0d9e4a27
Create Date: 2026-11-30 03:00:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "5d8e31b07c46"
down_revision = "6b1f0d9e4a27"
branch_labels = depends_on = None
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "drawn_final",
        sa.Column(
            "competition_id",
            sa.Integer(),
            sa.ForeignKey("competition.id", name="fk_drawn_final_competition_id_competition"),
            nullable=False,
        ),
        sa.Column("phase", sa.String(20), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("box", sa.Integer(), nullable=False),
        sa.Column("centre", sa.String(10), nullable=False),
        sa.Column("frozen_at", TIME, nullable=False),
        sa.Column("phase_at", TIME, nullable=False),
        sa.Column("paused_at", TIME, nullable=True),
        sa.Column("strokes_deleted_at", TIME, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("competition_id", name="pk_drawn_final"),
    )
    op.create_table(
        "finalist",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "competition_id",
            sa.Integer(),
            sa.ForeignKey("competition.id", name="fk_finalist_competition_id_competition"),
            nullable=False,
        ),
        sa.Column(
            "holder_id",
            sa.Integer(),
            sa.ForeignKey("participant.id", name="fk_finalist_holder_id_participant"),
            nullable=False,
        ),
        sa.Column(
            "submission_id",
            sa.Integer(),
            sa.ForeignKey("submission.id", name="fk_finalist_submission_id_submission"),
            nullable=False,
        ),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_finalist"),
        sa.UniqueConstraint(
            "competition_id", "holder_id", name="uq_finalist_competition_id_holder_id"
        ),
    )
    op.create_index("ix_finalist_competition_id", "finalist", ["competition_id"])
    op.create_table(
        "drawing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column(
            "competition_id",
            sa.Integer(),
            sa.ForeignKey("competition.id", name="fk_drawing_competition_id_competition"),
            nullable=False,
        ),
        sa.Column(
            "participant_id",
            sa.Integer(),
            sa.ForeignKey("participant.id", name="fk_drawing_participant_id_participant"),
            nullable=False,
        ),
        sa.Column("prompt", sa.Integer(), nullable=False),
        sa.Column(
            "strokes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True
        ),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("counted_at", TIME, nullable=True),
        sa.Column("read_as", sa.LargeBinary(), nullable=True),
        sa.Column("read_at", TIME, nullable=True),
        sa.Column("hidden_at", TIME, nullable=True),
        sa.Column("consents", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_drawing"),
        sa.UniqueConstraint("public_id", name="uq_drawing_public_id"),
        sa.UniqueConstraint("participant_id", "prompt", name="uq_drawing_participant_id_prompt"),
        sa.UniqueConstraint("competition_id", "digest", name="uq_drawing_competition_id_digest"),
    )
    op.create_index(
        "ix_drawing_competition_id_state_read_at", "drawing", ["competition_id", "state", "read_at"]
    )
    op.create_table(
        "drawing_reading",
        sa.Column(
            "drawing_id",
            sa.Integer(),
            sa.ForeignKey("drawing.id", name="fk_drawing_reading_drawing_id_drawing"),
            nullable=False,
        ),
        sa.Column(
            "participant_id",
            sa.Integer(),
            sa.ForeignKey("participant.id", name="fk_drawing_reading_participant_id_participant"),
            nullable=False,
        ),
        sa.Column("said", sa.Integer(), nullable=True),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("offered_at", TIME, nullable=False),
        sa.Column("said_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("drawing_id", "participant_id", name="pk_drawing_reading"),
    )
    op.create_index("ix_drawing_reading_participant_id", "drawing_reading", ["participant_id"])


def downgrade() -> None:
    for table in ("drawing_reading", "drawing", "finalist", "drawn_final"):
        op.drop_table(table)
