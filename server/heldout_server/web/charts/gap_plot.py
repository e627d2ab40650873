"""What people gained or lost on new examples against how often they tried: one dot each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from heldout_server.tasks import scores
from heldout_server.web.charts import plot
from heldout_server.web.charts.curve_axes import Tick
from heldout_server.web.charts.plot import Plane

FEWEST = 3
"""Fewer dots show nothing."""
FAR = 10.0
"""What is so many times as far from nothing as the middle one is drawn at the edge: a single broken
file would squeeze everybody else into a line."""


@dataclass(frozen=True, slots=True)
class GapPlot:
    """`zero` is the height of whoever neither gained nor lost; more tries are further right.
    `is_clipped`: a dot lies further out than it is drawn.
    """

    y_label: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    zero: float
    dots: tuple[tuple[float, float], ...]
    is_clipped: bool
    width, height = plot.WIDTH, plot.HEIGHT
    left, right = plot.LEFT, plot.WIDTH - plot.RIGHT
    top, bottom = plot.TOP, plot.HEIGHT - plot.BOTTOM


def gap_plot(found: Sequence[tuple[int, float]], metric: str) -> GapPlot | None:
    """Of tries and gains in score; None where everybody tried as often, or nearly nobody did."""
    tries = [each for each, _ in found]
    if len(found) < FEWEST or min(tries) == max(tries):
        return None
    in_percent = scores.in_percent(metric)
    gains = [gain * (100 if in_percent else 1) for _, gain in found]
    far = FAR * median(map(abs, gains)) or max(map(abs, gains))
    near = [gain for gain in gains if abs(gain) <= far]
    plane = Plane((0, max(tries)), (min(0.0, *near), max(0.0, *near)))
    return GapPlot(
        y_label="lost or gained" + (", in points" if in_percent else ""),
        x_ticks=plane.x_ticks,
        y_ticks=plane.y_ticks,
        zero=plane.y(0.0),
        dots=plane.dots(list(zip(tries, gains, strict=True))),
        is_clipped=len(near) < len(gains),
    )
