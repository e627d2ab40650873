"""The experiment map's data: the best runs line by line, all others as counts. Pure.

Ten thousand lines say no more than a few hundred, so the browser gets the best `k` in full, and
for every axis and every pair of axes how many of *all* runs lie where.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from heldout_server.runs.axes import AXES, BY_NAME, PARALLEL, SHARES, Axis
from heldout_server.runs.experiments import RunRow

BINS = 32
GRID = (48, 32)
MOST_CATEGORIES = 12
OTHERS = "others"
SIGNIFICANT_DIGITS = 5


def map_data(rows: Sequence[RunRow], best: int) -> dict[str, Any]:
    """Axes with their ranges and counts over all rows, and the first `best` rows as columns."""
    axes = [axis for axis in (describe(axis, rows) for axis in AXES) if axis is not None]
    shown = rows[:best]
    return {
        "total": len(rows),
        "axes": axes,
        "parallel": PARALLEL,
        "runs": {
            "id": [row.public_id for row in shown],
            "name": [row.name for row in shown],
            "by": [row.participant for row in shown],
            **{axis["name"]: [_short(row.values[axis["name"]]) for row in shown] for axis in axes},
        },
    }


def describe(axis: Axis, rows: Sequence[RunRow]) -> dict[str, Any] | None:
    """Range or categories of one axis, and how many runs lie in each part; None if all unknown."""
    values = [row.values[axis.name] for row in rows]
    known = [value for value in values if value is not None]
    if not known:
        return None
    shown: dict[str, Any] = {
        "name": axis.name,
        "label": axis.label,
        "kind": axis.kind,
        "share": axis.name in SHARES,
        "unknown": len(values) - len(known),
    }
    if axis.kind == "text":
        return shown | _categories(known)
    return shown | _range(axis, known)


def _categories(known: Sequence[str]) -> dict[str, Any]:
    counts = Counter(known)
    common = [name for name, _ in counts.most_common(MOST_CATEGORIES)]
    names = sorted(common)
    found = [counts[name] for name in names]
    if len(counts) > len(names):
        names, found = [*names, OTHERS], [*found, len(known) - sum(found)]
    return {"categories": names, "counts": found}


def _range(axis: Axis, known: Sequence[float]) -> dict[str, Any]:
    values = np.array(known, np.float64)
    is_log = axis.is_log and bool((values > 0).any())
    placed = values[values > 0] if is_log else values
    low, high = float(placed.min()), float(placed.max())
    counts = [len(placed)] + [0] * (BINS - 1)
    if high > low:
        counts = np.histogram(np.log(placed) if is_log else placed, BINS)[0].tolist()
    return {"min": low, "max": high, "log": is_log, "counts": counts}


def _bin(value: float, low: float, high: float, bins: int, *, is_log: bool) -> int:
    if high <= low:
        return 0
    share = math.log(value / low) / math.log(high / low) if is_log else (value - low) / (high - low)
    return min(bins - 1, max(0, int(share * bins)))


def grid_data(rows: Sequence[RunRow], x: str, y: str) -> dict[str, Any]:
    """How many of all runs lie in each cell of the plane of two axes, and their mean score.

    `cells` are `[column, row, count, mean score]`, from the bottom left; empty ones are left out.
    """
    across, up = describe(BY_NAME[x], rows), describe(BY_NAME[y], rows)
    cells: dict[tuple[int, int], list[float]] = {}
    if across is not None and up is not None:
        for row in rows:
            column = _place(across, row.values[x], GRID[0])
            line = _place(up, row.values[y], GRID[1])
            if column is not None and line is not None:
                cells.setdefault((column, line), []).append(row.score)
    found = [
        [*cell, len(scores), _short(sum(scores) / len(scores))] for cell, scores in cells.items()
    ]
    return {"x": x, "y": y, "columns": GRID[0], "lines": GRID[1], "cells": found}


def _place(axis: dict[str, Any], value: Any, bins: int) -> int | None:
    if value is None:
        return None
    if axis["kind"] == "text":
        names = axis["categories"]
        at = names.index(value) if value in names else len(names) - 1
        return min(bins - 1, int((at + 0.5) / len(names) * bins))
    if axis["log"] and value <= 0:
        return None
    return _bin(value, axis["min"], axis["max"], bins, is_log=axis["log"])


def _short(value: Any) -> Any:
    """Fewer digits than a float has: nobody sees the sixth, and it doubles the bytes."""
    if not isinstance(value, float):
        return value
    return int(value) if value.is_integer() else float(f"{value:.{SIGNIFICANT_DIGITS}g}")
