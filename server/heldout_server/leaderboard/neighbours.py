"""Who stands directly before and behind a row of the board, as its holder may see them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, not_, select
from sqlmodel import Session, col

from heldout_server.leaderboard import audience
from heldout_server.leaderboard.order import BEST, ORDER, RankedBy
from heldout_server.models import Best, BoardRule, Competition, Participant, Team


@dataclass(frozen=True)
class Neighbour:
    """A participant, or a team, one place away."""

    rank: int
    name: str
    score: float


def neighbours(
    session: Session, best: Best, rank: int
) -> tuple[Neighbour | None, Neighbour | None]:
    """The rows before and behind `best`, which holds the place `rank`; None at either end."""
    competition = session.get_one(Competition, best.competition_id)
    if competition.board_rule == BoardRule.OWN_ROW:
        return None, None
    before = ORDER.before(BEST, RankedBy(best.score, best.reached_at, best.submission_id))
    behind = and_(not_(before), col(Best.submission_id) != best.submission_id)
    return (
        _nearest(session, competition, before, rank - 1, last_first=True),
        _nearest(session, competition, behind, rank + 1, last_first=False),
    )


def _nearest(
    session: Session,
    competition: Competition,
    where: ColumnElement[bool],
    rank: int,
    *,
    last_first: bool,
) -> Neighbour | None:
    query = _rows(competition).where(col(Best.competition_id) == competition.id, where)
    found = session.execute(
        query.order_by(*ORDER.columns(BEST, last_first=last_first)).limit(1)
    ).first()
    return Neighbour(rank, *found) if found is not None else None


def _rows(competition: Competition) -> Select[str, float]:
    return (
        select(audience.names(competition), col(Best.score))
        .select_from(Best)
        .join(Participant, col(Participant.id) == col(Best.participant_id))
        .outerjoin(Team, col(Team.id) == col(Participant.team_id))
    )
