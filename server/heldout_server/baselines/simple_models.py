"""What anybody reaches without thinking: a constant and a linear model, for any task. Pure.

Both see training data alone. Inputs are numbers of any shape (n, …), targets those of `kinds.Task`.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.metric import Metric
from heldout_server.tasks.predictions import Predictions, Truth

Inputs = NDArray[Any]
Rows = NDArray[np.float64]

# Enough for a linear model to level off, few enough to fit in seconds on one core.
MOST_TRAINING_EXAMPLES = 20_000
# 20,000 of 784 numbers. Larger inputs are fitted on fewer examples, within the same memory.
MOST_NUMBERS = 16_000_000
MOST_ITERATIONS = 50
SEED = 2012
PENALTY = 1.0
OF_LOGARITHMS = "neg_mean_squared_log_error"
OF_ABSOLUTE_ERRORS = frozenset(
    {
        "neg_mean_absolute_error",
        "neg_median_absolute_error",
        "neg_mean_absolute_percentage_error",
    }
)


def constant(task: Task, metric: Metric, y_train: Truth, examples: int) -> Predictions:
    """The same prediction for each of `examples`.

    Classes: the most frequent one, and the classes' shares as probabilities. Multilabel: a label
    where at least half of the training examples have it, and its share. Regression: the mean; the
    median where the metric counts absolute errors; where it counts squared logarithms, the number
    whose logarithm is their mean.
    """
    if task.kind is Kind.REGRESSION:
        return Predictions(None, _repeated(_middle(metric, y_train), examples), "numbers")
    return _of_probabilities(task, _repeated(_shares(task, y_train), examples))


def linear(task: Task, x_train: Inputs, y_train: Truth, x_test: Inputs) -> Predictions:
    """Logistic regression of classes and labels, ridge regression of numbers.

    On inputs standardized by the training examples' mean and deviation, where what isn't finite
    counts as the mean; fitted on at most `MOST_TRAINING_EXAMPLES` and `MOST_NUMBERS`. Predicted
    numbers stay within the range of the training targets: a line leaves it, and −1 has no
    logarithm.
    """
    at_once = max(1, MOST_NUMBERS // max(1, x_train[0].size))
    most = min(MOST_TRAINING_EXAMPLES, at_once)
    chosen = np.sort(np.random.default_rng(SEED).permutation(len(y_train))[:most])
    scale = _Scale.of(x_train[chosen])
    inputs, targets = scale.standardized(x_train[chosen]), y_train[chosen]
    predict = _fitted(task, inputs, targets)
    starts = range(0, len(x_test), at_once)
    found = [predict(scale.standardized(x_test[at : at + at_once])) for at in starts]
    rows = np.concatenate(found) if found else np.zeros((0, task.width))
    if task.kind is Kind.REGRESSION:
        within = np.clip(rows, targets.min(axis=0), targets.max(axis=0))
        return Predictions(None, within, "numbers")
    return _of_probabilities(task, rows)


class _Predict(Protocol):
    """Rows of values for standardized inputs: see `kinds.Task`, but two columns for binary."""

    def __call__(self, inputs: NDArray[np.float32], /) -> Rows: ...


@dataclass(frozen=True)
class _Scale:
    """Mean and deviation of each input number, over the training examples."""

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]

    @classmethod
    def of(cls, inputs: Inputs) -> _Scale:
        flat = _flat(inputs)
        known = np.isfinite(flat)
        count = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, flat, 0).sum(axis=0) / count
        deviation = np.sqrt((np.where(known, flat - mean, 0) ** 2).sum(axis=0) / count)
        deviation[deviation == 0] = 1
        return cls(mean.astype(np.float32), deviation.astype(np.float32))

    def standardized(self, inputs: Inputs) -> NDArray[np.float32]:
        scaled = (_flat(inputs) - self.mean) / self.deviation
        scaled[~np.isfinite(scaled)] = 0
        return scaled.astype(np.float32)


def _flat(inputs: Inputs) -> Rows:
    flat: Rows = inputs.reshape(len(inputs), -1).astype(np.float64)
    return flat


def _fitted(task: Task, inputs: NDArray[np.float32], targets: Truth) -> _Predict:
    if task.kind is Kind.REGRESSION:
        return _ridge(inputs, targets)
    if task.kind is not Kind.MULTILABEL:
        return _logistic(inputs, targets, len(task.classes))
    of_labels = [_logistic(inputs, targets[:, label], 2) for label in range(task.width)]
    return lambda rows: np.column_stack([predict(rows)[:, 1] for predict in of_labels])


def _ridge(inputs: NDArray[np.float32], targets: Truth) -> _Predict:
    # Here, because it takes most of a second of every start, and most starts fit nothing.
    from sklearn.linear_model import Ridge

    model = Ridge(alpha=PENALTY).fit(inputs.astype(np.float64), targets)
    return lambda rows: model.predict(rows.astype(np.float64)).reshape(len(rows), -1)


def _logistic(inputs: NDArray[np.float32], targets: Truth, classes: int) -> _Predict:
    """Probabilities (n, classes); a class without a training example has none."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    present = np.unique(targets).astype(np.int64)
    if len(present) == 1:
        only = np.eye(classes)[present]
        return lambda rows: np.repeat(only, len(rows), axis=0)
    model = LogisticRegression(max_iter=MOST_ITERATIONS)
    with warnings.catch_warnings():
        # It stops early on purpose: the last thousandth isn't worth minutes.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(inputs, targets)

    def predict(rows: NDArray[np.float32], /) -> Rows:
        found = np.zeros((len(rows), classes))
        found[:, present] = model.predict_proba(rows.astype(np.float64))
        return found

    return predict


def _shares(task: Task, targets: Truth) -> Rows:
    if task.kind is Kind.MULTILABEL:
        of_labels: Rows = targets.mean(axis=0)
        return of_labels
    counts = np.bincount(targets.astype(np.int64), minlength=len(task.classes))
    shares: Rows = counts / counts.sum()
    return shares


def _middle(metric: Metric, targets: Truth) -> Rows:
    if metric.name in OF_ABSOLUTE_ERRORS:
        return np.median(targets, axis=0)
    if metric.name == OF_LOGARITHMS:
        of_logarithms: Rows = np.expm1(np.log1p(targets).mean(axis=0))
        return of_logarithms
    mean: Rows = targets.mean(axis=0)
    return mean


def _of_probabilities(task: Task, rows: Rows) -> Predictions:
    """Predictions of rows with a column for each class (two for binary) or label."""
    if task.kind is Kind.MULTILABEL:
        return Predictions((rows >= 0.5).astype(np.int64), rows, "probabilities")
    labels = rows.argmax(axis=1).astype(np.int64)
    if task.kind is Kind.BINARY:
        rows = rows[:, task.positive].reshape(-1, 1)
    return Predictions(labels, rows, "probabilities")


def _repeated(row: Rows, examples: int) -> Rows:
    return np.tile(row, (examples, 1))
