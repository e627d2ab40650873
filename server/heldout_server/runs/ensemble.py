"""The class as one model: everyone's best together. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.metric import Metric, Needs
from heldout_server.tasks.predictions import Predictions
from heldout_server.tasks.probabilities import as_probabilities

COMPARABLE = frozenset({"probabilities", "logits"})
"""What can be averaged: scores that only order are each on a scale of its own."""


def majority_vote(votes: Sequence[NDArray[np.integer]], classes: int) -> NDArray[np.int64]:
    """The label (n,) that most of the `votes`, each (n,), name.

    A tie goes to the label that the earliest of the tied voters names, so give the best first.
    Raises `ValueError` without a voter or where they don't have the same length.
    """
    if not votes:
        raise ValueError("nobody votes")
    if any(labels.shape != votes[0].shape for labels in votes):
        raise ValueError("voters must predict the same examples")
    examples = np.arange(len(votes[0]))
    counts = np.zeros((len(examples), classes), np.int64)
    for labels in votes:
        counts[examples, labels] += 1
    leads = counts == counts.max(axis=1, keepdims=True)
    chosen = np.full(len(examples), -1, np.int64)
    for labels in votes:
        decided = (chosen < 0) & leads[examples, labels]
        chosen[decided] = labels[decided]
    return chosen


def voters(task: Task, found: Sequence[Predictions], metric: Metric) -> list[Predictions]:
    """Those whose predictions can be put together for this metric, in their order."""
    if task.kind is Kind.REGRESSION or metric.needs is Needs.LABELS:
        return list(found)
    return [one for one in found if one.output in COMPARABLE]


def together(task: Task, found: Sequence[Predictions], metric: Metric) -> Predictions:
    """What the class says, of `voters`, the best first: where labels are ranked the majority (of
    several labels for each of them), else the mean of the probabilities or numbers.
    """
    if task.kind is Kind.REGRESSION:
        return Predictions(None, _mean([_values(one) for one in found]), "numbers")
    if metric.needs is Needs.LABELS:
        return Predictions(_majority(task, [one.classes for one in found]), None, "labels")
    values = _mean([as_probabilities(task, one) for one in found])
    return Predictions(_labels(task, values), values, "probabilities")


def _majority(task: Task, votes: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    if task.kind is not Kind.MULTILABEL:
        return majority_vote(votes, len(task.classes))
    flat = majority_vote([labels.reshape(-1) for labels in votes], 2)
    return flat.reshape(votes[0].shape)


def _labels(task: Task, values: NDArray[np.float64]) -> NDArray[np.int64]:
    labels: NDArray[np.int64] = (values >= 0.5).astype(np.int64)
    if task.kind is Kind.MULTICLASS:
        labels = np.argmax(values, axis=1)
    elif task.kind is Kind.BINARY:
        labels = np.where(labels[:, 0] == 1, task.positive, 1 - task.positive)
    return labels


def _values(one: Predictions) -> NDArray[np.float64]:
    assert one.values is not None
    return one.values.astype(np.float64)


def _mean(values: Sequence[NDArray[np.floating[Any]]]) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = np.mean(values, axis=0, dtype=np.float64)
    return mean
