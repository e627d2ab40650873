"""Metrics of sets of labels: multilabel. Pure. The same figures as scikit-learn's; 0 / 0 is 0."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heldout_server.tasks.confusion import share
from heldout_server.tasks.kinds import Task
from heldout_server.tasks.predictions import Predictions, Truth

Numbers = NDArray[np.float64]


def f1_per_example(task: Task, truth: Truth, predictions: Predictions) -> Numbers:
    """(n,): F1 of each example's own labels; 0 where none is true and none predicted."""
    both, true, predicted = _sums(truth, predictions, axis=1)
    return share(2 * both, true + predicted)


def f1_samples(task: Task, truth: Truth, predictions: Predictions) -> float:
    """The mean of `f1_per_example`."""
    return float(f1_per_example(task, truth, predictions).mean())


def f1_macro(task: Task, truth: Truth, predictions: Predictions) -> float:
    """The mean F1 of the labels; 0 for one that is never true and never predicted."""
    both, true, predicted = _sums(truth, predictions, axis=0)
    return float(share(2 * both, true + predicted).mean())


def f1_micro(task: Task, truth: Truth, predictions: Predictions) -> float:
    """F1 of all labels of all examples together."""
    both, true, predicted = _sums(truth, predictions, axis=0)
    return float(share(2 * both.sum(), true.sum() + predicted.sum()))


def jaccard_per_example(task: Task, truth: Truth, predictions: Predictions) -> Numbers:
    """(n,): labels both true and predicted, of those that are either; 0 where there is none."""
    both, true, predicted = _sums(truth, predictions, axis=1)
    return share(both, true + predicted - both)


def jaccard_samples(task: Task, truth: Truth, predictions: Predictions) -> float:
    """The mean of `jaccard_per_example`."""
    return float(jaccard_per_example(task, truth, predictions).mean())


def hamming_per_example(task: Task, truth: Truth, predictions: Predictions) -> Numbers:
    """(n,): the share of each example's labels that are wrong."""
    wrong: Numbers = np.count_nonzero(truth != predictions.classes, axis=1) / truth.shape[1]
    return wrong


def hamming_loss(task: Task, truth: Truth, predictions: Predictions) -> float:
    """The share of all labels that are wrong."""
    return int(np.count_nonzero(truth != predictions.classes)) / truth.size


def _sums(
    truth: Truth, predictions: Predictions, axis: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """How many labels are both true and predicted, true, and predicted, along an axis."""
    true, predicted = truth != 0, predictions.classes != 0
    return (
        np.count_nonzero(true & predicted, axis=axis),
        np.count_nonzero(true, axis=axis),
        np.count_nonzero(predicted, axis=axis),
    )
