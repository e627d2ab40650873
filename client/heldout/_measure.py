"""What a contest measures with, and how a figure of it reads."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heldout._render import NOTHING, percent, plain, points

MINUS = "\N{MINUS SIGN}"
LOWER, HIGHER = "lower", "higher"
SHARE, TARGET = "share", "target"
# What "Score 97.31%" means without a word.
UNNAMED = ("", "Accuracy")


@dataclass(frozen=True)
class Measure:
    """A metric as the server tells it; without anything told it is accuracy.

    `direction` says which figure is better: "higher" or "lower". `unit`: "share" reads in percent,
    "target" with `digits` significant digits, all others with `digits` after the point.
    """

    label: str = ""
    direction: str = HIGHER
    unit: str = SHARE
    digits: int = 2

    @classmethod
    def from_json(cls, document: Mapping[str, Any] | None) -> Measure:
        """From whatever the server said of its metric: all of it, or nothing."""
        told = document or {}
        unit = str(told.get("unit") or _guessed_unit(told))
        digits = told.get("digits")
        return cls(
            plain(told.get("metric_label") or told.get("label") or ""),
            LOWER if told.get("direction") == LOWER else HIGHER,
            unit,
            digits if isinstance(digits, int) else (2 if unit == SHARE else 4),
        )

    @property
    def is_loss(self) -> bool:
        """Whether lower is better."""
        return self.direction == LOWER

    def read(self, figure: float | None) -> str:
        """A figure with its unit: "97.31%", "3.214"."""
        if figure is None or not math.isfinite(figure):
            return NOTHING
        if self.unit == SHARE:
            return percent(figure, self.digits)
        return f"{MINUS if figure < 0 else ''}{self._number(abs(figure))}"

    def named(self, shown: str) -> str:
        """A figure that is written already, as a receipt begins: "RMSE 3.21, lower is better".

        That a share should be high everybody knows: "97.31%", "Macro F1 71.20%".
        """
        if self.is_plain_share:
            return shown if self.label in UNNAMED else f"{self.label} {shown}"
        return f"{self.label} {shown}, {self.direction} is better".lstrip()

    @property
    def is_plain_share(self) -> bool:
        """Whether it reads as accuracy does."""
        return self.unit == SHARE and not self.is_loss

    def against(self, change: float, earlier: float | None, what: str) -> str:
        """How a figure changed against an earlier one, which has the decimals that are shown.

        "+0.31 points against {what}"; where lower is better, or nothing is read in percent,
        "Better by 0.12 than {what}".
        """
        if self.is_plain_share:
            return f"{points(change)} against {what}"
        size = abs(change)
        shown = f"{size:,.{self._decimals(earlier)}f}"
        if self.unit == SHARE:
            shown = f"{size * 100:.2f} points"
        return f"{'Better' if self.is_better(change) else 'Worse'} by {shown} than {what}"

    def margin(self, figure: float | None, interval: Mapping[str, Any] | None) -> str:
        """ "± 0.45" of a figure with its 95 % interval: half of it, as on the board."""
        low, high = ((interval or {}).get(side) for side in ("low", "high"))
        if figure is None or low is None or high is None:
            return ""
        half = (high - low) / 2
        if self.unit == SHARE:
            return f"± {half * 100:.2f}"
        return f"± {half:,.{self._decimals(figure)}f}"

    def is_better(self, gain: float) -> bool:
        """Whether a figure that changed by so much became better."""
        return gain < 0 if self.is_loss else gain > 0

    def order(self, figure: float) -> float:
        """What to sort by, the best first."""
        return figure if self.is_loss else -figure

    def _number(self, figure: float) -> str:
        if self.unit == TARGET and figure == 0:
            return "0"
        if self.unit == TARGET and not 1e-5 < figure < 1e12:
            return f"{figure:.{self.digits}g}"
        return f"{figure:,.{self._decimals(figure)}f}"

    def _decimals(self, figure: float | None) -> int:
        """Digits after the point; whole digits are never rounded away."""
        if self.unit != TARGET or not figure:
            return self.digits
        power = int(f"{figure:.{self.digits - 1}e}".partition("e")[2])
        return min(12, max(0, self.digits - 1 - power))


def _guessed_unit(told: Mapping[str, Any]) -> str:
    """By how the server wrote the figure, where it didn't say the unit."""
    shown = str(told.get("score_text") or "")
    if shown:
        return SHARE if shown.endswith("%") else TARGET
    return TARGET if told.get("direction") == LOWER else SHARE
