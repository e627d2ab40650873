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

from heldout_server.runs.axes import AXES, BY_NAME, PARALLEL, SCORE, SHARES, Axis
from heldout_server.runs.experiments import RunRow
from heldout_server.tasks import catalogue, scores
from heldout_server.tasks.metric import Unit

BINS = 32
GRID = (48, 32)
MOST_CATEGORIES = 12
OTHERS = "others"
SIGNIFICANT_DIGITS = 5


def map_data(rows: Sequence[RunRow], best: int, metric: str = "accuracy") -> dict[str, Any]:
    """Axes with their ranges and counts over all rows, and the first `best` rows as columns.

    Scores are figures of `metric` as people read them, with their text in `score_text`. An axis
    that `falls` has its larger values at the bottom, so that up is better; its counts go upward.
    """
    described = (describe(axis, rows) for axis in AXES)
    axes = [_read(axis, metric) for axis in described if axis is not None]
    shown = rows[:best]
    return {
        "total": len(rows),
        "metric": metric,
        "direction": scores.direction(metric).value,
        "axes": axes,
        "parallel": PARALLEL,
        "runs": {
            "id": [row.public_id for row in shown],
            "name": [row.name for row in shown],
            "by": [row.participant for row in shown],
            **{axis["name"]: [_value(row, axis["name"], metric) for row in shown] for axis in axes},
            "score_text": [scores.text(row.score, metric) for row in shown],
        },
    }


def _value(row: RunRow, axis: str, metric: str) -> Any:
    return _short(scores.figure(row.score, metric) if axis == SCORE else row.values[axis])


def _read(axis: dict[str, Any], metric: str) -> dict[str, Any]:
    """The axis as it is shown: of the scores with figures as people read them."""
    if axis["name"] != SCORE:
        return axis
    known = catalogue.metric(metric)
    ends = sorted((known.figure(axis["min"]) + 0.0, known.figure(axis["max"]) + 0.0))
    shown = {"label": known.label, "share": known.unit is Unit.SHARE, "falls": known.is_loss}
    return axis | shown | {"min": ends[0], "max": ends[1]}


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


def grid_data(rows: Sequence[RunRow], x: str, y: str, metric: str = "accuracy") -> dict[str, Any]:
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
        [*cell, len(each), _short(scores.figure(sum(each) / len(each), metric))]
        for cell, each in cells.items()
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
