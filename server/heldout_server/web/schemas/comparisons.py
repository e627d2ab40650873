"""The API's shapes of how sure a score is, and of what it stands beside."""

from __future__ import annotations

from pydantic import Field

from heldout_server.web.schemas.shape import PUBLIC_ID, Shape


class IntervalOut(Shape):
    """Where the score would lie on other images of the same kind, with 95 % (Wilson)."""

    low: float = Field(examples=[0.9683])
    high: float = Field(examples=[0.9773])


class NeighbourOut(Shape):
    """Whoever is one place away. `is_close`: the difference may be luck, by the counts alone."""

    rank: int = Field(examples=[2])
    name: str = Field(examples=["Grace"])
    score: float = Field(examples=[0.9742])
    is_close: bool


class EarlierOut(Shape):
    """One's own best before."""

    id: str = Field(validation_alias=PUBLIC_ID, examples=["s_9qLp3T0aXk2b"])
    name: str = Field(examples=["Dense 2048-512-128 · 2.7 M"])
    score: float = Field(examples=[0.9698])


class SettingChangeOut(Shape):
    """A hyperparameter that was set differently; null where a run card doesn't say."""

    name: str = Field(examples=["dropout"])
    before: str | bool | int | float | None = Field(examples=[None])
    now: str | bool | int | float | None = Field(examples=[0.5])


class ComparisonOut(Shape):
    """Beside the board's neighbours, and against one's own best before.

    `is_close`: the difference to that best may be luck. `above` and `below` are null unless this
    submission holds one's place.
    """

    above: NeighbourOut | None
    below: NeighbourOut | None
    against: EarlierOut | None
    is_close: bool
    changes: list[SettingChangeOut]
