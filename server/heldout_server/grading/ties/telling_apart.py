"""How many hidden examples would tell two rows of a board apart. Pure."""

from __future__ import annotations

from math import floor, log10

import numpy as np

from heldout_server.grading.ties.comparing import DEVIATIONS
from heldout_server.grading.ties.resampling import Resampled

POWER = 0.8416212335729143
"""Of the normal distribution, what four evenings in five stay below."""
MOST = 1_000_000_000
STEPS = (1, 2, 5, 10)


def examples_needed(score: float, other: float, changes: Resampled, examples: int) -> int | None:
    """With how many examples the difference would be clear in four evenings of five.

    `changes` (b, 2) are the resampled changes of the two scores. It is n·((z + z_0.8)·s / d)², d
    being the difference and s its deviation with n examples. Rounded up
    to 1, 2 or 5 times a power of ten: more digits would tell how many answers of two files differ.
    None where no number would do: of equal scores, or more than `MOST`.
    """
    difference = abs(score - other)
    deviation = float(np.std(changes[:, 0].astype(np.float64) - changes[:, 1]))
    if difference == 0 or deviation == 0:
        return None
    needed = examples * ((DEVIATIONS + POWER) * deviation / difference) ** 2
    return _rounded_up(needed) if needed <= MOST else None


def _rounded_up(number: float) -> int:
    power: int = 10 ** max(0, floor(log10(max(number, 1.0))))
    return next(step * power for step in STEPS if step * power >= number)
