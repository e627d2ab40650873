"""What the page of public and private scores shows, after the reveal.

| class   | template |
|---------|----------|
| GapPage | gap.html |
"""

from __future__ import annotations

from dataclasses import dataclass

from heldout_server.web.charts.dumbbells import Dumbbell, Dumbbells
from heldout_server.web.charts.gap_plot import GapPlot
from heldout_server.web.view_models.pages import CompetitionView, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRow:
    """Somebody's final file by public and by private examples: scores, and places among all final
    files. `gain` is how much better it was on private ones; negative: it lost. `path` is where
    their way is told; empty: to nobody else, so not on a page.
    """

    participant_id: str
    participant_name: str
    public_rank: int
    private_rank: int
    public_score: float
    private_score: float
    gain: float
    entries: int
    places: str
    """Where it may truly stand, "2–7"; empty where that is its place, or isn't known."""
    drawn: Dumbbell
    path: str

    @property
    def is_lost(self) -> bool:
        return self.gain < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing about the class: what it is, the figure, and a sentence; `name`: about whom."""

    title: str
    figure: str
    text: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GapPage(Page):
    """Public and private scores side by side. `rows` are in final order, as far as they are shown;
    `total` is how many there are.
    """

    competition: CompetitionView
    rows: tuple[GapRow, ...]
    total: int
    facts: tuple[Fact, ...]
    axis: Dumbbells
    plot: GapPlot | None
