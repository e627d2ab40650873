"""Dividing the hidden examples into public and private; pure, no files."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, repr=False)
class Split:
    """Which hidden examples count for the public score; all others are private.

    `public` is a boolean mask (n,) in the order of the test images. It is as secret as the
    labels, so no repr shows it.
    """

    public: NDArray[np.bool_]
    public_fraction: float

    @property
    def private(self) -> NDArray[np.bool_]:
        """The mask (n,) of the examples that are not public."""
        return ~self.public


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
    classes, counts = np.unique(labels, return_counts=True)
    shares = public_counts(counts.tolist(), public_fraction)
    for label, share in zip(classes, shares, strict=True):
        members = np.flatnonzero(labels == label)
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
