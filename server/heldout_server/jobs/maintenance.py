"""Drain and maintenance: finish what runs, claim nothing; in the database, for all to see."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import CursorResult, delete, exists, select, update
from sqlmodel import Session, col

from heldout_server.jobs import tickets
from heldout_server.jobs.ledger import ANY_POOL, JOBS_TOPIC
from heldout_server.kit.db import database_now, on_commit
from heldout_server.models import Maintenance, Worker
from heldout_server.models.operation import ONLY_ROW


def current(session: Session) -> Maintenance | None:
    """Since when and why nothing is claimed; None while work is claimed."""
    return session.get(Maintenance, ONLY_ROW)


def begin(session: Session, *, reason: str = "") -> Maintenance:
    """Have every worker finish what it runs and claim nothing more; twice changes the reason."""
    found = current(session) or Maintenance(since=database_now(session))
    found.reason = reason
    session.add(found)
    session.flush()
    return found


def end(session: Session, *, max_attempts: int) -> bool:
    """Claim again, drained workers too; False when there was no maintenance."""
    result = session.execute(delete(Maintenance))
    drain(session, None, draining=False)
    tickets.reconcile(session, max_attempts=max_attempts, claiming=True)
    on_commit(session, JOBS_TOPIC + ANY_POOL)
    assert isinstance(result, CursorResult)
    return result.rowcount > 0


def drain(session: Session, names: Sequence[str] | None, *, draining: bool = True) -> int:
    """Mark workers by name or id (None: all); they see it at their next heartbeat. How many."""
    change = update(Worker).values(draining=draining)
    if names is not None:
        change = change.where(col(Worker.name).in_(names) | col(Worker.id).in_(names))
    result = session.execute(change)
    assert isinstance(result, CursorResult)
    return result.rowcount


def is_on(session: Session) -> bool:
    """Whether nothing is to be claimed."""
    return bool(session.execute(select(exists().where(col(Maintenance.id) == ONLY_ROW))).scalar())
