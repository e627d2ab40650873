"""The projector: full screen, legible from the back row, left alone for hours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlencode

import segno
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from heldout_server.announcements import board as announcements
from heldout_server.competitions import queries as competitions
from heldout_server.leaderboard import standings, ticker
from heldout_server.models import Competition
from heldout_server.submissions import queries
from heldout_server.web.deps import Now, ReadSession, ServicesDep
from heldout_server.web.pages.answers import answer
from heldout_server.web.pages.board_view import enriched, held_awards, ticker_lines
from heldout_server.web.pages.context import CompetitionView
from heldout_server.web.pages.render import render
from heldout_server.web.pages.room_context import TvPage
from heldout_server.web.pages.views import competition_view, queue_strip

router = APIRouter(prefix="/c/{slug}/tv", include_in_schema=False)

MOST_NAMES = 3
MOST_BANNERS = 2


@dataclass(frozen=True, slots=True)
class Channel:
    """What the address asks for; the organizers' link carries the join code."""

    code: str = ""
    theme: str = "dark"
    seconds: int = 12
    rows: int = 60


def channel(
    code: Annotated[str, Query(max_length=60)] = "",
    theme: Literal["dark", "light"] = "dark",
    seconds: Annotated[int, Query(ge=3, le=600)] = 12,
    rows: Annotated[int, Query(ge=3, le=200)] = 60,
) -> Channel:
    """The parameters of the address."""
    return Channel(code.strip(), theme, seconds, rows)


ChannelDep = Annotated[Channel, Depends(channel)]


@router.get("")
def tv(
    slug: str,
    request: Request,
    services: ServicesDep,
    session: ReadSession,
    now: Now,
    asked: ChannelDep,
) -> Response:
    """The whole screen."""
    competition = competitions.by_slug(session, slug)
    shown = competition_view(session, competition, now=now)
    query = f"?{urlencode({'code': asked.code})}" if asked.code else ""
    address = f"{services.room_url(request)}{shown.join_path}"
    page = replace(
        _page(session, competition, shown, asked, _announced(session, competition, now)),
        join_url=address,
        qr=qr_code(address + query),
        code=asked.code,
        theme=asked.theme,
        seconds=asked.seconds,
    )
    return HTMLResponse(render("tv.html", page), headers={"Cache-Control": "no-cache"})


@router.get("/board")
def board(
    slug: str,
    request: Request,
    services: ServicesDep,
    session: ReadSession,
    now: Now,
    asked: ChannelDep,
) -> Response:
    """What the projector swaps in when something changed."""
    competition = competitions.by_slug(session, slug)
    shown = competition_view(session, competition, now=now)
    said = _announced(session, competition, now)
    version = (ticker.board_version(session, competition.id or 0), shown, said)
    page = services.pages.get(
        ("tv", slug, asked.rows),
        version,
        lambda: render("_tv.html", _page(session, competition, shown, asked, said)).encode(),
    )
    return answer(request, page)


@router.get("/now")
def now_scoring(slug: str, session: ReadSession, now: Now) -> Response:
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
) -> TvPage:
    assert competition.id is not None
    found = standings.page(session, competition.id, limit=asked.rows)
    held = held_awards(session, competition, is_closed=shown.is_closed)
    rows = enriched(session, competition, found.rows, held)
    return TvPage(
        competition=shown,
        rows=rows,
        total=found.total,
        leader=rows[0] if rows else None,
        queue=queue_strip(session),
        ticker=ticker_lines(session, competition),
        under_way=_under_way(session, competition),
        announcements=banners,
        limit=asked.rows,
    )


def _announced(session: Session, competition: Competition, now: datetime) -> tuple[str, ...]:
    found = announcements.shown(session, competition.id or 0, now=now)
    return tuple(one.text for one in found[:MOST_BANNERS])


def _under_way(session: Session, competition: Competition) -> tuple[str, ...]:
    return tuple(queries.names_under_way(session, competition.id or 0, limit=MOST_NAMES))
