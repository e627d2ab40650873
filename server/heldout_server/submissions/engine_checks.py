"""Which scores of the lane TensorFlow looks at, too; what follows is in `left_lane`.

Every graph that is new here, and one file in twenty of the others: a gap in our table of layers
shows with the first model that falls into it.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Delete, Select, bindparam, delete, or_, select, update
from sqlmodel import Session, col

from heldout_runner.protocol import ONNXRUNTIME
from heldout_server.kit.db import database_now
from heldout_server.models import (
    CheckState,
    Competition,
    EngineCheck,
    FileState,
    LeftLayers,
    State,
    Submission,
)
from heldout_server.models.engine_check import LAYERS

ONE_IN = 20
LEASE = timedelta(minutes=10)
"""Longer than both engines may take to load and to predict."""


def note(session: Session, submission_id: int, receipt: Mapping[str, Any]) -> None:
    """Remember who ran this submission, whose last run this `receipt` is of."""
    session.execute(_forgetting(), {"of": submission_id})
    if receipt.get("engine") != ONNXRUNTIME or "graph" not in receipt:
        return  # an ONNX file's graph isn't one that TensorFlow knows
    graph, layers = str(receipt["graph"]), str(receipt["layers"])[:LAYERS]
    digest = session.get_one(Submission, submission_id).sha256
    is_looked_at = (
        int(digest[:8], 16) % ONE_IN == 0
        or not _is_known(session, graph)
        or has_left(session, layers)  # while this one ran
    )
    state = CheckState.WAITING if is_looked_at else CheckState.TRUSTED
    session.add(EngineCheck(submission_id=submission_id, graph=graph, layers=layers, state=state))


def has_left(session: Session, layers: str) -> bool:
    """Whether models of these layers are TensorFlow's."""
    return session.get(LeftLayers, layers[:LAYERS]) is not None


def next_waiting(session: Session, given_up: Set[int]) -> tuple[Submission, Competition] | None:
    """The oldest score that TensorFlow should look at, and that no worker has."""
    query = (
        select(Submission, Competition)
        .join(Competition, col(Competition.id) == col(Submission.competition_id))
        .join(EngineCheck, col(EngineCheck.submission_id) == col(Submission.id))
        .where(
            _is_free(session),
            col(Submission.state) == State.SCORED,
            col(Submission.file_state) == FileState.KEPT,
            col(Submission.id).not_in(given_up),
        )
        .order_by(col(Submission.id))
        .limit(1)
    )
    row = session.execute(query).first()
    return None if row is None else (row[0], row[1])


def claim(session: Session, submission_id: int) -> bool:
    """Take it for a while; False: another worker has taken it first."""
    until = database_now(session) + LEASE
    taken = session.execute(
        update(EngineCheck)
        .where(_of(submission_id), _is_free(session))
        .values(lease_until=until)
        .returning(col(EngineCheck.submission_id))
    )
    return taken.first() is not None


def release(session: Session, submission_id: int) -> None:
    """Leave it to whoever comes next."""
    session.execute(update(EngineCheck).where(_of(submission_id)).values(lease_until=None))


def settle(session: Session, submission_id: int, state: CheckState) -> None:
    """TensorFlow says the same, or nothing."""
    values = {"state": state, "lease_until": None}
    session.execute(update(EngineCheck).where(_of(submission_id)).values(**values))


def _is_known(session: Session, graph: str) -> bool:
    return session.execute(_alike(), {"graph": graph}).first() is not None


@cache
def _alike() -> Select[Any]:
    """Made once, like the other: each score asks both."""
    seen = (CheckState.WAITING, CheckState.AGREES)
    query = select(col(EngineCheck.submission_id)).where(
        col(EngineCheck.graph) == bindparam("graph"), col(EngineCheck.state).in_(seen)
    )
    return query.limit(1)


@cache
def _forgetting() -> Delete:
    query = delete(EngineCheck).where(col(EngineCheck.submission_id) == bindparam("of"))
    # By itself SQLAlchemy would look among what is loaded, and not see what is given here.
    return query.execution_options(synchronize_session="fetch")


def _is_free(session: Session) -> ColumnElement[bool]:
    now, lease = database_now(session), col(EngineCheck.lease_until)
    return (col(EngineCheck.state) == CheckState.WAITING) & or_(lease.is_(None), lease < now)


def _of(submission_id: int) -> ColumnElement[bool]:
    return col(EngineCheck.submission_id) == submission_id
