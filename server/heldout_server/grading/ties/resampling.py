"""Scores under resampled examples: the paired bootstrap, by one matrix product. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heldout_server.grading.ties.influence import Influence
from heldout_server.grading.ties.units import Units

RESAMPLES = 1000
AT_ONCE = 250
"""Resamples whose weights are in memory: 10 MB with the most units."""
FEWEST_UNITS = 6
"""With fewer, not even winning every one of them is unlikely enough: (1/2)^n > 0.02, mid-p."""

Resampled = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Summed:
    """What of an `Influence` is needed to resample it: (units, m) instead of (n, m) numbers.

    `felt`: how many units the figure hangs on, see `summed`.
    """

    sums: NDArray[np.float32]
    moved: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    felt: float


def summed(one: Influence, drawn: Units) -> Summed:
    """The influence of each unit.

    A figure that weighs examples by class hangs on those of rare classes: with three positive
    examples of a hundred, an AUC is a figure of three. So many are felt: (Σ v²)² / Σ v⁴ of the
    units' influences v, which is their number where all weigh the same (F. Satterthwaite, "An
    approximate distribution of estimates of variance components", Biometrics Bulletin 2 (1946),
    110-114, for sums of equal normal terms).
    """
    sums = drawn.sums(one.values)
    squares = sums.astype(np.float64) ** 2
    fourth = float((squares**2).sum())
    felt = float(squares.sum()) ** 2 / fourth if one.by_class and fourth else drawn.count
    return Summed(sums, one.moved, float(min(felt, drawn.count)))


def resampled(predictions: Sequence[Summed], drawn: Units) -> Resampled:
    """(RESAMPLES, p): the change of each prediction's score in each resample, paired.

    All are drawn with the same weights, which depend on the units alone: what is computed today
    can be set beside what was computed yesterday. The score itself isn't in the changes, so that
    float32 is enough.
    """
    if not predictions:
        return np.zeros((RESAMPLES, 0), np.float32)
    columns = np.concatenate([one.sums for one in predictions], axis=1)
    moved = np.concatenate([weights @ columns for weights in _weights(drawn)]).astype(np.float64)
    ends = np.cumsum([one.sums.shape[1] for one in predictions])[:-1]
    parts = zip(predictions, np.split(moved, ends, axis=1), strict=True)
    return np.stack([one.moved(part) for one, part in parts], axis=1).astype(np.float32)


def felt_together(variances: NDArray[np.float64], felt: NDArray[np.float64]) -> NDArray[np.float64]:
    """(p, p): how many units the difference of two figures hangs on.

    Between the numbers of both (p,), nearer to that of the less certain one: of a file with three
    wrong examples little is known by those three, and enough beside a file with thousands. Not
    their sum, as if the units were others: both hang on the same rare examples.
    """
    both = variances[:, None] + variances[None, :]
    each = variances / felt
    together = each[:, None] + each[None, :]
    least = np.minimum(felt[:, None], felt[None, :])
    found: NDArray[np.float64] = np.divide(both, together, out=least, where=together > 0)
    return found


def widening(units: NDArray[np.float64], z: float) -> NDArray[np.float64]:
    """By how much an interval of ±z deviations must be wider where units are few, in their shape.

    √(n / (n − 1)) · t / z: the expanded percentile interval of T. Hesterberg, "What teachers should
    know about the bootstrap", The American Statistician 69 (2015), 371-386; Student's t by 26.7.5
    of Abramowitz and Stegun. For z = 1.96: 1.00 with a thousand units, 1.22 with ten. Infinite with
    fewer than `FEWEST_UNITS`: nothing is clear then.
    """
    freedom = np.maximum(units, FEWEST_UNITS) - 1
    student = (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )
    wider = np.sqrt((freedom + 1) / freedom) * student / z
    found: NDArray[np.float64] = np.where(units < FEWEST_UNITS, np.inf, wider)
    return found


def _weights(drawn: Units) -> Iterator[Resampled]:
    """(AT_ONCE, count) at a time: how often each unit is drawn, `count` draws in a resample."""
    generator = np.random.default_rng(drawn.seed)
    for _ in range(0, RESAMPLES, AT_ONCE):
        weights = np.empty((AT_ONCE, drawn.count), np.float32)
        for row in weights:
            which = generator.integers(drawn.count, size=drawn.count, dtype=np.int32)
            row[:] = np.bincount(which, minlength=drawn.count)
        yield weights
