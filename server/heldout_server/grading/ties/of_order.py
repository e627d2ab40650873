"""Influence of each example on figures of an order: AUC and average precision. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Predictions, Truth
from heldout_server.tasks.probabilities import as_probabilities

Values = NDArray[np.float64]
Given = NDArray[np.floating[Any]]


def roc_auc(task: Task, truth: Truth, predictions: Predictions) -> Values:
    """(n,): of how often a positive example has a greater value than a negative one."""
    assert predictions.values is not None
    return of_area(truth == task.positive, predictions.values[:, 0])


def roc_auc_ovr(task: Task, truth: Truth, predictions: Predictions) -> Values:
    """(n,): of the mean AUC of each class against all others."""
    columns = np.ascontiguousarray(as_probabilities(task, predictions).T)
    areas = (of_area(truth == number, columns[number]) for number in range(task.width))
    return _mean(areas, len(truth))


def average_precision(task: Task, truth: Truth, predictions: Predictions) -> Values:
    """(n,): of the positive class's average precision; of several labels of their mean."""
    assert predictions.values is not None
    wanted = truth == (1 if task.kind is Kind.MULTILABEL else task.positive)
    labels = wanted.reshape(len(truth), -1)
    columns = np.ascontiguousarray(predictions.values.T)
    parts = (of_precision(labels[:, k], columns[k]) for k in range(labels.shape[1]))
    return _mean(parts, len(truth))


def of_area(positive: NDArray[np.bool_], values: Given) -> Values:
    """(n,): of the area under the ROC curve of `values` (n,), which has both classes.

    By placements: V_i of a positive example is the share of negative ones below it, of a negative
    one the share of positive ones above it, ties counting half; the influence is (V_i − AUC)·n /
    the number of its class (E. DeLong, D. DeLong and D. Clarke-Pearson, "Comparing the areas under
    two or more correlated ROC curves", Biometrics 44 (1988), 837-845).
    """
    placements = np.empty(len(values))
    placements[positive] = _share_below(values[~positive], values[positive])
    placements[~positive] = 1 - _share_below(values[positive], values[~positive])
    area = placements[positive].mean()
    of_class = np.where(positive, positive.sum(), (~positive).sum())
    found: Values = (placements - area) * len(values) / of_class
    return found


def _share_below(others: Given, values: Given) -> Values:
    """(m,): the share of `others` that each value is greater than, an equal one counting half."""
    ordered = np.sort(others)
    # Sorted queries walk the sorted array instead of jumping about in it: several times faster.
    order = np.argsort(values)
    asked = values[order]
    places = np.searchsorted(ordered, asked, "left") + np.searchsorted(ordered, asked, "right")
    below = np.empty(len(values))
    below[order] = places / (2 * len(ordered))
    return below


def of_precision(positive: NDArray[np.bool_], values: Given) -> Values:
    """(n,): of the average precision of `values` (n,); 0 without a positive example.

    AP is the mean over the positive examples i of A_i / G_i, the shares of examples that are
    positive, and that are any, among those of a value as great as theirs. Example j moves AP
    itself, if it is positive, and A and G of every positive example not above it: I_j·π = y_j·(A_j
    / G_j − AP) + Σ_i (y_j − A_i / G_i) / (n·G_i), where π is the share of positive ones.
    """
    own = np.sort(values[positive])
    if not len(own):
        return np.zeros(len(values))
    at_least = (len(values) - np.searchsorted(np.sort(values), own, "left")) / len(values)
    precision = (len(own) - np.searchsorted(own, own, "left")) / len(values) / at_least
    each = np.concatenate([[0.0], np.cumsum(1 / at_least)]) / len(values)
    wrong = np.concatenate([[0.0], np.cumsum(precision / at_least)]) / len(values)
    upto = np.searchsorted(own, values, "right")
    # A positive example's own threshold is the last of those that are not above it.
    itself = np.where(positive, precision[upto - 1] - precision.mean(), 0.0)
    moved = itself + np.where(positive, each[upto], 0.0) - wrong[upto]
    found: Values = moved * len(values) / len(own)
    return found


def _mean(parts: Iterator[Values], count: int) -> Values:
    """One at a time, so that memory stays at (n,)."""
    total, number = np.zeros(count), 0
    for one in parts:
        total, number = total + one, number + 1
    return total / number
