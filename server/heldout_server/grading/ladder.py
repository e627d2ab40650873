"""Whether a new result is a step on the ladder: what is shown moves only then. Pure.

A. Blum and M. Hardt, "The Ladder: a reliable leaderboard for machine learning competitions", ICML
2015 (arXiv 1502.04585), in the form without a parameter: the shown figure moves where the new loss
is below the best one by more than the standard error of their paired difference. Here by more than
`DEVIATIONS` of them and, where the figure is a share, by `LEAST_STEP` of it. What probers gain
with it and without: `benchmarks/ladder.py`.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from heldout_server.grading.ties.influence import influence
from heldout_server.grading.ties.resampling import resampled, summed
from heldout_server.grading.ties.units import Units
from heldout_server.tasks.kinds import Task
from heldout_server.tasks.metric import Metric, Unit
from heldout_server.tasks.predictions import Predictions, Truth

DEVIATIONS = 1.64
"""One-sided p = 0.05 of the normal distribution."""
LEAST_STEP = 0.0005
"""Of a share: one example in two thousand."""


def is_step_of_answers(fixed: int, broke: int, examples: int) -> bool:
    """From the examples that only the new result has right, and those that only the best has."""
    change = fixed - broke
    return change > DEVIATIONS * sqrt(fixed + broke) and change >= LEAST_STEP * examples


def is_step(
    metric: Metric,
    task: Task,
    truth: Truth,
    drawn: Units | None,
    *,
    new: Predictions,
    best: Predictions,
) -> bool:
    """Whether `new` is a step up from `best`, both predictions of the same n examples.

    `drawn`: how examples are resampled; None: independent right or wrong answers are counted.
    Raises Undefined or Unsuitable where either can't be measured.
    """
    if drawn is None:
        right, was_right = new.classes == truth, best.classes == truth
        fixed, broke = int((right & ~was_right).sum()), int((was_right & ~right).sum())
        return is_step_of_answers(fixed, broke, len(truth))
    both = [influence(metric, task, truth, one, drawn) for one in (new, best)]
    changes = resampled([summed(one, drawn) for one in both], drawn).astype(np.float64)
    deviation = float(np.std(changes[:, 0] - changes[:, 1]))
    least = LEAST_STEP if metric.unit is Unit.SHARE else 0.0
    return both[0].score - both[1].score > max(DEVIATIONS * deviation, least)
