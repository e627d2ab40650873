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

from heldout_server.competitions.projector import Screen
from heldout_server.web.charts.race_chart import Chart
from heldout_server.web.view_models.board import AwardView, BoardRow, TickerLine
from heldout_server.web.view_models.pages import CompetitionView, Page, QueueStrip


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
    """A submission that was its participant's best when it came."""

    submission_id: str
    submission_name: str
    at: datetime
    score: float
    gain: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """The participant directly above: how far, in shares and in images."""

    participant_id: str
    participant_name: str
    score: float
    distance: float
    images: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantPage(Page):
    """One participant's way. `row` is None while nothing of theirs is scored."""

    competition: CompetitionView
    participant_id: str
    participant_name: str
    row: BoardRow | None
    total: int
    rival: Rival | None = None
    below: Rival | None = None
    steps: tuple[StepView, ...] = ()
    chart: Chart | None = None
    awards: tuple[AwardView, ...] = ()
    left_today: int | None = None
    per_day: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TvPage(Page):
    """The projector. `qr` is the SVG of the join address; `code` is shown if the address has it.

    `under_way` names those whose submissions are being scored. `screen` is what is shown, and
    `own_query` the part of it that this screen's address asks for.
    """

    competition: CompetitionView
    rows: tuple[BoardRow, ...]
    total: int
    leader: BoardRow | None
    queue: QueueStrip
    ticker: tuple[TickerLine, ...]
    under_way: tuple[str, ...] = ()
    announcements: tuple[str, ...] = ()
    join_url: str = ""
    qr: str = ""
    code: str = ""
    screen: Screen = Screen()  # noqa: RUF009 frozen
    own_query: str = ""
    awards: tuple[AwardView, ...] = ()
    chart: Chart | None = None

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
