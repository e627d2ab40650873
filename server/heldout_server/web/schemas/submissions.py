"""Shapes of submissions as organizers see them."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from heldout_server.models import State
from heldout_server.web.schemas.public import FiguresOut, ParticipantOut, Shape
from heldout_server.web.schemas.shape import Direction


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
    exact_score: float | None = Field(
        description="Its own public figure where a ladder shows the one before; null: `score` is."
    )
    private_score: float | None
    score_text: str | None
    direction: Direction
    code: str | None = Field(examples=["scored"])
    detail: str | None
    lamp: str | None = Field(
        examples=["amber"],
        description="Whether a model seems to have learned hidden images: none, amber or red; "
        "null: not looked at. It proves nothing and moves no rank.",
    )
    url: str


class HiddenMetricsOut(FiguresOut):
    """Figures on one part of the hidden examples."""


class LampOut(Shape):
    """What speaks for a model having learned hidden images, and what that doesn't prove."""

    level: str = Field(examples=["amber"])
    drop: float = Field(
        description="What slightly moved and turned copies of hidden images cost, in its own "
        "errors on the images themselves."
    )
    practice_drop: float = Field(description="The same of practice images.")
    gap: float = Field(
        description="Its accuracy on all hidden images minus that on practice images."
    )
    sentence: str
    evidence: str
    gap_evidence: str
    caveat: str


class AdminSubmissionFiguresOut(AdminSubmissionOut):
    """A submission with all figures of both parts. Fine ones are told after the reveal."""

    public_metrics: HiddenMetricsOut | None
    private_metrics: HiddenMetricsOut | None
    contamination: LampOut | None = Field(
        description="Of models of images that somebody stands by, once they were looked at."
    )


class AdminSubmissionsOut(Shape):
    """A page of submissions, newest first; `next` goes into `before`."""

    submissions: list[AdminSubmissionOut]
    next: int | None
