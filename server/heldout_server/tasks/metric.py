"""What a metric is: how it is called, which way is better, and how it is computed. Pure.

Everything that ranks, formats or explains a figure asks its `Metric`; `catalogue` has them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Predictions, Truth


class Direction(StrEnum):
    """Which figure is better, as people read it."""

    HIGHER = "higher"
    LOWER = "lower"


class Needs(StrEnum):
    """What a metric computes with.

    `labels` is always there (but for regression). `scores`: values that put examples, or classes,
    into an order. `probabilities`: values from 0 to 1, of one class or label each. `numbers`: what
    regression predicts.
    """

    LABELS = "labels"
    SCORES = "scores"
    PROBABILITIES = "probabilities"
    NUMBERS = "numbers"


class Unit(StrEnum):
    """What a figure is measured in, which decides how it reads.

    `share`: from 0 to 1, read in percent. `coefficient`: a number without a unit such as AUC, R²
    or kappa, read with three digits. `nats`, `squared` (a mean of squared probabilities or
    logarithms): plain numbers. `target`: in units of what is predicted.
    """

    SHARE = "share"
    COEFFICIENT = "coefficient"
    NATS = "nats"
    SQUARED = "squared"
    TARGET = "target"


class Undefined(Exception):
    """The metric has no value on these examples; the text says what is missing."""


class Unsuitable(Exception):
    """The predictions lack what the metric needs; the text is a sentence for their author."""


Compute = Callable[[Task, Truth, Predictions], float]
"""The figure as people read it: a loss is positive. Raises Undefined or Unsuitable."""

PerExample = Callable[[Task, Truth, Predictions], NDArray[np.float64]]
"""(n,): what each example adds to the mean that the metric is, or is a root of; a loss positive."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; `name` is that of scikit-learn's scorer.

    `label` is how people call it. `digits` are shown after the point (of a percentage for a
    share); figures in units of the target are shown with that many significant digits. `lowest`
    and `highest`: the range that a figure can have, as people read it. `per_example` is None where
    the figure isn't a mean over examples. `explained` says in one sentence what it measures.
    """

    name: str
    label: str
    direction: Direction
    kinds: frozenset[Kind]
    needs: Needs
    unit: Unit
    digits: int
    lowest: float
    highest: float
    compute: Compute
    per_example: PerExample | None = None
    explained: str = ""

    @property
    def is_loss(self) -> bool:
        """Whether lower is better."""
        return self.direction is Direction.LOWER

    def score(self, figure: float) -> float:
        """What the board orders by, for a figure as people read it: more is always better."""
        return -figure if self.is_loss else figure

    def figure(self, score: float) -> float:
        """The figure as people read it, for what the board orders by."""
        return -score if self.is_loss else score


def told(metric: Metric, figure: float) -> float:
    """The figure as a board tells it: to four decimals, or six significant digits in free units.

    Every further digit of a mean over classes would tell in which classes a file was right. A share
    of examples that are right is exact: it is a count.
    """
    if metric.name == "accuracy":
        return figure
    if metric.unit in (Unit.SHARE, Unit.COEFFICIENT):
        return round(figure, 4)
    return float(f"{figure:.6g}")
