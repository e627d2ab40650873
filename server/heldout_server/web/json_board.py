"""The board as JSON: kept as bytes, and dropped by the same rule as the board's page.

Where a competition shows everybody to everybody, a token makes no difference to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from fastapi.concurrency import run_in_threadpool
from sqlmodel import Session

from heldout_server.acts.events import BOARD_TOPIC
from heldout_server.baselines import rows as baselines
from heldout_server.competitions import queries as competitions
from heldout_server.competitions.schedule import is_frozen
from heldout_server.leaderboard import gap, recent_scores, standings
from heldout_server.leaderboard.audience import ANYBODY, Viewer
from heldout_server.leaderboard.luck import luck
from heldout_server.models import BoardRule, Competition
from heldout_server.web.html.page_cache import Rendered
from heldout_server.web.schemas import from_rows
from heldout_server.web.services import Services

JSON = "application/json"
USUAL_ROWS, ALL_ROWS = 100, 2000
"""What the API gives where nothing else is asked for, and what `board.json` has."""


@dataclass(frozen=True)
class Part:
    """Rows `offset` to `offset + limit` of a competition's board, with addresses of this server."""

    slug: str
    limit: int
    offset: int
    base_url: str

    @property
    def is_kept(self) -> bool:
        """Whether many ask for just this; any other window would push theirs out of memory."""
        return self.offset == 0 and self.limit in (USUAL_ROWS, ALL_ROWS)


async def shown(services: Services, part: Part, viewer: Viewer) -> Rendered:
    """This part as the viewer may see it. Raises not_found."""
    read = partial(_read, services, part)
    if viewer == ANYBODY and part.is_kept:
        return await services.remembered(("board.json", part), 0, read, BOARD_TOPIC)
    async with services.turns.showing:
        page, _ = await run_in_threadpool(read, viewer)
    return page


def _read(services: Services, part: Part, viewer: Viewer = ANYBODY) -> tuple[Rendered, int]:
    with services.database.read() as session:
        competition = competitions.by_slug(session, part.slug)
        newest, now = recent_scores.board_version(session, competition.id or 0), services.clock()
        is_own = viewer != ANYBODY and competition.board_rule != BoardRule.EVERYBODY
        if is_own or not part.is_kept:
            return Rendered.of(_board(session, competition, part, viewer, now)), newest
        version = (newest, competition.title, is_frozen(competition, now))
        build = partial(_board, session, competition, part, ANYBODY, now)
        return services.pages.get(("board.json", part), version, build), newest


def _board(
    session: Session, competition: Competition, part: Part, viewer: Viewer, now: datetime
) -> bytes:
    assert competition.id is not None
    found = standings.page(
        session, competition.id, limit=part.limit, offset=part.offset, viewer=viewer
    )
    files = standings.unranked(session, competition, viewer=viewer)
    board = from_rows.leaderboard_out(
        competition,
        found,
        files,
        baselines.shown(session, competition),
        luck(session, competition, (*found.rows, *files)),
        gap.public_scores(
            session, competition, [row.submission_id for row in (*found.rows, *files)]
        ),
        part.base_url,
        standings.updated_at(session, competition.id),
        now=now,
    )
    return board.model_dump_json().encode()
