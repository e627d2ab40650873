"""Freezing the board, and revealing the private scores at the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Response

from heldout_server.competitions import freeze_and_reveal, hardest_wall, schedule
from heldout_server.leaderboard import organizer_standings
from heldout_server.leaderboard.organizer_standings import LiveRow
from heldout_server.web.formats import counted, day_and_clock
from heldout_server.web.pages.console.forms import local
from heldout_server.web.pages.console.layout import OnePage, Said
from heldout_server.web.pages.console.request import Act, Look, Looking, OwnersWork, Shown, Working

router = APIRouter(prefix="/c/{slug}/board")

ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPage(OnePage):
    """Where the board stands; `public` and `private` are the true standings of this moment."""

    is_frozen: bool
    freeze_at: datetime | None
    freeze_text: str
    is_revealed: bool
    is_hardest_open: bool
    no_wall: str
    is_open: bool
    under_way: int
    public: tuple[LiveRow, ...]
    private: tuple[LiveRow, ...]
    total: int


@router.get("")
def board(desk: Looking) -> Response:
    """The page."""
    return desk.show(view)


@router.post("/freeze")
def freeze(desk: Working) -> Response:
    """Now, or at a time."""
    return desk.act(_freeze, view=view, which="freeze")


@router.post("/unfreeze")
def unfreeze(desk: Working) -> Response:
    """Let it move again; a planned freeze is dropped."""
    return desk.act(_unfreeze, view=view, which="unfreeze")


@router.post("/reveal")
def reveal(desk: OwnersWork) -> Response:
    """Show everybody the private scores."""
    return desk.act(_reveal, view=view, which="reveal")


@router.post("/conceal")
def conceal(desk: OwnersWork) -> Response:
    """Take the reveal back."""
    return desk.act(_conceal, view=view, which="conceal")


@router.post("/open-hardest")
def open_hardest(desk: OwnersWork) -> Response:
    """Show everybody the hidden images that most got wrong."""
    return desk.act(_open_hardest, view=view, which="hardest")


@router.post("/close-hardest")
def close_hardest(desk: OwnersWork) -> Response:
    """Take that wall down."""
    return desk.act(_close_hardest, view=view, which="hardest")


def view(look: Look) -> Shown:
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
        no_wall="" if hardest_wall.has_images(session, competition) else hardest_wall.NO_IMAGES,
        is_open=schedule.phase(competition, look.now) is schedule.Phase.OPEN,
        under_way=freeze_and_reveal.under_way(session, competition),
        public=public.rows,
        private=organizer_standings.board(session, competition, "private", limit=ROWS).rows,
        total=public.total,
    )
    return "organize/board.html", page


def _freeze(act: Act) -> Said:
    competition = act.competition
    at = act.form.moment("at", competition.timezone, "The time")
    freeze_and_reveal.freeze(act.session, act.actor, competition, at=at, now=act.now)
    when = day_and_clock(at, competition.timezone) if at else "now on"
    return Said(text=f"The board stands still from {when}. Scoring goes on.")


def _unfreeze(act: Act) -> Said:
    freeze_and_reveal.unfreeze(act.session, act.actor, act.competition, now=act.now)
    return Said(text="The board moves, with all that arrived meanwhile.")


def _reveal(act: Act) -> Said:
    close = act.form.text("close") == "yes"
    done = freeze_and_reveal.reveal(
        act.session, act.actor, act.competition, close=close, now=act.now
    )
    did = "Closed and revealed" if close else "Revealed"
    waiting = f" {counted(done.under_way, 'submission')} still being scored." * bool(done.under_way)
    return Said(text=f"{did}: everybody sees private scores and final ranks.{waiting}")


def _conceal(act: Act) -> Said:
    freeze_and_reveal.conceal(act.session, act.actor, act.competition, now=act.now)
    return Said(text="The public board is back. Whoever looked has seen the private scores.")


def _open_hardest(act: Act) -> Said:
    hardest_wall.open_wall(act.session, act.actor, act.competition, now=act.now)
    return Said(text="The wall of hardest digits is open; its images come within seconds.")


def _close_hardest(act: Act) -> Said:
    hardest_wall.close_wall(act.session, act.actor, act.competition, now=act.now)
    return Said(text="The wall is down. Whoever looked has seen those labels.")
