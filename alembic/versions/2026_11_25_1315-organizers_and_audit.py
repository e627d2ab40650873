"""organizers with roles and several tokens; the append-only audit log

Whoever was an organizer before becomes an owner and keeps their token.

Revision ID: 0a41c6f2d7e9
Revises: 4d1f0b7c9a52
Create Date: 2026-11-25 13:15:00+00:00
"""

import secrets
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0a41c6f2d7e9"
down_revision: str | None = "4d1f0b7c9a52"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
REFUSAL = "the audit log is append-only"
ORGANIZER = sa.table(
    "organizer",
    sa.column("id", sa.Integer),
    sa.column("public_id", sa.String),
    sa.column("name", sa.String),
    sa.column("name_key", sa.String),
    sa.column("role", sa.String),
    sa.column("token_hash", sa.String),
    sa.column("created_at", sa.DateTime(timezone=True)),
    sa.column("revoked_at", sa.DateTime(timezone=True)),
)
TOKEN = sa.table(
    "organizer_token",
    sa.column("public_id", sa.String),
    sa.column("organizer_id", sa.Integer),
    sa.column("label", sa.String),
    sa.column("token_hash", sa.String),
    sa.column("created_at", sa.DateTime(timezone=True)),
    sa.column("revoked_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    op.create_table(
        "organizer_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("organizer_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organizer_id"],
            ["organizer.id"],
            name=op.f("fk_organizer_token_organizer_id_organizer"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizer_token")),
        sa.UniqueConstraint("public_id", name=op.f("uq_organizer_token_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_organizer_token_token_hash")),
    )
    op.create_index(
        op.f("ix_organizer_token_organizer_id"), "organizer_token", ["organizer_id"], unique=False
    )
    with op.batch_alter_table("organizer") as batch_op:
        batch_op.add_column(sa.Column("public_id", sa.String(length=24), nullable=True))
        batch_op.add_column(sa.Column("name_key", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("role", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("password_hash", sa.String(), nullable=True))
    _make_owners()
    with op.batch_alter_table("organizer") as batch_op:
        batch_op.alter_column("public_id", existing_type=sa.String(length=24), nullable=False)
        batch_op.alter_column("name_key", existing_type=sa.String(), nullable=False)
        batch_op.alter_column("role", existing_type=sa.String(length=20), nullable=False)
        batch_op.create_unique_constraint(op.f("uq_organizer_public_id"), ["public_id"])
        batch_op.drop_constraint(op.f("uq_organizer_token_hash"), type_="unique")
        batch_op.drop_column("token_hash")
    still_here = sa.text("revoked_at IS NULL")
    op.create_index(
        "ix_organizer_name_key",
        "organizer",
        ["name_key"],
        unique=True,
        sqlite_where=still_here,
        postgresql_where=still_here,
    )
    _create_audit_log()


def downgrade() -> None:
    op.drop_table("audit_entry")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_audit_change()")
    op.drop_index("ix_organizer_name_key", "organizer")
    with op.batch_alter_table("organizer") as batch_op:
        batch_op.add_column(sa.Column("token_hash", sa.String(length=64), nullable=True))
    _keep_one_token()
    with op.batch_alter_table("organizer") as batch_op:
        batch_op.alter_column("token_hash", existing_type=sa.String(length=64), nullable=False)
        batch_op.create_unique_constraint(op.f("uq_organizer_token_hash"), ["token_hash"])
        batch_op.drop_constraint(op.f("uq_organizer_public_id"), type_="unique")
        for column in ("password_hash", "role", "name_key", "public_id"):
            batch_op.drop_column(column)
    op.drop_table("organizer_token")


def _make_owners() -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.select(ORGANIZER)).mappings().all():
        connection.execute(
            sa.update(ORGANIZER)
            .where(ORGANIZER.c.id == row["id"])
            .values(public_id=_public_id("o"), name_key=row["name"].casefold(), role="owner")
        )
        connection.execute(
            sa.insert(TOKEN).values(
                public_id=_public_id("k"),
                organizer_id=row["id"],
                label="first token",
                token_hash=row["token_hash"],
                created_at=row["created_at"],
                revoked_at=row["revoked_at"],
            )
        )


def _keep_one_token() -> None:
    connection = op.get_bind()
    for organizer_id in connection.execute(sa.select(ORGANIZER.c.id)).scalars().all():
        newest = connection.execute(
            sa.select(TOKEN.c.token_hash)
            .where(TOKEN.c.organizer_id == organizer_id)
            .order_by(TOKEN.c.revoked_at.is_not(None), TOKEN.c.created_at.desc())
            .limit(1)
        ).scalar()
        connection.execute(
            sa.update(ORGANIZER)
            .where(ORGANIZER.c.id == organizer_id)
            .values(token_hash=newest or secrets.token_hex(32))
        )


def _public_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_urlsafe(9)}"


def _create_audit_log() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.String(length=24), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("target_kind", sa.String(length=40), nullable=False),
        sa.Column("target_id", sa.String(length=80), nullable=False),
        sa.Column("competition_id", sa.Integer(), nullable=True),
        sa.Column("before", JSON, nullable=True),
        sa.Column("after", JSON, nullable=True),
        sa.Column("request_key", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["competition_id"],
            ["competition.id"],
            name=op.f("fk_audit_entry_competition_id_competition"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint(
            "actor_id", "request_key", name=op.f("uq_audit_entry_actor_id_request_key")
        ),
    )
    op.create_index("ix_audit_entry_competition_id_id", "audit_entry", ["competition_id", "id"])
    op.create_index("ix_audit_entry_target_id_id", "audit_entry", ["target_id", "id"])
    for statement in _refuse_changes(op.get_bind().dialect.name):
        op.execute(statement)


def _refuse_changes(dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER audit_entry_no_{verb} BEFORE {verb} ON audit_entry "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$",
        "CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()",
    ]
