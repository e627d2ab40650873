"""What the form of a model's outputs gives away of its last layer. Pure."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.prediction.signature import Signature
from heldout_server.tasks.kinds import Kind

Values = NDArray[np.floating[Any]]
SUM_TOLERANCE = 1e-3
# A softmax over one unit divides a number by itself: on some processors 1 is missed by a hair.
ONE_TOLERANCE = 1e-6


def head_hint(values: Values | None, signature: Signature) -> str | None:
    """For a last layer that can't do this task, where the model doesn't answer well."""
    if values is None or not len(values) or not _is_unit(values):
        return None
    kind, last = signature.task.kind, signature.last_layer
    if kind is Kind.BINARY and values.shape[1] == 1 and _are_ones(values):
        return (
            "Every answer is 1. A softmax over one unit always is; a sigmoid soon is when "
            f"its labels are 1 and 2 instead of 0 and 1. End it with {last} and train it with y as "
            "it comes."
        )
    if kind is Kind.REGRESSION:
        return (
            "All its answers are from 0 to 1, as after a sigmoid or softmax. Where targets go "
            f"further, end it with {last}, without an activation, and train again."
        )
    if kind is Kind.MULTILABEL and values.shape[1] > 1 and _adds_up(values):
        return (
            "Its outputs add up to 1, as after a softmax, which is for one label at a time. "
            f"End it with {last}, train it with binary_crossentropy."
        )
    if kind is Kind.MULTICLASS and values.max() > 0 and not _adds_up(values):
        return (
            "Its outputs don't add up to 1, as after a sigmoid, and each example has one class: "
            f"end it with {last}, train it with sparse_categorical_crossentropy."
        )
    return None


def _is_unit(values: Values) -> bool:
    return bool(values.min() >= 0 and values.max() <= 1 + ONE_TOLERANCE)


def _are_ones(values: Values) -> bool:
    return bool(np.abs(values - 1).max() <= ONE_TOLERANCE)


def _adds_up(values: Values) -> bool:
    return bool(np.abs(values.sum(axis=1, dtype=np.float64) - 1).max() <= SUM_TOLERANCE)
