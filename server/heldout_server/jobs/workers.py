"""Which workers there are: each registers, sends heartbeats by the database's clock, and leaves.

A worker that is silent for too long is taken for dead, and its work is given back at once
instead of when its lease ends. A paused worker that wakes again registers anew; its old claims
are fenced off by their tokens.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import CursorResult, Select, bindparam, delete, or_, select, update
from sqlmodel import Session, col

from heldout_server.kit.db import database_now
from heldout_server.models import State, Submission, Worker
from heldout_server.models.base import public_id

FORGOTTEN_AFTER = timedelta(minutes=10)
"""How long a dead worker is still shown."""


@dataclass
class Presence:
    """This process as one worker: its row, and whether it was told to drain."""

    name: str
    pools: tuple[str, ...]
    slots: Mapping[str, int] = field(default_factory=dict)
    id: str = field(default_factory=lambda: public_id("w"))
    draining: bool = False

    def beat(self, session: Session) -> None:
        """Say that we live, and hear whether to drain; registers when the row isn't there."""
        now = database_now(session)
        result = session.execute(
            update(Worker)
            .where(col(Worker.id) == self.id)
            .values(heartbeat_at=now)
            .returning(col(Worker.draining))
        ).scalar_one_or_none()
        self.draining = bool(result)
        if result is None:
            session.add(self._row(now))
            session.flush()

    def leave(self, session: Session) -> None:
        """We go; harmless when we are gone already."""
        session.execute(delete(Worker).where(col(Worker.id) == self.id))

    def _row(self, now: datetime) -> Worker:
        return Worker(
            id=self.id,
            name=self.name[:120],
            host=socket.gethostname()[:120],
            process=os.getpid(),
            pools=list(self.pools),
            slots=dict(self.slots),
            started_at=now,
            heartbeat_at=now,
        )


@dataclass(frozen=True)
class SeenWorker:
    """A worker as the queue page shows it; `runs` are public ids of submissions."""

    id: str
    name: str
    host: str
    pools: tuple[str, ...]
    started_at: datetime
    silent_seconds: float
    alive: bool
    draining: bool
    runs: tuple[str, ...]


def listing(session: Session, *, silent_seconds: float) -> list[SeenWorker]:
    """Every worker, longest-serving first; `alive` means heard within `silent_seconds`."""
    now = database_now(session)
    runs = _running(session)
    found = session.execute(select(Worker).order_by(col(Worker.started_at), col(Worker.id)))
    return [_seen(worker, now, silent_seconds, runs) for worker in found.scalars()]


def slots_of(session: Session, pools: Sequence[str], *, silent_seconds: float) -> int:
    """How many submissions of these pools living workers do at once, all together."""
    now = database_now(session)
    limit = timedelta(seconds=silent_seconds)
    found = session.execute(_alive(), {"since": now - limit, "until": now + limit}).scalars()
    return sum(max((slots.get(pool, 0) for pool in pools), default=0) for slots in found)


@cache
def _alive() -> Select[Any]:
    """Made once: every look for work asks it."""
    return select(col(Worker.slots)).where(
        col(Worker.heartbeat_at).between(bindparam("since"), bindparam("until")),
        col(Worker.draining).is_(False),
    )


def silent(session: Session, *, silent_seconds: float) -> list[str]:
    """Ids of workers not heard of for so long, or heard of only in the future.

    The second after the database's clock was set back: a dead worker would seem alive for as
    long as the jump.
    """
    now = database_now(session)
    limit = timedelta(seconds=silent_seconds)
    query = select(col(Worker.id)).where(
        or_(col(Worker.heartbeat_at) < now - limit, col(Worker.heartbeat_at) > now + limit)
    )
    return list(session.execute(query).scalars())


def forget_dead(session: Session) -> int:
    """Delete the rows of workers that have long been dead; how many."""
    now = database_now(session)
    result = session.execute(
        delete(Worker).where(
            or_(
                col(Worker.heartbeat_at) < now - FORGOTTEN_AFTER,
                col(Worker.heartbeat_at) > now + FORGOTTEN_AFTER,
            )
        )
    )
    assert isinstance(result, CursorResult)
    return result.rowcount


def _running(session: Session) -> dict[str, list[str]]:
    query = select(col(Submission.worker_id), col(Submission.public_id)).where(
        col(Submission.state) == State.RUNNING, col(Submission.worker_id).is_not(None)
    )
    runs: dict[str, list[str]] = {}
    for worker_id, public in session.execute(query.order_by(col(Submission.id))):
        runs.setdefault(worker_id, []).append(public)
    return runs


def _seen(worker: Worker, now: datetime, limit: float, runs: dict[str, list[str]]) -> SeenWorker:
    silence = (now - worker.heartbeat_at).total_seconds()
    return SeenWorker(
        id=worker.id,
        name=worker.name,
        host=worker.host,
        pools=_texts(worker.pools),
        started_at=worker.started_at,
        silent_seconds=max(0.0, silence),
        alive=abs(silence) <= limit,
        draining=worker.draining,
        runs=tuple(runs.get(worker.id, ())),
    )


def _texts(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(value) for value in values)
