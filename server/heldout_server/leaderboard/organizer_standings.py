"""The standings of this moment, for organizers: no freeze, either split, never cached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from heldout_server.leaderboard import ranking
from heldout_server.leaderboard.ranking import View
from heldout_server.models import Competition
from heldout_server.submissions import queries


@dataclass(frozen=True)
class LiveRow:
    """One row; `score` is on the split that was asked for."""

    rank: int
    participant: str
    submission_id: str
    score: float
    entries: int
    reached_at: datetime


@dataclass(frozen=True)
class LiveBoard:
    """The first rows out of `total`."""

    rows: tuple[LiveRow, ...]
    total: int


def board(session: Session, competition: Competition, split: str, *, limit: int) -> LiveBoard:
    """Everybody's best on the public split, or final selections on the private one."""
    found = list(ranking.of_all(session, competition, View(split)))
    top = found[:limit]
    names = ranking.names(session, [row.holder_id for row in top])
    ids = queries.public_ids(session, [row.submission_id for row in top])
    rows = tuple(
        LiveRow(
            rank=rank,
            participant=names[row.holder_id][1],
            submission_id=ids[row.submission_id],
            score=row.score,
            entries=row.entries,
            reached_at=row.reached_at,
        )
        for rank, row in enumerate(top, 1)
    )
    return LiveBoard(rows, len(found))
