"""ties of the private part beside those of the public one

Revision ID: a6b0d3f4c7e9
Revises: 91d3f0a7c2be
Create Date: 2026-11-29 15:00:00.000000+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "a6b0d3f4c7e9"
down_revision: str | None = "91d3f0a7c2be"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE = "row_range"


def _number(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _refers(column: str, table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{TABLE}_{column}_{table}")
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=name)


def _anew(*part: sa.Column[object]) -> None:
    """Made anew, and empty: what is in it is worked out again by itself, within seconds."""
    op.drop_index(op.f("ix_row_range_competition_id"), table_name=TABLE)
    op.drop_table(TABLE)
    op.create_table(
        TABLE,
        _number("participant_id"),
        *part,
        _number("competition_id"),
        _number("submission_id"),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        *map(_number, ("event_id", "leader_id", "tie_group", "rank_low", "rank_high")),
        sa.Column("tied_with_leader", sa.Boolean(), nullable=False),
        _number("examples_needed", nullable=True),
        _refers("participant_id", "participant"),
        _refers("competition_id", "competition"),
        _refers("submission_id", "submission"),
        sa.PrimaryKeyConstraint(
            "participant_id", *(column.name for column in part), name=op.f("pk_row_range")
        ),
    )
    op.create_index(op.f("ix_row_range_competition_id"), TABLE, ["competition_id"])


def upgrade() -> None:
    _anew(sa.Column("part", sa.String(20), nullable=False))


def downgrade() -> None:
    _anew()
