"""What scores: the runner pool behind its self-test, the predictor, and the grader's handlers."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from heldout_server.errors import Rejection
from heldout_server.grading import GradeHandler
from heldout_server.installation import Installation, InstallationError
from heldout_server.jobs.embedded import Handler, Record
from heldout_server.jobs.ledger import Claim
from heldout_server.leaderboard.rerunning import forget_score
from heldout_server.models import State, Step, Submission
from heldout_server.prediction.containment import Containment
from heldout_server.prediction.handlers import ParseHandler, PredictHandler
from heldout_server.prediction.pool import PoolSettings, RunnerPool
from heldout_server.prediction.predictor import Limits, Predictor
from heldout_server.prediction.runner import ModelRunner, RunnerSettings, WarmRunner
from heldout_server.settings import Settings
from heldout_server.submissions import outcomes

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
MOST_WORKERS = 4


@dataclass(frozen=True)
class Scoring:
    """The machinery that turns files into predictions, and whether models may use it."""

    pool: RunnerPool
    containment: Containment
    predictor: Predictor
    workers: int

    def start(self) -> None:
        """Start the zygote and the self-test; nothing when no models are scored here."""
        if self.workers:
            self.pool.warm()
            self.containment.start()

    def stop(self) -> None:
        """End every runner."""
        self.pool.close()
        self.containment.stop()
        self.predictor.runner.close()


def make_scoring(settings: Settings, work_folder: Path, *, secret: Path | None) -> Scoring:
    """The pool and what uses it. Raises InstallationError for a risk that can't be accepted."""
    if settings.allow_uncontained and settings.host not in LOOPBACK:
        raise InstallationError(
            "HELDOUT_ALLOW_UNCONTAINED runs strangers' models without a boundary, so it needs "
            "HELDOUT_HOST=127.0.0.1: nobody else may reach this server."
        )
    pool = RunnerPool(pool_settings(settings))
    containment = Containment(pool, secret=secret, accepts_risk=settings.allow_uncontained)
    limits = Limits(settings.model_bytes, settings.predictions_bytes, settings.longest_parameters)
    runner = _runner(settings, pool)
    return Scoring(pool, containment, Predictor(runner, work_folder, limits), workers(settings))


def workers(settings: Settings) -> int:
    """How many models are scored at the same time: by default one a core, four at most."""
    if settings.model_workers is not None:
        return settings.model_workers
    return max(1, min(MOST_WORKERS, os.cpu_count() or 1))


def pool_settings(settings: Settings) -> PoolSettings:
    """The pool's settings."""
    return PoolSettings(
        device=settings.device,
        threads=settings.threads_per_model,
        batch_size=settings.batch_size,
        longest_parameters=settings.longest_parameters,
        load_seconds=settings.load_seconds,
        predict_seconds=settings.predict_seconds,
        slots=max(1, workers(settings)),
        memory_bytes=settings.model_memory_bytes,
        gpu_memory_bytes=settings.gpu_memory_bytes,
    )


def handlers(
    installed: Installation, scoring: Scoring, clock: Callable[[], datetime]
) -> dict[str, Handler]:
    """A handler for every step of a submission."""
    database, blobs, datasets = installed.database, installed.blobs, installed.datasets
    parse = ParseHandler(database, blobs, datasets, scoring.predictor)
    predict = PredictHandler(database, blobs, datasets, scoring.predictor, scoring.containment)
    return {
        Step.PARSE: _rejecting(parse, clock),
        Step.PREDICT: _rejecting(predict, clock),
        Step.GRADE: GradeHandler(database, blobs, datasets, installed.labels, clock),
    }


def _runner(settings: Settings, pool: RunnerPool) -> ModelRunner:
    if settings.allow_uncontained and sys.platform != "linux":
        # The pool needs Linux; whoever accepted the risk gets plain processes.
        return WarmRunner(
            RunnerSettings(
                device=settings.device,
                threads=settings.threads_per_model,
                batch_size=settings.batch_size,
                longest_parameters=settings.longest_parameters,
                load_seconds=settings.load_seconds,
                predict_seconds=settings.predict_seconds,
            )
        )
    return pool


def _rejecting(handler: Handler, clock: Callable[[], datetime]) -> Handler:
    """`handler`, with a Rejection (their file) as an outcome; any other error stays ours."""

    def handle(claim: Claim, cancelled: threading.Event) -> Record:
        try:
            return handler(claim, cancelled)
        except Rejection as rejection:
            refused = rejection

            def record(session: Session) -> None:
                now = clock()
                outcomes.rejected(session, claim, refused, now=now)
                if session.get_one(Submission, claim.submission_id).state == State.REJECTED:
                    forget_score(session, claim.submission_id, now=now)

            return record

    return handle
