"""Training histories as panels of curves, ready to be drawn as SVG.

A history is what Keras returns: name -> one value per epoch, with a missing or non-finite value
wherever nothing was measured. It comes from a participant's machine, so anything may be in it.
Coordinates are in units of the panel's `WIDTH` × `HEIGHT` view box, y pointing down.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from heldout_server.kit.errors import printable
from heldout_server.runs.series import (
    MOST_POINTS,
    Values,
    best_index,
    clean_series,
    is_accuracy,
    thin,
)
from heldout_server.web.charts.curve_axes import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Frame,
    Tick,
)

LABEL_GAP = 16.0
MOST_PANELS = 6
MOST_BOUNDARIES = 20
ABBREVIATED = {
    "auc": "AUC", "mae": "MAE", "mse": "MSE", "rmse": "RMSE", "mape": "MAPE", "msle": "MSLE",
    "r2": "R²", "f1": "F1",
}  # fmt: skip
SCHEDULES = frozenset({"learning_rate", "lr"})


@dataclass(frozen=True, slots=True)
class Marks:
    """What is marked in every chart of a run, in epochs counted from 1.

    `fits` are the first epochs of later fits; `turn` is where it begins to go wrong, and `turned`
    says how; `stopped` says in words that training ended before the epochs that were asked for.
    """

    fits: tuple[int, ...] = ()
    turn: int | None = None
    turned: str = ""
    stopped: str = ""


NO_MARKS = Marks()


@dataclass(frozen=True, slots=True)
class Curve:
    """One line, coloured by its `kind`, "training" or "validation", and called `label`.

    `path` is SVG path data with a gap wherever values are missing;
    `dots` are the points that have no neighbour and would not show as a line. `label_y` is where
    its direct label stands at the right edge, moved apart from the other one's.
    """

    label: str
    kind: str
    path: str
    dots: tuple[tuple[float, float], ...]
    label_y: float


@dataclass(frozen=True, slots=True)
class Best:
    """The best validation epoch (counted from 1), where it is and its value as text."""

    epoch: int
    x: float
    y: float
    value: str


@dataclass(frozen=True, slots=True)
class TableRow:
    """The same numbers as text, for the table and for hovering; `x` is the epoch's coordinate."""

    epoch: int
    x: float
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart: a quantity on the training examples and, if measured, on the validation ones."""

    title: str
    curves: tuple[Curve, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    best: Best | None
    rows: tuple[TableRow, ...]
    epochs: int
    description: str
    stopped: str
    turn_x: float | None
    """From here on it overfits or diverges; None where it doesn't, or in panels of no loss."""
    turned: str
    fits_x: tuple[float, ...]
    logarithmic: Panel | None
    """The same on a log scale, for losses."""

    width, height = WIDTH, HEIGHT
    left, right, top, bottom = LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM


def build_panels(
    history: Mapping[str, object], marks: Marks = NO_MARKS, *, first: str = ""
) -> tuple[Panel, ...]:
    """At most six panels: loss, the one named `first`, accuracy, then the rest as they came.

    `val_loss` joins `loss` in one panel, and so on. Series without a single number are left out.
    """
    panels: list[Panel] = []
    for base, pair in sorted(_pairs(history).items(), key=lambda item: _order(item[0], first)):
        if len(panels) < MOST_PANELS and not _is_constant_rate(base, pair):
            panels.append(_panel(base, pair, marks))
    return tuple(panels)


def _is_constant_rate(base: str, pair: dict[str, list[float | None]]) -> bool:
    """A learning rate that never changes is a hyperparameter, not a curve."""
    values = pair.get("training", [])
    return base in SCHEDULES and len(values) > 1 and len(set(values)) == 1


def _pairs(history: Mapping[str, object]) -> dict[str, dict[str, list[float | None]]]:
    """base name -> {"training": values, "validation": values}, only where numbers exist."""
    pairs: dict[str, dict[str, list[float | None]]] = {}
    for name, values in clean_series(history).items():
        kind = "validation" if name.startswith("val_") else "training"
        pairs.setdefault(name.removeprefix("val_"), {})[kind] = values
    return pairs


def _order(base: str, first: str) -> int:
    if base in ("loss", first):
        return 0 if base == "loss" else 1
    return 2 if is_accuracy(base) else 3


def _panel(
    base: str, pair: dict[str, list[float | None]], marks: Marks, *, is_log: bool = False
) -> Panel:
    kinds: list[str] = [kind for kind in ("training", "validation") if kind in pair]
    series = [pair[kind] for kind in kinds]
    epochs = max(len(values) for values in series)
    known = [value for values in series for value in values if value is not None]
    frame = Frame(epochs, known, is_share=is_share(base, known), is_log=is_log)
    best = _best(base, pair.get("validation"), frame)
    title = title_of(printable(base, 40))
    is_loss = base == "loss"
    has_log = is_loss and not is_log and min(known) > 0 and max(known) > min(known)
    return Panel(
        title=title,
        curves=_curves(base, kinds, series, frame),
        x_ticks=frame.x_ticks,
        y_ticks=frame.y_ticks,
        best=best,
        rows=_rows(series, frame, best),
        epochs=epochs,
        description=_description(title, kinds, series, frame),
        stopped=marks.stopped,
        turn_x=_turn(marks, frame) if is_loss else None,
        turned=marks.turned,
        fits_x=tuple(frame.x(at - 1.5) for at in marks.fits[:MOST_BOUNDARIES] if 1 < at <= epochs),
        logarithmic=_panel(base, pair, marks, is_log=True) if has_log else None,
    )


def _turn(marks: Marks, frame: Frame) -> float | None:
    """Between the last good epoch and the first one that doesn't do."""
    if marks.turn is None or not 1 < marks.turn <= frame.epochs:
        return None
    return frame.x(marks.turn - 1.5)


def _curves(
    base: str, kinds: list[str], series: list[list[float | None]], frame: Frame
) -> tuple[Curve, ...]:
    heights = _apart([frame.y(_last(values)) for values in series])
    return tuple(
        Curve(label_of(base, kind), kind, *svg_path(values, frame), label_y=height)
        for kind, values, height in zip(kinds, series, heights, strict=True)
    )


def svg_path(values: Values, frame: Frame) -> tuple[str, tuple[tuple[float, float], ...]]:
    """Path data and the lonely points of one series."""
    commands: list[str] = []
    dots: list[tuple[float, float]] = []
    run: list[tuple[float, float]] = []
    for index, value in [*thin(values), (0, None)]:
        if value is not None:
            run.append((frame.x(index), frame.y(value)))
            continue
        if len(run) == 1:
            dots.append(run[0])
        elif run:
            commands.append("M" + " L".join(f"{x:g} {y:g}" for x, y in run))
        run = []
    return " ".join(commands), tuple(dots)


def _apart(heights: list[float]) -> list[float]:
    """Two direct labels that would touch, moved apart around their middle, in their order."""
    if len(heights) < 2 or abs(heights[0] - heights[1]) >= LABEL_GAP:
        return heights
    middle = sum(heights) / 2
    middle = min(max(middle, TOP + LABEL_GAP / 2), HEIGHT - BOTTOM - LABEL_GAP / 2)
    offset = LABEL_GAP / 2 if heights[0] > heights[1] else -LABEL_GAP / 2
    return [middle + offset, middle - offset]


def _last(values: Values) -> float:
    return next(value for value in reversed(values) if value is not None)


def _best(base: str, validation: Values | None, frame: Frame) -> Best | None:
    index = best_index(base, validation or ())
    if index is None or validation is None:
        return None
    value = validation[index]
    assert value is not None, "the best epoch was measured"
    return Best(index + 1, frame.x(index), frame.y(value), frame.text(value))


def _rows(
    series: list[list[float | None]], frame: Frame, best: Best | None
) -> tuple[TableRow, ...]:
    """At most 200 epochs, evenly spaced, always with the first, the last and the best one."""
    stride = max(1, math.ceil(frame.epochs / (MOST_POINTS - 2)))
    shown = {*range(0, frame.epochs, stride), frame.epochs - 1}
    if best is not None:
        shown.add(best.epoch - 1)
    return tuple(
        TableRow(
            index + 1,
            frame.x(index),
            tuple(frame.text(values[index] if index < len(values) else None) for values in series),
        )
        for index in sorted(shown)
    )


def _description(
    title: str, kinds: list[str], series: list[list[float | None]], frame: Frame
) -> str:
    ends = ", ".join(
        f"{kind} ends at {frame.text(_last(values))}"
        for kind, values in zip(kinds, series, strict=True)
    )
    return f"{title} over {frame.epochs} epoch{'s' if frame.epochs != 1 else ''}: {ends}."


def is_share(base: str, known: Sequence[float]) -> bool:
    """Whether the numbers are best shown as percentages."""
    return is_accuracy(base) and all(0 <= value <= 1 for value in known)


def title_of(base: str) -> str:
    """`sparse_categorical_accuracy` as "Sparse categorical accuracy"."""
    words = base.replace("_", " ").strip() or "Unnamed"
    words = " ".join(ABBREVIATED.get(word, word) for word in words.split(" "))
    return words[0].upper() + words[1:]


def label_of(base: str, kind: str) -> str:
    """What a line is called: a schedule such as the learning rate has no training examples."""
    return "value" if base in SCHEDULES else kind
