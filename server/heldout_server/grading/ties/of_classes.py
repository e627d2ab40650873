"""Influence of each example on figures that are functions of a table of classes. Pure.

A figure is g(P), P[t, p] being the share of examples of class t that are called p. An example of
that cell has the influence ∂g/∂P[t, p] − Σ P·∂g/∂P: see each `_slopes_of…`, which gives ∂g/∂P.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from heldout_server.tasks.confusion import confusion_matrix, share
from heldout_server.tasks.kinds import Task
from heldout_server.tasks.predictions import Predictions, Truth

Values = NDArray[np.float64]


def balanced_accuracy(task: Task, truth: Truth, predictions: Predictions) -> Values:
    """(n,): of the mean recall of the classes that have an example."""
    return _spread(task, truth, predictions, lambda p: _slopes_of_recall(p, p.sum(axis=1) > 0))


def recall_macro(task: Task, truth: Truth, predictions: Predictions) -> Values:
    """(n,): of the mean recall of the classes that occur."""
    return _spread(task, truth, predictions, lambda p: _slopes_of_recall(p, _occurring(p)))


def f1(task: Task, truth: Truth, predictions: Predictions) -> Values:
    """(n,): of F1 of the positive class."""
    wanted = np.arange(len(task.classes)) == task.positive
    return _spread(task, truth, predictions, lambda p: _slopes_of_f1(p, wanted))


def f1_macro(task: Task, truth: Truth, predictions: Predictions) -> Values:
    """(n,): of the mean F1 of the classes that occur."""
    return _spread(task, truth, predictions, lambda p: _slopes_of_f1(p, _occurring(p)))


def matthews_corrcoef(task: Task, truth: Truth, predictions: Predictions) -> Values:
    """(n,): of the correlation of true and predicted classes."""
    return _spread(task, truth, predictions, _slopes_of_matthews)


def cohen_kappa(task: Task, truth: Truth, predictions: Predictions) -> Values:
    """(n,): of 1 − wrong / wrong by chance."""
    return _spread(task, truth, predictions, _slopes_of_kappa)


def _spread(
    task: Task, truth: Truth, predictions: Predictions, slopes: Callable[[Values], Values]
) -> Values:
    true, predicted = truth.astype(np.int64), predictions.classes
    shares = confusion_matrix(true, predicted, len(task.classes)) / len(truth)
    found = slopes(shares)
    values: Values = found[true, predicted] - (shares * found).sum()
    return values


def _occurring(shares: Values) -> NDArray[np.bool_]:
    occurs: NDArray[np.bool_] = shares.sum(axis=0) + shares.sum(axis=1) > 0
    return occurs


def _slopes_of_recall(shares: Values, wanted: NDArray[np.bool_]) -> Values:
    """Of Σ_c P[c, c] / r_c over the wanted classes, by their number; r_c is a row's sum."""
    rows, hits = shares.sum(axis=1), np.diag(shares)
    one = share(np.ones_like(rows), rows)
    slopes = np.where(wanted, -hits * one**2, 0.0)[:, None] * np.ones_like(shares)
    slopes[np.diag_indices_from(slopes)] += np.where(wanted, one, 0.0)
    found: Values = slopes / wanted.sum()
    return found


def _slopes_of_f1(shares: Values, wanted: NDArray[np.bool_]) -> Values:
    """Of Σ_c 2·P[c, c] / s_c over the wanted classes, by their number; s_c: row's + column's."""
    sums, hits = shares.sum(axis=1) + shares.sum(axis=0), np.diag(shares)
    one = np.where(wanted, share(np.ones_like(sums), sums), 0.0)
    fall = -2 * hits * one**2
    slopes = fall[:, None] + fall[None, :]
    slopes[np.diag_indices_from(slopes)] += 2 * one
    found: Values = slopes / wanted.sum()
    return found


def _slopes_of_matthews(shares: Values) -> Values:
    """Of N / √(A·B) with N = Σ P[c, c]·s − r·q, A = s² − q·q, B = s² − r·r, s = ΣP = 1."""
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    together = np.trace(shares) - rows @ columns
    of_columns, of_rows = 1 - columns @ columns, 1 - rows @ rows
    if of_columns <= 0 or of_rows <= 0:
        return np.zeros_like(shares)
    root = np.sqrt(of_columns * of_rows)
    rise = np.eye(len(rows)) + np.trace(shares) - columns[:, None] - rows[None, :]
    fall = (1 - columns)[None, :] / of_columns + (1 - rows)[:, None] / of_rows
    slopes: Values = rise / root - together / root * fall
    return slopes


def _slopes_of_kappa(shares: Values) -> Values:
    """Of 1 − w / c with w = s − Σ P[c, c] and c = s − r·q / s, s = ΣP = 1."""
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    wrong, by_chance = 1 - np.trace(shares), 1 - rows @ columns
    of_wrong = 1 - np.eye(len(rows))
    of_chance = 1 - columns[:, None] - rows[None, :] + rows @ columns
    slopes: Values = -of_wrong / by_chance + wrong / by_chance**2 * of_chance
    return slopes
