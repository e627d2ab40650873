"""Groups of scores as rows of dots on one axis: who did better is seen before it is read. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from heldout_server.tasks import catalogue, scores
from heldout_server.web.charts.score_axis import narrowest_span, plain_range
from heldout_server.web.charts.ticks import nice_ticks

INSET = 3.0
"""Percent of the width kept free at each end, so that no dot is cut."""
MOST_DOTS = 80


@dataclass(frozen=True, slots=True)
class Strip:
    """One group: places of its dots and of its middle, as percentages of the width."""

    name: str
    runs: int
    lowest: float
    middle_score: float
    highest: float
    middle: str
    dots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Strips:
    """The groups, top to bottom, with the ends of their common axis."""

    low: float
    high: float
    rows: tuple[Strip, ...]


def strips(groups: Sequence[tuple[str, Sequence[float]]], metric: str = "accuracy") -> Strips:
    """The dots of each named group of scores; none is empty. The better, the further right."""
    known = catalogue.metric(metric)
    worst, perfect = sorted((known.score(known.lowest), known.score(known.highest)))
    everything = [score for _, each in groups for score in each]
    best = max(everything)
    if scores.is_share(metric):
        foot = min(*everything, best - narrowest_span(everything, known))
    else:  # a few far below the others don't squeeze them
        foot = plain_range(everything, known)[0]
    ticks = nice_ticks(foot, best, target=4)
    low, high = max(worst, ticks[0]), min(perfect, max(ticks[-1], best))
    return Strips(low, high, tuple(_strip(name, each, low, high) for name, each in groups))


def _strip(name: str, found: Sequence[float], low: float, high: float) -> Strip:
    middle = statistics.median(found)
    step = -(-len(found) // MOST_DOTS)
    dots = tuple(_place(score, low, high) for score in sorted(found)[::step])
    ends = min(found), max(found)
    return Strip(name, len(found), ends[0], middle, ends[1], _place(middle, low, high), dots)


def _place(score: float, low: float, high: float) -> str:
    share = max(0.0, (score - low) / (high - low)) if high > low else 0.5
    return f"{INSET + share * (100 - 2 * INSET):.1f}%"
