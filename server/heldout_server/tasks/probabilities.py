"""Metrics of probabilities: log loss and Brier score. Pure.

The same figures as scikit-learn's, computed in double precision whatever the values came in.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Predictions, Truth

Values = NDArray[np.floating[Any]]
Numbers = NDArray[np.float64]

# Rows whose sum is as near to 1 as this are probabilities as they were meant: rounded in a file.
ROW_SUM_TOLERANCE = 1e-3


def softmax(logits: Values) -> Numbers:
    """exp(z − max z) / Σ exp(z − max z) for each row (n, classes): no overflow, any finite z."""
    shifted = logits.astype(np.float64)
    shifted -= shifted.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    normalised: Numbers = powers / powers.sum(axis=1, keepdims=True)
    return normalised


def sigmoid(logits: Values) -> Numbers:
    """1 / (1 + exp(−z)) of each value, without overflow."""
    wide = logits.astype(np.float64)
    small = np.exp(-np.abs(wide))
    below: Numbers = np.where(wide >= 0, 1.0, small) / (1.0 + small)
    return below


def smallest_probability(values: Values) -> float:
    """Where a log loss clips: the machine epsilon of the values' type, as scikit-learn does.

    Keras clips float32 there, too (1e-7), so that a participant who computes the log loss at home
    gets this figure.
    """
    return float(np.finfo(values.dtype).eps)


def as_probabilities(task: Task, predictions: Predictions) -> Values:
    """The values, logits through sigmoid or softmax. The values have to be there."""
    assert predictions.values is not None
    if predictions.output != "logits":
        return predictions.values
    return (softmax if task.kind is Kind.MULTICLASS else sigmoid)(predictions.values)


def log_losses(truth: NDArray[np.integer[Any]], rows: Values, smallest: float) -> Numbers:
    """(n,): −ln(p of the true class) in nats, for rows (n, classes) (Bishop 2006, p. 209).

    Every probability is clipped to [smallest, 1 − smallest]. A row that doesn't sum to 1 (by more
    than `ROW_SUM_TOLERANCE`) is divided by its sum: rows of ones would have no loss otherwise.
    """
    of_truth = _clipped(rows[np.arange(len(truth)), truth], smallest)
    off = np.abs(rows.sum(axis=1, dtype=np.float64) - 1) > ROW_SUM_TOLERANCE
    of_truth[off] /= _clipped(rows[off], smallest).sum(axis=1)
    losses: Numbers = -np.log(of_truth)
    return losses


def log_loss_per_example(task: Task, truth: Truth, predictions: Predictions) -> Numbers:
    """(n,): −ln(p of what is true) in nats."""
    assert predictions.values is not None
    rows = as_probabilities(task, predictions)
    smallest = smallest_probability(predictions.values)
    if task.kind is Kind.MULTICLASS:
        return log_losses(truth.astype(np.int64), rows, smallest)
    positive = rows[:, 0].astype(np.float64)
    of_truth = np.where(truth == task.positive, positive, 1 - positive)
    losses: Numbers = -np.log(_clipped(of_truth, smallest))
    return losses


def log_loss(task: Task, truth: Truth, predictions: Predictions) -> float:
    """The mean of `log_loss_per_example`."""
    return float(log_loss_per_example(task, truth, predictions).mean())


def brier_per_example(task: Task, truth: Truth, predictions: Predictions) -> Numbers:
    """(n,): (P(positive) − 1 where it is positive, else 0)², from 0 to 1; binary only."""
    positive = as_probabilities(task, predictions)[:, 0].astype(np.float64)
    squares: Numbers = (positive - (truth == task.positive)) ** 2
    return squares


def brier_score(task: Task, truth: Truth, predictions: Predictions) -> float:
    """The mean of `brier_per_example`."""
    return float(brier_per_example(task, truth, predictions).mean())


def _clipped(values: Values, smallest: float) -> Numbers:
    clipped: Numbers = np.clip(values.astype(np.float64), smallest, 1 - smallest)
    return clipped
