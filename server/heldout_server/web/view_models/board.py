"""What the leaderboard shows: its rows and all that stands around them.

| class           | template                              |
|-----------------|---------------------------------------|
| BoardPage       | board.html and its fragment _board.html |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlencode

from heldout_server.web.view_models.notebook_snippet import Snippet
from heldout_server.web.view_models.pages import CompetitionView, Page, QueueStrip

NOTHING_WAITS = QueueStrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardView:
    """An award in words: what for, who holds it, and the figure behind it."""

    kind: str
    title: str
    meaning: str
    figure: str
    sign: str
    participant_id: str
    participant_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TickerLine:
    """A score as it was announced; `rank` is the participant's place at that moment."""

    id: int
    at: datetime
    participant_id: str
    participant_name: str
    submission_name: str
    score: float
    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """A participant's best scored submission. `rank` 1 leads; the rows arrive in rank order. None:
    a prediction file where models only are ranked.

    `low` and `high` are the score's interval; `trend` is the score of each of the latest tries,
    oldest first; `gain` is how much the last improvement added.
    """

    rank: int | None
    participant_id: str
    participant_name: str
    submission_id: str
    submission_name: str | None
    score: float
    reached_at: datetime
    entries: int
    """How many of the participant's submissions were scored."""
    error_count: int | None = None
    low: float | None = None
    high: float | None = None
    trend: tuple[float, ...] = ()
    gain: float | None = None
    badges: tuple[AwardView, ...] = ()
    kind: str = "model"
    is_baseline: ClassVar[bool] = False

    @property
    def margin(self) -> float | None:
        """Half the width of the interval: the ± beside a score."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2

    @property
    def submission_path(self) -> str:
        return f"/submissions/{self.submission_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class GhostRow:
    """A baseline: never ranked, and shown below the `above` rows that are as good or better.

    `is_reported`: organizers gave the score, nobody measured it.
    """

    id: str
    kind: str
    name: str
    score: float
    error_count: int | None = None
    is_reported: bool = False
    above: int = 0
    is_baseline: ClassVar[bool] = True
    low: ClassVar[None] = None
    high: ClassVar[None] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementView:
    """What organizers tell the room; `level` is info or warning, `until` None: no end."""

    id: str
    text: str
    level: str
    created_at: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPage(Page):
    """The leaderboard, the same for every viewer (so that it can be cached and has an ETag).

    `rows` is one page of `total` participants, beginning after `offset`; or those whose name
    contains `find`; or those around the participant `around`. `leader` is rank 1 whatever is shown.
    `snippet` is what the empty board shows; its code stays a placeholder unless the organizers
    want the join code public.
    """

    competition: CompetitionView
    rows: tuple[BoardRow, ...]
    total: int
    leader: BoardRow | None
    snippet: Snippet
    queue: QueueStrip = NOTHING_WAITS
    ghosts: tuple[GhostRow, ...] = ()
    unranked: tuple[BoardRow, ...] = ()
    """Prediction files where models only are ranked, on every page that isn't narrowed."""
    announcements: tuple[AnnouncementView, ...] = ()
    offset: int = 0
    limit: int = 100
    find: str = ""
    around: str = ""
    awards: tuple[AwardView, ...] = ()
    ticker: tuple[TickerLine, ...] = ()

    @property
    def lines(self) -> tuple[BoardRow | GhostRow, ...]:
        """The rows and, unless they are picked by name, the baselines between them."""
        return self.rows if self.find else in_place(self.rows, self.ghosts)

    @property
    def is_narrowed(self) -> bool:
        """Whether only some rows are shown."""
        return bool(self.find or self.around)

    @property
    def fragment_url(self) -> str:
        """Where the live board fetches this very page of rows again."""
        narrowed = {"find": self.find, "around": self.around}
        query = urlencode({name: value for name, value in narrowed.items() if value})
        query = f"?{query}" if query else self._query(self.offset)
        return f"{self.competition.fragment_path}{query}"

    @property
    def previous_url(self) -> str | None:
        if self.offset == 0:
            return None
        earlier = max(0, self.offset - self.limit)
        return f"{self.competition.board_path}{self._query(earlier)}"

    @property
    def next_url(self) -> str | None:
        later = self.offset + self.limit
        if later >= self.total:
            return None
        return f"{self.competition.board_path}{self._query(later)}"

    def _query(self, offset: int) -> str:
        return f"?offset={offset}" if offset else ""


def in_place(
    rows: Sequence[BoardRow], ghosts: Sequence[GhostRow]
) -> tuple[BoardRow | GhostRow, ...]:
    """Rows of neighbouring ranks with the baselines that belong between them, best first.

    At the edge of a page a baseline stands once: at the end of the upper one.
    """
    if not rows:
        return ()
    before = (rows[0].rank or 1) - 1
    lines: list[BoardRow | GhostRow] = [ghost for ghost in ghosts if ghost.above == before == 0]
    for place, row in enumerate(rows, before + 1):
        lines.append(row)
        lines += [ghost for ghost in ghosts if ghost.above == place]
    return tuple(lines)
