"""Grading one prediction on both parts of the hidden examples; pure, no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.grading.metrics import multiclass_metrics
from heldout_server.grading.splits import Split
from heldout_server.tasks import catalogue
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.metric import Metric, Undefined, Unsuitable, told
from heldout_server.tasks.predictions import Predictions, Truth


@dataclass(frozen=True)
class Grades:
    """How a prediction does on some examples.

    `score` is what the board orders by, more is better, with as many digits as it tells.
    `error_count` and `accuracy` are None where an example can't be simply wrong. `figures` are of
    the metrics asked for, by name, as people read them and exact; None where a further one can't
    be had of these predictions. `details` are what a kind of task has besides.
    """

    score: float
    examples: int
    error_count: int | None
    accuracy: float | None
    figures: dict[str, float | None]
    details: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """What is kept beside the score, ready for JSON."""
        counts = {"examples": self.examples, "error_count": self.error_count}
        return {**self.details, **counts, "figures": self.figures}


def grade(
    task: Task,
    truth: Truth,
    split: Split,
    predictions: Predictions,
    metric: str,
    also: Sequence[str] = (),
) -> dict[str, Grades]:
    """The figures on the "public" and on the "private" examples, by those names.

    Truth and predictions are in the order of the hidden examples, in the shapes of `Task`.
    Raises `Unsuitable` when the predictions lack what `metric` needs, `Undefined` when it has no
    value on a part, and `ValueError` for what doesn't fit together.
    """
    if not len(truth) == len(split.public) == len(predictions):
        raise ValueError(
            f"{len(truth)} labels, {len(split.public)} examples in the split and "
            f"{len(predictions)} predictions do not fit together"
        )
    masks = {"public": split.public, "private": split.private}
    return {
        name: grade_part(task, truth[mask], predictions.part(mask), metric, also)
        for name, mask in masks.items()
    }


def grade_part(
    task: Task, truth: Truth, predictions: Predictions, metric: str, also: Sequence[str] = ()
) -> Grades:
    """The figures on all of these examples; raises as `grade`."""
    ranking = catalogue.metric(metric)
    figure = ranking.compute(task, truth, predictions)
    further = (catalogue.metric(name) for name in also)
    figures = {one.name: _figure_if_any(one, task, truth, predictions) for one in further}
    errors = _error_count(task, truth, predictions)
    return Grades(
        score=ranking.score(told(ranking, figure)),
        examples=len(truth),
        error_count=errors,
        accuracy=None if errors is None else 1 - errors / len(truth),
        figures={ranking.name: figure, **figures},
        details=_details(task, truth, predictions),
    )


def _figure_if_any(
    metric: Metric, task: Task, truth: Truth, predictions: Predictions
) -> float | None:
    try:
        return metric.compute(task, truth, predictions)
    except (Undefined, Unsuitable):
        return None


def _error_count(task: Task, truth: Truth, predictions: Predictions) -> int | None:
    if task.kind is Kind.REGRESSION:
        return None
    wrong = predictions.classes != truth
    return int((wrong.any(axis=1) if wrong.ndim == 2 else wrong).sum())


def _details(task: Task, truth: Truth, predictions: Predictions) -> dict[str, Any]:
    if not task.has_classes:
        return {}
    return multiclass_metrics(
        truth.astype(np.int64),
        predictions.classes,
        _by_class(task, predictions),
        _output(task, predictions),
        classes=len(task.classes),
    ).to_dict()


def _by_class(task: Task, predictions: Predictions) -> NDArray[np.floating[Any]] | None:
    """Values (n, classes); of a binary task they are given for the positive class alone."""
    values = predictions.values
    if values is None or task.kind is Kind.MULTICLASS or predictions.output != "probabilities":
        return values if task.kind is Kind.MULTICLASS else None
    columns = [1 - values, values] if task.positive else [values, 1 - values]
    return np.concatenate(columns, axis=1)


def _output(task: Task, predictions: Predictions) -> Any:
    if task.kind is Kind.BINARY and predictions.output != "probabilities":
        return "labels"
    return predictions.output
