"""What follows from who clearly beats whom: groups of neighbours, ranges of places. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heldout_server.grading.ties.comparing import Beats

Places = NDArray[np.int64]


def groups(beats: Beats) -> Places:
    """(p,): the number of each row's group, from 1, for rows in the order of the board.

    The first row's group reaches down to the *last* row that it doesn't clearly beat; the next
    group begins behind, with the best that is outside. So a group is never broken. A row inside
    that the first one does beat (it can be, where a better one answers more unlike the first)
    stands in the group all the same: closing the group above it would deny the tie of the one
    below, and whether a row is tied with the leader is said of each row by itself.
    """
    found = np.zeros(len(beats), np.int64)
    first, number = 0, 0
    while first < len(beats):
        number += 1
        may_be_luck = np.flatnonzero(~beats[first, first:])
        behind = first + 1 + int(may_be_luck[-1])
        found[first:behind] = number
        first = behind
    return found


@dataclass(frozen=True, eq=False)
class Ranges:
    """The best and the worst place (p,) of each row, from 1."""

    low: Places
    high: Places


def ranges(beats: Beats) -> Ranges:
    """Between which places each row may truly stand, for rows in the order of the board.

    Behind those who clearly beat it, before those whom it clearly beats; anywhere between (M.
    Mogstad, J. Romano, A. Shaikh and D. Wilhelm, "Inference for ranks with applications to mobility
    across neighbourhoods and academic achievement across countries", Review of Economic Studies 91
    (2024), 476-518). So a row that nobody beats may be first, and what is said of places never
    contradicts what is said of ties. The place that a row has is always in its range.
    """
    place = np.arange(1, len(beats) + 1)
    return Ranges(
        np.minimum(1 + beats.sum(axis=0), place),
        np.maximum(len(beats) - beats.sum(axis=1), place),
    )
