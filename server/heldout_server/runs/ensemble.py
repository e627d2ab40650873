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
    counts = np.zeros((len(votes[0]), classes))
    for place, labels in enumerate(votes):
        if labels.shape != votes[0].shape:
            raise ValueError("voters must predict the same examples")
        # Each bonus outweighs all later ones, and all together stay below one vote.
        counts[np.arange(len(labels)), labels] += 1 + 0.5 ** (place + 1)
    best: NDArray[np.int64] = counts.argmax(axis=1)
    return best
