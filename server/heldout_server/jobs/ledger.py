"""The ledger: who works on which submission, by the same SQL on SQLite and PostgreSQL.

The truth is the submission's own row. A claim carries a fencing token; whoever lost it (paused
past the lease, woken again) changes no row. Leases are by the database's clock.

A row counts two things. `attempt`: tries at this step that failed on our side; at `max_attempts`
nobody claims it any more. `deaths`: tries during which the worker itself died while it worked on
nothing else; those may be the file's doing, or a fate that struck it by chance several times, so
there may be DEATHS_A_TRY times as many. Whatever was tried in vain is tried again alone.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    CursorResult,
    Select,
    Update,
    and_,
    bindparam,
    case,
    not_,
    or_,
    select,
    text,
    update,
)
from sqlmodel import Session, col

from heldout_server.jobs import tickets, turns
from heldout_server.jobs.turns import UNLIMITED
from heldout_server.kit.db import database_now, on_commit
from heldout_server.models import Maintenance, State, Step, Submission
from heldout_server.models.operation import ONLY_ROW

JOBS_TOPIC = "jobs."
"""Followed by the pool that has work; `ANY_POOL` when it may be any."""
ANY_POOL = "*"
CLAIM_LOCK = 7001
# A lease further away than this many lengths is a sign that the clock was set back.
IMPOSSIBLE_LEASES = 2
DEATHS_A_TRY = 2
"""Also in the SQL of turns and tickets, as `deaths / 2`."""
NOBODYS: dict[str, Any] = {
    "token": None, "lease_until": None, "worker_id": None, "claimed_at": None,
}  # fmt: skip


@dataclass(frozen=True)
class Claim:
    """The right to do one step of one submission, as long as `token` is the row's."""

    submission_id: int
    token: str
    step: Step
    attempt: int
    endings: Sequence[dict[str, Any]] = field(default=(), compare=False)
    """How earlier attempts at this step ended that decided nothing."""


def enqueue(session: Session, submission: Submission, *, step: Step, pool: str) -> None:
    """Queue the submission for `step`; workers are woken by the commit."""
    submission.state = State.QUEUED
    submission.step = step
    submission.pool = pool
    submission.attempt = submission.deaths = 0
    submission.alone, submission.endings = False, None
    submission.token = submission.lease_until = None
    submission.worker_id = submission.claimed_at = submission.finished_at = None
    session.add(submission)
    session.flush()
    call_workers(session, [pool])


def call_workers(session: Session, pools: Iterable[str | None]) -> None:
    """For each piece of work its pool: workers elsewhere are woken by tickets, those here by us."""
    for pool, count in Counter(pools).items():
        assert pool is not None
        tickets.issue(session, pool, count)
        on_commit(session, JOBS_TOPIC + pool)


def is_waiting(session: Session, pools: Sequence[str]) -> bool:
    """Whether anything is queued: a look that writes nothing and holds up nobody."""
    return session.execute(_waiting(), {"pools": list(pools)}).first() is not None


@cache
def _waiting() -> Select[Any]:
    return (
        select(col(Submission.id))
        .where(
            col(Submission.state) == State.QUEUED,
            col(Submission.pool).in_(bindparam("pools", expanding=True)),
        )
        .limit(1)
    )


def claim_next(
    session: Session,
    pools: Sequence[str],
    *,
    lease_seconds: float,
    max_attempts: int,
    most_running: int = UNLIMITED,
    slots: int = UNLIMITED,
    worker_id: str | None = None,
) -> Claim | None:
    """Take the next queued submission of these pools; None when nothing waits, or in maintenance.

    Whoever already has `most_running` submissions running is passed over, and so is whoever holds
    all of the pools' `slots` but one: the last one is for somebody else. What is to run alone
    waits for this worker's other work of these pools, and holds up what comes after it meanwhile.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": CLAIM_LOCK})
    if session.get(Maintenance, ONLY_ROW) is not None:
        return None
    now = database_now(session)
    order = turns.order(
        session, pools, max_attempts=max_attempts, most_running=most_running,
        most_slots=max(1, slots - 1), limit=1, now=now,
    )  # fmt: skip
    found = next(iter(order), None)
    if found is None:
        return None
    beside = _running_here(session, pools, worker_id)
    if any(beside):
        return None
    token = secrets.token_hex(16)
    taking = _taking().values(
        token=token,
        worker_id=worker_id,
        claimed_at=now,
        lease_until=now + timedelta(seconds=lease_seconds),
    )
    waiting = {"found": found, "may_be_alone": not beside}
    taken = session.execute(taking, waiting).one_or_none()
    if taken is None:
        return None
    turns.served(session, taken.participant_id, now=now)
    return Claim(found, token, Step(taken.step), taken.attempt, tuple(taken.endings or ()))


@cache
def _taking() -> Update:
    """Made once but for its values, which SQLAlchemy also sets on a row that is loaded."""
    return (
        update(Submission)
        .where(
            col(Submission.id) == bindparam("found"),
            # Not stopped meanwhile: whoever does that doesn't wait for claims.
            col(Submission.state) == State.QUEUED,
            or_(not_(col(Submission.alone)), bindparam("may_be_alone", type_=Boolean())),
        )
        .values(
            state=State.RUNNING,
            attempt=col(Submission.attempt) + 1,
        )
        .returning(
            col(Submission.participant_id),
            col(Submission.step),
            col(Submission.attempt),
            col(Submission.endings),
        )
        .execution_options(synchronize_session="fetch")
    )


def renew(session: Session, claim: Claim, *, lease_seconds: float) -> bool:
    """Extend the lease; False when the claim was lost, so the work must stop."""
    until = database_now(session) + timedelta(seconds=lease_seconds)
    return _change(session, claim, lease_until=until)


def advance(session: Session, claim: Claim, *, step: Step, pool: str) -> bool:
    """This hop is done: queue the next one in the same transaction. False: claim lost."""
    moved = _change(
        session, claim, state=State.QUEUED, step=step, pool=pool,
        attempt=0, deaths=0, alone=False, endings=None, **NOBODYS,
    )  # fmt: skip
    if moved:
        call_workers(session, [pool])
    return moved


def finish(
    session: Session, claim: Claim, state: State, *, now: datetime, **values: object
) -> bool:
    """Write the final state, once: False when somebody else's result is already there.

    `values`: what else its row gets by this result.
    """
    return _change(
        session, claim, state=state, step=None, pool=None, finished_at=now, **NOBODYS, **values,
    )  # fmt: skip


def release(session: Session, claim: Claim, *, ending: dict[str, Any] | None = None) -> bool:
    """Our machinery failed: give the work back for another try, alone.

    `ending` is what the next try may want to know of this one.
    """
    endings = [*claim.endings, ending] if ending is not None else list(claim.endings)
    return _give_back(session, claim, attempt=claim.attempt, alone=True, endings=endings or None)


def hand_back(session: Session, claim: Claim) -> bool:
    """We stop before the work is done: give it back as if it had never been claimed."""
    return _give_back(session, claim, attempt=max(0, claim.attempt - 1))


def pass_on(session: Session, claim: Claim, *, pool: str) -> bool:
    """The same, for the workers of another pool."""
    return _give_back(session, claim, attempt=max(0, claim.attempt - 1), pool=pool)


def interrupt(session: Session, claim: Claim) -> bool:
    """What the work hung on died, and may be alive again: as if this worker had died."""
    mine = and_(col(Submission.id) == claim.submission_id, col(Submission.token) == claim.token)
    return _take_from_the_dead(session, mine) == 1


def stop(session: Session, submission: Submission, state: State, *, now: datetime) -> bool:
    """End queued or running work from outside; False when it has ended by itself.

    Whoever runs it loses the claim, hears so at the next renewal, and kills the child.
    """
    result = session.execute(
        update(Submission)
        .where(
            col(Submission.id) == submission.id,
            col(Submission.state).in_((State.QUEUED, State.RUNNING)),
        )
        .values(state=state, step=None, pool=None, finished_at=now, **NOBODYS)
        .execution_options(synchronize_session="fetch")
    )
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def release_expired(session: Session, *, lease_seconds: float, attempt_seconds: float) -> int:
    """Give back what is held past its lease or past the time limit of one attempt; how many rows.

    After the database's clock was set back, leases end in a far future: those count as expired.
    """
    now = database_now(session)
    impossible = now + timedelta(seconds=IMPOSSIBLE_LEASES * lease_seconds)
    unrenewed = or_(col(Submission.lease_until) < now, col(Submission.lease_until) > impossible)
    lost = _take_from_the_dead(session, unrenewed)
    # Renewed, so its worker lives: it is the work itself that doesn't end.
    too_long = col(Submission.claimed_at) < now - timedelta(seconds=attempt_seconds)
    return lost + _release_running(session, too_long, alone=True)


def release_of(session: Session, worker_ids: Sequence[str]) -> int:
    """Give back everything that these (dead) workers hold; how many rows."""
    if not worker_ids:
        return 0
    return _take_from_the_dead(session, col(Submission.worker_id).in_(worker_ids))


def abandon(session: Session, submission: Submission) -> None:
    """Nobody is to work on it any more: whoever does has lost the claim."""
    submission.state = State.REJECTED
    submission.step = submission.pool = submission.token = submission.lease_until = None
    submission.worker_id = submission.claimed_at = None
    session.add(submission)
    session.flush()


def release_all(session: Session) -> int:
    """Give back everything that runs: for an embedded server, the only worker, at its start."""
    return _take_from_the_dead(session, col(Submission.token).is_not(None))


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
    """Queued submissions whose step our machinery has already tried often enough."""
    query = select(Submission).where(
        col(Submission.state) == State.QUEUED,
        or_(
            col(Submission.attempt) >= max_attempts,
            col(Submission.deaths) >= DEATHS_A_TRY * max_attempts,
        ),
    )
    return list(session.execute(query).scalars())


def _running_here(session: Session, pools: Sequence[str], worker_id: str | None) -> list[bool]:
    """For each submission of these pools that this worker runs: whether it is to run alone."""
    here = {"pools": list(pools), "worker": worker_id}
    return list(session.execute(_running_by(), here).scalars())


@cache
def _running_by() -> Select[Any]:
    return select(col(Submission.alone)).where(
        col(Submission.state) == State.RUNNING,
        col(Submission.pool).in_(bindparam("pools", expanding=True)),
        col(Submission.worker_id).is_not_distinct_from(bindparam("worker")),
    )


def _give_back(session: Session, claim: Claim, **values: object) -> bool:
    released = _change(session, claim, state=State.QUEUED, **values, **NOBODYS)
    if released:
        call_workers(session, [session.get_one(Submission, claim.submission_id).pool])
    return released


def _take_from_the_dead(session: Session, condition: ColumnElement[bool]) -> int:
    """Give back what a worker held when it died, which uses up no attempt; how many rows.

    One of several files did it, if any: the others must not pay. Each is tried again alone, and
    what was alone, or meant to be, has one death more.
    """
    is_running = col(Submission.state) == State.RUNNING
    columns = (col(Submission.id), col(Submission.worker_id), col(Submission.alone))
    running = session.execute(select(*columns).where(is_running)).all()
    held = Counter(worker for _, worker, _ in running)
    suspects = [found for found, worker, alone in running if alone or held[worker] == 1]
    deaths = case((col(Submission.id).in_(suspects), 1), else_=0)
    return _release_running(
        session,
        condition,
        attempt=col(Submission.attempt) - 1,
        deaths=col(Submission.deaths) + deaths,
        alone=True,
    )


def _release_running(session: Session, condition: ColumnElement[bool], **values: object) -> int:
    released = session.execute(
        update(Submission)
        .where(col(Submission.state) == State.RUNNING, condition)
        .values(state=State.QUEUED, **values, **NOBODYS)
        .returning(col(Submission.pool))
    ).scalars().all()  # fmt: skip
    call_workers(session, released)
    if released:
        on_commit(session, JOBS_TOPIC + ANY_POOL)
    return len(released)


def _change(session: Session, claim: Claim, **values: object) -> bool:
    """Compare-and-set on the token: the only way a worker writes to a submission."""
    held = {"of": claim.submission_id, "held_by": claim.token}
    result = session.execute(_holding().values(**values), held)
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


@cache
def _holding() -> Update:
    return (
        update(Submission)
        .where(
            col(Submission.id) == bindparam("of"),
            col(Submission.token) == bindparam("held_by"),
            col(Submission.state) == State.RUNNING,
        )
        .execution_options(synchronize_session="fetch")
    )
