"""What the computed baselines predict, from public data only. Pure but for the fit's time.

The constant and the linear model are in `simple_models`; here is what knows nothing at all.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.metric import Metric, Needs
from heldout_server.tasks.predictions import Predictions, Truth

SEED = 2012


def random_guess(task: Task, metric: Metric, y_train: Truth, examples: int) -> Predictions:
    """Something drawn at random for each of `examples`; the same every time.

    Classes and labels: all as likely, with random probabilities where the metric needs more than
    labels. Regression: the answer of a training example.
    """
    dice = np.random.default_rng(SEED)
    if task.kind is Kind.REGRESSION:
        drawn = y_train[dice.integers(0, len(y_train), examples)].reshape(examples, -1)
        return Predictions(None, drawn.astype(np.float64), "numbers")
    if metric.needs is Needs.LABELS:
        return Predictions(_labels(task, dice, examples), None, "labels")
    values = dice.random((examples, task.width))
    if task.kind is Kind.MULTICLASS:
        values /= values.sum(axis=1, keepdims=True)
        return Predictions(np.argmax(values, axis=1).astype(np.int64), values, "probabilities")
    there = (values >= 0.5).astype(np.int64)
    if task.kind is Kind.MULTILABEL:
        return Predictions(there, values, "probabilities")
    labels = there[:, 0] if task.positive else 1 - there[:, 0]
    return Predictions(labels, values, "probabilities")


def _labels(task: Task, dice: np.random.Generator, examples: int) -> NDArray[np.int64]:
    if task.kind is Kind.MULTILABEL:
        return dice.integers(0, 2, (examples, task.width)).astype(np.int64)
    return dice.integers(0, len(task.classes), examples).astype(np.int64)
