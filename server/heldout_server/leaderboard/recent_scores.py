"""The latest things that happened on the board, for the ticker and the feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlmodel import Session, col

from heldout_server.acts.events import STILL_KINDS, EventKind
from heldout_server.kit.stored_json import value_in
from heldout_server.leaderboard import audience, ranking
from heldout_server.leaderboard.visibility import is_public
from heldout_server.models import PUBLIC, Competition, Event, Participant, Score, Submission, Team


def board_version(session: Session, competition_id: int) -> int:
    """The id of the newest event that may have changed the board; the same on every replica."""
    query = (
        select(col(Event.id))
        .where(col(Event.competition_id) == competition_id, col(Event.kind).not_in(STILL_KINDS))
        .order_by(col(Event.id).desc())
        .limit(1)
    )
    return session.execute(query).scalar() or 0


@dataclass(frozen=True, slots=True)
class Happening:
    """A score as it was announced: `rank` is the participant's place at that moment."""

    id: int
    at: datetime
    participant_id: str
    participant_name: str
    submission_id: str
    submission_name: str
    score: float
    rank: int | None


def latest(session: Session, competition: Competition, *, limit: int) -> list[Happening]:
    """The newest scores, newest first, without those taken off the board since or kept from it."""
    query = (
        select(  # type: ignore[call-overload]
            Event.id,
            Event.created_at,
            func.coalesce(Team.public_id, Participant.public_id),
            audience.names(competition),
            Submission.public_id,
            Submission.name,
            Score.score,
            _told_rank(competition),
        )
        .select_from(Event)
        .join(Submission, col(Submission.id) == col(Event.submission_id))
        .join(Participant, col(Participant.id) == col(Submission.participant_id))
        .outerjoin(Team, col(Team.id) == col(Participant.team_id))
        .join(
            Score,
            and_(col(Score.submission_id) == col(Submission.id), col(Score.split) == PUBLIC),
        )
        .where(
            col(Event.competition_id) == competition.id,
            col(Event.kind) == EventKind.SCORED,
            *is_public(competition),
        )
        .order_by(col(Event.id).desc())
        .limit(limit)
    )
    return [_happening(row) for row in session.execute(query)]


def _told_rank(competition: Competition) -> ColumnElement[Any]:
    """The place that was announced, unless its kind isn't ranked (any more)."""
    rank = value_in(Event.data, "rank")
    ranked = ranking.of_ranked_kind(competition)
    return case((and_(*ranked), rank), else_=None) if ranked else rank


def _happening(row: Any) -> Happening:
    rank = row[-1] if isinstance(row[-1], int) else None
    return Happening(*(*row[:-1], rank))
