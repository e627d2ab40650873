"""How a model answers practice examples, as pages draw it; see `pages.py` for the rules."""

from __future__ import annotations

from dataclasses import dataclass

from heldout_server.web.charts.plot import Plot


@dataclass(frozen=True, slots=True)
class LabelRow:
    """How one label of several is answered: counts, and shares from 0 to 1."""

    name: str
    examples: int
    predicted: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class PracticeFigures:
    """Charts, or rows of labels; `outputs_left_out` counts targets that have no chart."""

    plots: tuple[Plot, ...] = ()
    labels: tuple[LabelRow, ...] = ()
    outputs_left_out: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.plots or self.labels)


@dataclass(frozen=True, slots=True)
class FarOff:
    """A practice example that is answered wrong: a picture, or cells of its row; `number` is its
    place from 1. `answers` follow the headings of the page's table.
    """

    number: int
    image: str
    row: tuple[tuple[str, str], ...]
    answers: tuple[str, ...]


NOTHING_DRAWN = PracticeFigures()
