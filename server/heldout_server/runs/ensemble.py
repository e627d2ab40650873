"""The class as one model: everyone's best votes. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


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
