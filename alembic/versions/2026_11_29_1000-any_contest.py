"""datasets of any shape and task, metrics of either direction

Revision ID: c41d7a9e2b60
Revises: 5b8e02c6d7f1
Create Date: 2026-11-29 10:00:00.000000+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "c41d7a9e2b60"
down_revision: str | None = "5b8e02c6d7f1"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
# The field's own names, which are scikit-learn's.
RENAMED = (("macro_f1", "f1_macro"), ("macro_recall", "recall_macro"))
NAMING = (("competition", "metric"), ("baseline", "metric"), ("rescore", "metric"),
          ("rescore", "base_metric"))  # fmt: skip
COUNTING = ("score", "rescore_score", "practice_reading")


def _list(name: str) -> sa.Column[object]:
    return sa.Column(name, JSON, nullable=False, server_default=sa.text("'[]'"))


def _text(name: str, value: str) -> sa.Column[object]:
    return sa.Column(name, sa.String(20), nullable=False, server_default=sa.text(f"'{value}'"))


def upgrade() -> None:
    with op.batch_alter_table("dataset") as batch:
        batch.alter_column("image_shape", new_column_name="input_shape")
        batch.add_column(
            sa.Column(
                "input_type", sa.String(20), nullable=False, server_default=sa.text("'uint8'")
            )
        )
        batch.add_column(_list("targets"))
        batch.add_column(_list("columns"))
        batch.add_column(sa.Column("positive", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("labels_are", sa.String(20), nullable=True))
    with op.batch_alter_table("competition") as batch:
        batch.add_column(_list("also"))
        batch.add_column(_text("preprocessing", "auto"))
    for table in COUNTING:
        with op.batch_alter_table(table) as batch:
            batch.alter_column("error_count", existing_type=sa.Integer(), nullable=True)
    for old, new in RENAMED:
        _rename(old, new)


def downgrade() -> None:
    for old, new in RENAMED:
        _rename(new, old)
    for table in COUNTING:
        with op.batch_alter_table(table) as batch:
            batch.alter_column("error_count", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("competition") as batch:
        batch.drop_column("preprocessing")
        batch.drop_column("also")
    with op.batch_alter_table("dataset") as batch:
        for name in ("labels_are", "positive", "columns", "targets", "input_type"):
            batch.drop_column(name)
        batch.alter_column("input_shape", new_column_name="image_shape")


def _rename(old: str, new: str) -> None:
    for table, column in NAMING:
        named = sa.table(table, sa.column(column))
        op.execute(named.update().where(named.c[column] == old).values({column: new}))
