"""How deep the queue is, by pool: what dashboards and alarms look at."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session, col

from heldout_server.kit.db import database_now
from heldout_server.models import State, Submission


@dataclass(frozen=True)
class Depth:
    """One pool in one state (`queued` or `running`).

    `oldest_seconds` counts since the submission was received, by the database's clock.
    """

    pool: str
    state: str
    count: int
    oldest_seconds: float


def depths(session: Session) -> list[Depth]:
    """Every pool that has work."""
    now = database_now(session)
    pool, state, since = col(Submission.pool), col(Submission.state), col(Submission.queued_at)
    query = (
        select(pool, state, func.count(), func.min(since))
        .where(state.in_((State.QUEUED, State.RUNNING)))
        .group_by(pool, state)
        .order_by(pool, state)
    )
    return [
        Depth(name, of, count, max(0.0, (now - oldest).total_seconds()))
        for name, of, count, oldest in session.execute(query)
    ]
