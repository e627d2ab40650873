"""The projector: full screen, legible from the back row, left alone for hours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import segno
from fastapi import Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from heldout_server.competitions import announcements, projector
from heldout_server.competitions import queries as competitions
from heldout_server.competitions.projector import (
    FEWEST_ROWS,
    FEWEST_SECONDS,
    MOST_ROWS,
    MOST_SECONDS,
    Screen,
    Size,
    Theme,
    View,
)
from heldout_server.finals import final_phases
from heldout_server.leaderboard import audience, recent_scores, standings
from heldout_server.leaderboard.luck import first_place
from heldout_server.leaderboard.progress_cache import ClassProgress
from heldout_server.models import Competition, DrawnFinal
from heldout_server.submissions import queries
from heldout_server.web.charts.race_chart import Chart
from heldout_server.web.deps import Now, ServicesDep, ShowSession
from heldout_server.web.html.page_cache import answer
from heldout_server.web.html.render import render
from heldout_server.web.pages.board.baseline_rows import ghosts
from heldout_server.web.pages.board.final_wall import final_wall
from heldout_server.web.pages.board.from_rows import (
    announcement_view,
    competition_view,
    queue_strip,
)
from heldout_server.web.pages.board.race_page import chart_of, span
from heldout_server.web.pages.board.rows import enriched, held_awards, ticker_lines
from heldout_server.web.room_addresses import join_path, room_code, screen_path, short_path
from heldout_server.web.routes import Routes
from heldout_server.web.services import Services
from heldout_server.web.view_models.board import AnnouncementView
from heldout_server.web.view_models.finals import FinalWall
from heldout_server.web.view_models.pages import CompetitionView
from heldout_server.web.view_models.room import TvPage

router = Routes(prefix="/c/{slug}/tv", include_in_schema=False)

MOST_NAMES = 3
MOST_BANNERS = 2
LONG_BANNER = 130
"""From so many characters on one announcement is all that a wall has room for."""
CHART_BOX = (860.0, 390.0)
"""Smaller than on the page, so that the same letters are larger on the wall."""


@dataclass(frozen=True, slots=True)
class Channel:
    """What the address asks for: it wins over what organizers have set for all screens.

    The organizers' link carries the join code.
    """

    code: str
    own: tuple[tuple[str, Any], ...]

    def on(self, screen: Screen) -> Screen:
        """What this one screen shows."""
        return replace(screen, **dict(self.own))

    @property
    def query(self) -> str:
        """The address's own wishes, for the fragments of the same screen."""
        return urlencode([(name, str(value).lower()) for name, value in self.own])


def channel(
    code: Annotated[str, Query(max_length=60)] = "",
    view: View | None = None,
    theme: Theme | None = None,
    size: Size | None = None,
    scroll: bool | None = None,
    seconds: Annotated[int | None, Query(ge=FEWEST_SECONDS, le=MOST_SECONDS)] = None,
    rows: Annotated[int | None, Query(ge=FEWEST_ROWS, le=MOST_ROWS)] = None,
    qr: bool | None = None,
) -> Channel:
    """The parameters of the address."""
    asked = {"view": view, "theme": theme, "size": size, "scroll": scroll, "seconds": seconds,
             "rows": rows, "qr": qr}  # fmt: skip
    return Channel(code.strip(), tuple((n, v) for n, v in asked.items() if v is not None))


ChannelDep = Annotated[Channel, Depends(channel)]


@router.get("")
def tv(
    slug: str,
    request: Request,
    services: ServicesDep,
    session: ShowSession,
    now: Now,
    asked: ChannelDep,
) -> Response:
    """The whole screen."""
    competition = competitions.by_slug(session, slug)
    shown = competition_view(session, competition, now=now)
    room = services.room_url(services.base_url(request))
    wall = _wall(session, competition, _final(session, competition, now), room)
    said = _announced(session, competition, now)
    page = replace(
        _page(session, services, competition, shown, asked, said, wall),
        join_url=room + short_path(),
        organize_url=f"{room}/organize",
        code_path=screen_path(slug),
        qr=_way_in(competition, room, asked.code),
        code=asked.code,
    )
    return HTMLResponse(render("tv.html", page), headers={"Cache-Control": "no-cache"})


@router.get("/board")
def board(
    slug: str,
    request: Request,
    services: ServicesDep,
    session: ShowSession,
    now: Now,
    asked: ChannelDep,
) -> Response:
    """What the projector swaps in when something changed."""
    competition = competitions.by_slug(session, slug)
    shown = competition_view(session, competition, now=now)
    said = _announced(session, competition, now)
    screen = asked.on(projector.screen(competition))
    final = _final(session, competition, now)
    # The final's part has the room's address in it.
    room = services.room_url(services.base_url(request)) if final else ""
    version = (recent_scores.board_version(session, competition.id or 0), shown, said, screen,
               final.version if final else None, room)  # fmt: skip

    def build() -> bytes:
        wall = _wall(session, competition, final, room)
        page = _page(session, services, competition, shown, asked, said, wall)
        return render("_tv.html", page).encode()

    return answer(request, services.pages.get(("tv", slug, asked.own), version, build))


@router.get("/now")
def now_scoring(slug: str, session: ShowSession, now: Now) -> Response:
    """The line that says whose submission is being scored."""
    competition = competitions.by_slug(session, slug)
    shown = competition_view(session, competition, now=now)
    page = TvPage(
        competition=shown, rows=(), total=0, leader=None, ticker=(),
        queue=queue_strip(session), under_way=_under_way(session, competition),
    )  # fmt: skip
    return HTMLResponse(render("_tv_now.html", page), headers={"Cache-Control": "no-store"})


def qr_code(address: str) -> str:
    """An SVG of the address as a QR code, dark on light whatever the theme: scanners need that."""
    return str(segno.make(address, error="m", micro=False).svg_inline(border=2, omitsize=True))


def _way_in(competition: Competition, room: str, code: str) -> str:
    """The QR code of the join page; none where that would ask for a code which nobody sees."""
    if room_code(competition) and not code:
        return ""
    return qr_code(room + (short_path(code) if code else join_path(competition.slug)))


def _page(
    session: Session,
    services: Services,
    competition: Competition,
    shown: CompetitionView,
    asked: Channel,
    banners: tuple[AnnouncementView, ...],
    wall: FinalWall | None,
) -> TvPage:
    assert competition.id is not None
    screen = asked.on(projector.screen(competition))
    if wall is not None and screen.view is View.BOARD:
        # Five times a second, while a class draws: nothing of the board is in sight then.
        return TvPage(
            competition=shown, rows=(), total=standings.total(session, competition.id), leader=None,
            queue=queue_strip(session), ticker=(), announcements=banners, screen=screen,
            own_query=asked.query, final=wall,
        )  # fmt: skip
    ways = services.ways.of(session, competition)
    found = standings.page(session, competition.id, limit=screen.rows)
    held = held_awards(competition, shown, ways, found)
    rows = enriched(session, competition, found.rows, ways, held)
    return TvPage(
        competition=shown,
        rows=rows,
        total=found.total,
        leader=rows[0] if rows else None,
        queue=queue_strip(session),
        ticker=ticker_lines(session, competition),
        under_way=_under_way(session, competition),
        announcements=banners,
        ghosts=ghosts(session, competition),
        screen=screen,
        own_query=asked.query,
        awards=held,
        first_place=first_place(session, competition, found),
        chart=_chart(ways, competition.metric) if screen.view is View.RACE else None,
        final=wall,
    )


def _final(session: Session, competition: Competition, now: datetime) -> DrawnFinal | None:
    """The final, while it is on the wall."""
    found = final_phases.of_competition(session, competition)
    return found if final_phases.is_on_the_wall(found, now=now) else None


def _wall(
    session: Session, competition: Competition, final: DrawnFinal | None, room: str
) -> FinalWall | None:
    return final_wall(session, competition, final, room) if final else None


def _chart(ways: ClassProgress, metric: str) -> Chart | None:
    begin, end = span(ways.ranked)
    return chart_of(ways.ranked, metric, begin=begin, end=end, box=CHART_BOX)


def _announced(
    session: Session, competition: Competition, now: datetime
) -> tuple[AnnouncementView, ...]:
    found = announcements.shown(session, competition.id or 0, now=now)[:MOST_BANNERS]
    is_much = sum(len(one.text) for one in found) > LONG_BANNER
    return tuple(announcement_view(one) for one in (found[:1] if is_much else found))


def _under_way(session: Session, competition: Competition) -> tuple[str, ...]:
    found = queries.names_under_way(
        session,
        competition.id or 0,
        *audience.shows(competition),
        name=audience.names(competition, of_teams=False),
        limit=MOST_NAMES,
    )
    return tuple(found)
