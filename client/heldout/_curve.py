"""A training curve as a small inline SVG that reads in light and in dark notebooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from heldout._training import thinned

WIDTH, HEIGHT, EDGE = 220, 84, 6
MOST_POINTS = 150
# Grey takes the notebook's own ink; the blue has a contrast of 3 to 1 on white and on black.
LINES = (
    ("loss", "training loss", "currentColor", "stroke-dasharray:4 3;opacity:.6"),
    ("val_loss", "validation loss", "#4f8ff7", ""),
)
Values = Sequence[float | None]


def curve_svg(history: Mapping[str, Any] | None, turning_epoch: int | None = None) -> str:
    """Training and validation loss; a mark at `turning_epoch`, from 1. Empty without a curve."""
    series = {name: _values((history or {}).get(name)) for name, *_ in LINES}
    known = [value for values in series.values() for value in values if value is not None]
    longest = max(map(len, series.values()))
    if longest < 2 or len(known) < 2:
        return ""
    scale = _Scale(longest, min(known), max(known))
    marks = _turn(scale, turning_epoch) if turning_epoch else ""
    lines = "".join(
        f'<path d="{scale.path(series[name])}" fill="none" stroke="{colour}" stroke-width="1.8" '
        f'stroke-linejoin="round" style="{style}"/>'
        for name, _, colour, style in LINES
        if series[name]
    )
    words = escape(_words(series, longest))
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{words}" style="display:block;max-width:100%"><title>{words}</title>'
        f"{_floor()}{marks}{lines}</svg>"
    )


def legend_html() -> str:
    """Which line is which, by its stroke."""
    keys = "".join(
        '<span style="white-space:nowrap;margin-right:.9em">'
        f'<svg width="22" height="8" aria-hidden="true"><path d="M0 4H22" stroke="{colour}" '
        f'stroke-width="2" style="{style}"/></svg> {words}</span>'
        for _, words, colour, style in LINES
    )
    return f'<div style="font-size:.8em;opacity:.8">{keys}</div>'


class _Scale:
    """From epochs and losses to the picture."""

    def __init__(self, epochs: int, low: float, high: float) -> None:
        self._step = (WIDTH - 2 * EDGE) / max(1, epochs - 1)
        self._low, self._span = low, (high - low) or 1.0

    def x(self, epoch: float) -> float:
        """Of an epoch, from 0."""
        return EDGE + epoch * self._step

    def y(self, value: float) -> float:
        """Of a loss."""
        return HEIGHT - EDGE - (value - self._low) / self._span * (HEIGHT - 2 * EDGE)

    def path(self, values: Values) -> str:
        """One line, interrupted where nothing was measured."""
        pen, parts = "M", []
        for epoch, value in thinned(list(enumerate(values)), MOST_POINTS):
            if value is None:
                pen = "M"
                continue
            parts.append(f"{pen}{self.x(epoch):.1f} {self.y(value):.1f}")
            pen = "L"
        return "".join(parts)


def _values(given: Any) -> Values:
    if not isinstance(given, list):
        return ()
    return [float(each) if isinstance(each, int | float) else None for each in given]


def _floor() -> str:
    y = HEIGHT - EDGE / 2
    return f'<path d="M{EDGE} {y}H{WIDTH - EDGE}" stroke="currentColor" opacity=".25"/>'


def _turn(scale: _Scale, epoch: int) -> str:
    x = scale.x(epoch - 1)
    side = ("start", 4) if x < WIDTH / 2 else ("end", -4)
    return (
        f'<path d="M{x:.1f} 2V{HEIGHT - 2}" stroke="currentColor" opacity=".45"/>'
        f'<text x="{x + side[1]:.1f}" y="12" text-anchor="{side[0]}" font-size="11" '
        f'fill="currentColor" opacity=".8">epoch {epoch}</text>'
    )


def _words(series: Mapping[str, Values], epochs: int) -> str:
    ends = []
    for name, words, *_ in LINES:
        known = [value for value in series[name] if value is not None]
        if known:
            ends.append(f"{words} from {known[0]:.3g} to {known[-1]:.3g}")
    return f"{', '.join(ends)} in {epochs} epochs"
