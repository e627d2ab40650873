"""What a row of the standings is drawn of: values that equal each other are drawn once and kept.

A score moves one row, and with it the places of those between where it was and where it is: so what
stands beside the place is a value of its own, which stays as it was for all the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from heldout_server.web.pages.board.score_dots import Dot
from heldout_server.web.view_models.board import AwardView, BoardPage, BoardRow, Bracket
from heldout_server.web.view_models.pages import CompetitionView

MARGIN_WORDS = (
    "the line beside it is where the score would lie, 19 times in 20, on other {noun}s of the same "
    "kind."
)


@dataclass(frozen=True, slots=True)
class RowContest:
    """What of a contest its rows are drawn of."""

    board_path: str
    metric: str
    timezone: str
    labels_are_public: bool
    margin_words: str


@dataclass(frozen=True, slots=True)
class RowCells:
    """A row of `BoardRow`, without its place and what hangs on that; the same names mean the same.

    `margin`: half the width of the interval from `low` to `high`.
    """

    contest: RowContest
    participant_id: str
    participant_name: str
    submission_path: str
    submission_name: str | None
    kind: str
    score: float
    reached_at: datetime
    entries: int
    error_count: int | None
    low: float | None
    high: float | None
    margin: float | None
    trend: tuple[float, ...]
    gain: float | None
    badges: tuple[AwardView, ...]
    dot: Dot
    shares_first: bool


@dataclass(frozen=True, slots=True)
class StandingsRow:
    """A row with its place. `has_places`: there is room for those where it may truly stand."""

    cells: RowCells
    rank: int
    places: str
    place_words: str
    bracket: Bracket
    has_places: bool
    is_around: bool


@dataclass(frozen=True, slots=True)
class UnrankedRow:
    """A row that has no place."""

    contest: RowContest
    row: BoardRow


def row_contest(competition: CompetitionView) -> RowContest:
    """What of a competition its rows are drawn of."""
    dataset = competition.dataset
    return RowContest(
        competition.board_path,
        competition.metric,
        competition.timezone,
        dataset.labels_are_public,
        MARGIN_WORDS.format(noun=dataset.noun),
    )


def standings_row(page: BoardPage, contest: RowContest, row: BoardRow, dot: Dot) -> StandingsRow:
    """A ranked row as it stands on this page."""
    return StandingsRow(
        row_cells(contest, row, dot, page.shares_first(row)), row.rank or 0, row.places,
        row.place_words, row.bracket, page.total > 1, row.participant_id == page.around,
    )  # fmt: skip


def row_cells(contest: RowContest, row: BoardRow, dot: Dot, shares_first: bool) -> RowCells:
    """What this row shows beside its place."""
    return RowCells(
        contest, row.participant_id, row.participant_name, row.submission_path,
        row.submission_name, row.kind, row.score, row.reached_at, row.entries, row.error_count,
        row.low, row.high, row.margin, row.trend, row.gain, row.badges, dot, shares_first,
    )  # fmt: skip
