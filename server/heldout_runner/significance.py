"""Whether one reading of the same images is better than another by more than luck. Pure."""

from __future__ import annotations

import math


def sign_p(fixed: int, broken: int) -> float:
    """The exact chance of `fixed` or more when each of `fixed + broken` falls either way.

    The images that two readings judge differently are all that tells them apart: `fixed` are
    right in the first only, `broken` in the second only.
    """
    differing = fixed + broken
    as_many = sum(math.comb(differing, number) for number in range(fixed, differing + 1))
    return as_many / (1 << differing)
