"""The two scales of a chart of curves: epochs to the right, values upward, linear or log.

Coordinates are in units of the `WIDTH` × `HEIGHT` view box, y pointing down.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from heldout_server.web.charts.ticks import log_ticks, nice_ticks, tick_label

WIDTH, HEIGHT = 440.0, 270.0
LEFT, RIGHT, TOP, BOTTOM = 60.0, 84.0, 14.0, 40.0
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick at coordinate `at` along its axis."""

    at: float
    label: str


class Frame:
    """Places epochs (from 0) and values; `is_share` writes values as percentages."""

    def __init__(
        self,
        epochs: int,
        known: Sequence[float],
        *,
        is_share: bool = False,
        is_log: bool = False,
        right: float = RIGHT,
    ) -> None:
        self.epochs = epochs
        self.right = right
        self.is_share = is_share
        self.is_log = is_log
        ticks = self._ticks(known)
        self.low, self.high = ticks[0], ticks[-1]
        step = ticks[1] - ticks[0]
        self.y_ticks = tuple(Tick(self.y(tick), self._label(tick, step)) for tick in ticks)
        self.x_ticks = tuple(Tick(self.x(at - 1), str(at)) for at in _epoch_ticks(epochs))

    def _ticks(self, known: Sequence[float]) -> list[float]:
        if self.is_log:
            return log_ticks(min(value for value in known if value > 0), max(known))
        ticks = nice_ticks(min(known), max(known))
        if self.is_share:
            ticks = [tick for tick in ticks if -1e-9 <= tick <= 1 + 1e-9]
        return ticks

    def x(self, index: float) -> float:
        """Where an epoch lies."""
        share = index / (self.epochs - 1) if self.epochs > 1 else 0.5
        return round(LEFT + share * (WIDTH - LEFT - self.right), 1)

    def y(self, value: float) -> float:
        """Where a value lies; on a log scale, what isn't positive lies at the bottom."""
        if self.is_log:
            value = max(value, self.low)
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    def text(self, value: float | None) -> str:
        """A value as it is read."""
        if value is None:
            return NOTHING
        return f"{value * 100:.2f}%" if self.is_share else f"{value:.4g}"

    def _label(self, value: float, step: float) -> str:
        if self.is_log:
            return f"{value:g}"
        if self.is_share:
            return f"{tick_label(value * 100, step * 100)}%"
        return tick_label(value, step)


def _epoch_ticks(epochs: int) -> list[int]:
    """Whole epochs: the first, then round ones."""
    rounded = [round(tick) for tick in nice_ticks(1, max(2, epochs), target=6)]
    inside = sorted({tick for tick in rounded if 1 <= tick <= epochs} | {1})
    return [tick for tick in inside if tick == 1 or tick > 1 + (epochs - 1) * 0.07]
