"""The upright axis of a chart of scores: the better, the higher. Pure.

Shares of right answers stand on the scale on which every halving of the errors is the same step
up, since from 99.0 to 99.5 % is as hard as from 90 to 95. Every other figure stands on a plain
scale; of a loss the smaller figures stand higher.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from heldout_server.tasks import catalogue, scores
from heldout_server.tasks.metric import Metric, Unit
from heldout_server.web.charts.sparklines import height
from heldout_server.web.charts.ticks import nice_ticks, tick_label

SHARE_TICKS = (0.0, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995)
NARROWEST = 0.01
OUTLIER_SPREADS = 3.0
STEPS_UP = 4.0
"""How many steps a plain scale has from its foot to its top, as many as halvings in most rooms."""
HALVED = "On this axis each halving of the errors is the same step up."
PLAIN = "Up is better."
TURNED = "Up is better: the smaller figures stand higher."


@dataclass(frozen=True, slots=True)
class ScoreAxis:
    """From `low` to `high`, both scores; `ticks` are scores with their figures as text."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    sentence: str
    is_halved: bool

    def height(self, score: float) -> float:
        """How high a score lies, in steps; a halving of the errors is one."""
        if self.is_halved:
            return height(score)
        return (score - self.low) / (self.high - self.low) * STEPS_UP

    def share(self, score: float) -> float:
        """The same from 0 at the foot to 1 at the top; what lies outside is at the edge."""
        foot, top = self.height(self.low), self.height(self.high)
        return min(1.0, max(0.0, (self.height(score) - foot) / (top - foot)))


def score_axis(found: Sequence[float], metric: str) -> ScoreAxis:
    """The axis on which these scores lie; a few far below the others don't squeeze them."""
    if scores.is_share(metric):
        return _halved(found)
    known = catalogue.metric(metric)
    ticks = nice_ticks(*plain_range(found, known), target=5)
    step = ticks[1] - ticks[0]
    texts = tuple((tick, tick_text(tick, step, known)) for tick in ticks)
    sentence = TURNED if known.is_loss else PLAIN
    return ScoreAxis(ticks[0], ticks[-1], texts, sentence, is_halved=False)


def plain_range(found: Sequence[float], metric: Metric) -> tuple[float, float]:
    """From the lowest score that is no outlier to the best one, never too near to each other."""
    narrowest = narrowest_span(found, metric)
    best = max(found, default=0.0)
    floor = best - OUTLIER_SPREADS * max(best - statistics.median(found or [best]), narrowest)
    lowest = min((score for score in found if score >= floor), default=best)
    return min(lowest, best - narrowest), best


def narrowest_span(found: Sequence[float], metric: Metric) -> float:
    """What an axis spans at least: a hundredth, or of a free unit a hundredth of the figures."""
    if metric.unit in (Unit.SHARE, Unit.COEFFICIENT):
        return NARROWEST
    # The middle one: a single RMSE of millions would squeeze everybody else into one dot.
    return NARROWEST * statistics.median(map(abs, found or [0.0])) or NARROWEST


def tick_text(score: float, step: float, metric: Metric) -> str:
    """The figure at a tick, with as many digits as its neighbours `step` away need."""
    figure = metric.figure(score) + 0.0
    if metric.unit is Unit.SHARE:
        return f"{tick_label(figure * 100, step * 100)}%"
    return tick_label(figure, step)


def _halved(found: Sequence[float]) -> ScoreAxis:
    worst, best = min(found, default=0.0), max(found, default=1.0)
    low = max([tick for tick in SHARE_TICKS if tick <= worst], default=0.0)
    above = [tick for tick in SHARE_TICKS if tick > best]
    high = above[0] if above else 1.0
    ticks = tuple((s, f"{round(s * 100, 2):g}%") for s in SHARE_TICKS if low <= s <= high)
    return ScoreAxis(low, high, ticks, HALVED, is_halved=True)
