"""Whether a model seems to have learned hidden images by heart, instead of what they show. Pure.

Two figures. `drop`: accuracy on hidden images minus that on slightly changed copies of them, as a
share of the errors on hidden images; whoever knows images by heart has few errors there, and the
usual number on copies. `gap`: accuracy on hidden images minus that on practice images.

Where the bounds come from: `benchmarks/contamination.py`, whose table is in
`docs/contamination.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.datasets.changed_copies import COPIES, FEWEST_COPIED

NONE, AMBER, RED = "none", "amber", "red"
DROP = 1.2
GAP = 0.006
SURE = 3.0
"""Standard errors by which a figure must lie beyond what honest models have."""
BEYOND_PRACTICE = 2.0
"""On other sets than MNIST a drop must be so many times that of practice images."""

Right = NDArray[np.bool_]


@dataclass(frozen=True)
class Reading:
    """Where a model is right: on all images of a part (n,), on the copies (6·k,) of a sample (k,).

    Copies are in the order of `datasets.changed_copies.copies`; `sample` are places in the part.
    """

    right: Right
    copies: Right
    sample: NDArray[np.intp]

    @property
    def error(self) -> float:
        """The share of errors; half an error where there is none."""
        return max(float((~self.right).mean()), 0.5 / len(self.right))

    @property
    def accuracy(self) -> float:
        """The share of right answers."""
        return float(self.right.mean())

    def drop(self) -> tuple[float, float]:
        """What the copies cost, as a share of the errors, and the standard error of that."""
        kept = self.copies.reshape(COPIES, -1).mean(axis=0)
        lost = (self.right[self.sample] - kept) / self.error
        return float(lost.mean()), float(lost.std() / np.sqrt(len(lost)))


@dataclass(frozen=True)
class Evidence:
    """What is kept of it; see `models.Contamination`."""

    level: str
    drop: float
    practice_drop: float
    gap: float


def evidence(
    hidden: Reading, practice: Reading, *, best_published: float | None, is_calibrated: bool
) -> Evidence:
    """What speaks for contamination, and how loudly.

    Amber: look. Red: better than any model in print, whatever else. `is_calibrated`: whether the
    images are those that the bounds were found on. On others a drop counts only where practice
    images don't drop as much, and the gap not at all: practice images may just be harder. A drop
    of a few images is none: its spread is too little known.
    """
    drop, spread = hidden.drop()
    practice_drop, _ = practice.drop()
    gap = hidden.accuracy - practice.accuracy
    fewest = min(len(hidden.sample), len(practice.sample))
    is_steep = fewest >= FEWEST_COPIED and drop - SURE * spread > DROP
    if is_calibrated:
        is_amber = is_steep or gap > max(GAP, SURE * _gap_spread(hidden, practice))
    else:
        is_amber = is_steep and drop > BEYOND_PRACTICE * practice_drop
    level = AMBER if is_amber else NONE
    if best_published is not None and hidden.accuracy > best_published:
        level = RED
    return Evidence(level, drop, practice_drop, gap)


def _gap_spread(hidden: Reading, practice: Reading) -> float:
    parts = (one.error * (1 - one.error) / len(one.right) for one in (hidden, practice))
    return float(np.sqrt(sum(parts)))


def reading(
    truth: NDArray[Any], said: NDArray[Any], said_copies: NDArray[Any], sample: NDArray[np.intp]
) -> Reading:
    """From classes: `truth` and `said` (n,), `said_copies` (6·k,), `sample` (k,).

    Raises ValueError where they don't fit together.
    """
    if len(truth) != len(said) or len(said_copies) != COPIES * len(sample):
        raise ValueError("answers to another number of images")
    return Reading(said == truth, said_copies == np.tile(truth[sample], COPIES), sample)
