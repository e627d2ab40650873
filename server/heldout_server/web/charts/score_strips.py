"""Groups of scores as rows of dots on one axis: who did better is seen before it is read. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from heldout_server.web.charts.ticks import nice_ticks

INSET = 3.0
"""Percent of the width kept free at each end, so that no dot is cut."""
MOST_DOTS = 80
NARROWEST = 0.01


@dataclass(frozen=True, slots=True)
class Strip:
    """One group: places of its dots and of its middle, as percentages of the width."""

    name: str
    runs: int
    middle_score: float
    middle: str
    dots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Strips:
    """The groups, top to bottom, with the ends of their common axis."""

    low: float
    high: float
    rows: tuple[Strip, ...]


def strips(groups: Sequence[tuple[str, Sequence[float]]]) -> Strips:
    """The dots of each named group of scores; none is empty."""
    everything = [score for _, scores in groups for score in scores]
    best = max(everything)
    ticks = nice_ticks(min(*everything, best - NARROWEST), best, target=4)
    low, high = max(0.0, ticks[0]), min(1.0, max(ticks[-1], best))
    return Strips(low, high, tuple(_strip(name, scores, low, high) for name, scores in groups))


def _strip(name: str, scores: Sequence[float], low: float, high: float) -> Strip:
    middle = statistics.median(scores)
    step = -(-len(scores) // MOST_DOTS)
    dots = tuple(_place(score, low, high) for score in sorted(scores)[::step])
    return Strip(name, len(scores), middle, _place(middle, low, high), dots)


def _place(score: float, low: float, high: float) -> str:
    share = (score - low) / (high - low) if high > low else 0.5
    return f"{INSET + share * (100 - 2 * INSET):.1f}%"
