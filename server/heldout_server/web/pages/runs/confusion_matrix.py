"""The confusion matrix as a heat table: which class was read as which, and how often."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from heldout_server.web.view_models.pages import MetricsView

STEPS = 10
PAIRS_NAMED = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """One count; `step` 0–10 is its colour, on the scale of its kind (right or wrong)."""

    count: int
    step: int
    is_right: bool
    predicted: str


@dataclass(frozen=True, slots=True)
class ClassRow:
    """All examples of one true class; `recall` is the share of them that was read correctly."""

    name: str
    cells: tuple[Cell, ...]
    total: int
    recall: float | None


@dataclass(frozen=True, slots=True)
class Confusion:
    """The whole table, and one sentence on what is confused most."""

    names: tuple[str, ...]
    rows: tuple[ClassRow, ...]
    sentence: str


def read_confusion(metrics: MetricsView) -> Confusion:
    """The heat table of `metrics.confusion_matrix` (square, [true][predicted] counts)."""
    matrix = metrics.confusion_matrix or ()
    names = metrics.class_names or tuple(str(label) for label in range(len(matrix)))
    worst = _largest_wrong_share(matrix)
    rows = tuple(_row(label, counts, names, worst) for label, counts in enumerate(matrix))
    return Confusion(names, rows, _sentence(matrix, names))


def _row(label: int, counts: tuple[int, ...], names: tuple[str, ...], worst: float) -> ClassRow:
    total = sum(counts)
    cells = tuple(
        Cell(
            count=number,
            step=_step(number, total, 1.0 if predicted == label else worst),
            is_right=predicted == label,
            predicted=names[predicted],
        )
        for predicted, number in enumerate(counts)
    )
    return ClassRow(names[label], cells, total, counts[label] / total if total else None)


def _step(number: int, total: int, full_scale: float) -> int:
    """0 only for none at all, so that a single mistake is visible."""
    if number == 0 or total == 0 or full_scale == 0:
        return 0
    return min(STEPS, max(1, math.ceil(STEPS * number / total / full_scale)))


def _largest_wrong_share(matrix: tuple[tuple[int, ...], ...]) -> float:
    return max(
        (
            number / sum(counts)
            for label, counts in enumerate(matrix)
            for predicted, number in enumerate(counts)
            if predicted != label and number
        ),
        default=0.0,
    )


def _sentence(matrix: tuple[tuple[int, ...], ...], names: tuple[str, ...]) -> str:
    wrong = sorted(
        (
            (-number, label, predicted)
            for label, counts in enumerate(matrix)
            for predicted, number in enumerate(counts)
            if predicted != label and number
        )
    )[:PAIRS_NAMED]
    if not wrong:
        return "Nothing was confused: every example was read as what it is."
    parts = [
        f"{names[label]} read as {names[predicted]} ({-number}×)"
        for number, label, predicted in wrong
    ]
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"Confused most often: {listed}."
