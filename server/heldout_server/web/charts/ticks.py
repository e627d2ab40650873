"""Axes: round tick values that cover a range, and how to write them."""

from __future__ import annotations

import math

LARGEST = 1e300
"""Beyond this, differences overflow; such a value cannot be drawn."""
TINIEST_SPAN = 1e-300


def nice_ticks(low: float, high: float, target: int = 5) -> list[float]:
    """Round values (1, 2 or 5 times a power of ten apart) from at or below `low` to at or above
    `high`, about `target` of them and never fewer than two.

    When there is no range to speak of, one is made around the value.
    """
    low, high = _widened(low, high)
    step = _nice_step((high - low) / max(1, target - 1))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [index * step for index in range(first, max(last, first + 1) + 1)]


def tick_label(value: float, step: float) -> str:
    """`value` with as many decimals as its neighbours `step` away need: 0.05, 1.5, 20, 2e+06."""
    if value == 0:
        return "0"
    if abs(value) >= 1e5 or step < 1e-4:
        return f"{value:.3g}".replace("-", "\N{MINUS SIGN}")
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def _nice_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))


def _widened(low: float, high: float) -> tuple[float, float]:
    largest = max(abs(low), abs(high))
    if high - low > max(largest * 1e-9, TINIEST_SPAN):
        return low, high
    padding = largest * 0.05 if largest * 0.05 > TINIEST_SPAN else 0.5
    return low - padding, high + padding


def log_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Powers of ten (with 2 and 5 between them where they are few) around `low` and `high` > 0.

    Never fewer than two.
    """
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    last = max(last, first + 1)
    if last - first <= 2:
        fine = [factor * 10.0**power for power in range(first, last + 1) for factor in (1, 2, 5)]
        above = next(i for i, tick in enumerate(fine) if tick >= high * (1 - 1e-9))
        below = max((i for i, tick in enumerate(fine) if tick <= low * (1 + 1e-9)), default=0)
        return fine[below : max(above, below + 1) + 1]
    step = math.ceil((last - first) / most)
    return [10.0**power for power in range(first, last + step, step)]
