"""The way to the top as lines: who had which best score when. Pure geometry, for SVG and PNG.

Steps, not slopes: a score holds until it is beaten. The upright axis is `score_axis`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from heldout_server.web.charts.score_axis import HALVED, ScoreAxis, score_axis

LEFT, TOP, RIGHT, BOTTOM = 64.0, 18.0, 210.0, 34.0
BOX = (1120.0, 460.0)
COLOURS = 8
LABEL_DISTANCE = 21.0
ROUND_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080)
MOST_TIME_TICKS = 8
SHORTEST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Series:
    """One participant's bests: (when, score), each better than the one before."""

    key: str
    label: str
    steps: tuple[tuple[datetime, float], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A series as drawn: corner points, the colour's number (0: one of the many, unlabelled)."""

    key: str
    label: str
    colour: int
    score: float
    points: tuple[tuple[float, float], ...]
    label_y: float

    @property
    def path(self) -> str:
        """The points as an SVG path."""
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in self.points)


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines in the order of the board, ticks, and the box they lie in.

    Times are (place, when), scores (place, the figure as it is read).
    """

    width: float
    height: float
    begin: datetime
    end: datetime
    lines: tuple[Line, ...]
    times: tuple[tuple[float, datetime], ...]
    scores: tuple[tuple[float, str], ...]
    axis_sentence: str = HALVED

    @property
    def left(self) -> float:
        """Where the plot begins."""
        return LEFT

    @property
    def right(self) -> float:
        """Where the plot ends and the labels begin."""
        return self.width - RIGHT

    @property
    def top(self) -> float:
        """The upper edge of the plot."""
        return TOP

    @property
    def bottom(self) -> float:
        """The lower edge of the plot."""
        return self.height - BOTTOM

    @property
    def named(self) -> tuple[Line, ...]:
        """The lines with a colour and a label."""
        return tuple(line for line in self.lines if line.colour)


@dataclass(frozen=True, slots=True)
class _Scale:
    begin: datetime
    end: datetime
    axis: ScoreAxis
    right: float
    bottom: float

    def x(self, at: datetime) -> float:
        share = (at - self.begin) / (self.end - self.begin)
        return LEFT + min(1.0, max(0.0, share)) * (self.right - LEFT)

    def y(self, score: float) -> float:
        return self.bottom - self.axis.share(score) * (self.bottom - TOP)


def race_chart(
    series: Sequence[Series],
    *,
    begin: datetime,
    end: datetime,
    width: float = BOX[0],
    tall: float = BOX[1],
    metric: str = "accuracy",
) -> Chart | None:
    """The chart of `series` in board order, the first eight in colour; None without any step."""
    found = [one for one in series if one.steps]
    if not found:
        return None
    end = max(end, begin + SHORTEST)
    axis = score_axis([score for one in found[:COLOURS] for _, score in one.steps], metric)
    scale = _Scale(begin, end, axis, width - RIGHT, tall - BOTTOM)
    places = _spread([scale.y(one.steps[-1][1]) for one in found[:COLOURS]], scale.bottom)
    lines = tuple(_line(rank, one, scale, places) for rank, one in enumerate(found))
    return Chart(
        width=width,
        height=tall,
        begin=begin,
        end=end,
        lines=lines,
        times=tuple((scale.x(at), at) for at in _times(begin, end)),
        scores=tuple((scale.y(score), text) for score, text in axis.ticks),
        axis_sentence=axis.sentence,
    )


def _line(rank: int, one: Series, scale: _Scale, places: Sequence[float]) -> Line:
    points: list[tuple[float, float]] = []
    for at, score in one.steps:
        x, y = scale.x(at), scale.y(score)
        if points:
            points.append((x, points[-1][1]))
        points.append((x, y))
    points.append((scale.x(scale.end), points[-1][1]))
    colour = rank + 1 if rank < COLOURS else 0
    label_y = places[rank] if colour else points[-1][1]
    return Line(one.key, one.label, colour, one.steps[-1][1], tuple(points), label_y)


def _spread(places: Sequence[float], bottom: float) -> list[float]:
    """The labels' heights, in rank order from above, moved apart until none covers another."""
    spread: list[float] = []
    for place in places:
        spread.append(max(place, spread[-1] + LABEL_DISTANCE) if spread else place)
    over = spread[-1] - bottom if spread else 0.0
    for index in range(len(spread) - 1, -1, -1):
        limit = bottom if index == len(spread) - 1 else spread[index + 1] - LABEL_DISTANCE
        spread[index] = min(spread[index], limit) if over > 0 else spread[index]
    return spread


def _times(begin: datetime, end: datetime) -> list[datetime]:
    minutes = (end - begin).total_seconds() / 60
    step = next((m for m in ROUND_MINUTES if minutes / m <= MOST_TIME_TICKS), ROUND_MINUTES[-1])
    first = begin.replace(second=0, microsecond=0)
    first += timedelta(minutes=-(first.minute % min(step, 60)) % step)
    if first < begin:
        first += timedelta(minutes=step)
    return [
        at
        for number in range(MOST_TIME_TICKS + 4)
        if (at := first + timedelta(minutes=step * number)) <= end
    ]
