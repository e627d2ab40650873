"""What organizers did; the database itself refuses to change or delete a row."""

from datetime import datetime

from sqlalchemy import Connection, Table, event
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from heldout_server.models.base import json_column, utc_column


class AuditEntry(SQLModel, table=True):
    """One act: who, what, on what, when, and how it was before and after.

    `request_key` is the SHA-256 of the request's idempotency key, so that a double click finds the
    first; `request_digest` says what else it asked for, so that nothing else does.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        UniqueConstraint("actor_id", "request_key"),
        Index("ix_audit_entry_competition_id_id", "competition_id", "id"),
        Index("ix_audit_entry_target_id_id", "target_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    created_at: datetime = utc_column()
    actor_kind: str = Field(max_length=20)
    actor_id: str | None = Field(default=None, max_length=24)
    actor_name: str
    action: str = Field(max_length=60)
    target_kind: str = Field(max_length=40)
    target_id: str = Field(max_length=80)
    competition_id: int | None = Field(default=None, foreign_key="competition.id")
    before: dict[str, object] | None = json_column(dict, nullable=True)
    after: dict[str, object] | None = json_column(dict, nullable=True)
    request_key: str | None = Field(default=None, max_length=200)
    request_digest: str | None = Field(default=None, max_length=64)


@event.listens_for(SQLModel.metadata.tables["audit_entry"], "after_create")
def _refuse_changes(_table: Table, connection: Connection, **_: object) -> None:
    """A new file of SQLite's is made of the models; PostgreSQL has this from its migration."""
    if connection.dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER audit_entry_no_{verb} BEFORE {verb} ON audit_entry "
                "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
            )
