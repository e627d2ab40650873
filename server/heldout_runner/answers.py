"""How far a model's outputs are from answers that everyone has, for every kind of task. Pure.

The kinds are those of the server's `tasks.kinds`, which this package knows by name only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINARY, MULTICLASS = "binary", "multiclass"
MULTILABEL, REGRESSION = "multilabel", "regression"
# A class that is none, and that no shift by one makes right.
NOT_READ = -2

Labels = NDArray[np.int64]
Outputs = NDArray[np.float32]
"""A model's output (n, width)."""
Losses = NDArray[np.float64]
"""What one example takes off the share, (n,): 0 where all of it is right."""


@dataclass(frozen=True, eq=False)
class Answers:
    """Known answers: class numbers (n,), labels that are there or not (n, k), or numbers (n, k).

    `spread` is the variance of each output among all that are known, for numbers alone.
    """

    kind: str
    values: NDArray[Any]
    spread: NDArray[np.float64] | None = None

    @classmethod
    def of(cls, kind: str, values: NDArray[Any]) -> Answers:
        """Answers as they are stored for participants: of one output also as (n,)."""
        if kind in (BINARY, MULTICLASS):
            return cls(kind, values.astype(np.int64))
        rows = values.reshape(len(values), -1)
        if kind == MULTILABEL:
            return cls(kind, rows.astype(np.int64))
        numbers = rows.astype(np.float64)
        variance = numbers.var(axis=0)
        return cls(kind, numbers, np.where(variance > 0, variance, 1.0))

    def __len__(self) -> int:
        return len(self.values)

    @property
    def are_classes(self) -> bool:
        """Whether each example is of exactly one class."""
        return self.kind in (BINARY, MULTICLASS)

    def picked(self, which: slice | NDArray[np.intp]) -> Answers:
        """Some of them."""
        return replace(self, values=self.values[which])

    def losses(self, outputs: Outputs) -> Losses:
        """What each example takes off the share: of a class 0 or 1, of several labels the part
        that is wrong, of numbers the squared error in variances, the mean over the outputs.

        Where an output isn't finite, nothing is right.
        """
        if self.are_classes:
            missed: NDArray[np.bool_] = classes_of(outputs) != self.values
            return missed.astype(np.float64)
        finite = np.isfinite(outputs).all(axis=1)
        if self.kind == MULTILABEL:
            wrong: Losses = (above_middle(outputs) != self.values).mean(axis=1)
            return np.where(finite, wrong, 1.0)
        return np.where(finite, self.losses_of_numbers(outputs.astype(np.float64)), np.inf)

    def losses_of_numbers(self, values: NDArray[np.float64]) -> Losses:
        """The squared errors (n,) of numbers (n, k), in variances, the mean over the outputs."""
        with np.errstate(invalid="ignore", over="ignore"):
            losses: Losses = ((values - self.values) ** 2 / self.spread).mean(axis=1)
        return losses

    def constant(self) -> float:
        """The share of the best answer that is always the same: 0 of numbers, the mean's R²."""
        if self.kind == REGRESSION or not len(self):
            return 0.0
        if self.kind == MULTILABEL:
            present = self.values.mean(axis=0)
            return float(np.maximum(present, 1 - present).mean())
        return float(np.bincount(self.values).max() / len(self))


def share(losses: Losses) -> float:
    """What is left of 1, at least 0."""
    return float(np.clip(1 - losses.mean(), 0, 1)) if len(losses) else 0.0


def classes_of(outputs: Outputs) -> Labels:
    """The predicted classes (n,); NOT_READ where the output isn't finite."""
    finite = np.isfinite(outputs).all(axis=1)
    if outputs.shape[1] == 1:
        found = above_middle(outputs)[:, 0].astype(np.int64)
    else:
        found = outputs.argmax(axis=1)
    return np.where(finite, found, NOT_READ)


def above_middle(outputs: Outputs) -> NDArray[np.bool_]:
    """Which values say yes: probabilities above a half, or logits above 0."""
    return outputs > middle(outputs)


def middle(outputs: Outputs) -> float:
    """Between no and yes: a half where all finite values are 0 to 1, or else 0."""
    known = outputs[np.isfinite(outputs)]
    return 0.5 if known.size and known.min() >= 0 and known.max() <= 1 else 0.0
