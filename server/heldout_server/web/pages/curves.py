"""Training histories as panels of curves, ready to be drawn as SVG.

A history is what Keras returns: name -> one value per epoch, with a missing or non-finite value
wherever nothing was measured. It comes from a participant's machine, so anything may be in it.
Coordinates are in units of the panel's `WIDTH` × `HEIGHT` view box, y pointing down.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from heldout_server.errors import printable
from heldout_server.web.pages import curve_reading
from heldout_server.web.pages.scales import LARGEST, nice_ticks, tick_label

WIDTH, HEIGHT = 440.0, 270.0
LEFT, RIGHT, TOP, BOTTOM = 60.0, 84.0, 14.0, 40.0
LABEL_GAP = 16.0
MOST_POINTS = 200
MOST_PANELS = 6

Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick at coordinate `at` along its axis."""

    at: float
    label: str


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
    reading: str
    """One sentence in the lesson's words, or empty."""

    width, height = WIDTH, HEIGHT
    left, right, top, bottom = LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM


def build_panels(history: Mapping[str, object]) -> tuple[Panel, ...]:
    """At most six panels, loss first, then accuracy, then the rest as they came.

    `val_loss` joins `loss` in one panel, and so on. Series without a single number are left out.
    """
    panels: list[Panel] = []
    for base, pair in sorted(_pairs(history).items(), key=lambda item: _order(item[0])):
        if len(panels) < MOST_PANELS:
            panels.append(_panel(base, pair))
    return tuple(panels)


def thin(values: Values, most: int = MOST_POINTS) -> list[tuple[int, float | None]]:
    """At most `most` (index, value) pairs that keep every peak and trough visible.

    Long series are cut into buckets; each gives its lowest and highest value in their order, or
    a gap when it holds nothing.
    """
    if len(values) <= most:
        return list(enumerate(values))
    buckets = most // 2
    bounds = [round(bucket * len(values) / buckets) for bucket in range(buckets + 1)]
    thinned: list[tuple[int, float | None]] = []
    for start, stop in itertools.pairwise(bounds):
        known = [(value, at) for at in range(start, stop) if (value := values[at]) is not None]
        if not known:
            thinned.append((start, None))
            continue
        extremes = {min(known)[1], max(known)[1]}
        thinned.extend((at, values[at]) for at in sorted(extremes))
    return thinned


def _pairs(history: Mapping[str, object]) -> dict[str, dict[str, list[float | None]]]:
    """base name -> {"training": values, "validation": values}, only where numbers exist."""
    pairs: dict[str, dict[str, list[float | None]]] = {}
    for name, raw in history.items():
        values = _numbers(raw)
        if any(value is not None for value in values):
            kind = "validation" if name.startswith("val_") else "training"
            pairs.setdefault(name.removeprefix("val_"), {})[kind] = values
    return pairs


def _numbers(raw: object) -> list[float | None]:
    return [_number(value) for value in raw] if isinstance(raw, list | tuple) else []


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int) and abs(value) > LARGEST:
        return None
    return float(value) if abs(value) <= LARGEST else None


def _order(base: str) -> int:
    return 0 if base == "loss" else 1 if curve_reading.is_accuracy(base) else 2


def _panel(base: str, pair: dict[str, list[float | None]]) -> Panel:
    kinds: list[str] = [kind for kind in ("training", "validation") if kind in pair]
    series = [pair[kind] for kind in kinds]
    epochs = max(len(values) for values in series)
    known = [value for values in series for value in values if value is not None]
    frame = _Frame(epochs, min(known), max(known), curve_reading.is_share(base, known))
    best = _best(base, pair.get("validation"), frame)
    title = curve_reading.title(printable(base, 40))
    return Panel(
        title=title,
        curves=_curves(base, kinds, series, frame),
        x_ticks=frame.x_ticks,
        y_ticks=frame.y_ticks,
        best=best,
        rows=_rows(series, frame, best),
        epochs=epochs,
        description=_description(title, kinds, series, frame),
        reading=curve_reading.sentence(base, pair),
    )


class _Frame:
    """The two scales of a panel: epochs from 1 to the right, values upward."""

    def __init__(self, epochs: int, low: float, high: float, is_share: bool) -> None:
        self.epochs = epochs
        self.is_share = is_share
        ticks = nice_ticks(low, high)
        if is_share:
            ticks = [tick for tick in ticks if -1e-9 <= tick <= 1 + 1e-9]
        self.low, self.high = ticks[0], ticks[-1]
        step = ticks[1] - ticks[0]
        self.y_ticks = tuple(Tick(self.y(tick), self._label(tick, step)) for tick in ticks)
        self.x_ticks = tuple(Tick(self.x(at - 1), str(at)) for at in _epoch_ticks(epochs))

    def x(self, index: int) -> float:
        share = index / (self.epochs - 1) if self.epochs > 1 else 0.5
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    def text(self, value: float | None) -> str:
        if value is None:
            return "–"
        return f"{value * 100:.2f}%" if self.is_share else f"{value:.4g}"

    def _label(self, value: float, step: float) -> str:
        if self.is_share:
            return f"{tick_label(value * 100, step * 100)}%"
        return tick_label(value, step)


def _epoch_ticks(epochs: int) -> list[int]:
    """Whole epochs: the first, then round ones."""
    rounded = [round(tick) for tick in nice_ticks(1, max(2, epochs), target=6)]
    inside = sorted({tick for tick in rounded if 1 <= tick <= epochs} | {1})
    return [tick for tick in inside if tick == 1 or tick > 1 + (epochs - 1) * 0.07]


def _curves(
    base: str, kinds: list[str], series: list[list[float | None]], frame: _Frame
) -> tuple[Curve, ...]:
    heights = _apart([frame.y(_last(values)) for values in series])
    return tuple(
        Curve(curve_reading.label(base, kind), kind, *_path(values, frame), label_y=height)
        for kind, values, height in zip(kinds, series, heights, strict=True)
    )


def _path(values: Values, frame: _Frame) -> tuple[str, tuple[tuple[float, float], ...]]:
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


def _best(base: str, validation: Values | None, frame: _Frame) -> Best | None:
    index = curve_reading.best_index(base, validation or ())
    if index is None or validation is None:
        return None
    value = validation[index]
    assert value is not None, "the best epoch was measured"
    return Best(index + 1, frame.x(index), frame.y(value), frame.text(value))


def _rows(
    series: list[list[float | None]], frame: _Frame, best: Best | None
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
    title: str, kinds: list[str], series: list[list[float | None]], frame: _Frame
) -> str:
    ends = ", ".join(
        f"{kind} ends at {frame.text(_last(values))}"
        for kind, values in zip(kinds, series, strict=True)
    )
    return f"{title} over {frame.epochs} epoch{'s' if frame.epochs != 1 else ''}: {ends}."
