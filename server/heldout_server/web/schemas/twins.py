"""Shapes of pairs of people whose models are suspiciously alike."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from heldout_server.web.schemas.shape import Shape


class TwinOut(Shape):
    """One of a pair."""

    submission_id: str = Field(examples=["s_9qLp3T0aXk2b"])
    name: str
    participant_id: str
    participant_name: str


class TwinPairOut(Shape):
    """Two submissions, the earlier first. Shares are of all wrong answers of both together."""

    first: TwinOut
    second: TwinOut
    has_equal_weights: bool = Field(description="Two files of one model.")
    share: float | None = Field(
        description="Wrong answers on hidden examples that are common to both; null with equal "
        "weights."
    )
    expected_share: float | None = Field(description="The same of two people of this class.")
    shared: int | None
    sentence: str


class TwinsOut(Shape):
    """The pairs to look at, the most alike first, and what they don't prove."""

    looked_at: datetime | None = Field(description="Null: nobody has looked yet.")
    people: int
    are_answers_compared: bool = Field(
        description="Whether wrong answers were compared, beside weights: with six people or "
        "more, in contests of classes."
    )
    pairs: list[TwinPairOut]
    caveat: str
