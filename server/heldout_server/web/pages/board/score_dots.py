"""Where each score sits on one common axis: the dots beside the leaderboard's rows.

Dots and not bars, since the axis does not begin at zero: in a room where everybody scores 96–99 %
a bar from zero would look the same for all of them.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from heldout_server.web.charts.ticks import nice_ticks

if TYPE_CHECKING:
    from heldout_server.web.view_models.board import BoardRow, GhostRow

INSET = 4.0
"""Percent of the width kept free at each end, so that no dot is cut."""
NARROWEST = 0.01
OUTLIER_SPREADS = 3.0


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled place on the axis; `at` is a percentage of the width, such as "25.0%"."""

    at: str
    value: float


@dataclass(frozen=True, slots=True)
class Dot:
    """A row's place; `is_off_scale` when the score lies left of where the axis begins.

    `low` and `high` are the ends of its interval, cut where the axis ends; None: not known.
    """

    at: str
    is_off_scale: bool
    low: str | None = None
    high: str | None = None


@dataclass(frozen=True, slots=True)
class Standings:
    """The axis and one dot per line, in the lines' order."""

    low: float
    high: float
    ticks: tuple[Tick, ...]
    dots: tuple[Dot, ...]


def read_standings(lines: Sequence[BoardRow | GhostRow]) -> Standings:
    """The axis that fits most people's scores; a few far below it do not squeeze the others."""
    scores = [line.score for line in lines if not line.is_baseline]
    low, high = _range(scores)
    ticks = tuple(Tick(_place(value, low, high), value) for value in (low, high))
    dots = tuple(_dot(line, low, high) for line in lines)
    return Standings(low, high, ticks, dots)


def _dot(line: BoardRow | GhostRow, low: float, high: float) -> Dot:
    at, is_off_scale = _place(min(max(line.score, low), high), low, high), line.score < low
    if line.low is None or line.high is None:
        return Dot(at, is_off_scale)
    ends = (_place(min(max(end, low), high), low, high) for end in (line.low, line.high))
    return Dot(at, is_off_scale, *ends)


def _range(scores: list[float]) -> tuple[float, float]:
    if not scores:
        return 0.0, 1.0
    best, middle = max(scores), statistics.median(scores)
    floor = best - OUTLIER_SPREADS * max(best - middle, NARROWEST)
    lowest = min(score for score in scores if score >= floor)
    ticks = nice_ticks(min(lowest, best - NARROWEST), best, target=5)
    low = max(0.0, ticks[0])
    return low, min(1.0, max(ticks[-1], low + NARROWEST))


def _place(value: float, low: float, high: float) -> str:
    share = (value - low) / (high - low) if high > low else 0.5
    return f"{INSET + share * (100 - 2 * INSET):.1f}%"
