"""What the leaderboard shows: rows with their trends and intervals, awards, the ticker."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlmodel import Session

from heldout_server.leaderboard import awards, finding, history, standings, ticker
from heldout_server.leaderboard.history import Try
from heldout_server.leaderboard.intervals import wilson
from heldout_server.leaderboard.standings import Standing, Standings
from heldout_server.models import Competition
from heldout_server.web.pages.awards import award_view
from heldout_server.web.pages.context import (
    AwardView,
    BoardPage,
    BoardRow,
    CompetitionView,
    QueueStrip,
    TickerLine,
)
from heldout_server.web.pages.snippets import Snippet
from heldout_server.web.pages.views import board_row

ROWS_A_PAGE = 100
TREND_TRIES = 24
TICKER_LINES = 8


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of the board: a page, the rows with a name in them, or those around somebody."""

    offset: int = 0
    limit: int = ROWS_A_PAGE
    find: str = ""
    around: str = ""


def board_page(
    session: Session,
    competition: Competition,
    shown: CompetitionView,
    window: Window,
    *,
    snippet: Snippet,
    queue: QueueStrip,
    share_image: str | None = None,
) -> BoardPage:
    """The board as everyone sees it."""
    assert competition.id is not None
    found = _rows(session, competition.id, window)
    held = held_awards(session, competition.id)
    return BoardPage(
        competition=shown,
        rows=enriched(session, competition.id, found.rows, held),
        total=standings.total(session, competition.id),
        leader=_leader(session, competition.id),
        snippet=snippet,
        queue=queue,
        offset=window.offset,
        limit=window.limit,
        find=window.find,
        around=window.around,
        awards=held,
        ticker=ticker_lines(session, competition.id),
        share_image=share_image,
    )


def held_awards(session: Session, competition_id: int) -> tuple[AwardView, ...]:
    """Every award that somebody holds."""
    people = awards.ways(history.tries(session, competition_id))
    known = history.measures(session, [way.best.submission_id for way in people])
    return tuple(award_view(award) for award in awards.awards(people, known))


def ticker_lines(session: Session, competition_id: int) -> tuple[TickerLine, ...]:
    """The newest scores, newest first."""
    return tuple(
        TickerLine(
            id=one.id,
            at=one.at,
            participant_id=one.participant_id,
            participant_name=one.participant_name,
            submission_name=one.submission_name,
            score=one.score,
            rank=one.rank,
        )
        for one in ticker.latest(session, competition_id, limit=TICKER_LINES)
    )


def enriched(
    session: Session,
    competition_id: int,
    rows: tuple[Standing, ...],
    held: tuple[AwardView, ...] = (),
) -> tuple[BoardRow, ...]:
    """The rows with what their participants' tries tell."""
    people = [row.participant_id for row in rows]
    tries = history.by_participant(history.tries(session, competition_id, participants=people))
    return tuple(_row(row, tries.get(row.participant_id, []), held) for row in rows)


def _row(standing: Standing, tries: list[Try], held: tuple[AwardView, ...]) -> BoardRow:
    row = replace(
        board_row(standing),
        badges=tuple(a for a in held if a.participant_id == standing.participant_id),
    )
    steps = history.improvements(tries)
    if not steps:
        return row
    best = steps[-1]
    interval = wilson(best.examples - best.error_count, best.examples)
    return replace(
        row,
        low=interval.low,
        high=interval.high,
        trend=tuple(one.score for one in tries[-TREND_TRIES:]),
        gain=best.score - steps[-2].score if len(steps) > 1 else None,
    )


def _rows(session: Session, competition_id: int, window: Window) -> Standings:
    if window.find:
        return finding.named(session, competition_id, window.find)
    if window.around:
        return finding.around(session, competition_id, window.around)
    return standings.page(session, competition_id, limit=window.limit, offset=window.offset)


def _leader(session: Session, competition_id: int) -> BoardRow | None:
    first = next(iter(standings.page(session, competition_id, limit=1).rows), None)
    return board_row(first) if first else None
