"""A re-score: what every stored prediction would score with other labels or another metric."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, Index, SQLModel

from heldout_server.models.base import json_column, utc_column


class RescoreState(StrEnum):
    """`ready` drafts are kept complete: a submission scored meanwhile is computed, too."""

    COMPUTING = "computing"
    READY = "ready"
    APPLIED = "applied"
    DISCARDED = "discarded"
    FAILED = "failed"


OPEN_STATES = (RescoreState.COMPUTING, RescoreState.READY)


class Rescore(SQLModel, table=True):
    """A draft and what became of it. The labels themselves are never here, only their version.

    `labels_version` None means the labels that came with the dataset. `base_…` is what the
    competition was scored with when the draft was made: a draft on an older base can't be applied.
    `token` and `lease_until` (the database's clock) fence the one worker that computes.
    """

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = Field(unique=True, max_length=24)
    competition_id: int = Field(foreign_key="competition.id", index=True)
    state: str = RescoreState.COMPUTING
    note: str = ""
    labels_version: str | None = Field(default=None, max_length=40)
    metric: str
    base_labels_version: str | None = Field(default=None, max_length=40)
    base_metric: str
    labels_changed: int = 0
    total: int = 0
    done: int = 0
    problem: str | None = None
    token: str | None = Field(default=None, max_length=32)
    lease_until: datetime | None = utc_column(nullable=True)
    created_at: datetime = utc_column()
    finished_at: datetime | None = utc_column(nullable=True)


class RescoreScore(SQLModel, table=True):
    """What one submission would score; `predictions_sha256` says from which predictions."""

    __tablename__ = "rescore_score"
    __table_args__ = (Index("ix_rescore_score_submission_id", "submission_id"),)

    rescore_id: int = Field(primary_key=True, foreign_key="rescore.id")
    submission_id: int = Field(primary_key=True, foreign_key="submission.id")
    split: str = Field(primary_key=True)
    predictions_sha256: str = Field(max_length=64)
    score: float
    examples: int
    error_count: int | None
    metrics: dict[str, object] = json_column(dict)
