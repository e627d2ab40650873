"""Where queued models wait: in the pool that their competition names, served or not."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from heldout_server.jobs import alerts, ledger, workers
from heldout_server.models import Competition, ModelPool, State, Step, Submission

UNSERVED = "pool.unserved"
FOR_ORGANIZERS = (
    "Models wait for a worker of the pool gpu, and none is there. Start one, or let this "
    "competition's models be scored on the CPU (settings)."
)
FOR_PARTICIPANTS = (
    "It waits for a machine with a GPU, and none is there now. The organizers see it; "
    "nothing is lost, and there is nothing to send again."
)


def follow_settings(session: Session) -> int:
    """Move queued models to the pool that their competition names by now; how many.

    What runs goes on where it runs. Given back later, it is moved by the next sweep.
    """
    named = (
        select(col(Competition.pool))
        .where(col(Competition.id) == col(Submission.competition_id))
        .scalar_subquery()
    )
    moved = session.execute(
        update(Submission)
        .where(
            col(Submission.state) == State.QUEUED,
            col(Submission.step) == Step.PREDICT,
            col(Submission.pool).in_(list(ModelPool)),
            col(Submission.pool) != named,
        )
        .values(pool=named)
        .returning(col(Submission.pool))
        .execution_options(synchronize_session="fetch")
    ).scalars().all()  # fmt: skip
    ledger.call_workers(session, moved)
    return len(moved)


def watch(session: Session, *, silent_seconds: float, now: datetime) -> None:
    """Raise an alert while models wait for a GPU and no living worker has one."""
    unserved = _gpu_is_wanted(session) and not workers.slots_of(
        session, [ModelPool.GPU], silent_seconds=silent_seconds
    )
    if unserved == is_unserved(session):
        return
    if unserved:
        alerts.raise_alert(session, UNSERVED, FOR_ORGANIZERS, now=now)
    else:
        alerts.resolve_kind(session, UNSERVED, now=now)


def is_unserved(session: Session) -> bool:
    """Whether the last look found models that wait for a GPU in vain."""
    return alerts.is_open(session, UNSERVED)


def wait_note(session: Session, submission: Submission) -> str:
    """What its participant reads beside its place in the queue; empty where it will be served."""
    waits = submission.state == State.QUEUED and submission.pool == ModelPool.GPU
    return FOR_PARTICIPANTS if waits and is_unserved(session) else ""


def _gpu_is_wanted(session: Session) -> bool:
    query = select(col(Submission.id)).where(
        col(Submission.state) == State.QUEUED, col(Submission.pool) == ModelPool.GPU
    )
    return session.execute(query.limit(1)).first() is not None
