"""Baselines: unranked rows that say what a score is worth."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from heldout_server.models.base import utc_column


class BaselineKind(StrEnum):
    """The first three are computed here; the others are what organizers supply."""

    RANDOM = "random"
    MAJORITY = "majority"
    LINEAR = "linear"
    STARTER = "starter"
    LAST_YEAR = "last_year"


COMPUTED_KINDS = frozenset({BaselineKind.RANDOM, BaselineKind.MAJORITY, BaselineKind.LINEAR})


class BaselineState(StrEnum):
    """`computing`: waits for predictions or for scores by the competition's present labels."""

    COMPUTING = "computing"
    READY = "ready"
    FAILED = "failed"


class Baseline(SQLModel, table=True):
    """One ghost row. `reported`: the score was given by organizers, not measured here.

    `score` and `error_count` are on the public split; `private_score` stays with organizers until
    the reveal. `labels_version` and `metric` are what it was scored with.
    """

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = Field(unique=True, max_length=24)
    competition_id: int = Field(foreign_key="competition.id", index=True)
    kind: str
    name: str
    state: str = BaselineState.COMPUTING
    reported: bool = False
    predictions_sha256: str | None = Field(default=None, max_length=64)
    score: float | None = None
    private_score: float | None = None
    error_count: int | None = None
    labels_version: str | None = Field(default=None, max_length=40)
    metric: str | None = None
    problem: str | None = None
    created_at: datetime = utc_column()
    removed_at: datetime | None = utc_column(nullable=True)
