"""Where queued models wait: in the pool that their competition names, served or not.

What only TensorFlow computes is passed on by workers without it to a pool that those with it serve.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from heldout_server.jobs import alerts, ledger, workers
from heldout_server.models import Competition, ModelPool, State, Step, Submission

TENSORFLOW = "tensorflow"
NOTHING_LOST = (
    "none is there now. The organizers see it; nothing is lost, and there is nothing to send again."
)


@dataclass(frozen=True)
class Scarce:
    """A pool that there may be no worker of: the kind of its alert, and what is said then."""

    pool: str
    alert: str
    for_organizers: str
    for_participants: str


SCARCE = (
    Scarce(
        ModelPool.GPU,
        "pool.unserved",
        "Models wait for a worker of the pool gpu, and none is there. Start one, or let this "
        "competition's models be scored on the CPU (settings).",
        f"It waits for a machine with a GPU, and {NOTHING_LOST}",
    ),
    Scarce(
        TENSORFLOW,
        "tensorflow.unserved",
        "Models wait for a worker that has TensorFlow, and none is there. Install it beside one "
        '(pip install "heldout-server[tensorflow]") and start that one again.',
        f"It waits for a machine with TensorFlow, which this model needs, and {NOTHING_LOST}",
    ),
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
    """Raise an alert while models wait for what no living worker has: a GPU, or TensorFlow."""
    for scarce in SCARCE:
        unserved = _is_wanted(session, scarce.pool) and not workers.slots_of(
            session, [scarce.pool], silent_seconds=silent_seconds
        )
        if unserved == alerts.is_open(session, scarce.alert):
            continue
        if unserved:
            alerts.raise_alert(session, scarce.alert, scarce.for_organizers, now=now)
        else:
            alerts.resolve_kind(session, scarce.alert, now=now)


def organizers_note(session: Session, competition: Competition) -> str:
    """What organizers of a competition read while models wait in vain; mostly empty."""
    pools = {competition.pool, TENSORFLOW}
    return " ".join(scarce.for_organizers for scarce in _unserved(session, pools))


def wait_note(session: Session, submission: Submission) -> str:
    """What its participant reads beside its place in the queue; empty where it will be served."""
    if submission.state != State.QUEUED or submission.pool is None:
        return ""
    return " ".join(scarce.for_participants for scarce in _unserved(session, {submission.pool}))


def _unserved(session: Session, pools: set[str]) -> Iterator[Scarce]:
    """Those of these pools in which the last look found models that wait in vain."""
    for scarce in SCARCE:
        if scarce.pool in pools and alerts.is_open(session, scarce.alert):
            yield scarce


def _is_wanted(session: Session, pool: str) -> bool:
    query = select(col(Submission.id)).where(
        col(Submission.state) == State.QUEUED, col(Submission.pool) == pool
    )
    return session.execute(query.limit(1)).first() is not None
