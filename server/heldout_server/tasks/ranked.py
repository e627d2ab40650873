"""Metrics of an order: AUC, average precision, top-2 accuracy. Pure.

Only which value is greater counts, but for the one-against-the-rest AUC of logits, which is that of
their softmax. The same figures as scikit-learn's, ties included.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.metric import Undefined
from heldout_server.tasks.predictions import Predictions, Truth
from heldout_server.tasks.probabilities import as_probabilities

Values = NDArray[np.floating[Any]]
TOP = 2
"""scikit-learn's default for `top_k_accuracy`."""


def area_under_roc(positive: NDArray[np.bool_], values: Values) -> float:
    """The area under the ROC curve of `values` (n,), between 0 and 1; ties count half.

    Raises Undefined without a positive or without a negative example.
    """
    own = np.sort(values[positive])
    count, others = len(own), len(values) - len(own)
    if not count or not others:
        raise Undefined("ROC AUC needs examples of both classes")
    # Mann and Whitney's U by ranks: sorting is several times faster than ordering both arrays.
    ordered = np.sort(values)
    below = np.searchsorted(ordered, own, "left").sum()
    below_or_equal = np.searchsorted(ordered, own, "right").sum()
    pairs_won = (int(below) + int(below_or_equal) - count**2) / 2
    return pairs_won / (count * others)


def mean_precision(positive: NDArray[np.bool_], values: Values) -> float:
    """Σ (recall_i − recall_(i−1)) · precision_i over the thresholds of `values` (n,), from 0 to 1;
    0 without a positive example.
    """
    own = np.sort(values[positive])
    if not len(own):
        return 0.0
    # Recall rises by one positive at a time, and only there; equal values share their threshold.
    true_positives = len(own) - np.searchsorted(own, own, "left")
    predicted = len(values) - np.searchsorted(np.sort(values), own, "left")
    return float((true_positives / predicted).mean())


def in_top(
    truth: NDArray[np.integer[Any]], values: Values, top: int, *, larger_first: bool = False
) -> NDArray[np.bool_]:
    """(n,): whether the true class is among the `top` highest of `values` (n, classes).

    Among equal values the smaller class number comes first, as in argmax, so that this is never
    less often so than the accuracy; with `larger_first` the larger one, as in scikit-learn's
    `top_k_accuracy_score`.
    """
    own = values[np.arange(len(truth)), truth][:, None]
    ahead = np.count_nonzero(values > own, axis=1)
    tied = np.flatnonzero(np.count_nonzero(values == own, axis=1) > 1)
    classes = np.arange(values.shape[1])
    before = classes > truth[tied, None] if larger_first else classes < truth[tied, None]
    ahead[tied] += np.count_nonzero((values[tied] == own[tied]) & before, axis=1)
    found: NDArray[np.bool_] = ahead < top
    return found


def roc_auc(task: Task, truth: Truth, predictions: Predictions) -> float:
    """How often a positive example has a greater value than a negative one."""
    assert predictions.values is not None
    return area_under_roc(truth == task.positive, predictions.values[:, 0])


def roc_auc_ovr(task: Task, truth: Truth, predictions: Predictions) -> float:
    """The mean over the classes of the AUC of each against all others."""
    rows = as_probabilities(task, predictions)
    counts = np.bincount(truth.astype(np.int64), minlength=task.width)
    if not counts.all():
        raise Undefined("ROC AUC (one vs. rest) needs examples of every class")
    columns = np.ascontiguousarray(rows.T)
    areas = [area_under_roc(truth == number, columns[number]) for number in range(task.width)]
    return float(np.mean(areas))


def average_precision(task: Task, truth: Truth, predictions: Predictions) -> float:
    """Of the positive class; of several labels the mean, where a label that no example has counts
    as 0.
    """
    assert predictions.values is not None
    wanted = truth == (1 if task.kind is Kind.MULTILABEL else task.positive)
    if not wanted.any():
        raise Undefined("average precision needs a positive example")
    of_labels = np.ascontiguousarray(wanted.reshape(len(truth), -1).T)
    columns = np.ascontiguousarray(predictions.values.T)
    return float(np.mean([mean_precision(*one) for one in zip(of_labels, columns, strict=True)]))


def top_hits(task: Task, truth: Truth, predictions: Predictions) -> NDArray[np.float64]:
    """(n,): 1 where the true class is among the two highest values, else 0."""
    assert predictions.values is not None
    if task.width <= TOP:
        raise Undefined(f"Top-{TOP} accuracy needs {TOP + 1} classes or more")
    found = in_top(truth.astype(np.int64), predictions.values, TOP, larger_first=True)
    return found.astype(np.float64)


def top_accuracy(task: Task, truth: Truth, predictions: Predictions) -> float:
    """The mean of `top_hits`."""
    return float(top_hits(task, truth, predictions).mean())
