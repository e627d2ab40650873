"""How sure a score is: the Wilson interval of a share. Pure.

E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22
(1927), 209-212; recommended over p ± z·√(p(1-p)/n) by Brown, Cai and DasGupta, "Interval estimation
for a binomial proportion", Statistical Science 16 (2001), 101-133.

It answers "where would this score lie on other examples of the same kind". It does not compare two
participants: they are scored on the same examples, so their intervals may overlap although one of
them is clearly better.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

Z_95 = 1.959963984540054
"""Two-sided 95 %."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A range of shares, 0 ≤ low ≤ high ≤ 1."""

    low: float
    high: float


def wilson(correct: int, examples: int, z: float = Z_95) -> Interval:
    """The interval for `correct` of `examples`.

    Raises ValueError unless 0 ≤ correct ≤ examples and examples ≥ 1.
    """
    if not 0 <= correct <= examples or examples < 1:
        raise ValueError(f"{correct} of {examples} is no share")
    share = correct / examples
    scale = 1 + z * z / examples
    centre = (share + z * z / (2 * examples)) / scale
    half = z * math.sqrt(share * (1 - share) / examples + (z / (2 * examples)) ** 2) / scale
    return Interval(max(0.0, centre - half), min(1.0, centre + half))
