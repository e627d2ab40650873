"""What a model answered to practice examples, drawn: ROC, precision and recall, residuals.

Read defensively: an imported event may hold anything under `curves`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

from heldout_server.kit.formats import amount, count, percent
from heldout_server.runs.practice_curves import CURVES
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.web.charts.plot import Plane, Plot
from heldout_server.web.view_models.practice import LabelRow, PracticeFigures

ROWS = 10
MOST_OUTPUTS = 4
SHARES = (0.0, 1.0)
RECALLS = (0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
ALARMS = (0.01, 0.05, 0.1, 0.25, 0.5)


def practice_figures(metrics: Mapping[str, Any] | None, task: Task) -> PracticeFigures:
    """What is drawn of a reading's `metrics`; empty for none, and for those of another task."""
    curves = metrics.get(CURVES) if metrics is not None else None
    if not isinstance(curves, Mapping):
        return PracticeFigures()
    try:
        return _drawn(curves, task)
    except (KeyError, TypeError, ValueError, IndexError, ZeroDivisionError):
        return PracticeFigures()  # not written by us


def _drawn(curves: Mapping[str, Any], task: Task) -> PracticeFigures:
    if task.kind is Kind.BINARY and "roc" in curves:
        return PracticeFigures(plots=(_roc(curves, task), _precision_recall(curves, task)))
    if task.kind is Kind.MULTILABEL:
        rows = zip(task.targets, curves["labels"], strict=True)
        return PracticeFigures(labels=tuple(LabelRow(name=name, **row) for name, row in rows))
    if task.kind is Kind.REGRESSION:
        outputs = list(zip(task.targets, curves["outputs"], strict=True))
        plots = [plot for each in outputs[:MOST_OUTPUTS] for plot in _of_target(*each)]
        return PracticeFigures(plots=tuple(plots), outputs_left_out=len(outputs[MOST_OUTPUTS:]))
    return PracticeFigures()


def _roc(curves: Mapping[str, Any], task: Task) -> Plot:
    points, plane = curves["roc"], Plane(SHARES, SHARES)
    name = task.classes[task.positive]
    found = [(alarm, _found_at(points, alarm)) for alarm in ALARMS]
    return Plot(
        title="ROC curve",
        sentence=f"At a false alarm in ten, {percent(found[2][1], 0)} of “{name}” are found. Along "
        "the dashed line are guesses.",
        x_label="false positive rate",
        y_label="true positive rate",
        x_ticks=plane.x_ticks,
        y_ticks=plane.y_ticks,
        header=("False positive rate", f"“{name}” found"),
        rows=tuple((percent(alarm, 0), percent(hits, 1)) for alarm, hits in found),
        line=plane.path(points),
        reference=plane.path([(0, 0), (1, 1)]),
    )


def _found_at(points: Sequence[Sequence[float]], alarm: float) -> float:
    """The true positive rate at a false positive rate, along the line."""
    for (x, y), (to_x, to_y) in itertools.pairwise(points):
        if x <= alarm < to_x:
            return y + (to_y - y) * (alarm - x) / (to_x - x)
    return float(points[-1][1])


def _precision_recall(curves: Mapping[str, Any], task: Task) -> Plot:
    points, plane = curves["precision_recall"], Plane(SHARES, SHARES)
    name, base = task.classes[task.positive], float(curves["positive_share"])
    found = [(recall, _precision_at(points, recall)) for recall in RECALLS]
    return Plot(
        title="Precision and recall",
        sentence=f"To find half of “{name}”, {percent(found[2][1], 0)} of what it calls so is; to "
        f"find all, {percent(found[-1][1], 0)}. Always saying “{name}” is right in "
        f"{percent(base, 0)}, the dashed line.",
        x_label="recall",
        y_label="precision",
        x_ticks=plane.x_ticks,
        y_ticks=plane.y_ticks,
        header=("Recall", "Precision"),
        rows=tuple((percent(recall, 0), percent(share, 1)) for recall, share in found),
        line=plane.path(points),
        reference=plane.path([(0, base), (1, base)]),
    )


def _precision_at(points: Sequence[Sequence[float]], recall: float) -> float:
    """The best precision that still finds this share."""
    return max(precision for reached, precision in points if reached >= recall - 1e-9)


def _of_target(name: str, output: Mapping[str, Any]) -> tuple[Plot, Plot]:
    pairs = sorted(output["pairs"])
    return _against_truth(name, pairs), _residuals(name, output["edges"], output["counts"])


def _against_truth(name: str, pairs: Sequence[Sequence[float]]) -> Plot:
    known = [value for pair in pairs for value in pair]
    low, high = min(known), max(known)
    plane = Plane((low, high), (low, high))
    diagonal = [(plane.across[0], plane.up[0]), (plane.across[-1], plane.up[-1])]
    return Plot(
        title=f"Predicted against true: {name}",
        sentence=f"{_tendency(pairs)} On the dashed line a prediction is exactly right.",
        x_label="true",
        y_label="predicted",
        x_ticks=plane.x_ticks,
        y_ticks=plane.y_ticks,
        header=("True, from", "to", "Examples drawn", "Mean predicted", "Mean error"),
        rows=tuple(_bin_row(part) for part in _parts(pairs)),
        reference=plane.path(diagonal),
        dots=plane.dots(pairs),
    )


def _tendency(pairs: Sequence[Sequence[float]]) -> str:
    """Whether the ends are drawn to the middle: what a model does that explains little."""
    parts = _parts(pairs)
    if len(parts) < 2:
        return f"{count(len(pairs))} practice examples."
    first, last = _mean_error(parts[0]), _mean_error(parts[-1])
    if first > 0 > last:
        return "Low values are predicted too high and high ones too low, towards the middle."
    if first > 0 < last or first < 0 > last:
        side = "high" if first > 0 else "low"
        return f"Low and high values alike are predicted too {side}."
    return "Neither low nor high values are drawn to the middle."


def _parts(pairs: Sequence[Sequence[float]]) -> list[Sequence[Sequence[float]]]:
    """Tenths by the truth, or fewer where there are few."""
    size = max(1, math.ceil(len(pairs) / ROWS))
    return [pairs[at : at + size] for at in range(0, len(pairs), size)]


def _mean_error(part: Sequence[Sequence[float]]) -> float:
    return sum(said - true for true, said in part) / len(part)


def _bin_row(part: Sequence[Sequence[float]]) -> tuple[str, ...]:
    predicted = sum(said for _, said in part) / len(part)
    return (
        amount(part[0][0]),
        amount(part[-1][0]),
        count(len(part)),
        amount(predicted),
        amount(_mean_error(part), 3),
    )


def _residuals(name: str, edges: Sequence[float], counts: Sequence[int]) -> Plot:
    plane = Plane((edges[0], edges[-1]), (0, max(1, *counts)))
    total, zero = max(1, sum(counts)), plane.x(0.0)
    bars = tuple(
        (plane.x(low), plane.y(number), round(plane.x(high) - plane.x(low), 1),
         round(plane.y(0) - plane.y(number), 1))
        for (low, high), number in zip(itertools.pairwise(edges), counts, strict=True)
        if number
    )  # fmt: skip
    above = sum(n for low, n in zip(edges, counts, strict=False) if low >= -1e-12 * abs(edges[0]))
    return Plot(
        title=f"Residuals: {name}",
        sentence=f"{percent(above / total, 0)} of the practice examples are predicted too high, "
        "right of the dashed line.",
        x_label="predicted minus true",
        y_label="examples",
        x_ticks=plane.x_ticks,
        y_ticks=plane.y_ticks,
        header=("Residual, from", "to", "Examples"),
        rows=tuple(
            (amount(low, 3), amount(high, 3), count(number))
            for (low, high), number in zip(itertools.pairwise(edges), counts, strict=True)
        ),
        reference=f"M{zero:g} {plane.y(plane.up[0]):g} L{zero:g} {plane.y(plane.up[-1]):g}",
        bars=bars,
    )
