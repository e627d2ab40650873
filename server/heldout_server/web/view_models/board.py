"""What the leaderboard shows: its rows and all that stands around them.

| class           | template                              |
|-----------------|---------------------------------------|
| BoardPage       | board.html and its fragment _board.html |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import ClassVar, Literal
from urllib.parse import urlencode

from heldout_server.leaderboard import audience
from heldout_server.leaderboard.luck import FirstPlace
from heldout_server.leaderboard.ties import Tie
from heldout_server.web.view_models.notebook_snippet import Snippet
from heldout_server.web.view_models.pages import CompetitionView, Page, QueueStrip

NOTHING_WAITS = QueueStrip()

Bracket = Literal["", "first", "middle", "last"]
"""Which part of the bracket beside the rows of a tie stands beside this one; empty: none."""


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
    tie: Tie | None = None
    """What of the place may be luck; None while that isn't known."""
    bracket: Bracket = ""
    is_baseline: ClassVar[bool] = False

    @property
    def margin(self) -> float | None:
        """Half the width of the interval: the ± beside a score."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2

    @property
    def submission_path(self) -> str:
        return f"/submissions/{self.submission_id}"

    @property
    def places(self) -> str:
        """Where the row may truly stand: "2–7"; empty where it is its place, or isn't known."""
        return self.tie.places if self.tie is not None else ""

    @property
    def place_words(self) -> str:
        """The place as it is read out, with what of it may be luck."""
        luck = self.tie.words if self.tie is not None else ""
        beside = ", too close to call with the rows beside it" if self.bracket else ""
        return f"{self.rank}{luck and f', {luck}'}{beside}"


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
    bracket: Bracket = ""
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
class FirstPlacePage(Page):
    """A page with the first place on it: how sure it is, and once it is final who shares it.

    `first_place` is None where there are no two rows.
    """

    competition: CompetitionView
    first_place: FirstPlace | None = None

    @property
    def first_words(self) -> str:
        """How sure the first place is, in one sentence; empty where nobody could share it."""
        return first_words(self.first_place, self.competition.dataset.noun)

    @property
    def sharing(self) -> int:
        """How many share the final first place; 0: nobody but its holder, or it isn't known."""
        found = self.first_place.sharing if self.competition.revealed and self.first_place else 0
        return found if found > 1 else 0

    def shares_first(self, row: BoardRow | GhostRow) -> bool:
        """Whether this row is one of those, the first itself among them."""
        tie = row.tie if isinstance(row, BoardRow) else None
        return self.sharing > 0 and tie is not None and tie.tied_with_leader is True


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPage(FirstPlacePage):
    """The leaderboard, the same for every viewer (so that it can be cached and has an ETag).

    `rows` is one page of `total` participants, beginning after `offset`; or those whose name
    contains `find`; or those around the participant `around`. `leader` is rank 1 whatever is shown.
    `snippet` is what the empty board shows; its code stays a placeholder unless the organizers
    want the join code public.
    """

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
        if later >= self._last_shown:
            return None
        return f"{self.competition.board_path}{self._query(later)}"

    @property
    def _last_shown(self) -> int:
        """The last rank that everybody may see."""
        spans = audience.spans(self.competition.board_rule, self.competition.board_top, None)
        return self.total if spans is None else max((span.stop - 1 for span in spans), default=0)

    def _query(self, offset: int) -> str:
        return f"?offset={offset}" if offset else ""


def first_words(first: FirstPlace | None, noun: str) -> str:
    """How sure the first place is, in one sentence, empty where that isn't known; `noun`: what one
    example is.
    """
    if first is None or not first.sharing:
        return ""
    if first.examples_needed is not None:
        return (
            f"About {first.examples_needed:,} hidden {noun}s would tell the first two apart; "
            f"this board counts {first.examples:,}."
        )
    if first.sharing == 1:
        return "The first place is clear: luck alone would hardly do it."
    return f"The first place is too close to call between {first.sharing:,}."


def bracketed(rows: Sequence[BoardRow]) -> tuple[BoardRow, ...]:
    """The rows with the brackets of the ties that several of them form."""
    tied = [_are_tied(one, other) for one, other in pairwise(rows)]
    before, behind = [False, *tied], [*tied, False]
    places = (BRACKETS[there] for there in zip(before, behind, strict=True))
    return tuple(
        row if row.bracket == bracket else replace(row, bracket=bracket)
        for row, bracket in zip(rows, places, strict=False)
    )


BRACKETS: dict[tuple[bool, bool], Bracket] = {
    (False, False): "", (False, True): "first", (True, True): "middle", (True, False): "last",
}  # fmt: skip
"""By whether the row before is of the same tie, and the one behind."""


def _are_tied(one: BoardRow, other: BoardRow) -> bool:
    if one.tie is None or other.tie is None or one.tie.tie_group is None:
        return False
    are_neighbours = (one.rank or 0) + 1 == other.rank
    return are_neighbours and one.tie.tie_group == other.tie.tie_group


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
        # A tie goes on past a baseline that stands among its rows.
        beside: Bracket = "middle" if row.bracket in ("first", "middle") else ""
        lines += [replace(ghost, bracket=beside) for ghost in ghosts if ghost.above == place]
    return tuple(lines)
