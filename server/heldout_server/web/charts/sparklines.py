"""A trend in the space of a word: one point a try; of shares on the scale on which errors halve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from heldout_server.tasks import scores

WIDTH, HEIGHT = 96.0, 24.0
PADDING = 3.0
SMALLEST_SHARE = 1e-4
"""A perfect score would lie infinitely high; it is drawn as one error in ten thousand."""


@dataclass(frozen=True, slots=True)
class Sparkline:
    """An SVG path in a box of 96 × 24, and its last point."""

    path: str
    x: str
    y: str


def sparkline(found: Sequence[float], metric: str = "accuracy") -> Sparkline | None:
    """The line through scores, oldest first; None when there is nothing to join. Up is better."""
    if len(found) < 2:
        return None
    heights = [height(score) for score in found] if scores.is_share(metric) else list(found)
    low, high = min(heights), max(heights)
    span = high - low or 1.0
    step = (WIDTH - 2 * PADDING) / (len(found) - 1)
    points = [
        (
            f"{PADDING + index * step:.1f}",
            f"{HEIGHT - PADDING - (one - low) / span * (HEIGHT - 2 * PADDING):.1f}",
        )
        for index, one in enumerate(heights)
    ]
    path = "M" + "L".join(f"{x} {y}" for x, y in points)
    return Sparkline(path, *points[-1])


def height(score: float) -> float:
    """How high a share lies where every halving of the errors is the same step up."""
    return -math.log2(max(1 - score, SMALLEST_SHARE))
