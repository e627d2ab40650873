"""Setting practice aside where none is given: a tenth of train, in equal shares, groups whole."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.grading.splits import public_mask
from heldout_server.tasks.kinds import Task
from heldout_server.tasks.predictions import Truth

PRACTICE_SHARE = 0.1
SEED = 2026
"""Not secret: everybody gets both parts. The same folder is always divided in the same way."""
FEWEST = 2


def practice_rows(
    task: Task, truth: Truth, groups: NDArray[Any] | None = None
) -> NDArray[np.bool_]:
    """(n,): True where an example of train is for practice; at least one, and at least one isn't.

    Each class with two examples or more has at least one on either side (without groups). Raises
    ValueError for fewer than two examples.
    """
    if len(truth) < FEWEST:
        raise ValueError("two examples are needed")
    if groups is not None and len(np.unique(groups)) < FEWEST:
        groups = None
    chosen = public_mask(task, truth, PRACTICE_SHARE, SEED, groups=groups)
    if groups is None and task.has_classes:
        for label in np.unique(truth):
            members = np.flatnonzero(truth == label)
            if len(members) >= FEWEST and not chosen[members].any():
                chosen[members[-1]] = True
    if not chosen.any():
        chosen[-1] = True
    return chosen
