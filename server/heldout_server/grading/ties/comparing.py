"""Who clearly beats whom on a board: every pair of rows, in two matrix products. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heldout_server.grading.ties import mcnemar
from heldout_server.grading.ties.mcnemar import Packed
from heldout_server.grading.ties.resampling import Resampled, felt_together, widening

LUCK = 0.02
"""A p above this, of both sides: that one row stands before the other may be luck.

Not the usual 0.05, which is meant for two that were named before anybody looked. A leader is the
luckiest of many: of thirty equals it would leave the truly best out in one evening of eight. See
docs/decisions/0093 and `benchmarks/honesty.py`."""
DEVIATIONS = 2.3263478740408408
"""Of the normal distribution, what p = `LUCK` is."""

Beats = NDArray[np.bool_]
"""(p, p): whether the row's prediction clearly beats the column's."""


def by_answers(right: Packed) -> Beats:
    """By mid-p McNemar on who is right where: `right` is (p, n / 64)."""
    only_row = mcnemar.all_discordant(right)
    clear: Beats = mcnemar.mid_ps(only_row, only_row.T) <= LUCK
    return clear & (only_row > only_row.T)


def by_resampling(
    scores: NDArray[np.float64], changes: Resampled, felt: NDArray[np.float64]
) -> Beats:
    """By whether the interval of the paired bootstrap covers 0: d > z·s.

    `scores` (p,), `changes` (b, p) and the number of units that each figure hangs on (p,) as
    `resampling` gives them. s is the deviation of the resampled differences, for all pairs from one
    product: they are sums of many influences, whose distribution is normal to first order; where
    units are few, z is widened to Student's, and at last nobody beats anybody.
    """
    apart = changes.astype(np.float64)
    apart -= apart.mean(axis=0)
    together = apart.T @ apart / (len(apart) - 1)
    own = np.diag(together)
    deviation = np.sqrt(np.maximum(own[:, None] + own[None, :] - 2 * together, 0.0))
    # Never 0: nothing at all is known of a pair that few units could tell apart.
    deviation = np.maximum(deviation, np.finfo(np.float64).tiny)
    wider = widening(felt_together(own, felt), DEVIATIONS)
    beats: Beats = scores[:, None] - scores[None, :] > DEVIATIONS * wider * deviation
    return beats
