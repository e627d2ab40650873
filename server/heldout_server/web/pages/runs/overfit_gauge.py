"""The overfit gauge: training, validation and hidden figure side by side, and the gaps.

All of the board's own metric, read by it: of a loss the shorter bar is the better one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from heldout_server.kit.formats import MINUS
from heldout_server.tasks import figure as figures
from heldout_server.tasks.metric import Metric, Unit
from heldout_server.web.charts.ticks import nice_ticks, tick_label
from heldout_server.web.pages.runs.run_card_view import RunCard

WIDTH, ROW, TOP = 640.0, 34.0, 8.0
LEFT, RIGHT = 130.0, 104.0
SPAN = 0.02
SMALL_GAP = 0.01
"""Of a figure from 0 to 1; of errors in units of their own a share of the larger one, below."""
SMALL_SHARE = 0.1
OTHER_UNIT = 4.0
"""Errors this many times apart are hardly in the same unit: the target was scaled."""
PEOPLE = ("Brier", "Cohen", "Hamming", "Matthews")


@dataclass(frozen=True, slots=True)
class Bar:
    """One measured figure: from the left edge to `x`, in the row at `y`; `text` is how it reads."""

    kind: str
    label: str
    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Gauge:
    """`gaps` are sentences; `ticks` are (x, label). Empty without at least two bars.

    `called` is the metric within a sentence, and `is_loss` says that lower is better.
    """

    bars: tuple[Bar, ...] = ()
    ticks: tuple[tuple[float, str], ...] = ()
    gaps: tuple[str, ...] = ()
    called: str = ""
    is_loss: bool = False
    left, width = LEFT, WIDTH

    @property
    def description(self) -> str:
        """For whoever doesn't see it."""
        return " ".join(f"{bar.label} {self.called} {bar.text}." for bar in self.bars)

    @property
    def height(self) -> float:
        """Of the view box."""
        return TOP + ROW * len(self.bars) + 26


def read_gauge(card: RunCard, score: float | None) -> Gauge:
    """The gauge of a run whose `score` the board orders by; what wasn't measured has no bar."""
    if card.fitted is None:
        return Gauge()
    metric = card.fitted.fitting.metric
    hidden, note = _hidden(card, None if score is None else metric.figure(score))
    measured = (
        ("training", "Training", card.fitted.training),
        ("validation", "Validation", card.fitted.validation),
        ("hidden", "Hidden", hidden),
    )
    known = [(kind, label, value) for kind, label, value in measured if value is not None]
    if len(known) < 2:
        return Gauge()
    ticks = _ticks([value for _, _, value in known], metric)
    bars = tuple(
        Bar(kind, label, figures.read(metric, value), _x(value, ticks), TOP + ROW * row)
        for row, (kind, label, value) in enumerate(known)
    )
    shown = tuple((_x(tick, ticks), _tick_text(tick, ticks, metric)) for tick in ticks)
    found = {kind: value for kind, _, value in known}
    gaps = _gaps(metric, found) + ((note,) if note else ())
    return Gauge(bars, shown, gaps, in_words(metric), metric.is_loss)


def in_words(metric: Metric) -> str:
    """The metric within a sentence: "accuracy", "RMSE", "ROC AUC"."""
    label = metric.label
    is_name = not label[1:2].islower() or label.startswith(PEOPLE)
    return label if is_name else label[0].lower() + label[1:]


def _hidden(card: RunCard, figure: float | None) -> tuple[float | None, str]:
    """The board's figure where it may stand beside the history's, and why not."""
    assert card.fitted is not None
    fitting = card.fitted.fitting
    if not fitting.is_comparable or figure is None:
        return None, ""
    beside = card.fitted.validation or card.fitted.training
    is_free = fitting.metric.unit is Unit.TARGET
    if is_free and beside and figure and not 1 / OTHER_UNIT < figure / beside < OTHER_UNIT:
        return None, (
            f"On the board it has {figures.read(fitting.metric, figure)}, which is so far from "
            "these that they are hardly in the same unit: was the target scaled in training?"
        )
    return figure, ""


def _ticks(values: list[float], metric: Metric) -> list[float]:
    low, high = min(values), max(values)
    span = SPAN if _is_bounded(metric) else SMALL_SHARE * high
    begin = max(metric.lowest, low - max(span, (high - low) / 2))
    found = nice_ticks(begin, min(metric.highest, high), target=5)
    inside = [t for t in found if metric.lowest - 1e-9 <= t <= metric.highest + 1e-9]
    return inside if len(inside) > 1 else found


def _tick_text(tick: float, ticks: list[float], metric: Metric) -> str:
    if metric.unit is Unit.SHARE:
        return f"{tick * 100:.4g}%"
    return tick_label(tick, ticks[1] - ticks[0])


def _x(value: float, ticks: list[float]) -> float:
    share = (value - ticks[0]) / (ticks[-1] - ticks[0])
    return round(LEFT + max(0.0, min(1.0, share)) * (WIDTH - LEFT - RIGHT), 1)


def _gaps(metric: Metric, found: dict[str, float]) -> tuple[str, ...]:
    training, validation, hidden = (found.get(k) for k in ("training", "validation", "hidden"))
    said = []
    if training is not None and validation is not None:
        said.append(_gap(metric, training, validation, "validation"))
    if training is not None and hidden is not None and validation is None:
        said.append(_gap(metric, training, hidden, "hidden"))
    if validation is not None and hidden is not None:
        said.append(_agreement(metric, validation, hidden))
    return tuple(said)


def _agreement(metric: Metric, validation: float, hidden: float) -> str:
    side = "above" if hidden >= validation else "below"
    judged = (
        "the two agree."
        if _is_small(metric, hidden, validation)
        else "validation was not a fair measure of it."
    )
    apart = _apart(metric, hidden, validation)
    return f"Hidden {in_words(metric)} is {apart} {side} validation: {judged}"


def _gap(metric: Metric, training: float, other: float, name: str) -> str:
    called, side = in_words(metric), "below" if metric.is_loss else "above"
    if metric.score(training) <= metric.score(other):
        return (
            f"Training {called} is not {side} {name}: no sign of overfitting (dropout and "
            "augmentation make training the harder of the two)."
        )
    carries = _is_small(metric, training, other)
    judged = "what it learned carries over." if carries else "some of it does not carry over."
    return f"Training {called} is {_apart(metric, training, other)} {side} {name}: {judged}"


def _is_small(metric: Metric, one: float, two: float) -> bool:
    if _is_bounded(metric):
        return abs(one - two) < SMALL_GAP
    return abs(one - two) < SMALL_SHARE * max(abs(one), abs(two))


def _is_bounded(metric: Metric) -> bool:
    return metric.unit in (Unit.SHARE, Unit.COEFFICIENT) and math.isfinite(metric.highest)


def _apart(metric: Metric, one: float, two: float) -> str:
    said = figures.change(metric, abs(one - two), beside=two).lstrip(f"+±{MINUS}")
    return f"{said} points" if metric.unit is Unit.SHARE else said
