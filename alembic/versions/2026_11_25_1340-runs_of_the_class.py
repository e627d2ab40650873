"""runs of the class

Revision ID: 7c1f3a90b2de
Revises: 6535a3753af1
Create Date: 2026-11-25 13:10:00.000000+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "7c1f3a90b2de"
down_revision: str | None = "6535a3753af1"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NUMBERS = (
    "learning_rate", "batch_size", "epochs_run", "epochs_requested", "examples", "hidden_layers",
    "width", "dropout", "l2", "parameters", "train_seconds", "scoring_seconds", "train_accuracy",
    "validation_accuracy",
)  # fmt: skip
TEXTS = (
    "optimizer", "learning_rate_schedule", "family", "hidden_units", "conv_filters",
    "kernel_size", "activation", "augmentation", "diagnosis", "study",
)  # fmt: skip


def _json() -> sa.types.TypeEngine:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def _references(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def upgrade() -> None:
    """Rows are not filled here: the server derives every missing one from its card at start."""
    op.create_table(
        "run",
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=True) for name in NUMBERS),
        *(sa.Column(name, sa.String(length=200), nullable=True) for name in TEXTS),
        sa.Column("trial", sa.Integer(), nullable=True),
        _references("run", "submission_id", "submission"),
        _references("run", "competition_id", "competition"),
        _references("run", "participant_id", "participant"),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_run")),
    )
    with op.batch_alter_table("run") as batch:
        batch.create_index(
            "ix_run_competition_id_submission_id", ["competition_id", "submission_id"]
        )
        batch.create_index("ix_run_participant_id_study", ["participant_id", "study"])
    op.create_table(
        "class_insight",
        sa.Column("competition_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=100), nullable=False),
        sa.Column("data", _json(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        _references("class_insight", "competition_id", "competition"),
        sa.PrimaryKeyConstraint("competition_id", "kind", name=op.f("pk_class_insight")),
    )
    op.create_table(
        "practice_reading",
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("examples", sa.Integer(), nullable=False),
        sa.Column("error_count", sa.Integer(), nullable=False),
        sa.Column("misread", _json(), nullable=False),
        _references("practice_reading", "submission_id", "submission"),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_practice_reading")),
    )
    with op.batch_alter_table("competition") as batch:
        batch.add_column(
            sa.Column("run_sharing", sa.String(length=20), nullable=False, server_default="always")
        )
    with op.batch_alter_table("participant") as batch:
        batch.add_column(sa.Column("shares_runs", sa.Boolean(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("participant") as batch:
        batch.drop_column("shares_runs")
    with op.batch_alter_table("competition") as batch:
        batch.drop_column("run_sharing")
    op.drop_table("practice_reading")
    op.drop_table("class_insight")
    with op.batch_alter_table("run") as batch:
        batch.drop_index("ix_run_participant_id_study")
        batch.drop_index("ix_run_competition_id_submission_id")
    op.drop_table("run")
