"""Whether a new result is a step from an earlier one, or too close to call. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from heldout_server.grading.ties import mcnemar
from heldout_server.grading.ties.resampling import Resampled, felt_together, widening

LUCK = 0.05
"""A p above this, of both sides: the change may be luck. One pair, named by whoever sent it."""
NORMAL = 1.959963984540054
"""Of the normal distribution, what p = `LUCK` is."""


class Call(StrEnum):
    """What may be said of a change, in the words in which it is said."""

    CLOSE = "too close to call"
    STEP = "a real step"
    BACK = "a real step back"


@dataclass(frozen=True)
class Step:
    """A change and the margin within which it may be luck.

    `change` and `margin` are `in_examples` where answers are counted, else in units of the score,
    of which more is better: `change` must reach beyond `margin` to be real. `fixed` and `broke`:
    examples that only the new one, and only the earlier one, has right; None where none are.
    """

    call: Call
    change: float
    margin: float
    fixed: int | None = None
    broke: int | None = None
    in_examples: bool = False


def by_answers(fixed: int, broke: int) -> Step:
    """From the examples that only the new result has right, and those that only the earlier has.

    `margin` is the largest lead that may be luck with as many differing examples.
    """
    total, change = fixed + broke, fixed - broke
    call = _call(change, is_clear=mcnemar.mid_p(fixed, broke) <= LUCK)
    return Step(call, change, _largest_by_luck(total), fixed, broke, in_examples=True)


def by_resampling(
    score: float, earlier: float, changes: Resampled, felt: NDArray[np.float64]
) -> Step:
    """From the paired bootstrap: `changes` (b, 2) are those of the new score and the earlier one.

    `felt` (2,): how many units each hangs on. `margin` is z deviations of the difference, infinite
    where units are too few for any change to be real.
    """
    change, apart = score - earlier, changes.astype(np.float64)
    deviation = float(np.std(apart[:, 0] - apart[:, 1]))
    wider = float(widening(felt_together(apart.var(axis=0), felt), NORMAL)[0, 1])
    margin = NORMAL * wider * deviation if deviation or np.isfinite(wider) else np.inf
    return Step(_call(change, is_clear=abs(change) > margin), change, margin)


def _call(change: float, *, is_clear: bool) -> Call:
    if not is_clear or not change:
        return Call.CLOSE
    return Call.STEP if change > 0 else Call.BACK


def _largest_by_luck(total: int) -> int:
    """The largest lead among `total` differing examples that is too close to call.

    By halving: p falls as the lead grows.
    """
    none, every = 0, total // 2 + 1
    while none < every:
        fewer = (none + every) // 2
        if mcnemar.mid_p(total - fewer, fewer) <= LUCK:
            none = fewer + 1
        else:
            every = fewer
    return max(0, total - 2 * none)
