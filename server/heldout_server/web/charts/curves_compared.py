"""Several runs' curves in one chart, a colour for each run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heldout_server.runs.asked import DIGITS, Asked
from heldout_server.runs.columns import mapping
from heldout_server.runs.fitting import fitting
from heldout_server.runs.learning_curve import LOSS
from heldout_server.runs.series import clean_series, last
from heldout_server.tasks import catalogue
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
    rows: tuple[tuple[str, ...], ...] = ()
    """The same as text: of each epoch its number, then each run's value, empty for none."""
    width, height = WIDTH, HEIGHT
    left, right, top, bottom = LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM


def overlay(cards: Sequence[Mapping[str, Any]], asked: Asked = DIGITS) -> tuple[Overlay, ...]:
    """Validation and training loss, then the board's own metric, for the cards that have them."""
    series = [clean_series(mapping(card.get("history"))) for card in cards]
    guessing = GUESSING if asked.classes else 0.0
    charts = [
        _chart(heading, "loss", [each.get(name, []) for each in series], guessing)
        for heading, name in (("Validation loss", "val_loss"), ("Training loss", "loss"))
    ]
    label = catalogue.metric(asked.metric).label
    called = label if label[1:2].isupper() else label[0].lower() + label[1:]
    for heading, before in ((f"Validation {called}", "val_"), (f"Training {called}", "")):
        charts.append(_chart(heading, label.lower(), _ranked(series, asked, before)))
    return tuple(chart for chart in charts if chart is not None)


Series = Sequence[float | None]


def _ranked(series: Sequence[Mapping[str, Series]], asked: Asked, before: str) -> list[Series]:
    """Of each run the series that is the ranking metric; empty where it has none beside its loss.

    `before` is what stands before a series' name: "val_" or nothing.
    """
    found: list[Series] = []
    for each in series:
        fits = fitting(each, asked.metric, asked.kind)
        is_other = fits is not None and fits.name != LOSS
        found.append(fits.at_each(each.get(before + fits.name, ())) if fits and is_other else [])
    return found


def _chart(
    heading: str, base: str, series: Sequence[Series], guessing: float = GUESSING
) -> Overlay | None:
    found = {number: each for number, each in enumerate(series, 1) if each}
    known = [value for values in found.values() for value in values if value is not None]
    if not known:
        return None
    ceiling = _ceiling(found.values(), guessing) if base == "loss" else max(known)
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
    rows = tuple(_row(epoch, found.values(), frame) for epoch in range(epochs))
    return Overlay(title_of(heading), curves, frame.x_ticks, frame.y_ticks, beyond, rows)


def _row(epoch: int, runs: Iterable[Series], frame: Frame) -> tuple[str, ...]:
    at = [values[epoch] if epoch < len(values) else None for values in runs]
    return (str(epoch + 1), *("" if value is None else frame.text(value) for value in at))


def _ceiling(runs: Iterable[Series], guessing: float) -> float:
    """A few times what the runs in the middle begin with, or the highest value if that is less."""
    known = [[value for value in values if value is not None] for values in runs]
    first = sorted(values[0] for values in known if values)
    usual = first[(len(first) - 1) // 2]
    highest = max(max(values) for values in known if values)
    return min(highest, max(usual * HEADROOM, guessing))


def _below(values: Sequence[float | None], top: float) -> list[float | None]:
    """What leaves the chart runs along its top edge."""
    return [None if value is None else min(value, top) for value in values]
