"""Shapes of the drawn final: its wall, one's own part, drawings and readings."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from heldout_server.finals.participation import NextStep
from heldout_server.finals.rasterization import Centre
from heldout_server.models import DrawingState, FinalPhase
from heldout_server.web.schemas.public import Shape
from heldout_server.web.schemas.shape import PUBLIC_ID


class FinalistOut(BaseModel):
    """A model that takes part, by the SHA-256 of its file as it was when the final was frozen."""

    id: str = Field(examples=["p_2vJr0kq3XQ1a"])
    name: str = Field(examples=["Ada"])
    sha256: str


class LineOut(Shape):
    """A row: `read` of `counted` drawings; ties and ranges are of the last look, null before it."""

    id: str = Field(validation_alias="public_id", examples=["p_2vJr0kq3XQ1a"])
    name: str
    rank: int
    read: int
    counted: int
    share: float
    tie_group: int | None = Field(validation_alias="group")
    rank_low: int | None = Field(validation_alias="low")
    rank_high: int | None = Field(validation_alias="high")
    has_failed: bool


class SaidOut(Shape):
    """What a model reads in a drawing."""

    name: str
    label: str
    is_right: bool


class ShownOut(Shape):
    """A drawing on the wall; `misread` of `models` read something else."""

    id: str = Field(validation_alias="public_id", examples=["d_2vJr0kq3XQ1a"])
    label: str
    said: list[SaidOut]
    misread: int
    models: int


class DrawnFinalOut(BaseModel):
    """The final as everybody sees it; `confusion` counts, over all models, what was drawn by what
    is read. `looked_at`: after how many drawings ties were drawn, 0: not yet.
    """

    phase: FinalPhase
    paused: bool
    frozen_at: datetime
    finalists: list[FinalistOut]
    classes: list[str]
    drawn: int
    counted: int
    waiting: int
    disputed: int
    writers: int
    looked_at: int
    words: str
    rows: list[LineOut]
    newest: list[ShownOut]
    hardest: ShownOut | None
    confusion: list[list[int]]


class DrawnFinalStateOut(Shape):
    """Where a final stands, and how its images hold a drawing."""

    phase: FinalPhase
    frozen_at: datetime
    phase_at: datetime
    paused_at: datetime | None
    strokes_deleted_at: datetime | None
    box: int
    centre: Centre


class DrawingOut(Shape):
    """A drawing as organizers see it; `prompt` is the number of the class that was asked for."""

    id: str = Field(validation_alias=PUBLIC_ID, examples=["d_2vJr0kq3XQ1a"])
    prompt: int
    state: DrawingState
    created_at: datetime
    hidden_at: datetime | None


class OfferOut(BaseModel):
    """A drawing to read: its image as a data URI of a PNG."""

    drawing: str = Field(examples=["d_2vJr0kq3XQ1a"])
    image: str = Field(examples=["data:image/png;base64,…"])


class PromptOut(BaseModel):
    """A class to draw."""

    number: int = Field(examples=[7])
    name: str = Field(examples=["7"])


class MyPartOut(BaseModel):
    """What one still has to do: `asked` readings are fair, `said` are done."""

    phase: FinalPhase
    paused: bool
    step: NextStep
    prompts: list[PromptOut]
    classes: list[str]
    drawn: int
    said: int
    asked: int
    offer: OfferOut | None


class ReadingIn(BaseModel):
    """What one takes a drawing for, by the class's number; null: one can't tell."""

    drawing: str = Field(max_length=24, examples=["d_2vJr0kq3XQ1a"])
    said: int | None = Field(examples=[7])
