"""Columns of numbers to what they are of a task: probabilities, logits, scores or numbers. Pure."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.kit.errors import Rejection
from heldout_server.tasks.kinds import Task
from heldout_server.tasks.predictions import Output

ROW_SUM_TOLERANCE = 1e-3
# A softmax in float32 may give 1.0000001, which is still a probability.
UNIT_INTERVAL_TOLERANCE = 1e-6
# Squares of greater numbers would be no numbers any more.
GREATEST = float(np.finfo(np.float32).max)
EVEN = 0.5
Values = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Read:
    """Values (n, width), the labels that follow from them, what they are, and notes."""

    labels: NDArray[np.int64] | None
    values: Values
    output: Output
    notes: tuple[str, ...] = ()


def as_values(array: NDArray[Any], otherwise: type[np.floating[Any]] = np.float32) -> Values:
    """The array as it was sent if it is of float32 or float64, else as `otherwise`; finite.

    Raises `Rejection` (`non_finite`), also for what is beyond float32's range.
    """
    kept = array.dtype in (np.float32, np.float64)
    # An infinite float16 is refused below as such.
    with np.errstate(over="ignore", invalid="ignore"):
        values: Values = np.ascontiguousarray(array, dtype=array.dtype if kept else otherwise)
    check_finite(values, GREATEST)
    return values


def check_finite(array: NDArray[Any], greatest: float = sys.float_info.max) -> None:
    """Refuse (`non_finite`) NaN, infinity and what is beyond the greatest number."""
    # NaN compares as false. Extremes take one pass each and no memory.
    with np.errstate(invalid="ignore"):
        if -greatest <= float(array.min()) and float(array.max()) <= greatest:
            return
        count = int(array.size - np.count_nonzero(np.abs(array.astype(np.float64)) <= greatest))
    if count:
        raise Rejection(
            "non_finite",
            f"{count:,} of {array.size:,} values are NaN or infinite.",
            "Look at the model's loss: NaN usually means that the learning rate was too high. "
            "Check with np.isfinite(predictions).all() before submitting.",
        )


def of_classes(array: NDArray[Any]) -> Read:
    """Multiclass: one column for each class; the label is the column with the highest value."""
    values = as_values(array)
    output = output_kind(values)
    if output == "probabilities":
        values = values.clip(0.0, 1.0)
    return Read(values.argmax(axis=1), values, output, _tie_notes(values))


def output_kind(values: Values) -> Output:
    """What finite rows (n, classes) are: `probabilities`, `logits` or unnormalised `scores`."""
    if not _is_unit(values):
        return "logits"
    # Sums down the columns of a transposed copy take a tenth of the time of short rows.
    sums = np.ascontiguousarray(values.T).sum(axis=0, dtype=np.float64)
    if np.abs(sums - 1.0).max() <= ROW_SUM_TOLERANCE:
        return "probabilities"
    return "scores"


def of_positive(array: NDArray[Any], task: Task) -> Read:
    """Binary: (n,) or (n, 1) of the positive class: probabilities, or logits above 0 for it."""
    values = as_values(array).reshape(-1, 1)
    if _is_unit(values):
        return _of_positive(values.clip(0.0, 1.0), task, "probabilities")
    return _of_positive(values, task, "logits")


def of_both(array: NDArray[Any], task: Task) -> Read:
    """Binary: (n, 2), one column for each class.

    The softmax of two logits is the sigmoid of their difference. Two scores that don't sum to 1
    put examples into an order by it, too.
    """
    columns = as_values(array)
    output = output_kind(columns)
    own, other = columns[:, task.positive], columns[:, 1 - task.positive]
    if output == "probabilities":
        values = own.reshape(-1, 1).clip(0.0, 1.0)
    else:
        values = (own.astype(np.float64) - other).reshape(-1, 1).astype(columns.dtype)
    labels = np.where(own > other, task.positive, 1 - task.positive)
    notes = _even_notes(int(np.count_nonzero(own == other)), task)
    return Read(labels.astype(np.int64), values, output, notes)


def of_each(array: NDArray[Any]) -> Read:
    """Multilabel: (n, k) of which each value stands for itself, above one half or above 0."""
    values = as_values(array)
    if _is_unit(values):
        return Read((values > EVEN).astype(np.int64), values.clip(0.0, 1.0), "probabilities")
    return Read((values > 0).astype(np.int64), values, "logits")


def of_numbers(array: NDArray[Any]) -> Read:
    """Regression: (n,) or (n, k); whole numbers keep all their digits."""
    values = as_values(array, np.float64)
    return Read(None, values.reshape(len(values), -1), "numbers")


def _of_positive(values: Values, task: Task, output: Output) -> Read:
    even = EVEN if output == "probabilities" else 0.0
    one = values[:, 0]
    labels = np.where(one > even, task.positive, 1 - task.positive).astype(np.int64)
    return Read(labels, values, output, _even_notes(int(np.count_nonzero(one == even)), task))


def _is_unit(values: Values) -> bool:
    low, high = float(values.min()), float(values.max())
    return low >= -UNIT_INTERVAL_TOLERANCE and high <= 1 + UNIT_INTERVAL_TOLERANCE


def _even_notes(count: int, task: Task) -> tuple[str, ...]:
    if not count:
        return ()
    name = task.classes[1 - task.positive]
    return (f"In {count:,} rows both classes are equally likely; they count as {name!r}.",)


def _tie_notes(values: Values) -> tuple[str, ...]:
    by_class = np.ascontiguousarray(values.T)
    tied = np.count_nonzero((by_class == by_class.max(axis=0)).sum(axis=0, dtype=np.uint32) > 1)
    if not tied:
        return ()
    return (
        f"In {tied:,} rows two or more classes share the highest value; the lowest class counts.",
    )
