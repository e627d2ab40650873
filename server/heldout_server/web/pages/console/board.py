"""Freezing the board, and revealing the private scores at the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import Response

from heldout_server.competitions import (
    first_contest,
    freeze_and_reveal,
    hardest_wall,
    queries,
    schedule,
)
from heldout_server.leaderboard import organizer_standings
from heldout_server.leaderboard.organizer_standings import LiveRow
from heldout_server.web.pages.console import act_forms
from heldout_server.web.pages.console.forms import local
from heldout_server.web.pages.console.layout import HOME, OnePage
from heldout_server.web.pages.console.request import PageContext, Reading, TemplatePage
from heldout_server.web.routes import Routes

router = Routes(prefix="/c/{slug}/board")

ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class StillAsking:
    """Another competition on the same hidden images that isn't over; nobody has come to an empty
    one.
    """

    title: str
    path: str
    is_empty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPage(OnePage):
    """Where the board stands; `public` and `private` are the true standings of this moment.

    `still_asking` keeps the wall of hardest examples shut.
    """

    is_frozen: bool
    freeze_at: datetime | None
    freeze_text: str
    is_revealed: bool
    is_hardest_open: bool
    no_wall: str
    still_asking: StillAsking | None
    is_open: bool
    under_way: int
    public: tuple[LiveRow, ...]
    private: tuple[LiveRow, ...]
    total: int


def view(look: PageContext) -> TemplatePage:
    """The page."""
    session, competition = look.session, look.competition
    public = organizer_standings.board(session, competition, "public", limit=ROWS)
    page = BoardPage(
        frame=look.section("board"),
        competition=look.view,
        is_frozen=schedule.is_frozen(competition, look.now),
        freeze_at=competition.freeze_at,
        freeze_text=local(competition.freeze_at, competition.timezone),
        is_revealed=competition.revealed_at is not None,
        is_hardest_open=schedule.shows_hardest(competition),
        no_wall="" if hardest_wall.can_show(session, competition) else hardest_wall.NOT_SHOWN,
        still_asking=_still_asking(look),
        is_open=schedule.phase(competition, look.now) is schedule.Phase.OPEN,
        under_way=freeze_and_reveal.under_way(session, competition),
        public=public.rows,
        private=organizer_standings.board(session, competition, "private", limit=ROWS).rows
        if look.frame.shows_private
        else (),
        total=public.total,
    )
    return "organize/board.html", page


def _still_asking(look: PageContext) -> StillAsking | None:
    other = queries.still_asking(look.session, look.competition, look.now)
    if other is None:
        return None
    empty = first_contest.is_empty(look.session, other)
    return StillAsking(title=other.title, path=f"{HOME}/c/{other.slug}", is_empty=empty)


@router.get("")
def board(asked: Reading) -> Response:
    """The page."""
    return asked.show(view)


act_forms.add(
    router,
    view,
    {
        "/freeze": freeze_and_reveal.freeze_board,
        "/unfreeze": freeze_and_reveal.unfreeze_board,
        "/reveal": freeze_and_reveal.reveal_board,
        "/conceal": freeze_and_reveal.conceal_board,
        "/open-hardest": freeze_and_reveal.open_hardest_digits,
        "/close-hardest": freeze_and_reveal.close_hardest_digits,
    },
)
