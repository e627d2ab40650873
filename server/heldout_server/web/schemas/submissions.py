"""Shapes of submissions as organizers see them."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from heldout_server.models import State
from heldout_server.web.schemas.public import ParticipantOut, Shape


class RerunOut(Shape):
    """How many were queued."""

    queued: int = Field(examples=[12])


class AdminSubmissionOut(Shape):
    """A submission with both scores. The private one is for organizers until the reveal."""

    id: str = Field(examples=["s_9qLp3T0aXk2b"])
    participant: ParticipantOut
    name: str
    kind: str
    filename: str
    size_bytes: int
    sha256: str
    state: State
    step: str | None
    attempt: int
    moderation: str | None = Field(examples=["disqualified"])
    reason: str | None
    held: bool = Field(description="Scored; it waits for you to let it through, or not.")
    created_at: datetime
    finished_at: datetime | None
    score: float | None
    private_score: float | None
    code: str | None = Field(examples=["scored"])
    detail: str | None
    url: str


class HiddenMetricsOut(Shape):
    """Figures on one part of the hidden images; fractions are 0 to 1, log loss is in nats."""

    examples: int
    accuracy: float
    error_count: int
    top_3_accuracy: float | None
    log_loss: float | None
    macro_precision: float
    macro_recall: float
    macro_f1: float
    per_class_recall: list[float]
    confusion_matrix: list[list[int]]


class AdminSubmissionFiguresOut(AdminSubmissionOut):
    """A submission with all figures of both parts. Fine ones are told after the reveal."""

    public_metrics: HiddenMetricsOut | None
    private_metrics: HiddenMetricsOut | None


class AdminSubmissionsOut(Shape):
    """A page of submissions, newest first; `next` goes into `before`."""

    submissions: list[AdminSubmissionOut]
    next: int | None
