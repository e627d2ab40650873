"""Shapes of re-scores. No answer has a label in it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from heldout_server.web.schemas.public import Shape
from heldout_server.web.schemas.shape import PUBLIC_ID, Direction

MOST_CORRECTIONS = 10_000
MOST_LABELS = 1_000_000


Text = Annotated[str, Field(max_length=1000)]
Answer = int | float | Text | list[int | float | Text]
"""A class by number or name; a number, or one for each output; labels by 0 and 1, or by name."""


class CorrectionIn(BaseModel):
    """The right answer of one hidden example, by its place in the test set (from 0) or its id."""

    index: int | None = Field(None, ge=0, examples=[947])
    id: str | None = Field(None, max_length=200, examples=["row_17"])
    label: Answer = Field(examples=[8])

    @property
    def where(self) -> int | str:
        """Its place, or its id."""
        found = self.index if self.id is None else self.id
        assert found is not None
        return found

    @model_validator(mode="after")
    def _one_place(self) -> CorrectionIn:
        if (self.index is None) == (self.id is None):
            raise ValueError("give an example's index or its id")
        return self


class RescoreIn(BaseModel):
    """Corrected labels, or a whole new set, or another metric, or labels and metric."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"corrections": [{"index": 947, "label": 8}], "note": "One label was wrong"}
            ]
        }
    )

    corrections: list[CorrectionIn] | None = Field(None, min_length=1, max_length=MOST_CORRECTIONS)
    labels: list[Answer] | None = Field(None, min_length=1, max_length=MOST_LABELS)
    ids: list[str] | None = Field(
        None, max_length=MOST_LABELS, description="Whose labels these are, in their order."
    )
    metric: str | None = Field(None, max_length=60, examples=["macro_f1"])
    note: str = Field("", max_length=500)

    @model_validator(mode="after")
    def _one_kind_of_labels(self) -> RescoreIn:
        if self.corrections is not None and self.labels is not None:
            raise ValueError("give corrections or a whole label set, not both")
        if self.ids is not None and len(self.ids) != len(self.labels or ()):
            raise ValueError("give as many ids as labels")
        return self


class RescoreOut(Shape):
    """A draft and what became of it; `done` of `total` submissions are computed."""

    id: str = Field(validation_alias=PUBLIC_ID, examples=["r_9qLp3T0aXk2b"])
    state: Literal["computing", "ready", "applied", "discarded", "failed"]
    note: str
    metric: str = Field(examples=["accuracy"])
    metric_before: str = Field(validation_alias="base_metric", examples=["accuracy"])
    labels_version: str | None
    labels_changed: int = Field(examples=[1])
    total: int
    done: int
    problem: str | None
    created_at: datetime
    finished_at: datetime | None


class RescoresOut(Shape):
    """A page of re-scores, newest first; `next` goes into `before`."""

    rescores: list[RescoreOut]
    next: int | None


class MoveOut(Shape):
    """One participant before and after; `places` is positive for a climb.

    Scores are figures as people read them, each of its own metric; `change` is null where the
    metric changes.
    """

    participant_id: str
    participant_name: str
    submission_id: str
    rank_before: int
    rank_after: int
    places: int
    score_before: float
    score_after: float
    change: float | None


class PreviewOut(Shape):
    """What applying the draft would do; `moved` lists the longest ways first."""

    rescore: RescoreOut
    split: Literal["public", "private"]
    submissions: int
    scores_changed: int
    largest_change: float | None = Field(
        description="Of anybody's best score, without a sign; null where the metric changes."
    )
    direction: Direction
    direction_before: Direction
    leader_changes: bool
    participants: int
    moved_count: int
    moved: list[MoveOut]


class AppliedOut(Shape):
    """The re-score in force, and how many participants changed place."""

    rescore: RescoreOut
    moved_count: int
    scores_changed: int
