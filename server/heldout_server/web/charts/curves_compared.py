"""Several runs' curves in one chart, a colour for each run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heldout_server.runs.columns import mapping
from heldout_server.runs.series import accuracy_name, clean_series, last
from heldout_server.web.charts.curve_axes import BOTTOM, HEIGHT, LEFT, TOP, WIDTH, Frame, Tick
from heldout_server.web.charts.curves import is_share, svg_path, title_of

RIGHT = 24.0
HEADROOM, GUESSING = 2.0, 3.0
"""A loss is drawn up to so many times what the runs in the middle begin with: one that diverges
would flatten all the others. Guessing among ten classes, a loss of 2.3, is always inside."""


@dataclass(frozen=True, slots=True)
class OverlaidCurve:
    """One run's line; `number` (from 1) is its colour, `last` its final value as text."""

    number: int
    path: str
    dots: tuple[tuple[float, float], ...]
    last: str


@dataclass(frozen=True, slots=True)
class Overlay:
    """One chart for one quantity."""

    title: str
    curves: tuple[OverlaidCurve, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    beyond: tuple[int, ...] = ()
    """Numbers of the runs that leave the chart at its top."""
    width, height = WIDTH, HEIGHT
    left, right, top, bottom = LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM


def overlay(cards: Sequence[Mapping[str, Any]]) -> tuple[Overlay, ...]:
    """Validation and training loss, then accuracies, for the cards that have them, in order."""
    series = [clean_series(mapping(card.get("history"))) for card in cards]
    names = [accuracy_name(each) or "" for each in series]
    wanted = (
        ("Validation loss", "loss", ["val_loss"] * len(cards)),
        ("Training loss", "loss", ["loss"] * len(cards)),
        ("Validation accuracy", "accuracy", [f"val_{name}" for name in names]),
        ("Training accuracy", "accuracy", names),
    )
    charts = [_chart(*each, series) for each in wanted]
    return tuple(chart for chart in charts if chart is not None)


def _chart(
    heading: str,
    base: str,
    names: Sequence[str],
    series: Sequence[Mapping[str, list[float | None]]],
) -> Overlay | None:
    found = {
        number: each[name]
        for number, (name, each) in enumerate(zip(names, series, strict=True), 1)
        if name in each
    }
    known = [value for values in found.values() for value in values if value is not None]
    if not known:
        return None
    ceiling = _ceiling(found.values()) if base == "loss" else max(known)
    inside = [min(value, ceiling) for value in known]
    epochs = max(map(len, found.values()))
    frame = Frame(epochs, inside, is_share=is_share(base, known), right=RIGHT)
    curves = tuple(
        OverlaidCurve(
            number, *svg_path(_below(values, frame.high), frame), last=frame.text(last(values))
        )
        for number, values in found.items()
    )
    beyond = tuple(n for n, values in found.items() if _below(values, frame.high) != values)
    return Overlay(title_of(heading), curves, frame.x_ticks, frame.y_ticks, beyond)


def _ceiling(runs: Iterable[Sequence[float | None]]) -> float:
    """A few times what the runs in the middle begin with, or the highest value if that is less."""
    known = [[value for value in values if value is not None] for values in runs]
    first = sorted(values[0] for values in known if values)
    usual = first[(len(first) - 1) // 2]
    highest = max(max(values) for values in known if values)
    return min(highest, max(usual * HEADROOM, GUESSING))


def _below(values: Sequence[float | None], top: float) -> list[float | None]:
    """What leaves the chart runs along its top edge."""
    return [None if value is None else min(value, top) for value in values]
