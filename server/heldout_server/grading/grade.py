"""Grading one prediction on both parts of the hidden examples; pure, no files."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.grading.metrics import (
    DIGIT_CLASSES,
    MulticlassMetrics,
    Output,
    multiclass_metrics,
)
from heldout_server.grading.splits import Split


def grade(
    labels: NDArray[np.integer[Any]],
    split: Split,
    predicted: NDArray[np.integer[Any]],
    values: NDArray[np.floating[Any]] | None,
    output: Output,
    *,
    classes: int = DIGIT_CLASSES,
) -> dict[str, MulticlassMetrics]:
    """The metrics of the "public" and of the "private" examples, by those names.

    All arrays are in the order of the test images: labels and predicted (n,), values
    (n, classes) or None; see `multiclass_metrics`, whose `ValueError` passes through.
    """
    if not len(labels) == len(split.public) == len(predicted):
        raise ValueError(
            f"{len(labels)} labels, {len(split.public)} examples in the split and "
            f"{len(predicted)} predictions do not fit together"
        )
    masks = {"public": split.public, "private": split.private}
    return {
        name: multiclass_metrics(
            labels[mask],
            predicted[mask],
            None if values is None else values[mask],
            output,
            classes=classes,
        )
        for name, mask in masks.items()
    }
