"""The leaderboard's page and its live fragment; the same bytes for every viewer, so cached."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlmodel import Session

from heldout_server import events
from heldout_server.announcements import board as announcements
from heldout_server.baselines import rows as baselines
from heldout_server.competitions import queries as competitions
from heldout_server.leaderboard import standings
from heldout_server.models import Competition
from heldout_server.participants import joining
from heldout_server.web.deps import Now, ReadSession, ServicesDep
from heldout_server.web.pages.context import BoardPage, BoardRow, CompetitionLine, CompetitionsPage
from heldout_server.web.pages.render import render
from heldout_server.web.pages.snippet import snippet_for
from heldout_server.web.pages.views import (
    announcement_view,
    board_row,
    competition_view,
    ghost_row,
    queue_strip,
)
from heldout_server.web.services import Services

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Offset = Annotated[int, Query(ge=0, le=1_000_000)]
Limit = Annotated[int, Query(ge=1, le=500)]
ROWS_A_PAGE = 100


@router.get("/")
def home(session: ReadSession, now: Now) -> Response:
    """The only competition's board, or a list when there are several."""
    found = competitions.listed(session)
    if len(found) == 1:
        return RedirectResponse(f"/c/{found[0].slug}", status_code=307)
    lines = tuple(_line(session, competition, now) for competition in found)
    return HTMLResponse(render("competitions.html", CompetitionsPage(lines=lines)))


@router.get("/c/{slug}")
def board(
    slug: str,
    request: Request,
    services: ServicesDep,
    session: ReadSession,
    now: Now,
    offset: Offset = 0,
    limit: Limit = ROWS_A_PAGE,
) -> Response:
    """The whole page."""
    return _cached("board.html", slug, request, services, session, now, offset, limit)


@router.get("/c/{slug}/board")
def fragment(
    slug: str,
    request: Request,
    services: ServicesDep,
    session: ReadSession,
    now: Now,
    offset: Offset = 0,
    limit: Limit = ROWS_A_PAGE,
) -> Response:
    """What the live board swaps in."""
    return _cached("_board.html", slug, request, services, session, now, offset, limit)


def _cached(
    template: str,
    slug: str,
    request: Request,
    services: Services,
    session: Session,
    now: Now,
    offset: int,
    limit: int,
) -> Response:
    competition = competitions.by_slug(session, slug)
    shown = competition_view(session, competition, now=now)
    queue = queue_strip(session)
    assert competition.id is not None
    news = announcements.shown(session, competition.id, now=now)
    said = tuple(announcement_view(one) for one in news)
    # Every change of the board appends an event, so its id is the board's version on any replica;
    # an announcement also ends without one.
    latest = events.latest_id(session, competition.id)
    version = (latest, queue, shown, said, services.base_url(request))
    key = (template, slug, offset, limit)

    def build() -> bytes:
        found = standings.page(session, competition.id or 0, limit=limit, offset=offset)
        rows = tuple(board_row(row) for row in found.rows)
        leader = rows[:1] if offset == 0 else _leader(session, competition)
        page = BoardPage(
            competition=shown,
            rows=rows,
            total=found.total,
            leader=leader[0] if leader else None,
            snippet=snippet_for(services, request),
            queue=queue,
            ghosts=tuple(ghost_row(one) for one in baselines.shown(session, competition)),
            announcements=said,
            offset=offset,
            limit=limit,
        )
        return render(template, page).encode()

    return _answer(request, services.pages.get(key, version, build))


def _answer(request: Request, content: bytes) -> Response:
    tag = f'"{hashlib.sha256(content).hexdigest()[:24]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return HTMLResponse(content, headers=headers)


def _leader(session: Session, competition: Competition) -> tuple[BoardRow, ...]:
    found = standings.page(session, competition.id or 0, limit=1)
    return tuple(board_row(row) for row in found.rows)


def _line(session: Session, competition: Competition, now: Now) -> CompetitionLine:
    leader = next(iter(standings.page(session, competition.id or 0, limit=1).rows), None)
    return CompetitionLine(
        competition=competition_view(session, competition, now=now),
        participants=joining.count(session, competition.id or 0),
        leader_name=leader.participant_name if leader else None,
        leader_score=leader.score if leader else None,
    )
