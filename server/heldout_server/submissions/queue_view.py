"""The queue as organizers see it: who waits, who runs where and since when, what failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlmodel import Session, col

from heldout_server.jobs import alerts, ledger, maintenance, pools, turns, workers
from heldout_server.jobs.workers import SeenWorker
from heldout_server.kit.db import database_now
from heldout_server.models import (
    Alert,
    Maintenance,
    ModelPool,
    Participant,
    State,
    Submission,
    Worker,
)
from heldout_server.submissions.receive_file import GRADE_POOL

EVERY_POOL = (*ModelPool, pools.TENSORFLOW, GRADE_POOL)
MOST_LINES = 100


@dataclass(frozen=True)
class QueueLine:
    """One submission. `seconds`: since it was received, or, while it runs, since it was claimed.

    `lease_seconds` is what is left of its worker's claim; None when nobody holds it.
    """

    public_id: str
    name: str
    participant: str
    kind: str
    state: str
    step: str | None
    pool: str | None
    attempt: int
    worker: str | None
    seconds: float
    lease_seconds: float | None


@dataclass(frozen=True)
class QueueOverview:
    """Everything on the queue page; `waiting` is in the order in which it will be served."""

    counts: dict[str, int]
    waiting: tuple[QueueLine, ...]
    running: tuple[QueueLine, ...]
    failed: tuple[QueueLine, ...]
    workers: tuple[SeenWorker, ...]
    alerts: tuple[Alert, ...]
    maintenance: Maintenance | None


def overview(
    session: Session, *, silent_seconds: float, most_lines: int = MOST_LINES
) -> QueueOverview:
    """The queue now, at most `most_lines` of each kind."""
    now = database_now(session)
    return QueueOverview(
        counts=ledger.counts(session),
        waiting=tuple(_waiting(session, now, most_lines)),
        running=tuple(_in_state(session, State.RUNNING, now, most_lines)),
        failed=tuple(_in_state(session, State.ERROR, now, most_lines)),
        workers=tuple(workers.listing(session, silent_seconds=silent_seconds)),
        alerts=tuple(alerts.unresolved(session)),
        maintenance=maintenance.current(session),
    )


def _waiting(session: Session, now: datetime, limit: int) -> list[QueueLine]:
    order = turns.order(session, EVERY_POOL, limit=limit)
    query = _lines().where(col(Submission.id).in_(order))
    found = {row[0].id: _line(*row, now=now) for row in session.execute(query)}
    return [found[one] for one in order if one in found]


def _in_state(session: Session, state: State, now: datetime, limit: int) -> list[QueueLine]:
    """Running: oldest first, since the one that hangs is the one to see. Failed: newest first."""
    by = col(Submission.id).desc() if state == State.ERROR else col(Submission.claimed_at)
    query = _lines().where(col(Submission.state) == state).order_by(by).limit(limit)
    return [_line(*row, now=now) for row in session.execute(query)]


def _lines() -> Select[Submission, str, str]:
    return (
        select(Submission, col(Participant.name), col(Worker.name))
        .join(Participant, col(Participant.id) == col(Submission.participant_id))
        .outerjoin(Worker, col(Worker.id) == col(Submission.worker_id))
    )


def _line(found: Submission, participant: str, worker: str | None, *, now: datetime) -> QueueLine:
    since = found.claimed_at or found.queued_at
    left = None if found.lease_until is None else (found.lease_until - now).total_seconds()
    return QueueLine(
        public_id=found.public_id,
        name=found.name,
        participant=participant,
        kind=found.kind,
        state=found.state,
        step=found.step,
        pool=found.pool,
        attempt=found.attempt,
        worker=worker,
        seconds=max(0.0, (now - since).total_seconds()),
        lease_seconds=left,
    )
