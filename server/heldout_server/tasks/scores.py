"""From what a board orders by to what people and programs read, at every edge. Pure.

Scores are kept so that more is always better: an RMSE of 3.21 as −3.21. Whatever leaves says 3.21.
A metric is given by its name, as contests have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import overload

from heldout_server.tasks import catalogue
from heldout_server.tasks import figure as figures
from heldout_server.tasks.metric import Direction, Unit

DIRECTION_WORDS = {
    Direction.HIGHER: "higher is better",
    Direction.LOWER: "lower is better",
}


@overload
def figure(score: float, metric: str) -> float: ...
@overload
def figure(score: None, metric: str) -> None: ...
@overload
def figure(score: float | None, metric: str) -> float | None: ...
def figure(score: float | None, metric: str) -> float | None:
    """The figure as people read it: a loss is positive, and none is −0."""
    return None if score is None else catalogue.metric(metric).figure(score) + 0.0


def score(read: float, metric: str) -> float:
    """What the board orders by, of a figure as people read it."""
    return catalogue.metric(metric).score(read) + 0.0


def text(score: float | None, metric: str) -> str:
    """With its unit: "97.31%", "3.21"; a dash for None."""
    found = catalogue.metric(metric)
    return figures.read(found, None if score is None else found.figure(score) + 0.0)


def read(value: float | None, metric: str) -> str:
    """The same of a figure that is as people read it already, such as a threshold."""
    return figures.read(catalogue.metric(metric), value)


def change(gain: float | None, metric: str, beside: float | None = None) -> str:
    """A difference of two scores as the figure changed: an RMSE that fell by 0.12 is "−0.12".

    `beside` is the score after it, whose figure says how many decimals to show.
    """
    found = catalogue.metric(metric)
    shown = None if beside is None else found.figure(beside)
    return figures.change(found, None if gain is None else found.figure(gain), beside=shown)


def is_even(gain: float, metric: str) -> bool:
    """Whether a difference is read as none, such as what rounding leaves of two that cancel out."""
    return change(gain, metric).startswith("±")


def distance(between: float, metric: str, beside: float | None = None) -> str:
    """How far two scores are apart, without a sign: "0.31 points", "0.12"."""
    shown = change(abs(between), metric, beside)
    return with_unit(shown.lstrip("+±\N{MINUS SIGN}"), metric)


def with_unit(change: str, metric: str) -> str:
    """A change with what it is counted in: percentage points, or nothing."""
    return f"{change} points" if in_percent(metric) else change


def in_percent(metric: str) -> bool:
    """Whether its figures are read in percent, and their changes in points of it."""
    return catalogue.metric(metric).unit is Unit.SHARE


def direction(metric: str) -> Direction:
    """Which figure is better, as people read it."""
    return catalogue.metric(metric).direction


def direction_words(metric: str) -> str:
    """ "higher is better" or "lower is better"."""
    return DIRECTION_WORDS[direction(metric)]


def label(metric: str) -> str:
    """What people call it."""
    return catalogue.metric(metric).label


def sentence(metric: str) -> str:
    """What it measures, and which way is better where that isn't plain."""
    found = catalogue.metric(metric)
    return f"{found.explained} Lower is better." if found.is_loss else found.explained


def is_loss(metric: str) -> bool:
    """Whether lower is better."""
    return catalogue.metric(metric).is_loss


def in_range(metric: str) -> bool:
    """Whether its figures lie between 0 and 1, so that six decimals tell them apart."""
    return catalogue.metric(metric).unit in (Unit.SHARE, Unit.COEFFICIENT)


def is_share(metric: str) -> bool:
    """Whether the figure is one minus a share of errors: more is better, and 100% is perfect."""
    found = catalogue.metric(metric)
    return found.unit is Unit.SHARE and not found.is_loss


def with_figures(row: Mapping[str, object], metric: str, *names: str) -> dict[str, object]:
    """A row for programs, with these scores of it as figures."""
    kept = dict(row)
    for name in names:
        value = kept[name]
        assert value is None or isinstance(value, float)
        kept[name] = figure(value, metric)
    return kept
