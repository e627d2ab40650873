"""The evening's switches: pause, extend, freeze, reveal; and the standings of this moment."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import Query

from heldout_server.leaderboard import organizer_standings
from heldout_server.tasks import scores
from heldout_server.web.api.admin.competitions import ToRead
from heldout_server.web.deps import ReadSession
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.competitions import LiveBoardOut, LiveRowOut

router = Routes()


@router.get("/competitions/{slug}/standings")
def get_live_standings(
    competition: ToRead,
    session: ReadSession,
    split: Annotated[Literal["public", "private"], Query()] = "public",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> LiveBoardOut:
    """The standings of this moment, frozen or not, on either split: for organizers' eyes only."""
    board = organizer_standings.board(session, competition, split, limit=limit)
    metric = competition.metric
    rows = [
        LiveRowOut(
            **scores.with_figures(asdict(row), metric, "score"),
            score_text=scores.text(row.score, metric),
        )
        for row in board.rows
    ]
    return LiveBoardOut(
        split=split,
        metric=metric,
        direction=scores.direction(metric).value,
        total=board.total,
        rows=rows,
    )
