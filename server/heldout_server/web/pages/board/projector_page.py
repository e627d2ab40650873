"""The projector: full screen, legible from the back row, left alone for hours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import segno
from fastapi import APIRouter, Depends, Query, Request, Response
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
from heldout_server.leaderboard import recent_scores, standings
from heldout_server.leaderboard.progress_cache import Ways
from heldout_server.models import Competition
from heldout_server.submissions import queries
from heldout_server.web.charts.race_chart import Chart
from heldout_server.web.deps import Now, ServicesDep, ShowSession
from heldout_server.web.html.page_cache import answer
from heldout_server.web.html.render import render
from heldout_server.web.pages.board.from_rows import competition_view, queue_strip
from heldout_server.web.pages.board.race_page import chart_of, span
from heldout_server.web.pages.board.rows import enriched, held_awards, ticker_lines
from heldout_server.web.view_models.pages import CompetitionView
from heldout_server.web.view_models.room import TvPage

router = APIRouter(prefix="/c/{slug}/tv", include_in_schema=False)

MOST_NAMES = 3
MOST_BANNERS = 2
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
    query = f"?{urlencode({'code': asked.code})}" if asked.code else ""
    address = f"{services.room_url(services.base_url(request))}{shown.join_path}"
    ways = services.ways.of(session, competition)
    page = replace(
        _page(session, competition, shown, asked, _announced(session, competition, now), ways),
        join_url=address,
        qr=qr_code(address + query),
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
    version = (recent_scores.board_version(session, competition.id or 0), shown, said, screen)

    def build() -> bytes:
        ways = services.ways.of(session, competition)
        return render("_tv.html", _page(session, competition, shown, asked, said, ways)).encode()

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


def _page(
    session: Session,
    competition: Competition,
    shown: CompetitionView,
    asked: Channel,
    banners: tuple[str, ...],
    ways: Ways,
) -> TvPage:
    assert competition.id is not None
    screen = asked.on(projector.screen(competition))
    found = standings.page(session, competition.id, limit=screen.rows)
    held = held_awards(session, competition, ways, is_closed=shown.is_closed)
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
        screen=screen,
        own_query=asked.query,
        awards=held,
        chart=_chart(ways) if screen.view is View.RACE else None,
    )


def _chart(ways: Ways) -> Chart | None:
    begin, end = span(ways.ranked)
    return chart_of(ways.ranked, begin=begin, end=end, box=CHART_BOX)


def _announced(session: Session, competition: Competition, now: datetime) -> tuple[str, ...]:
    found = announcements.shown(session, competition.id or 0, now=now)
    return tuple(one.text for one in found[:MOST_BANNERS])


def _under_way(session: Session, competition: Competition) -> tuple[str, ...]:
    return tuple(queries.names_under_way(session, competition.id or 0, limit=MOST_NAMES))
