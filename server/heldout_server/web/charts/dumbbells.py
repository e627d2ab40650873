"""Pairs of scores as two dots with a line between, on one axis for all: before and after. Pure.

The better, the further to the right; a few far below the others don't squeeze them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from heldout_server.tasks import catalogue
from heldout_server.web.charts.score_axis import narrowest_span, plain_range, tick_text
from heldout_server.web.charts.ticks import nice_ticks

INSET = 5.0
"""Percent of the width kept free at each end, so that no dot is cut."""
TICKS = 5


@dataclass(frozen=True, slots=True)
class Dumbbell:
    """Places of both dots, as percentages of the width; one that lies left of the axis stands at
    its left end, and the pair `is_off_scale`.
    """

    before: str
    after: str
    is_off_scale: bool


@dataclass(frozen=True, slots=True)
class Dumbbells:
    """One for each pair, in their order, and the figures at the ends of the axis."""

    low: str
    high: str
    rows: tuple[Dumbbell, ...]


def dumbbells(pairs: Sequence[tuple[float, float]], metric: str) -> Dumbbells:
    """Of pairs of scores, before and after."""
    known = catalogue.metric(metric)
    found = [score for pair in pairs for score in pair if math.isfinite(score)]
    worst, perfect = sorted((known.score(known.lowest), known.score(known.highest)))
    ticks = nice_ticks(*plain_range(found, known), target=TICKS)
    low = max(worst, ticks[0])
    high = min(perfect, max(ticks[-1], low + narrowest_span(found, known)))
    step = (high - low) / TICKS
    rows = tuple(_dumbbell(*pair, low, high) for pair in pairs)
    return Dumbbells(tick_text(low, step, known), tick_text(high, step, known), rows)


def _dumbbell(before: float, after: float, low: float, high: float) -> Dumbbell:
    is_off = before < low or after < low
    return Dumbbell(_place(before, low, high), _place(after, low, high), is_off)


def _place(score: float, low: float, high: float) -> str:
    share = (min(max(score, low), high) - low) / (high - low) if high > low else 0.5
    return f"{INSET + share * (100 - 2 * INSET):.1f}%"
