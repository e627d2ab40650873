"""Submissions: what was announced, what arrived, and where its work stands.

Rows stay narrow (they are scanned for quotas and queues): run cards and verdicts have tables of
their own.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import text
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from heldout_server.models.base import json_column, utc_column

MODEL, PREDICTIONS = "model", "predictions"
"""The two kinds of submission."""


class State(StrEnum):
    """Where a submission stands. `rejected`: their file, final. `error`: our machinery."""

    RECEIVED = "received"
    QUEUED = "queued"
    RUNNING = "running"
    SCORED = "scored"
    REJECTED = "rejected"
    ERROR = "error"


class Step(StrEnum):
    """The hop of work that a queued or running submission needs next."""

    PREDICT = "predict"
    PARSE = "parse"
    GRADE = "grade"


QUEUED_ONLY, RUNNING_ONLY = text("state = 'queued'"), text("state = 'running'")
UNNEEDED_ONLY = text("file_state = 'unneeded'")
DEFAULT_PREPROCESSING = "0-1"
FINAL_STATES = frozenset({State.SCORED, State.REJECTED, State.ERROR})


class Upload(SQLModel, table=True):
    """A submission that was announced and whose file isn't here yet (state `received`).

    It becomes a `Submission` with the same public id in the transaction that finds the file in
    place, so a broken upload leaves no half submission; the sweep removes it when it expires.
    """

    __table_args__ = (UniqueConstraint("participant_id", "idempotency_key"),)

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = Field(unique=True, max_length=24)
    participant_id: int = Field(foreign_key="participant.id")
    competition_id: int = Field(foreign_key="competition.id")
    idempotency_key: str = Field(max_length=200)
    kind: str
    name: str
    filename: str
    size_bytes: int
    preprocessing: str = Field(default=DEFAULT_PREPROCESSING, max_length=20)
    sha256: str | None = Field(default=None, max_length=64)
    run_card: dict[str, object] | None = json_column(dict, nullable=True)
    created_at: datetime = utc_column()
    expires_at: datetime = utc_column()


class FileState(StrEnum):
    """Whether a submission's file is in the store.

    `unneeded`: rejected for what is in it, and to be removed; `removed`: that was done.
    """

    KEPT = "kept"
    UNNEEDED = "unneeded"
    REMOVED = "removed"


class Submission(SQLModel, table=True):
    """One upload whose file is in the blob store, unless `file_state` says otherwise.

    `token` fences: only the worker that holds it may write the result. `lease_until` and
    `claimed_at` are by the database's clock. `attempt`, `deaths`, `alone` and `endings` are the
    ledger's memory of what was tried at this step in vain (`jobs/ledger.py`). `model_sha256` is
    the same for all files of one model, however often it is saved. `moderation` is None or held,
    hidden, disqualified, withdrawn, purged; never a state. `chosen_at`: its participant wants it in
    the final selection.
    """

    __table_args__ = (
        UniqueConstraint("participant_id", "idempotency_key"),
        Index("ix_submission_participant_id_created_at", "participant_id", "created_at"),
        Index("ix_submission_state_pool", "state", "pool"),
        # Claims look at what waits and runs only: their cost must not grow with what is final.
        Index(
            "ix_submission_queued",
            "pool",
            "participant_id",
            "id",
            sqlite_where=QUEUED_ONLY,
            postgresql_where=QUEUED_ONLY,
        ),
        Index(
            "ix_submission_running",
            "participant_id",
            sqlite_where=RUNNING_ONLY,
            postgresql_where=RUNNING_ONLY,
        ),
        Index(
            "ix_submission_unneeded",
            "sha256",
            sqlite_where=UNNEEDED_ONLY,
            postgresql_where=UNNEEDED_ONLY,
        ),
        # Organizers look for what is rare among a hundred thousand.
        Index("ix_submission_competition_id_state_id", "competition_id", "state", "id"),
        Index(
            "ix_submission_competition_id_moderation_id",
            "competition_id",
            "moderation",
            "id",
            sqlite_where=text("moderation IS NOT NULL"),
            postgresql_where=text("moderation IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = Field(unique=True, max_length=24)
    participant_id: int = Field(foreign_key="participant.id")
    competition_id: int = Field(foreign_key="competition.id", index=True)
    idempotency_key: str = Field(max_length=200)
    kind: str
    name: str
    filename: str
    size_bytes: int
    preprocessing: str = Field(default=DEFAULT_PREPROCESSING, max_length=20)
    sha256: str = Field(max_length=64)
    model_sha256: str | None = Field(default=None, max_length=64)
    file_state: str = Field(default=FileState.KEPT, max_length=20)
    predictions_sha256: str | None = Field(default=None, max_length=64)
    state: str = State.QUEUED
    step: str | None = None
    pool: str | None = None
    priority: int = 0
    attempt: int = 0
    deaths: int = 0
    alone: bool = False
    endings: list[dict[str, object]] | None = json_column(list, nullable=True)
    token: str | None = Field(default=None, max_length=32)
    lease_until: datetime | None = utc_column(nullable=True)
    worker_id: str | None = Field(default=None, max_length=24)
    claimed_at: datetime | None = utc_column(nullable=True)
    moderation: str | None = None
    chosen_at: datetime | None = utc_column(nullable=True)
    created_at: datetime = utc_column()
    queued_at: datetime = utc_column()
    finished_at: datetime | None = utc_column(nullable=True)
