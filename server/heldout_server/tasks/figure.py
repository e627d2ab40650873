"""A figure that knows its metric, so that it reads the same wherever it stands. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from heldout_server.kit import formats
from heldout_server.tasks.metric import Metric, Unit

# From here on a figure has no decimals: an R² of −12,345 is wrong by orders of magnitude.
LONGEST_PLAIN = 1000.0


@dataclass(frozen=True, slots=True)
class Figure:
    """A value of a metric, as people read it: a loss is positive."""

    metric: Metric
    value: float

    @classmethod
    def of_score(cls, metric: Metric, score: float) -> Figure:
        """From what the board orders by, of which more is always better."""
        return cls(metric, metric.figure(score))

    @property
    def text(self) -> str:
        """With its unit: "97.31%", "3.21", "0.871"."""
        return read(self.metric, self.value)

    def is_better_than(self, other: Figure) -> bool:
        """Whether this alone puts it before the other."""
        return self.metric.score(self.value) > self.metric.score(other.value)

    def better_by(self, other: Figure) -> float:
        """How much better than the other, in units of the figure; negative: worse."""
        return self.metric.score(self.value) - self.metric.score(other.value)

    def change_from(self, earlier: Figure) -> str:
        """The signed change as it is read: "+0.31" points of accuracy, "−0.12" of RMSE."""
        return change(self.metric, self.value - earlier.value, beside=self.value)


def read(metric: Metric, value: float | None) -> str:
    """A figure of this metric as people read it; a dash for None and what is no number.

    What is short of perfect, or of the worst, never reads as if it were that.
    """
    if value is None or not math.isfinite(value):
        return formats.NOTHING
    if metric.unit is Unit.SHARE:
        return _percent(metric, value)
    if metric.unit is Unit.TARGET or abs(value) >= LONGEST_PLAIN:
        return formats.amount(value, metric.digits)
    return _plain(metric, value)


def change(metric: Metric, difference: float | None, beside: float | None = None) -> str:
    """A difference of two figures with its sign: "+0.31" (percentage points), "−1.2".

    In units of the target it has the decimals of the figure that stands `beside` it; three
    significant digits without one.
    """
    if difference is None or not math.isfinite(difference):
        return formats.NOTHING
    if metric.unit is Unit.SHARE:
        return formats.points(difference)
    return formats.signed(difference, _size(metric, abs(difference), beside))


def _size(metric: Metric, size: float, beside: float | None) -> str:
    if metric.unit is not Unit.TARGET:
        plain = size < LONGEST_PLAIN
        return f"{size:.{metric.digits}f}" if plain else formats.amount(size, metric.digits)
    decimals = None if beside is None else _decimals(formats.amount(beside, metric.digits))
    return formats.amount(size, 3) if decimals is None else f"{size:,.{decimals}f}"


def _decimals(shown: str) -> int | None:
    """How many digits stand after the point; None where the figure has none of its own: it is zero,
    no number, or has an exponent.
    """
    if shown in ("0", formats.NOTHING) or "e" in shown:
        return None
    return len(shown.partition(".")[2])


def _percent(metric: Metric, value: float) -> str:
    if abs(value) * 100 >= LONGEST_PLAIN:
        return f"{formats.amount(value * 100, metric.digits)}%"
    return formats.percent(value, metric.digits)


def _plain(metric: Metric, value: float) -> str:
    shown, step = round(value, metric.digits), 10.0**-metric.digits
    if value < metric.highest <= shown:
        shown = metric.highest - step
    if value > metric.lowest >= shown:
        shown = metric.lowest + step
    # + 0.0: there is no −0.000.
    return f"{shown + 0.0:.{metric.digits}f}".replace("-", formats.MINUS)
