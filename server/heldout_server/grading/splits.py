"""Dividing the hidden examples into public and private; pure, no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.grading.grouped_split import grouped_split
from heldout_server.grading.strata import strata
from heldout_server.tasks.kinds import Task
from heldout_server.tasks.predictions import Truth

PUBLIC, PRIVATE, IGNORED = "public", "private", "ignored"
_USAGES = frozenset({PUBLIC, PRIVATE, IGNORED})
MOST_QUOTED = 5


@dataclass(frozen=True, eq=False, repr=False)
class Split:
    """Which hidden examples count for the public score, and which for the private one.

    `public` and `private` are boolean masks (n,) in the order of the test examples; `ignored`
    ones, none unless given, are in neither. They are as secret as the labels, so no repr shows
    them. Raises ValueError where an ignored example is public.
    """

    public: NDArray[np.bool_]
    public_fraction: float
    ignored: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        if self.ignored is not None and (self.ignored & self.public).any():
            raise ValueError("an ignored example can't be public")

    @cached_property
    def private(self) -> NDArray[np.bool_]:
        """The mask (n,) of the examples that are neither public nor ignored; read-only."""
        mask = ~self.public if self.ignored is None else ~(self.public | self.ignored)
        mask.setflags(write=False)
        return mask


def public_mask(
    task: Task,
    truth: Truth,
    public_fraction: float,
    seed: int,
    groups: NDArray[Any] | None = None,
) -> NDArray[np.bool_]:
    """A boolean mask (n,), True where the example is public.

    Classes, sets of labels or tenths of the first output (see `strata`) are in equal shares in
    both parts. Without groups the counts are exact: `stratified_split`. With `groups` (n,) no group
    is divided and the shares come as near as whole groups let them: `grouped_split`.
    Raises `ValueError` for a fraction outside 0 to 1, lengths that differ, or a number to be
    predicted that is not finite.
    """
    of_example = strata(task, truth)
    if groups is None:
        return stratified_split(of_example, public_fraction, seed)
    return grouped_split(groups, of_example, public_fraction, seed)


def split_by_usage(usage: Sequence[str]) -> Split:
    """The split of a `Usage` column: Public, Private or Ignored for each example.

    Case and blanks around don't matter. `public_fraction` is the public share of what isn't
    ignored, 0 where all is. Raises `ValueError` that names the first other values.
    """
    written = np.array([word.strip().casefold() for word in usage], dtype=np.str_)
    others = [word for word in dict.fromkeys(usage) if word.strip().casefold() not in _USAGES]
    if others:
        quoted = ", ".join(repr(word[:40]) for word in others[:MOST_QUOTED])
        raise ValueError(f"Usage must be Public, Private or Ignored, not {quoted}")
    public, ignored = written == PUBLIC, written == IGNORED
    counted = len(written) - int(ignored.sum())
    return Split(public, int(public.sum()) / counted if counted else 0.0, ignored)


def stratified_split(
    labels: NDArray[np.integer[Any]], public_fraction: float, seed: int
) -> NDArray[np.bool_]:
    """A boolean mask (n,), True where the example is public, with classes in equal shares.

    Exact counts: n_c · fraction of each class c rounded down, then one more for the classes
    with the largest remainders (the smaller class number first among equals) until the total
    is n · fraction rounded to the nearest, halves to even. The same labels, fraction and seed
    give the same mask with the same version of NumPy; store the mask, not the seed, to keep it.
    Raises `ValueError` for a fraction outside 0 to 1 or labels that are not one-dimensional.
    """
    if labels.ndim != 1:
        raise ValueError(f"labels must be one-dimensional, not {labels.ndim}-dimensional")
    generator = np.random.default_rng(seed)
    public = np.zeros(len(labels), np.bool_)
    counts = np.unique(labels, return_counts=True)[1]
    shares = public_counts(counts.tolist(), public_fraction)
    by_class = np.split(np.argsort(labels, kind="stable"), np.cumsum(counts)[:-1])
    for members, share in zip(by_class, shares, strict=False):
        public[generator.permutation(members)[:share]] = True
    return public


def public_counts(counts: list[int], public_fraction: float) -> list[int]:
    """How many of each class are public, by the largest-remainder rule of `stratified_split`.

    Computed with the fraction as it is written (0.29 is 29/100), not as binary floating
    point holds it. Raises `ValueError` for a fraction outside 0 to 1.
    """
    if not 0 <= public_fraction <= 1:
        raise ValueError(f"public_fraction must be from 0 to 1, not {public_fraction}")
    fraction = Fraction(str(float(public_fraction)))
    shares = [floor(count * fraction) for count in counts]
    short = round(sum(counts) * fraction) - sum(shares)
    by_remainder = sorted(range(len(counts)), key=lambda c: shares[c] - counts[c] * fraction)
    for index in by_remainder[:short]:
        shares[index] += 1
    return shares
