"""competitions as organizers run them; people, teams, the roster, grants

Revision ID: 1bb631fcdb86
Revises: 0a41c6f2d7e9
Create Date: 2026-11-25 13:20:00+00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "1bb631fcdb86"
down_revision: str | None = "0a41c6f2d7e9"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("competition_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("join_code", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competition.id"], name=op.f("fk_team_competition_id_competition")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint(
            "competition_id", "name_key", name=op.f("uq_team_competition_id_name_key")
        ),
        sa.UniqueConstraint("join_code", name=op.f("uq_team_join_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_team_public_id")),
    )
    op.create_table(
        "participant_merge",
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("into_id", sa.Integer(), nullable=False),
        sa.Column(
            "submission_ids",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["into_id"], ["participant.id"], name=op.f("fk_participant_merge_into_id_participant")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_participant_merge_participant_id_participant"),
        ),
        sa.PrimaryKeyConstraint("participant_id", name=op.f("pk_participant_merge")),
    )
    op.create_table(
        "quota_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_quota_grant_participant_id_participant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota_grant")),
        sa.UniqueConstraint("public_id", name=op.f("uq_quota_grant_public_id")),
    )
    with op.batch_alter_table("quota_grant", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_quota_grant_participant_id"), ["participant_id"], unique=False
        )

    op.create_table(
        "roster_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("competition_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("team_name", sa.String(), nullable=False),
        sa.Column("invite_hash", sa.String(length=64), nullable=True),
        sa.Column("participant_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["competition_id"],
            ["competition.id"],
            name=op.f("fk_roster_entry_competition_id_competition"),
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_roster_entry_participant_id_participant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_entry")),
        sa.UniqueConstraint("invite_hash", name=op.f("uq_roster_entry_invite_hash")),
        sa.UniqueConstraint("public_id", name=op.f("uq_roster_entry_public_id")),
    )
    with op.batch_alter_table("roster_entry", schema=None) as batch_op:
        batch_op.create_index(
            "ix_roster_entry_competition_id_id", ["competition_id", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_roster_entry_participant_id"), ["participant_id"], unique=False
        )

    with op.batch_alter_table("competition", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rules", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("quota_total", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("interval_seconds", sa.Integer(), nullable=False, server_default="0")
        )
        batch_op.add_column(
            sa.Column("final_choices", sa.Integer(), nullable=False, server_default="1")
        )
        batch_op.add_column(
            sa.Column("team_size", sa.Integer(), nullable=False, server_default="1")
        )
        batch_op.add_column(
            sa.Column("nicknames", sa.Boolean(), nullable=False, server_default=sa.true())
        )
        batch_op.add_column(
            sa.Column("joining", sa.String(length=20), nullable=False, server_default="code")
        )
        batch_op.add_column(
            sa.Column("visibility", sa.String(length=20), nullable=False, server_default="public")
        )
        batch_op.add_column(sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("freeze_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("revealed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.add_column(sa.Column("team_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("is_captain", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(
            sa.Column("extra_minutes", sa.Integer(), nullable=False, server_default="0")
        )
        batch_op.add_column(sa.Column("renamed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("banned_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("ban_reason", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        batch_op.create_index(
            "ix_participant_competition_id_id", ["competition_id", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_participant_team_id"), ["team_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_participant_team_id_team"), "team", ["team_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_participant_merged_into_id_participant"),
            "participant",
            ["merged_into_id"],
            ["id"],
        )

    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.add_column(sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_column("chosen_at")

    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_participant_merged_into_id_participant"), type_="foreignkey"
        )
        batch_op.drop_constraint(batch_op.f("fk_participant_team_id_team"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_participant_team_id"))
        batch_op.drop_index("ix_participant_competition_id_id")
        batch_op.drop_column("merged_into_id")
        batch_op.drop_column("left_at")
        batch_op.drop_column("ban_reason")
        batch_op.drop_column("banned_at")
        batch_op.drop_column("renamed_at")
        batch_op.drop_column("extra_minutes")
        batch_op.drop_column("is_captain")
        batch_op.drop_column("team_id")

    with op.batch_alter_table("competition", schema=None) as batch_op:
        batch_op.drop_column("archived_at")
        batch_op.drop_column("revealed_at")
        batch_op.drop_column("freeze_at")
        batch_op.drop_column("paused_at")
        batch_op.drop_column("visibility")
        batch_op.drop_column("joining")
        batch_op.drop_column("nicknames")
        batch_op.drop_column("team_size")
        batch_op.drop_column("final_choices")
        batch_op.drop_column("interval_seconds")
        batch_op.drop_column("quota_total")
        batch_op.drop_column("rules")

    with op.batch_alter_table("roster_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_roster_entry_participant_id"))
        batch_op.drop_index("ix_roster_entry_competition_id_id")

    op.drop_table("roster_entry")
    with op.batch_alter_table("quota_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quota_grant_participant_id"))

    op.drop_table("quota_grant")
    op.drop_table("participant_merge")
    op.drop_table("team")
