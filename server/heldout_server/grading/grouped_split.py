"""Dividing whole groups into public and private, such as all digits of a writer; pure, no files."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def grouped_split(
    groups: NDArray[Any], strata: NDArray[np.int64], public_fraction: float, seed: int
) -> NDArray[np.bool_]:
    """A boolean mask (n,), True where the example is public; a group is never divided.

    `groups` (n,) are any values; `strata` (n,) are numbers. From the largest group to the smallest
    (equal ones in an order by `seed`), each goes where the public share of its strata, and of all
    examples, comes nearest to the fraction: it minimises D = Σ_s (p_s − f·m_s)² / n_s over the
    strata and, as one more, all examples, where n_s is their number, m_s of them are in groups
    that are placed, and p_s of these are public.

    No exact counts: D ends at or below f·(1 − f)·Σ_g Σ_s g_s² / n_s, g_s of group g being in s.
    With a fraction between 0 and 1 and two groups or more, neither part is empty: where the rule
    leaves it so, the smallest group changes sides.
    Raises ValueError for a fraction outside 0 to 1 and for lengths that differ.
    """
    if not 0 <= public_fraction <= 1:
        raise ValueError(f"public_fraction must be from 0 to 1, not {public_fraction}")
    if groups.shape != strata.shape or groups.ndim != 1:
        raise ValueError(f"{groups.shape} groups and {strata.shape} strata do not fit together")
    _, number = np.unique(groups, return_inverse=True)
    sizes = np.bincount(number)
    order = np.random.default_rng(seed).permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    public = _placed(number, strata, order.tolist(), public_fraction)
    if 0 < public_fraction < 1 and len(order) > 1 and (public.all() or not public.any()):
        public[order[-1]] = not public[order[-1]]
    return public[number]


def _placed(
    number: NDArray[np.intp], strata: NDArray[np.int64], order: list[int], fraction: float
) -> NDArray[np.bool_]:
    """(groups,): whether each group is public, placed in this order."""
    pairs, weights, begins = _contents(number, strata)
    excess = [0.0] * len(weights)
    public = np.zeros(len(order), np.bool_)
    for group in order:
        inside = pairs[begins[group] : begins[group + 1]]
        # D if it were public minus D if it were private, of which only its own strata are left.
        gain = sum(
            weights[s] * count * (2 * excess[s] + (1 - 2 * fraction) * count) for s, count in inside
        )
        public[group] = gain < 0 or (gain == 0 and fraction > 0)
        moved = 1 - fraction if public[group] else -fraction
        for s, count in inside:
            excess[s] += moved * count
    return public


def _contents(
    number: NDArray[np.intp], strata: NDArray[np.int64]
) -> tuple[list[tuple[int, int]], list[float], list[int]]:
    """(stratum, count) of each group one after the other, 1 / n_s of each stratum, and where each
    group begins in the first; the last stratum is all examples.
    """
    _, stratum, of_stratum = np.unique(strata, return_inverse=True, return_counts=True)
    every = len(of_stratum)
    cells, counts = np.unique(
        np.concatenate([number * (every + 1) + stratum, number * (every + 1) + every]),
        return_counts=True,
    )
    pairs = list(zip((cells % (every + 1)).tolist(), counts.tolist(), strict=True))
    begins = np.searchsorted(cells // (every + 1), np.arange(int(number.max(initial=-1)) + 2))
    weights = [1 / count for count in (*of_stratum.tolist(), len(strata) or 1)]
    return pairs, weights, begins.tolist()
