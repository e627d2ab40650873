"""The overfit gauge: training, validation and hidden accuracy side by side, and the gaps."""

from __future__ import annotations

from dataclasses import dataclass

from heldout_server.web.charts.ticks import nice_ticks
from heldout_server.web.pages.runs.run_card_view import RunCard

WIDTH, ROW, TOP = 640.0, 34.0, 8.0
LEFT, RIGHT = 130.0, 104.0
SPAN = 0.02


@dataclass(frozen=True, slots=True)
class Bar:
    """One measured accuracy: from the left edge to `x`, in the row at `y`."""

    kind: str
    label: str
    value: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Gauge:
    """`gaps` are sentences; `ticks` are (x, percent). Empty without at least two bars."""

    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]
    gaps: tuple[str, ...]
    left, width = LEFT, WIDTH

    @property
    def height(self) -> float:
        """Of the view box."""
        return TOP + ROW * len(self.bars) + 26


def read_gauge(card: RunCard, hidden: float | None) -> Gauge:
    """The gauge of a run; accuracies that weren't measured have no bar."""
    measured = (
        ("training", "Training", card.training_accuracy),
        ("validation", "Validation", card.validation_accuracy),
        ("hidden", "Hidden", hidden),
    )
    known = [(kind, label, value) for kind, label, value in measured if value is not None]
    if len(known) < 2:
        return Gauge((), (), ())
    ticks = _ticks([value for _, _, value in known])
    bars = tuple(
        Bar(kind, label, value, _x(value, ticks), TOP + ROW * row)
        for row, (kind, label, value) in enumerate(known)
    )
    shown = tuple((_x(tick, ticks), f"{tick * 100:.4g}%") for tick in ticks)
    return Gauge(bars, shown, _gaps(card, hidden))


def _ticks(values: list[float]) -> list[float]:
    low, high = min(values), max(values)
    found = nice_ticks(max(0.0, low - max(SPAN, (high - low) / 2)), min(1.0, high), target=5)
    return [tick for tick in found if -1e-9 <= tick <= 1 + 1e-9]


def _x(value: float, ticks: list[float]) -> float:
    share = (value - ticks[0]) / (ticks[-1] - ticks[0])
    return round(LEFT + max(0.0, min(1.0, share)) * (WIDTH - LEFT - RIGHT), 1)


def _gaps(card: RunCard, hidden: float | None) -> tuple[str, ...]:
    training, validation = card.training_accuracy, card.validation_accuracy
    found = []
    if training is not None and validation is not None:
        found.append(_gap(training, validation, "validation"))
    if training is not None and hidden is not None and validation is None:
        found.append(_gap(training, hidden, "hidden"))
    if validation is not None and hidden is not None:
        points = (hidden - validation) * 100
        found.append(
            f"Hidden accuracy is {abs(points):.2f} points "
            f"{'above' if points >= 0 else 'below'} validation: "
            + ("the two agree." if abs(points) < 1 else "validation was not a fair measure of it.")
        )
    return tuple(found)


def _gap(training: float, other: float, name: str) -> str:
    points = (training - other) * 100
    if points <= 0:
        return (
            f"Training accuracy is not above {name}: no sign of overfitting (dropout and "
            "augmentation make training the harder of the two)."
        )
    return f"Training accuracy is {points:.2f} points above {name}: " + (
        "what it learned carries over." if points < 1 else "some of it does not carry over."
    )
