"""What the pages around the board show: race, participant, projector, embed, ceremony.

| class           | template                                  |
|-----------------|-------------------------------------------|
| RacePage        | race.html, souvenir.html                  |
| ParticipantPage | participant.html                          |
| TvPage          | tv.html, its fragments _tv.html, _tv_now.html |
| EmbedPage       | embed.html and its fragment _embed.html   |
| RevealPage      | reveal.html                               |
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from heldout_server.competitions.projector import Screen, View
from heldout_server.web.charts.race_chart import Chart
from heldout_server.web.view_models.board import (
    AnnouncementView,
    AwardView,
    BoardRow,
    FirstPlacePage,
    GhostRow,
    TickerLine,
    in_place,
)
from heldout_server.web.view_models.finals import FinalWall
from heldout_server.web.view_models.pages import CompetitionView, Page, QueueStrip

ALWAYS_SHOWN = 5
PODIUM = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RacePage(Page):
    """The way to the top, and its replay. `inlined` carries what the souvenir file has inside."""

    competition: CompetitionView
    chart: Chart | None
    rows: tuple[BoardRow, ...] = ()
    awards: tuple[AwardView, ...] = ()
    lead_changes: int = 0
    made_at: datetime | None = None
    style: str = ""
    script: str = ""
    data: str = ""

    @property
    def data_path(self) -> str:
        return f"{self.competition.race_path}.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """A try that was scored: `gain` over the best before it, less than 0 where it was no better;
    None: the first.
    """

    submission_id: str
    submission_name: str
    at: datetime
    score: float
    gain: float | None
    is_best: bool = True
    """Whether it was their best when it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """Whoever is one place away: `distance` in scores; `apart` says it in words, `between` adds the
    figure where `apart` counts examples.
    """

    participant_id: str
    participant_name: str
    score: float
    distance: float
    apart: str
    between: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantPage(Page):
    """One participant's way. `row` is None while nothing of theirs is scored.

    `steps` are the bests, `tries` with them the latest of the others, both earliest first.
    """

    competition: CompetitionView
    participant_id: str
    participant_name: str
    row: BoardRow | None
    total: int
    rival: Rival | None = None
    below: Rival | None = None
    steps: tuple[StepView, ...] = ()
    tries: tuple[StepView, ...] = ()
    chart: Chart | None = None
    awards: tuple[AwardView, ...] = ()
    left_today: int | None = None
    per_day: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TvPage(FirstPlacePage):
    """The projector. `qr` is the SVG of the join address; empty: it would lead to a form that asks
    for a code which nobody sees, so organizers are told where the code is. Their browsers get it at
    `code_path`.

    `under_way` names those whose submissions are being scored. `screen` is what is shown, and
    `own_query` the part of it that this screen's address asks for.
    """

    rows: tuple[BoardRow, ...]
    total: int
    leader: BoardRow | None
    queue: QueueStrip
    ticker: tuple[TickerLine, ...]
    under_way: tuple[str, ...] = ()
    announcements: tuple[AnnouncementView, ...] = ()
    ghosts: tuple[GhostRow, ...] = ()
    join_url: str = ""
    organize_url: str = ""
    code_path: str = ""
    qr: str = ""
    code: str = ""
    screen: Screen = Screen()  # noqa: RUF009 frozen
    own_query: str = ""
    awards: tuple[AwardView, ...] = ()
    chart: Chart | None = None
    final: FinalWall | None = None

    @property
    def scene(self) -> str:
        """What fills the screen: the organizers' view, in place of the board a final that goes on,
        and after the reveal the podium.
        """
        if self.final is not None and self.screen.view is View.BOARD:
            return "final"
        ended = self.competition.revealed and self.screen.view is View.BOARD and self.rows
        return "podium" if ended else self.screen.view.value

    @property
    def shows_corner(self) -> bool:
        """Whether the way to join is in sight: not once nobody can send anything."""
        wanted = self.screen.qr and not self.competition.is_closed and self.scene != "final"
        return wanted or self.screen.view is View.JOIN

    @property
    def podium(self) -> tuple[BoardRow, ...]:
        """Who stands on the steps."""
        return self.rows[:PODIUM]

    @property
    def lines(self) -> tuple[BoardRow | GhostRow, ...]:
        """People and, until the final standings, the baselines between them."""
        return self.rows[PODIUM:] if self.scene == "podium" else in_place(self.rows, self.ghosts)

    @property
    def top(self) -> tuple[BoardRow | GhostRow, ...]:
        """What is always in sight: down to the last of the first five."""
        kept = 0 if self.scene == "podium" else ALWAYS_SHOWN
        last = max((n for n, line in enumerate(self.lines, 1) if _is_among(line, kept)), default=0)
        return self.lines[:last]

    @property
    def others(self) -> tuple[BoardRow | GhostRow, ...]:
        """What is shown a page at a time."""
        return self.lines[len(self.top) :]

    @property
    def signs(self) -> tuple[AwardView, ...]:
        """The awards whose signs stand beside a name."""
        seen = {award.kind for row in self.rows for award in row.badges}
        return tuple(a for a in self.awards if a.kind in seen and a.kind != "leader")

    @property
    def ending(self) -> str:
        """What stands where "ready to score" did, once that is over."""
        return "The final standings" if self.competition.revealed else "Nothing is taken any more"

    @property
    def fragment_url(self) -> str:
        return f"{self.competition.tv_path}/board" + f"?{self.own_query}" * bool(self.own_query)

    @property
    def now_path(self) -> str:
        return f"{self.competition.tv_path}/now"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedPage(Page):
    """The first rows of the board for another site's page."""

    competition: CompetitionView
    rows: tuple[BoardRow, ...]
    total: int
    board_url: str
    limit: int
    theme: str = ""

    @property
    def fragment_url(self) -> str:
        return f"{self.competition.board_path}/embed/board?rows={self.limit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalistView:
    """A line of the final standings; the public figures are None for who came after the freeze."""

    id: str
    name: str
    public_rank: int | None
    public_score: float | None
    private_rank: int
    private_score: float
    shares_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealPage(Page):
    """The stage of the reveal. `rows` in final order, empty until the scores are public."""

    competition: CompetitionView
    rows: tuple[FinalistView, ...] = ()

    @property
    def public_data_path(self) -> str:
        return f"{self.competition.reveal_path}.json"

    @property
    def private_data_path(self) -> str:
        return f"/organize/ceremony/{self.competition.slug}"


def _is_among(line: BoardRow | GhostRow, first: int) -> bool:
    return isinstance(line, BoardRow) and line.rank is not None and line.rank <= first
