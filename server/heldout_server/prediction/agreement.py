"""Whether two engines gave a model's answers alike. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heldout_runner.answers import middle
from heldout_server.tasks.kinds import Kind

Values = NDArray[np.float32]
# Closer than this to another answer, the order of additions decides.
CLOSEST_CALL = 1e-5
# Of the largest number.
LARGEST_DIFFERENCE = 1e-4


def difference(lane: Values, tensorflow: Values, kind: Kind) -> str:
    """What tells the lane's values (n, width) from TensorFlow's, in a few words; or nothing."""
    if lane.shape != tensorflow.shape:
        return f"values of the shape {lane.shape} for {tensorflow.shape}"
    changed = 0 if kind is Kind.REGRESSION else _changed(lane, tensorflow, kind)
    if changed:
        return f"{changed} of {len(lane)} answers"
    apart = float(np.abs(lane - tensorflow).max(initial=0))
    largest = float(np.abs(tensorflow).max(initial=0))
    return f"values by {apart:.2g}" if apart > LARGEST_DIFFERENCE * largest else ""


def _changed(lane: Values, tensorflow: Values, kind: Kind) -> int:
    """How many examples get another answer that was no close call."""
    if kind is Kind.MULTILABEL or tensorflow.shape[1] == 1:
        line = middle(tensorflow)
        other = ((lane > line) != (tensorflow > line)) & (abs(tensorflow - line) > CLOSEST_CALL)
        return int(other.any(axis=1).sum())
    highest = np.sort(tensorflow, axis=1)
    is_clear = highest[:, -1] - highest[:, -2] > CLOSEST_CALL
    return int((is_clear & (lane.argmax(axis=1) != tensorflow.argmax(axis=1))).sum())
