"""Where each score sits on one common axis: the dots beside the leaderboard's rows.

Dots and not bars, since the axis does not begin at zero: in a room where everybody scores 96–99 %
a bar from zero would look the same for all of them. The better, the further to the right: of a loss
the axis shows the larger figure at its left end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from heldout_server.tasks import catalogue, scores
from heldout_server.tasks.metric import Metric, Unit
from heldout_server.web.charts.score_axis import NARROWEST, narrowest_span, plain_range, tick_text
from heldout_server.web.charts.ticks import nice_ticks
from heldout_server.web.formats import percent

if TYPE_CHECKING:
    from heldout_server.web.view_models.board import BoardRow, GhostRow

INSET = 4.0
"""Percent of the width kept free at each end, so that no dot is cut."""
TICKS = 5


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
    """The axis and one dot per line, in the lines' order; `low` and `high` are scores."""

    low: float
    high: float
    low_text: str
    high_text: str
    ticks: tuple[Tick, ...]
    dots: tuple[Dot, ...]


def read_standings(lines: Sequence[BoardRow | GhostRow], metric: str = "accuracy") -> Standings:
    """The axis that fits most people's scores; a few far below it do not squeeze the others."""
    found = catalogue.metric(metric)
    low, high = _range([line.score for line in lines if not line.is_baseline], found)
    ticks = tuple(Tick(_place(value, low, high), value) for value in (low, high))
    dots = tuple(_dot(line, low, high) for line in lines)
    left, right = (_end_text(value, high - low, metric) for value in (low, high))
    return Standings(low, high, left, right, ticks, dots)


def _dot(line: BoardRow | GhostRow, low: float, high: float) -> Dot:
    at, is_off_scale = _place(min(max(line.score, low), high), low, high), line.score < low
    if line.low is None or line.high is None:
        return Dot(at, is_off_scale)
    ends = (_place(min(max(end, low), high), low, high) for end in (line.low, line.high))
    return Dot(at, is_off_scale, *ends)


def _end_text(value: float, span: float, metric: str) -> str:
    """An end of the axis, with no more digits than the span needs."""
    known = catalogue.metric(metric)
    if known.unit is not Unit.SHARE:
        return tick_text(value, span / TICKS, known)
    return percent(scores.figure(value, metric), 0 if span >= 2 * NARROWEST else 1)


def _range(found: list[float], metric: Metric) -> tuple[float, float]:
    worst, best_possible = sorted((metric.score(metric.lowest), metric.score(metric.highest)))
    if not found:
        return (0.0, 1.0) if math.isinf(worst) else (worst, best_possible)
    narrowest = narrowest_span(found, metric)
    ticks = nice_ticks(*plain_range(found, metric), target=TICKS)
    low = max(worst, ticks[0])
    return low, min(best_possible, max(ticks[-1], low + narrowest))


def _place(value: float, low: float, high: float) -> str:
    share = (value - low) / (high - low) if high > low else 0.5
    return f"{INSET + share * (100 - 2 * INSET):.1f}%"
