"""Whether one reading of the same examples is better than another by more than luck. Pure."""

from __future__ import annotations

import math


def sign_p(fixed: int, broken: int) -> float:
    """The exact chance of `fixed` or more when each of `fixed + broken` falls either way.

    The examples that two readings judge differently are all that tells them apart: `fixed` are
    better in the first, `broken` in the second.
    """
    differing = fixed + broken
    as_many, ways = 0, math.comb(differing, fixed)
    for number in range(fixed, differing + 1):
        as_many += ways
        ways = ways * (differing - number) // (number + 1)
    return as_many / (1 << differing)
