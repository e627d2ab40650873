"""Which engine a role works with: threads that ask the ledger, tickets, or the sweep alone."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Protocol

from heldout_server.acts.commit_listener import conninfo
from heldout_server.jobs.distributed import DistributedEngine
from heldout_server.jobs.embedded import EmbeddedEngine, Handler, WorkerGroup
from heldout_server.jobs.pools import TENSORFLOW
from heldout_server.jobs.turns import UNLIMITED
from heldout_server.jobs.workers import Presence
from heldout_server.models import ModelPool
from heldout_server.processes.installation import Installation
from heldout_server.processes.model_scoring import Recorder, Scoring, handlers
from heldout_server.processes.sweeps import Upkeep, sweep_files

MODEL_POOLS = tuple(pool.value for pool in ModelPool)
GRADE_POOL = "grade"
POOLS = (*MODEL_POOLS, GRADE_POOL)


class Engine(Protocol):
    """Something that works from `start` to `stop`."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End; what runs will run again."""


def embedded_engine(
    installed: Installation, scoring: Scoring, clock: Callable[[], datetime]
) -> EmbeddedEngine:
    """Every pool in this process. On SQLite it is the only worker that there can be."""
    pools = served_pools(POOLS, scoring)
    return _engine(
        installed,
        clock,
        handlers(installed, scoring, clock),
        groups=_groups(pools, scoring.workers),
        presence=_presence(f"{socket.gethostname()} (serve)", pools, scoring.workers),
        alone=installed.database.is_sqlite,
    )


def ticket_engine(
    installed: Installation,
    scoring: Scoring,
    clock: Callable[[], datetime],
    *,
    pools: tuple[str, ...],
    name: str,
) -> DistributedEngine:
    """A worker of `pools`, woken by tickets."""
    pools = served_pools(pools, scoring)
    steps = handlers(installed, scoring, clock, sees_labels=GRADE_POOL in pools)
    return DistributedEngine(
        ledger_engine=_engine(
            installed,
            clock,
            steps,
            presence=_presence(name, pools, scoring.workers),
            sweep=partial(sweep_files, installed),
        ),
        groups=_groups(pools, scoring.workers),
        conninfo=conninfo(installed.database),
    )


def sweeping_engine(installed: Installation, clock: Callable[[], datetime]) -> EmbeddedEngine:
    """No work, only the sweep: what the roles `web` and `reconcile` run."""
    return _engine(installed, clock, {})


def _engine(
    installed: Installation,
    clock: Callable[[], datetime],
    steps: Mapping[str, Handler],
    *,
    groups: tuple[WorkerGroup, ...] = (),
    presence: Presence | None = None,
    alone: bool = False,
    sweep: Callable[[], None] | None = None,
) -> EmbeddedEngine:
    settings = installed.settings
    return EmbeddedEngine(
        database=installed.database,
        handlers=steps,
        record=Recorder(installed.blobs, clock),
        groups=groups,
        lease_seconds=settings.lease_seconds,
        max_attempts=settings.max_attempts,
        sweep=sweep or Upkeep(installed, clock),
        presence=presence,
        alone=alone,
        most_running=settings.running_per_participant or UNLIMITED,
        silent_seconds=settings.worker_seconds,
    )


def served_pools(pools: tuple[str, ...], scoring: Scoring) -> tuple[str, ...]:
    """With what workers without TensorFlow pass on, where models are run by it."""
    takes_over = scoring.has_tensorflow and set(pools) & set(MODEL_POOLS)
    return (*pools, TENSORFLOW) if takes_over else pools


def _presence(name: str, pools: tuple[str, ...], model_workers: int) -> Presence:
    groups = _groups(pools, model_workers)
    return Presence(name, pools, {pool: group.count for group in groups for pool in group.pools})


def _groups(pools: tuple[str, ...], model_workers: int) -> tuple[WorkerGroup, ...]:
    """Models as many at a time as there are workers; grading one at a time."""
    models = tuple(pool for pool in pools if pool in (*MODEL_POOLS, TENSORFLOW))
    groups = []
    if models and model_workers:
        groups.append(WorkerGroup("models", models, model_workers))
    if GRADE_POOL in pools:
        groups.append(WorkerGroup("grading", (GRADE_POOL,), 1))
    return tuple(groups)
