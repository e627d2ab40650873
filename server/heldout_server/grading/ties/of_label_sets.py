"""Influence of each example on figures of sets of labels. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heldout_server.tasks.confusion import share
from heldout_server.tasks.kinds import Task
from heldout_server.tasks.predictions import Predictions, Truth

Values = NDArray[np.float64]


def f1_macro(task: Task, truth: Truth, predictions: Predictions) -> Values:
    """(n,): of the mean F1 of the labels; a label at a time, so that memory stays at (n,)."""
    true, said = truth != 0, predictions.classes != 0
    values = np.zeros(len(truth))
    for label in range(true.shape[1]):
        values += _of_ratio(
            2.0 * (true[:, label] & said[:, label]), true[:, label] + 1.0 * said[:, label]
        )
    found: Values = values / true.shape[1]
    return found


def f1_micro(task: Task, truth: Truth, predictions: Predictions) -> Values:
    """(n,): of F1 of all labels of all examples together."""
    true, said = truth != 0, predictions.classes != 0
    both = np.count_nonzero(true & said, axis=1)
    either = np.count_nonzero(true, axis=1) + np.count_nonzero(said, axis=1)
    return _of_ratio(2.0 * both, 1.0 * either)


def _of_ratio(part: Values, whole: Values) -> Values:
    """(n,): of Σ part / Σ whole; 0 where that is 0 / 0."""
    mean = whole.mean()
    ratio = share(part.mean(), mean)
    values: Values = share(part - ratio * whole, np.broadcast_to(mean, whole.shape))
    return values
