"""What a split keeps in equal shares: classes, sets of labels, tenths of a number. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Truth

PARTS_OF_A_NUMBER = 10
FEWEST_OF_A_SET = 10


def strata(task: Task, truth: Truth) -> NDArray[np.int64]:
    """(n,): the number of the stratum of each example, for the truth of `kinds.Task`.

    Binary and multiclass: the class. Multilabel: the set of labels; sets that fewer than
    `FEWEST_OF_A_SET` examples have are one stratum together. Regression: the decile of the first
    output, equal values in the same one. Raises ValueError for a number that is not finite.
    """
    if task.has_classes:
        return truth.astype(np.int64)
    if task.kind is Kind.MULTILABEL:
        return _sets(truth)
    return _deciles(truth[:, 0].astype(np.float64))


def _sets(truth: Truth) -> NDArray[np.int64]:
    # Eight labels a byte: a million rows are sorted in a second instead of ten.
    packed = np.packbits(truth != 0, axis=1)
    _, number, counts = np.unique(packed, axis=0, return_inverse=True, return_counts=True)
    number = number.reshape(-1).astype(np.int64)
    number[counts[number] < FEWEST_OF_A_SET] = -1
    return number


def _deciles(numbers: NDArray[np.float64]) -> NDArray[np.int64]:
    if not np.isfinite(numbers).all():
        raise ValueError("the numbers to split by must be finite")
    if not len(numbers):
        return np.zeros(0, np.int64)
    edges = np.quantile(numbers, np.arange(1, PARTS_OF_A_NUMBER) / PARTS_OF_A_NUMBER)
    return np.searchsorted(edges, numbers, side="right").astype(np.int64)
