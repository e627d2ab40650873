"""The API's shapes of how sure a score is, and of what it stands beside."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from heldout_server.web.schemas.shape import PUBLIC_ID, Shape


class IntervalOut(Shape):
    """Where the score would lie on other examples of the same kind, with 95 % (Wilson)."""

    low: float = Field(examples=[0.9683])
    high: float = Field(examples=[0.9773])


class TieOut(Shape):
    """What of a place may be luck; null while that isn't known.

    The row may truly stand anywhere from `rank_low` to `rank_high`. Rows of one `tie_group`, which
    counts from 1, are neighbours whose order may be luck; `tied_with_leader`: the first doesn't
    clearly beat it.
    """

    tie_group: int | None = Field(None, examples=[1])
    rank_low: int | None = Field(None, examples=[1])
    rank_high: int | None = Field(None, examples=[4])
    tied_with_leader: bool | None = Field(None, examples=[True])


class NeighbourOut(Shape):
    """Whoever is one place away. `is_close`: the difference may be luck, by the counts alone."""

    rank: int = Field(examples=[2])
    name: str = Field(examples=["Grace"])
    score: float = Field(examples=[0.9742])
    score_text: str = Field("", examples=["97.42%"])
    is_close: bool


class EarlierOut(Shape):
    """One's own best before."""

    id: str = Field(validation_alias=PUBLIC_ID, examples=["s_9qLp3T0aXk2b"])
    name: str = Field(examples=["Dense 2048-512-128 · 2.7 M"])
    score: float = Field(examples=[0.9698])
    score_text: str = Field("", examples=["96.98%"])


class SettingChangeOut(Shape):
    """A hyperparameter that was set differently; null where a run card doesn't say."""

    name: str = Field(examples=["dropout"])
    before: str | bool | int | float | None = Field(examples=[None])
    now: str | bool | int | float | None = Field(examples=[0.5])


class StepOut(Shape):
    """What was got right that one's best before got wrong, and the reverse; of numbers, on how many
    examples it is closer, and further.

    Of `practice` examples, whose labels everyone has, until the reveal; then of the public part of
    the `hidden` ones. `call` is null where these counts aren't what the board ranks by.
    """

    source: Literal["practice", "hidden"]
    examples: int = Field(examples=[10000])
    fixed: int = Field(examples=[31])
    broken: int = Field(examples=[22])
    call: Literal["too close to call", "a real step", "a real step back"] | None
    words: str = Field(examples=["On 10,000 practice examples: 31 fixed, 22 broken against the …"])
    luck: str = Field(examples=["With 10,000 practice examples, a difference of up to about 0.…"])


class ComparisonOut(Shape):
    """Beside the board's neighbours, and against one's own best before.

    `is_close`: the difference to that best may be luck. `above` and `below` are null unless this
    submission holds one's place.
    """

    above: NeighbourOut | None
    below: NeighbourOut | None
    against: EarlierOut | None
    is_close: bool
    step: StepOut | None = None
    changes: list[SettingChangeOut]
