"""The efficiency front, and whether two runs differ by more than luck. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, erfc, isfinite, sqrt

SAME = 0.05
"""A McNemar p above this: the difference may be luck."""


@dataclass(frozen=True)
class Candidate:
    """A run by what it costs (parameters, or seconds to score) and what it scores (0 to 1)."""

    submission_id: int
    cost: float
    score: float


def front(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Those that no cheaper-or-equal one equals or beats, cheapest first.

    Of equals in both, the one that came first (the smaller id).
    """
    ordered = sorted(
        (c for c in candidates if isfinite(c.cost) and isfinite(c.score)),
        key=lambda c: (c.cost, -c.score, c.submission_id),
    )
    kept: list[Candidate] = []
    for candidate in ordered:
        if not kept or candidate.score > kept[-1].score:
            kept.append(candidate)
    return tuple(kept)


def mcnemar_p(fixed: int, broke: int) -> float:
    """Exact two-sided p of McNemar's test on paired right and wrong answers.

    p = min(1, 2·Σ_{i ≤ min(b,c)} C(b+c, i) / 2^(b+c)) with b = `fixed`, c = `broke`
    (T. Dietterich, "Approximate statistical tests", Neural Computation 10, 1998).
    """
    total, fewer = fixed + broke, min(fixed, broke)
    below: int = sum(comb(total, i) for i in range(fewer + 1))
    return min(1.0, 2 * below / 2**total) if total else 1.0


def unpaired_p(wrong: int, other: int, examples: int) -> float:
    """Two-sided p of two error counts on the same number of examples, by the counts alone.

    p = erfc(|z| / √2), z = (a − b) / √(2·n·q·(1 − q)), q = (a + b) / 2n: the usual test of two
    proportions. Models that are scored on the same examples mostly err on the same ones, so this
    calls fewer differences real than McNemar's test would.
    """
    share = (wrong + other) / (2 * examples)
    deviation = sqrt(2 * examples * share * (1 - share))
    return erfc(abs(wrong - other) / deviation / sqrt(2)) if deviation else 1.0
