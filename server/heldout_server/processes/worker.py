"""The role `worker`: a process that scores models, or grades, and serves no pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from heldout_server.acts.commit_listener import CommitListener
from heldout_server.kit.background import BackgroundWorker
from heldout_server.processes import installation as setup
from heldout_server.processes import startup_checks
from heldout_server.processes.engines import GRADE_POOL, MODEL_POOLS, Engine, ticket_engine
from heldout_server.processes.installation import Installation
from heldout_server.processes.misread_practice import PracticeReader
from heldout_server.processes.model_scoring import Scoring, make_scoring
from heldout_server.processes.oracle import Oracle, lane_without
from heldout_server.processes.side_work import (
    drawn_background,
    grading_background,
    reading_background,
)

log = structlog.get_logger()


@dataclass(frozen=True)
class Worker:
    """The engine of these pools and, where models are scored, its runners."""

    installed: Installation
    scoring: Scoring
    engine: Engine
    pools: tuple[str, ...]
    background: Sequence[BackgroundWorker]

    def start(self) -> None:
        """Check that the work can be done here, then take it up. Raises InstallationError."""
        check_fitness(self)
        self.engine.start()
        for work in self.background:
            work.start()
        log.info("worker.started", pools=",".join(self.pools))

    def stop(self) -> None:
        """Hand back what runs and end every child."""
        for work in self.background:
            work.stop()
        self.engine.stop()
        self.scoring.stop()
        self.installed.database.dispose()


def make_worker(
    installed: Installation,
    *,
    pools: tuple[str, ...],
    name: str,
    clock: Callable[[], datetime] = setup.utc_now,
) -> Worker:
    """A worker of `pools`; a grader gets no runners at all."""
    startup_checks.check_database(installed.database)
    settings = installed.settings
    if not set(pools) & set(MODEL_POOLS):
        settings = settings.model_copy(update={"model_workers": 0})
    secret = installed.labels.to_keep_from_models if GRADE_POOL in pools else None
    scoring = make_scoring(
        settings,
        installed.folders.work,
        secret=secret,
        others_have_it=True,
        has_left=lane_without(installed.database),
    )
    engine = ticket_engine(installed, scoring, clock, pools=pools, name=name)
    # What organizers do, and what is queued, is committed by web: neither the class's figures nor a
    # model that waits should be told by a look that comes twice a minute.
    reader = PracticeReader(installed, scoring) if scoring.workers else None
    work = [
        *_grading(installed, pools, clock),
        *reading_background(reader, Oracle(installed, scoring, clock)),
        *drawn_background(reader, clock),
    ]
    return Worker(installed, scoring, engine, pools, [CommitListener(installed.database), *work])


def _grading(
    installed: Installation, pools: tuple[str, ...], clock: Callable[[], datetime]
) -> Sequence[BackgroundWorker]:
    return grading_background(installed, clock) if GRADE_POOL in pools else ()


def check_fitness(worker: Worker) -> None:
    """Everything that these pools need; raises InstallationError with what is missing."""
    installed = worker.installed
    startup_checks.check_schema(installed.database)
    startup_checks.check_store(installed)
    startup_checks.check_datasets(installed)
    if GRADE_POOL in worker.pools:
        startup_checks.check_labels(installed)
    else:
        startup_checks.check_no_labels(installed)
    if set(worker.pools) & set(MODEL_POOLS):
        worker.scoring.start()
        startup_checks.check_sandbox(worker.scoring)
