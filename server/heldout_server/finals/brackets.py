"""Who reads the class's hands best: figures, ties and ranges, by writer. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from heldout_server.grading.ties.comparing import by_resampling
from heldout_server.grading.ties.groups import Ranges, groups, ranges
from heldout_server.grading.ties.resampling import Summed, resampled
from heldout_server.grading.ties.units import Units, units

LOOKS = (100, 200, 500)
"""After so many drawings ties are drawn, and at no other time: whoever looks after each one finds
somebody in front by chance."""
FEWEST_WRITERS = 20
KEPT = 8


@dataclass(frozen=True, eq=False)
class Reads:
    """What p models read in n drawings, in the order in which they began to count.

    `right` (p, n): whether each read what was asked for; `own` (p, n): whether it is of those who
    sent the model, and so doesn't count for it; `writer` (n,): who drew it, any number.
    """

    right: NDArray[np.bool_]
    own: NDArray[np.bool_]
    writer: NDArray[np.int64]

    @property
    def read(self) -> NDArray[np.int64]:
        """(p,): how many each read rightly."""
        found: NDArray[np.int64] = (self.right & ~self.own).sum(axis=1)
        return found

    @property
    def counted(self) -> NDArray[np.int64]:
        """(p,): of how many."""
        found: NDArray[np.int64] = (~self.own).sum(axis=1)
        return found

    @property
    def share(self) -> NDArray[np.float64]:
        """(p,): the share that each read rightly; 0 where nothing counts."""
        return self.read / np.maximum(self.counted, 1)

    def first(self, drawings: int) -> Reads:
        """The same of the first so many drawings."""
        return Reads(self.right[:, :drawings], self.own[:, :drawings], self.writer[:drawings])

    def of(self, order: NDArray[np.int64]) -> Reads:
        """The same with the models in another order."""
        return Reads(self.right[order], self.own[order], self.writer)


@dataclass(frozen=True, eq=False)
class Bracket:
    """Ties and ranges at the last look: models (p,) in the order of their share then.

    `order` (p,): which of the models stands there; `group` (p,): its tie group, from 1.
    """

    drawings: int
    order: NDArray[np.int64]
    group: NDArray[np.int64]
    places: Ranges


def bracket(reads: Reads, seed: int) -> Bracket | None:
    """At the last of the `LOOKS` that was reached; None with fewer drawings or writers.

    The paired bootstrap draws writers, not drawings: ten digits of one hand succeed or fail
    together. See `grading.ties` for how it tells what is more than luck.
    """
    drawings = max((look for look in LOOKS if look <= len(reads.writer)), default=0)
    then = reads.first(drawings)
    if not drawings or len(np.unique(then.writer)) < FEWEST_WRITERS:
        return None
    right, own, writer = (part.tobytes() for part in (then.right, then.own, then.writer))
    return _drawn(right, own, writer, len(then.right), seed)


@lru_cache(maxsize=KEPT)
def _drawn(right: bytes, own: bytes, writer: bytes, models: int, seed: int) -> Bracket:
    """`bracket` of just these reads: until the next look they stay the same, while the wall is made
    anew for each drawing.
    """
    drawings = len(writer) // np.dtype(np.int64).itemsize
    shape = (models, drawings)
    then = Reads(
        np.frombuffer(right, np.bool_).reshape(shape),
        np.frombuffer(own, np.bool_).reshape(shape),
        np.frombuffer(writer, np.int64),
    )
    order = np.argsort(-then.share, kind="stable")
    then = then.of(order)
    by_writer = units(drawings, seed, then.writer)
    changes = resampled([_summed(then, at, by_writer) for at in range(len(order))], by_writer)
    # Never 0: nothing can be told of a model that has read nothing, by the rule for few units.
    felt = np.array([max(1, len(np.unique(then.writer[~own]))) for own in then.own], np.float64)
    beats = by_resampling(then.share, changes, felt)
    return Bracket(drawings, order, groups(beats), ranges(beats))


def _summed(reads: Reads, at: int, by_writer: Units) -> Summed:
    """One model's rightly read and counted drawings of each writer, and its share under weights."""
    counted = ~reads.own[at]
    sums = by_writer.sums(np.stack([reads.right[at] & counted, counted], axis=1).astype(np.float64))
    share = float(reads.share[at])

    def moved(part: NDArray[np.float64]) -> NDArray[np.float64]:
        changed: NDArray[np.float64] = (
            np.divide(part[:, 0], part[:, 1], out=np.zeros(len(part)), where=part[:, 1] > 0) - share
        )
        return changed

    return Summed(sums, moved, float(by_writer.count))
