"""Shapes of baselines as organizers see them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from heldout_server.models import BaselineKind
from heldout_server.web.schemas.public import Shape
from heldout_server.web.schemas.shape import PUBLIC_ID, Direction


class BaselineIn(BaseModel):
    """A baseline. `random`, `majority` and `linear` are computed here; `starter` and `last_year`
    take a reported score, or a submission whose predictions are scored.
    """

    kind: BaselineKind = Field(examples=["linear"])
    name: str = Field("", max_length=200, examples=["Last year's best (Emmy)"])
    score: float | None = Field(
        None,
        allow_inf_nan=False,
        description="As people read it: a loss is positive.",
        examples=[None],
    )
    submission_id: str | None = Field(
        None, max_length=40, pattern=r"^s_[A-Za-z0-9_-]+$", examples=[None]
    )


class AdminBaselineOut(Shape):
    """A baseline with its state and private score."""

    id: str = Field(validation_alias=PUBLIC_ID, examples=["b_9qLp3T0aXk2b"])
    kind: BaselineKind
    name: str
    state: Literal["computing", "ready", "failed"]
    reported: bool
    score: float | None
    private_score: float | None
    score_text: str | None
    direction: Direction
    error_count: int | None
    problem: str | None
    created_at: datetime
    removed_at: datetime | None


class AdminBaselinesOut(Shape):
    """Every baseline of a board, oldest first."""

    baselines: list[AdminBaselineOut]
