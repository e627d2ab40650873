"""workers, maintenance, alerts; where work runs; tickets on PostgreSQL

Revision ID: 4d1f0b7c9a52
Revises: 65ff797d7e25
Create Date: 2026-11-25 13:10:00+00:00
"""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "4d1f0b7c9a52"
down_revision: str | None = "65ff797d7e25"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Procrastinate's own schema as of 3.10, kept here so that this revision never changes.
TICKETS = Path(__file__).parents[1] / "sql" / "procrastinate-3.10.0.sql"
DROP_TICKETS = """
do $$ declare found record; begin
  for found in select oid::regclass::text as name from pg_class
    where relname like 'procrastinate\\_%' and relkind = 'r' loop
    execute format('drop table if exists %s cascade', found.name);
  end loop;
  for found in select oid::regprocedure::text as name from pg_proc
    where proname like 'procrastinate\\_%' loop
    execute format('drop function if exists %s cascade', found.name);
  end loop;
  for found in select oid::regtype::text as name from pg_type
    where typname like 'procrastinate\\_%' and typtype in ('e', 'c') loop
    execute format('drop type if exists %s cascade', found.name);
  end loop;
end $$
"""


def upgrade() -> None:
    op.create_table(
        "worker",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("host", sa.String(length=120), nullable=False),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column(
            "pools", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("draining", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
    )
    op.create_table(
        "turn",
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("served_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_turn_participant_id_participant")
        ),
        sa.PrimaryKeyConstraint("participant_id", name=op.f("pk_turn")),
    )
    op.create_table(
        "maintenance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance")),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_alert_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index(op.f("ix_alert_submission_id"), "alert", ["submission_id"])
    with op.batch_alter_table("competition") as batch:
        batch.add_column(
            sa.Column("pool", sa.String(length=20), nullable=False, server_default="cpu")
        )
    with op.batch_alter_table("submission") as batch:
        batch.add_column(sa.Column("worker_id", sa.String(length=24), nullable=True))
        batch.add_column(sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True))
    queued, running = sa.text("state = 'queued'"), sa.text("state = 'running'")
    op.create_index(
        "ix_submission_queued",
        "submission",
        ["pool", "participant_id", "id"],
        sqlite_where=queued,
        postgresql_where=queued,
    )
    op.create_index(
        "ix_submission_running",
        "submission",
        ["participant_id"],
        sqlite_where=running,
        postgresql_where=running,
    )
    if op.get_bind().dialect.name == "postgresql":
        _run_script(TICKETS.read_text(encoding="utf-8"))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _run_script(DROP_TICKETS)
    op.drop_index("ix_submission_running", "submission")
    op.drop_index("ix_submission_queued", "submission")
    with op.batch_alter_table("submission") as batch:
        batch.drop_column("claimed_at")
        batch.drop_column("worker_id")
    with op.batch_alter_table("competition") as batch:
        batch.drop_column("pool")
    op.drop_index(op.f("ix_alert_submission_id"), "alert")
    op.drop_table("alert")
    op.drop_table("maintenance")
    op.drop_table("turn")
    op.drop_table("worker")


def _run_script(script: str) -> None:
    # The driver's own connection, in the same transaction: many statements, and "%" as it is.
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(script)
