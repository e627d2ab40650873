"""What a model answered to the practice examples, as few points that a page can draw. Pure.

Practice answers are everyone's, so nothing of this is secret. What comes out is plain JSON, kept
with the reading's figures under `CURVES`; by the kind of task:

| kind       | keys |
|------------|------|
| binary     | `roc` [[false positive rate, true positive rate]], `precision_recall` [[recall, precision]], `positive_share`; none of them where labels alone were given |
| multiclass | none: the confusion matrix is among the figures |
| multilabel | `labels` [{examples, predicted, precision, recall, f1}] in the order of the labels, `wrong` [[example, labels missed, labels too many]] |
| regression | `outputs` [{pairs [[true, predicted]], edges, counts}] in the order of the targets, residuals in `edges` and `counts`; `worst` [[example, output, true, predicted]] |
"""  # noqa: E501

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.tasks.confusion import share
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Predictions, Truth

CURVES = "curves"
MOST_POINTS = 200
MOST_PAIRS = 500
FEWEST_PAIRS = 50
"""Of each of many outputs."""
MOST_WORST = 30
MOST_WRONG = 100
BINS = 20
SIGNIFICANT_DIGITS = 6
Numbers = NDArray[np.float64]


def practice_curves(task: Task, truth: Truth, predictions: Predictions) -> dict[str, Any]:
    """The curves of a task of any kind; {} where it has none. Shapes are those of `Task`."""
    if task.kind is Kind.BINARY:
        return _of_two_classes(task, truth, predictions)
    if task.kind is Kind.MULTILABEL:
        return _of_labels(truth, predictions.classes)
    if task.kind is Kind.REGRESSION and predictions.values is not None:
        return _of_numbers(truth.astype(np.float64), predictions.values.astype(np.float64))
    return {}


def _of_two_classes(task: Task, truth: Truth, predictions: Predictions) -> dict[str, Any]:
    positive = truth == task.positive
    if predictions.values is None or not positive.any() or positive.all():
        return {}
    hits, alarms = _counts_by_threshold(positive, predictions.values[:, 0])
    count = int(positive.sum())
    rates = np.stack([alarms / (len(positive) - count), hits / count], axis=1)
    found = hits + alarms > 0
    ranked = np.stack([hits / count, share(hits, hits + alarms)], axis=1)[found]
    return {
        "roc": _plain(_thinned(_vertices(rates))),
        "precision_recall": _plain(_thinned(_vertices(ranked))),
        "positive_share": _short(count / len(positive)),
    }


def _counts_by_threshold(positive: NDArray[np.bool_], values: Any) -> tuple[Numbers, Numbers]:
    """True and false positives (t,) from "nobody" to "everybody", a threshold for each value."""
    order = np.argsort(-values, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(values[order])), len(values) - 1)
    hits = np.cumsum(positive[order])[ends].astype(np.float64)
    return np.insert(hits, 0, 0.0), np.insert(ends + 1 - hits, 0, 0.0)


def _vertices(points: Numbers) -> Numbers:
    """Without the points (n, 2) that lie on the line between their neighbours."""
    steps = np.diff(points, axis=0)
    turns = steps[:-1, 0] * steps[1:, 1] - steps[:-1, 1] * steps[1:, 0]
    kept: Numbers = points[np.concatenate([[True], np.abs(turns) > 1e-12, [True]])]
    return kept


def _thinned(points: Numbers) -> Numbers:
    """At most `MOST_POINTS`, evenly along the way, with both ends."""
    if len(points) <= MOST_POINTS:
        return points
    way = np.insert(np.cumsum(np.abs(np.diff(points, axis=0)).sum(axis=1)), 0, 0.0)
    wanted = np.linspace(0, way[-1], MOST_POINTS)
    return points[np.unique(np.clip(np.searchsorted(way, wanted), 0, len(points) - 1))]


def _of_labels(truth: Truth, said: NDArray[np.int64]) -> dict[str, Any]:
    true, predicted = truth != 0, said != 0
    both = (true & predicted).sum(axis=0)
    examples, counts = true.sum(axis=0), predicted.sum(axis=0)
    columns = (share(both, counts), share(both, examples), share(2 * both, examples + counts))
    wrong = np.flatnonzero((true != predicted).any(axis=1))[:MOST_WRONG]
    return {
        "labels": [
            {"examples": int(n), "predicted": int(said_of), "precision": _short(precision),
             "recall": _short(recall), "f1": _short(f1)}
            for n, said_of, precision, recall, f1 in zip(examples, counts, *columns, strict=True)
        ],
        "wrong": [
            [int(at), np.flatnonzero(true[at] & ~predicted[at]).tolist(),
             np.flatnonzero(predicted[at] & ~true[at]).tolist()]
            for at in wrong
        ],
    }  # fmt: skip


def _of_numbers(truth: Numbers, said: Numbers) -> dict[str, Any]:
    most = max(FEWEST_PAIRS, MOST_PAIRS // truth.shape[1])
    outputs = [_of_output(truth[:, k], said[:, k], most) for k in range(truth.shape[1])]
    return {"outputs": outputs, "worst": _worst(truth, said)}


def _of_output(truth: Numbers, said: Numbers, most: int) -> dict[str, Any]:
    # Evenly by rank of the truth: the same ones for every model, and both ends among them.
    order = np.argsort(truth, kind="stable")
    chosen = order[
        np.unique(np.linspace(0, len(order) - 1, min(most, len(order))).round().astype(int))
    ]
    residuals = said - truth
    counts, edges = np.histogram(residuals, BINS, _range(residuals))
    return {
        "pairs": _plain(np.stack([truth[chosen], said[chosen]], axis=1)),
        "edges": [_short(edge) for edge in edges],
        "counts": counts.tolist(),
    }


def _range(residuals: Numbers) -> tuple[float, float]:
    """Around zero on both sides, so that a bias is seen; never empty."""
    largest = float(np.abs(residuals).max(initial=0.0)) or 1.0
    return -largest, largest


def _worst(truth: Numbers, said: Numbers) -> list[list[float]]:
    """Those that miss by most, each output measured by its own spread."""
    spread = truth.std(axis=0)
    missed = np.abs(said - truth) / np.where(spread > 0, spread, 1.0)
    output = missed.argmax(axis=1)
    order = np.argsort(-missed.max(axis=1), kind="stable")[:MOST_WORST]
    return [
        [int(at), int(output[at]), _short(truth[at, output[at]]), _short(said[at, output[at]])]
        for at in order
        if missed[at].max() > 0
    ]


def _plain(points: Numbers) -> list[list[float]]:
    return [[_short(value) for value in point] for point in points]


def _short(value: Any) -> float:
    return float(f"{float(value):.{SIGNIFICANT_DIGITS}g}")
