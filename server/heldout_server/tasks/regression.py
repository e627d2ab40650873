"""Metrics of predicted numbers; of several outputs the plain mean of the figures of each. Pure.

The same figures as scikit-learn's. The outputs are the columns of the true values (n, k) float64.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heldout_server.tasks.kinds import Task
from heldout_server.tasks.metric import Undefined, Unsuitable
from heldout_server.tasks.predictions import Predictions, Truth

Numbers = NDArray[np.float64]
# scikit-learn divides by nothing smaller than this.
SMALLEST_DIVISOR = float(np.finfo(np.float64).eps)


def rmse(task: Task, truth: Truth, predictions: Predictions) -> float:
    """The square root of the mean squared error."""
    return float(_rmse_by_output(_errors(truth, predictions)).mean())


def squared_per_example(task: Task, truth: Truth, predictions: Predictions) -> Numbers:
    """(n,): the squared error; its mean is the square of `rmse`.

    Of several outputs, each one's squared errors count R / R_j, where R_j is the root of their mean
    and R the mean of all R_j: so R² stays their mean, and an example weighs as much as it does in
    the mean of roots.
    """
    errors = _errors(truth, predictions)
    roots = _rmse_by_output(errors)
    weights = np.divide(roots.mean(), roots, out=np.zeros_like(roots), where=roots > 0)
    weighed: Numbers = (errors**2 * weights).mean(axis=1)
    return weighed


def absolute_per_example(task: Task, truth: Truth, predictions: Predictions) -> Numbers:
    """(n,): the absolute error, the mean over the outputs."""
    found: Numbers = np.abs(_errors(truth, predictions)).mean(axis=1)
    return found


def mae(task: Task, truth: Truth, predictions: Predictions) -> float:
    """The mean absolute error."""
    return float(np.abs(_errors(truth, predictions)).mean())


def squared_log_per_example(task: Task, truth: Truth, predictions: Predictions) -> Numbers:
    """(n,): (ln(1 + true) − ln(1 + predicted))², the mean over the outputs.

    Raises Undefined where a true value is −1 or less, Unsuitable where a predicted one is.
    """
    if (truth <= -1).any():
        raise Undefined("MSLE needs true values above −1")
    values = _values(predictions)
    if (values <= -1).any():
        raise Unsuitable(
            "MSLE takes the logarithm of 1 + the prediction, and this file has values of −1 or "
            "less."
        )
    found: Numbers = ((np.log1p(truth) - np.log1p(values)) ** 2).mean(axis=1)
    return found


def msle(task: Task, truth: Truth, predictions: Predictions) -> float:
    """The mean of `squared_log_per_example`."""
    return float(squared_log_per_example(task, truth, predictions).mean())


def median_absolute_error(task: Task, truth: Truth, predictions: Predictions) -> float:
    """The error that half of the examples stay below."""
    return float(np.median(np.abs(_errors(truth, predictions)), axis=0).mean())


def percentage_per_example(task: Task, truth: Truth, predictions: Predictions) -> Numbers:
    """(n,): the absolute error as a share of the true value, the mean over the outputs."""
    errors = np.abs(_errors(truth, predictions))
    found: Numbers = (errors / np.maximum(np.abs(truth), SMALLEST_DIVISOR)).mean(axis=1)
    return found


def mape(task: Task, truth: Truth, predictions: Predictions) -> float:
    """The mean of `percentage_per_example`."""
    return float(percentage_per_example(task, truth, predictions).mean())


def r2(task: Task, truth: Truth, predictions: Predictions) -> float:
    """1 − squared errors / squared deviations from the mean of the true values.

    An output that never varies counts as 1 where it is predicted exactly, else as 0.
    """
    if len(truth) < 2:
        raise Undefined("R² needs two examples or more")
    missed = (_errors(truth, predictions) ** 2).sum(axis=0)
    spread = ((truth - truth.mean(axis=0)) ** 2).sum(axis=0)
    found = np.where(missed == 0, 1.0, 0.0)
    usual = (missed != 0) & (spread != 0)
    found[usual] = 1 - missed[usual] / spread[usual]
    return float(found.mean())


def _values(predictions: Predictions) -> Numbers:
    assert predictions.values is not None
    return predictions.values.astype(np.float64)


def _errors(truth: Truth, predictions: Predictions) -> Numbers:
    errors: Numbers = truth - _values(predictions)
    return errors


def _rmse_by_output(errors: Numbers) -> Numbers:
    roots: Numbers = np.sqrt((errors**2).mean(axis=0))
    return roots
