"""Metrics of predicted classes: binary and multiclass. Pure.

The same figures as scikit-learn's functions of these names with their defaults: 0 / 0 is 0, and
averages over classes are over the classes that have an example or are predicted.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from heldout_server.tasks.confusion import (
    Counts,
    confusion_matrix,
    mean_over,
    occurring,
    per_class,
)
from heldout_server.tasks.kinds import Task
from heldout_server.tasks.metric import Undefined
from heldout_server.tasks.predictions import Predictions, Truth


def hits(task: Task, truth: Truth, predictions: Predictions) -> NDArray[np.float64]:
    """(n,): 1 where the class is right, else 0."""
    right: NDArray[np.bool_] = truth == predictions.classes
    return right.astype(np.float64)


def accuracy(task: Task, truth: Truth, predictions: Predictions) -> float:
    """The share of examples whose class is right."""
    return int(np.count_nonzero(truth == predictions.classes)) / len(truth)


def balanced_accuracy(task: Task, truth: Truth, predictions: Predictions) -> float:
    """The mean recall of the classes that have an example."""
    counts = _counts(task, truth, predictions)
    return mean_over(counts.sum(axis=1) > 0, per_class(counts)[1])


def f1(task: Task, truth: Truth, predictions: Predictions) -> float:
    """F1 of the positive class."""
    return float(per_class(_counts(task, truth, predictions))[2][task.positive])


def f1_macro(task: Task, truth: Truth, predictions: Predictions) -> float:
    """The mean F1 of the classes that occur."""
    counts = _counts(task, truth, predictions)
    return mean_over(occurring(counts), per_class(counts)[2])


def recall_macro(task: Task, truth: Truth, predictions: Predictions) -> float:
    """The mean recall of the classes that occur; one that is only predicted has recall 0."""
    counts = _counts(task, truth, predictions)
    return mean_over(occurring(counts), per_class(counts)[1])


def matthews_corrcoef(task: Task, truth: Truth, predictions: Predictions) -> float:
    """The correlation of true and predicted classes; 0 where one of the two never varies.

    J. Gorodkin, "Comparing two K-category assignments by a K-category correlation coefficient",
    Computational Biology and Chemistry 28 (2004), 367-374.
    """
    counts = _counts(task, truth, predictions).astype(np.float64)
    examples, predicted = counts.sum(axis=1), counts.sum(axis=0)
    total = examples.sum()
    together = np.trace(counts) * total - examples @ predicted
    apart = (total**2 - predicted @ predicted) * (total**2 - examples @ examples)
    return float(together / math.sqrt(apart)) if apart else 0.0


def cohen_kappa(task: Task, truth: Truth, predictions: Predictions) -> float:
    """1 − wrong / wrong by chance. J. Cohen, "A coefficient of agreement for nominal scales",
    Educational and Psychological Measurement 20 (1960), 37-46.

    Raises Undefined where every true and every predicted class is the same one.
    """
    counts = _counts(task, truth, predictions).astype(np.float64)
    examples, predicted = counts.sum(axis=1), counts.sum(axis=0)
    by_chance = np.outer(predicted, examples) / counts.sum()
    wrong = counts.sum() - np.trace(counts)
    wrong_by_chance = by_chance.sum() - np.trace(by_chance)
    if wrong_by_chance == 0:
        raise Undefined("Cohen's kappa needs examples of two classes")
    return float(1 - wrong / wrong_by_chance)


def _counts(task: Task, truth: Truth, predictions: Predictions) -> Counts:
    return confusion_matrix(truth.astype(np.int64), predictions.classes, len(task.classes))
