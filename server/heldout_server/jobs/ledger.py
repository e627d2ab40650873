"""The ledger: who works on which submission, by the same SQL on SQLite and PostgreSQL.

The truth is the submission's own row. A claim carries a fencing token; whoever lost it (paused
past the lease, woken again) changes no row. Leases are by the database's clock.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, bindparam, select, text, update
from sqlmodel import Session, col

from heldout_server.db import database_now, on_commit
from heldout_server.models import State, Step, Submission

JOBS_TOPIC = "jobs."
"""Followed by the pool that has work; `ANY_POOL` when it may be any."""
ANY_POOL = "*"
CLAIM_LOCK = 7001
LONGEST_QUEUE_SHOWN = 10_000

# Round-robin between participants: someone's first file never waits behind another's tenth.
# A window instead of a correlated count in ORDER BY: 10 ms instead of seconds at 5,000 rows.
QUEUE_ORDER = text(
    """
    select waiting.id from (
      select id, participant_id, priority,
             row_number() over (partition by participant_id order by id) as turn
      from submission
      where state = 'queued' and pool in :pools and attempt < :max_attempts
    ) as waiting
    left join (
      select participant_id, count(*) as running from submission
      where state = 'running' group by participant_id
    ) as busy on busy.participant_id = waiting.participant_id
    order by waiting.priority desc, waiting.turn + coalesce(busy.running, 0), waiting.id
    limit :limit
    """
).bindparams(bindparam("pools", expanding=True))


@dataclass(frozen=True)
class Claim:
    """The right to do one step of one submission, as long as `token` is the row's."""

    submission_id: int
    token: str
    step: Step
    attempt: int


def enqueue(session: Session, submission: Submission, *, step: Step, pool: str) -> None:
    """Queue the submission for `step`; workers are woken by the commit."""
    submission.state = State.QUEUED
    submission.step = step
    submission.pool = pool
    submission.attempt = 0
    submission.token = None
    submission.lease_until = None
    session.add(submission)
    session.flush()
    on_commit(session, JOBS_TOPIC + pool)


def claim_next(
    session: Session, pools: Sequence[str], *, lease_seconds: float, max_attempts: int
) -> Claim | None:
    """Take the next queued submission of these pools, or None when nothing waits."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": CLAIM_LOCK})
    found = session.execute(
        QUEUE_ORDER, {"pools": list(pools), "max_attempts": max_attempts, "limit": 1}
    ).scalar()
    if found is None:
        return None
    submission = session.get_one(Submission, found)
    assert submission.step is not None
    submission.state = State.RUNNING
    submission.attempt += 1
    submission.token = secrets.token_hex(16)
    submission.lease_until = database_now(session) + timedelta(seconds=lease_seconds)
    session.add(submission)
    session.flush()
    return Claim(found, submission.token, Step(submission.step), submission.attempt)


def renew(session: Session, claim: Claim, *, lease_seconds: float) -> bool:
    """Extend the lease; False when the claim was lost, so the work must stop."""
    until = database_now(session) + timedelta(seconds=lease_seconds)
    return _change(session, claim, lease_until=until)


def advance(session: Session, claim: Claim, *, step: Step, pool: str) -> bool:
    """This hop is done: queue the next one in the same transaction. False: claim lost."""
    moved = _change(
        session, claim, state=State.QUEUED, step=step, pool=pool,
        attempt=0, token=None, lease_until=None,
    )  # fmt: skip
    if moved:
        on_commit(session, JOBS_TOPIC + pool)
    return moved


def finish(session: Session, claim: Claim, state: State, *, now: datetime) -> bool:
    """Write the final state, once: False when somebody else's result is already there."""
    return _change(
        session, claim, state=state, step=None, pool=None,
        token=None, lease_until=None, finished_at=now,
    )  # fmt: skip


def release(session: Session, claim: Claim) -> bool:
    """Our machinery failed: give the work back for another try."""
    released = _change(session, claim, state=State.QUEUED, token=None, lease_until=None)
    if released:
        on_commit(session, JOBS_TOPIC + ANY_POOL)
    return released


def abandon(session: Session, submission: Submission) -> None:
    """Nobody is to work on it any more: whoever does has lost the claim."""
    submission.state = State.REJECTED
    submission.step = submission.pool = submission.token = submission.lease_until = None
    session.add(submission)
    session.flush()


def release_expired(session: Session) -> int:
    """Give back whatever a dead or paused worker holds past its lease; how many rows."""
    return _release_running(session, col(Submission.lease_until) < database_now(session))


def release_all(session: Session) -> int:
    """Give back everything that runs: for an embedded server, the only worker, at its start."""
    return _release_running(session, col(Submission.token).is_not(None))


def position(session: Session, submission: Submission) -> int | None:
    """How many will be served before this queued submission, plus one; None if not queued."""
    if submission.state != State.QUEUED or submission.pool is None:
        return None
    every = {"pools": [submission.pool], "max_attempts": 2**31 - 1, "limit": LONGEST_QUEUE_SHOWN}
    order = session.execute(QUEUE_ORDER, every).scalars()
    return next((place for place, found in enumerate(order, 1) if found == submission.id), None)


def counts(session: Session) -> dict[str, int]:
    """How many submissions wait and run, by state."""
    rows = session.execute(
        text(
            "select state, count(*) from submission where state in ('queued','running') group by 1"
        )
    )
    found = {str(state): int(number) for state, number in rows}
    return {"waiting": found.get(State.QUEUED, 0), "running": found.get(State.RUNNING, 0)}


def exhausted(session: Session, max_attempts: int) -> list[Submission]:
    """Queued submissions whose step our machinery has already tried `max_attempts` times."""
    query = select(Submission).where(
        col(Submission.state) == State.QUEUED, col(Submission.attempt) >= max_attempts
    )
    return list(session.execute(query).scalars())


def _release_running(session: Session, condition: object) -> int:
    result = session.execute(
        update(Submission)
        .where(col(Submission.state) == State.RUNNING, condition)  # type: ignore[arg-type]
        .values(state=State.QUEUED, token=None, lease_until=None)
    )
    assert isinstance(result, CursorResult)
    if result.rowcount:
        on_commit(session, JOBS_TOPIC + ANY_POOL)
    return result.rowcount


def _change(session: Session, claim: Claim, **values: object) -> bool:
    """Compare-and-set on the token: the only way a worker writes to a submission."""
    result = session.execute(
        update(Submission)
        .where(
            col(Submission.id) == claim.submission_id,
            col(Submission.token) == claim.token,
            col(Submission.state) == State.RUNNING,
        )
        .values(**values)
        .execution_options(synchronize_session="fetch")
    )
    assert isinstance(result, CursorResult)
    return result.rowcount == 1
