"""A plane with ticks on both axes, for what a model answered: curves, dots or bars. Pure.

Coordinates are in units of the `WIDTH` × `HEIGHT` view box, y pointing down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from heldout_server.web.charts.curve_axes import Tick
from heldout_server.web.charts.ticks import nice_ticks, tick_label

WIDTH, HEIGHT = 440.0, 330.0
LEFT, RIGHT, TOP, BOTTOM = 66.0, 16.0, 14.0, 50.0
Point = Sequence[float]


@dataclass(frozen=True, slots=True)
class Plot:
    """One chart with the words and the table that say the same.

    `line` and `reference` are SVG path data, the latter of what guessing or perfect answers are;
    `dots` are points, `bars` are (x, y, width, height). `rows` are of texts under `header`.
    """

    title: str
    sentence: str
    x_label: str
    y_label: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    line: str = ""
    reference: str = ""
    reference_label: str = ""
    dots: tuple[tuple[float, float], ...] = ()
    bars: tuple[tuple[float, float, float, float], ...] = ()
    width, height = WIDTH, HEIGHT
    left, right, top, bottom = LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM


class Plane:
    """Places values between the first and the last of round ticks."""

    def __init__(self, across: tuple[float, float], up: tuple[float, float]) -> None:
        self.across, self.up = nice_ticks(*across, target=5), nice_ticks(*up, target=5)
        self.x_ticks = _ticks(self.across, self.x)
        self.y_ticks = _ticks(self.up, self.y)

    def x(self, value: float) -> float:
        """To the right; what lies outside stays at the edge."""
        return round(LEFT + _share(value, self.across) * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        """Upward."""
        return round(HEIGHT - BOTTOM - _share(value, self.up) * (HEIGHT - TOP - BOTTOM), 1)

    def path(self, points: Sequence[Point]) -> str:
        """Path data through the points."""
        return "M" + " L".join(f"{self.x(x):g} {self.y(y):g}" for x, y in points)

    def dots(self, points: Sequence[Point]) -> tuple[tuple[float, float], ...]:
        """The points where they lie."""
        return tuple((self.x(x), self.y(y)) for x, y in points)


def _share(value: float, ticks: Sequence[float]) -> float:
    return max(0.0, min(1.0, (value - ticks[0]) / (ticks[-1] - ticks[0])))


def _ticks(ticks: Sequence[float], place: object) -> tuple[Tick, ...]:
    assert callable(place)
    step = ticks[1] - ticks[0]
    return tuple(Tick(place(tick), tick_label(tick, step)) for tick in ticks)
