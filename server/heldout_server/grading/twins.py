"""Pairs whose wrong answers agree beyond what the class shares anyway. Pure.

Everybody errs on the hard examples, and often in the same way: right answers say nothing, and of
wrong ones those count that are the same on the same example. What a pair is expected to share is
taken from the class: from how much of other people's wrong answers each of the two shares, by the
median, so that neither hard examples nor a group of copies shifts it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

FEWEST_PEOPLE = 6
"""With fewer there is no class to compare a pair with."""
FEWEST_SHARED = 12
LIKELIEST = 0.01
"""A pair is told of when chance has at most this probability, after Holm over all pairs."""
LEAST_SHARE = 0.55
"""And when of all their wrong answers at least this share is common to both; honest models, also of
one kind in a class of others, have less (`docs/contamination.md`)."""
SPREAD = 0.1
"""How much what two honest models share differs from pair to pair, as a part of it, at least."""
TO_DEVIATION = 1.4826
"""Times the median distance from the median gives a normal's standard deviation."""
AT_ONCE = 100
"""Examples that are counted together: all of them would take gigabytes where everybody errs."""

Classes = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Twins:
    """A pair, by places in what was given: how many wrong answers each has, how many both share,
    and how many were expected; `p` is adjusted for the number of pairs.
    """

    first: int
    second: int
    shared: int
    first_wrong: int
    second_wrong: int
    expected: float
    p: float

    @property
    def share(self) -> float:
        """Common wrong answers among all of theirs."""
        return self.shared / (self.first_wrong + self.second_wrong - self.shared)


def twins(truth: Classes, said: Sequence[Classes]) -> list[Twins]:
    """The pairs to look at, the most alike first: `truth` (n,), of each person classes (n,)."""
    if len(said) < FEWEST_PEOPLE:
        return []
    wrong, shared = _counted(truth, np.stack(said))
    expected = _expected(wrong, shared)
    first, second = np.triu_indices(len(said), 1)
    together, chance = shared[first, second], expected[first, second]
    adjusted = _holm(_probabilities(together, chance))
    found = [
        Twins(
            int(one), int(other), int(both), int(wrong[one]), int(wrong[other]), float(by_chance),
            float(p),
        )
        for one, other, both, by_chance, p in zip(
            first, second, together, chance, adjusted, strict=True
        )
        if both >= FEWEST_SHARED and p <= LIKELIEST
    ]  # fmt: skip
    return sorted((one for one in found if one.share >= LEAST_SHARE), key=lambda one: -one.share)


def _counted(truth: Classes, said: Classes) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Everybody's wrong answers (m,), and how many each two share (m, m)."""
    wrong = np.zeros(len(said), np.int64)
    shared = np.zeros((len(said), len(said)), np.float32)
    for start in range(0, len(truth), AT_ONCE):
        part = said[:, start : start + AT_ONCE]
        is_wrong = part != truth[start : start + AT_ONCE]
        given = _given_by_several(part, is_wrong)
        wrong += is_wrong.sum(axis=1)
        shared += given @ given.T
    return wrong, shared


def _given_by_several(said: Classes, is_wrong: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Who gave which wrong answer (m, answers), of those that more than one gave."""
    person, example = np.nonzero(is_wrong)
    answers = example * (np.int64(said.max(initial=0)) + 1) + said[is_wrong]
    _, which, count = np.unique(answers, return_inverse=True, return_counts=True)
    column = np.where(count > 1, np.cumsum(count > 1) - 1, -1)[which]
    given = np.zeros((len(said), int((count > 1).sum())), np.float32)
    given[person[column >= 0], column[column >= 0]] = 1
    return given


def _expected(wrong: NDArray[np.int64], shared: NDArray[np.float32]) -> NDArray[np.float64]:
    """What each two would share if they were like any two of the class (m, m)."""
    of_others = shared / np.maximum(wrong, 1)  # [i, l]: the part of l's wrong answers that i shares
    np.fill_diagonal(of_others, np.nan)
    usual = np.nanmedian(of_others, axis=1)
    by_one = usual[:, None] * wrong[None, :]
    return np.maximum(np.maximum(by_one, by_one.T), 0.5)


def _probabilities(shared: NDArray[Any], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """How likely so much in common is by chance.

    Roots of counts are nearly normal, with a deviation of a half that models' kinds widen; where
    the class itself is spread more widely than that, by as much as it is.
    """
    apart = 2 * (np.sqrt(shared) - np.sqrt(expected)) / np.sqrt(1 + expected * SPREAD**2)
    middle = float(np.median(apart))
    spread = max(1.0, TO_DEVIATION * float(np.median(np.abs(apart - middle))))
    tail = NormalDist().cdf
    return np.array([tail(-(one - max(0.0, middle)) / spread) for one in apart])


def _holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjusted for as many tests as there are (Holm 1979)."""
    order = np.argsort(p)
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(steps, 1)
    return adjusted
