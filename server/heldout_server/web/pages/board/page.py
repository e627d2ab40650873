"""The leaderboard's page and its live fragment; the same bytes for every viewer, so cached."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlmodel import Session

from heldout_server.acts import events
from heldout_server.acts.events import BOARD_TOPIC
from heldout_server.competitions import announcements
from heldout_server.competitions import queries as competitions
from heldout_server.leaderboard import recent_scores, search, standings
from heldout_server.models import Competition
from heldout_server.people import joining
from heldout_server.web.deps import Now, ReadSession, ServicesDep
from heldout_server.web.html.page_cache import Rendered, answer
from heldout_server.web.html.render import render
from heldout_server.web.pages.board.from_rows import (
    announcement_view,
    competition_view,
    queue_strip,
)
from heldout_server.web.pages.board.notebook_cell import snippet_for
from heldout_server.web.pages.board.rows import ROWS_A_PAGE, Window, board_page
from heldout_server.web.routes import Routes
from heldout_server.web.services import Services
from heldout_server.web.view_models.competitions import CompetitionLine, CompetitionsPage
from heldout_server.web.view_models.pages import QueuePage

WHOLE = "board.html"
# A cache in front keeps a fragment apart for each change that browsers have heard of.
VARY_LIVE = "Accept-Encoding, Heldout-After"
router = Routes(include_in_schema=False, default_response_class=HTMLResponse)


async def window(
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = ROWS_A_PAGE,
    find: Annotated[str, Query(max_length=60)] = "",
    around: Annotated[str, Query(max_length=24)] = "",
) -> Window:
    """The part of the board that the address asks for."""
    return Window(offset, limit, find.strip(), around)


WindowDep = Annotated[Window, Depends(window)]


@router.get("/")
def home(session: ReadSession, now: Now) -> Response:
    """The only competition's board, or a list when there are several."""
    found = competitions.listed(session)
    if len(found) == 1:
        return RedirectResponse(f"/c/{found[0].slug}", status_code=307)
    lines = tuple(_line(session, competition, now) for competition in found)
    return HTMLResponse(render("competitions.html", CompetitionsPage(lines=lines)))


@router.get("/c/{slug}")
async def board(
    slug: str,
    request: Request,
    services: ServicesDep,
    window: WindowDep,
    row: Annotated[str, Query(max_length=24)] = "",
) -> Response:
    """The whole page; `?row=` is a link to one participant, wherever they stand by now."""
    if row:
        async with services.turns.showing:
            return RedirectResponse(await run_in_threadpool(_where, slug, services, row), 307)
    return answer(request, await _shown(WHOLE, slug, request, services, window))


def _where(slug: str, services: Services, row: str) -> str:
    with services.database.read() as session:
        competition = competitions.by_slug(session, slug)
        who = search.ranked(session, competition, row)
        at = search.offset_of(session, competition.id or 0, who.id, limit=ROWS_A_PAGE)
    return f"/c/{slug}?offset={at}#row-{quote(who.id)}"


@router.get("/c/{slug}/board")
async def fragment(
    slug: str,
    request: Request,
    services: ServicesDep,
    window: WindowDep,
    heldout_after: Annotated[int, Header(ge=0)] = 0,
) -> Response:
    """What the live board swaps in.

    `Heldout-After` is the newest change of the board that the browser has heard of.
    """
    page = await _shown("_board.html", slug, request, services, window, heldout_after)
    return answer(request, page, Vary=VARY_LIVE)


@router.get("/c/{slug}/queue")
async def queue(
    slug: str,
    request: Request,
    services: ServicesDep,
    heldout_after: Annotated[int, Header(ge=0)] = 0,
) -> Response:
    """The queue strip alone: it changes with every file that arrives, the board doesn't.

    `Heldout-After` is the newest event of any kind that the browser has heard of.
    """
    read = partial(_read_queue, slug, services)
    page = await services.remembered(("_queue.html", slug), heldout_after, read)
    return answer(request, page, Vary=VARY_LIVE)


async def _shown(
    template: str,
    slug: str,
    request: Request,
    services: Services,
    window: Window,
    after: int = 0,
) -> Rendered:
    base_url = services.base_url(request)
    read = partial(_read_board, template, slug, base_url, services, window)
    # The whole page has the queue on it, a second late at most: a browser that follows the board
    # asks for the strip when it connects.
    return await services.remembered((template, slug, window, base_url), after, read, BOARD_TOPIC)


def _read_board(
    template: str, slug: str, base_url: str, services: Services, window: Window
) -> tuple[Rendered, int]:
    with services.database.read() as session:
        competition = competitions.by_slug(session, slug)
        newest = recent_scores.board_version(session, competition.id or 0)
        look = _Look(services, session, base_url, services.clock(), window)
        return _page(template, competition, newest, look), newest


def _read_queue(slug: str, services: Services) -> tuple[Rendered, int]:
    with services.database.read() as session:
        competitions.by_slug(session, slug)
        newest = events.latest_id(session)
        strip = queue_strip(session)
    page = services.pages.get(
        "queue", strip, lambda: render("_queue.html", QueuePage(queue=strip)).encode()
    )
    return page, newest


@dataclass(frozen=True)
class _Look:
    """Who looks, from where, when, at which part of the board."""

    services: Services
    session: Session
    base_url: str
    now: datetime
    window: Window


def _page(template: str, competition: Competition, newest: int, look: _Look) -> Rendered:
    services, session, base_url = look.services, look.session, look.base_url
    shown = competition_view(session, competition, now=look.now)
    queue = queue_strip(session)
    assert competition.id is not None
    news = announcements.shown(session, competition.id, now=look.now)
    said = tuple(announcement_view(one) for one in news)
    # The live fragment leaves the queue strip alone; the whole page is all that some browsers see.
    strip = queue if template == WHOLE else None
    # Every change of the board appends an event, so its id is the board's version on any replica;
    # an announcement also ends without one.
    version = (newest, shown, said, base_url, strip)

    def build() -> bytes:
        page = board_page(
            session,
            competition,
            shown,
            look.window,
            ways=services.ways.of(session, competition),
            snippet=snippet_for(services, base_url),
            queue=queue,
            announcements=said,
            share_image=f"{base_url}/c/{competition.slug}/share.png",
        )
        return render(template, page).encode()

    return services.pages.get((template, competition.slug, look.window), version, build)


def _line(session: Session, competition: Competition, now: Now) -> CompetitionLine:
    leader = next(iter(standings.page(session, competition.id or 0, limit=1).rows), None)
    return CompetitionLine(
        competition=competition_view(session, competition, now=now),
        participants=joining.count(session, competition.id or 0),
        leader_name=leader.participant_name if leader else None,
        leader_score=leader.score if leader else None,
    )
