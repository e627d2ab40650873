"""What the leaderboard shows: rows with their trends and intervals, awards, the ticker."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlmodel import Session

from heldout_server.leaderboard import awards, recent_scores, search, standings
from heldout_server.leaderboard.attempts import Measures
from heldout_server.leaderboard.awards import Award, AwardKind
from heldout_server.leaderboard.confidence_interval import Interval
from heldout_server.leaderboard.luck import first_place, ties_of
from heldout_server.leaderboard.margins import margins
from heldout_server.leaderboard.progress import Progress
from heldout_server.leaderboard.progress_cache import ClassProgress
from heldout_server.leaderboard.standings import Standing, Standings
from heldout_server.leaderboard.ties import Tie
from heldout_server.models import Competition
from heldout_server.runs.sharing import shares
from heldout_server.web.pages.board.award_words import award_view
from heldout_server.web.pages.board.baseline_rows import ghosts
from heldout_server.web.pages.board.from_rows import board_row
from heldout_server.web.view_models.board import (
    AnnouncementView,
    AwardView,
    BoardPage,
    BoardRow,
    TickerLine,
    bracketed,
)
from heldout_server.web.view_models.notebook_snippet import Snippet
from heldout_server.web.view_models.pages import CompetitionView, QueueStrip

ROWS_A_PAGE = 100
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
    ways: ClassProgress,
    snippet: Snippet,
    queue: QueueStrip,
    announcements: tuple[AnnouncementView, ...] = (),
    share_image: str | None = None,
) -> BoardPage:
    """The board as everyone sees it."""
    assert competition.id is not None
    who = search.ranked(session, competition, window.around).id if window.around else ""
    found = _rows(session, competition, replace(window, around=who))
    is_top = not (window.offset or window.find or who)
    top = found if is_top else standings.page(session, competition.id, limit=1)
    held = held_awards(competition, shown, ways, top)
    return BoardPage(
        competition=shown,
        rows=enriched(session, competition, found.rows, ways, held),
        total=top.total,
        leader=board_row(top.rows[0]) if top.rows else None,
        snippet=snippet,
        queue=queue,
        ghosts=ghosts(session, competition),
        unranked=_unranked(session, competition, window),
        announcements=announcements,
        offset=window.offset,
        limit=window.limit,
        find=window.find,
        around=who,
        awards=held,
        ticker=ticker_lines(session, competition),
        first_place=first_place(session, competition, top),
        share_image=share_image,
    )


def held_awards(
    competition: Competition, shown: CompetitionView, ways: ClassProgress, top: Standings
) -> tuple[AwardView, ...]:
    """Every award that somebody holds: the leader as `top`, the board from its first row on, has
    it; the others by the tries.
    """
    rule = (competition.metric, competition.run_sharing, shown.is_closed)
    if rule not in ways.awards:
        ways.awards[rule] = _awards(competition, ways, shown.is_closed)
    leader = [
        Award(AwardKind.LEADER, first.participant_id, first.participant_name,
              first.submission_id, first.score)
        for first in top.rows[:1]
    ]  # fmt: skip
    held = (*leader, *ways.awards[rule])
    return tuple(award_view(award, competition.metric, shown.dataset.noun) for award in held)


def _awards(competition: Competition, ways: ClassProgress, is_closed: bool) -> list[Award]:
    known = {name: _shared(competition, one, is_closed) for name, one in ways.measured.items()}
    found = awards.awards(ways.ranked, known, competition.metric)
    return [award for award in found if award.kind is not AwardKind.LEADER]


def _shared(competition: Competition, known: Measures, is_closed: bool) -> Measures:
    """Without what only the run card says where that is kept back."""
    if shares(competition.run_sharing, known.shares_runs, is_closed=is_closed):
        return known
    return replace(known, training_accuracy=None)


def ticker_lines(session: Session, competition: Competition) -> tuple[TickerLine, ...]:
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
        for one in recent_scores.latest(session, competition, limit=TICKER_LINES)
    )


def enriched(
    session: Session,
    competition: Competition,
    rows: tuple[Standing, ...],
    ways: ClassProgress,
    held: tuple[AwardView, ...] = (),
) -> tuple[BoardRow, ...]:
    """The rows with what their participants' tries tell."""
    intervals = margins(session, competition, rows)
    known = ties_of(session, competition, rows)
    badges: dict[str, tuple[AwardView, ...]] = {}
    for award in held:
        badges[award.participant_id] = (*badges.get(award.participant_id, ()), award)
    return bracketed([
        _row(row, ways.by_unit.get(row.participant_id), intervals.get(row.submission_id),
             known.get(row.submission_id), badges.get(row.participant_id, ()))
        for row in rows
    ])  # fmt: skip


def _row(
    standing: Standing,
    way: Progress | None,
    interval: Interval | None,
    tie: Tie | None,
    badges: tuple[AwardView, ...],
) -> BoardRow:
    steps = way.steps if way else ()
    # Where a private score is shown, the way of the public ones says nothing about its change.
    is_latest = bool(steps) and steps[-1].submission_id == standing.submission_id
    return board_row(
        standing,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        trend=tuple(one.score for one in way.latest) if way else (),
        gain=steps[-1].score - steps[-2].score if is_latest and len(steps) > 1 else None,
        badges=badges,
        tie=tie,
    )


def _rows(session: Session, competition: Competition, window: Window) -> Standings:
    assert competition.id is not None
    if window.find:
        return search.named(session, competition.id, window.find)
    if window.around:
        return search.around(session, competition.id, window.around)
    return standings.page(session, competition.id, limit=window.limit, offset=window.offset)


def _unranked(session: Session, competition: Competition, window: Window) -> tuple[BoardRow, ...]:
    if window.find or window.around:
        return ()
    return tuple(board_row(one) for one in standings.unranked(session, competition))
