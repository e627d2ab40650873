"""The two first hops: a model is run, or a prediction file is read; predictions are stored."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import structlog

from heldout_server.blobs import BlobStore
from heldout_server.datasets.store import DatasetStore
from heldout_server.jobs import pools
from heldout_server.jobs.faults import Elsewhere, Inconclusive, Interrupted, MachineFault
from heldout_server.jobs.ledger import Claim
from heldout_server.kit import metrics
from heldout_server.kit.db import Database, database_now
from heldout_server.models import Competition, Submission
from heldout_server.prediction import endings
from heldout_server.prediction.containment import Containment
from heldout_server.prediction.endings import Inferred, Trace
from heldout_server.prediction.prediction_arrays import ParsedPredictions
from heldout_server.prediction.predictor import Examples, Predicted, Predictor, UsePredictions
from heldout_server.prediction.runner import (
    Inexplicable,
    NeedsTensorFlow,
    NeverBegan,
    RunnerFailed,
    SupervisorDied,
)
from heldout_server.prediction.runner_verdicts import device_warning
from heldout_server.prediction.speculative_run import HeadStarts, Key
from heldout_server.prediction.task_words import words
from heldout_server.submissions import hop
from heldout_server.submissions.hop import Graded, Scored
from heldout_server.tasks import catalogue
from heldout_server.tasks.metric import Needs
from heldout_server.tasks.predictions import Predictions

log = structlog.get_logger()

PERMISSION_SECONDS = 150.0


@dataclass(frozen=True)
class _Work:
    """What a hop needs to know of its submission."""

    submission: Submission
    competition: Competition
    examples: Examples
    queue_seconds: float


Grades = Callable[[Submission, Competition, Predictions], Graded]
"""Grades in the process that has just predicted, where that one may see the labels."""


@dataclass(frozen=True)
class Stores:
    """Where a hop finds its work and leaves what it made.

    With `grade`, the last hop is done at once and recorded in the same transaction; without, or
    when it fails, it is queued.
    """

    database: Database
    blobs: BlobStore
    datasets: DatasetStore
    grade: Grades | None = None


@dataclass(frozen=True)
class ParseHandler:
    """Reads a prediction file. No child process: nothing in it is executed."""

    stores: Stores
    predictor: Predictor

    def __call__(self, claim: Claim, cancelled: threading.Event) -> Scored | hop.Predicted:
        work = _work(self.stores, claim)
        keeping = _Keeping(self.stores, work)
        with self.stores.blobs.local(work.submission.sha256) as file:
            predicted = self.predictor.read(file, work.examples)
        keeping.keep(predicted.predictions)
        return keeping.found(predicted.receipt)


@dataclass(frozen=True)
class PredictHandler:
    """Runs a model in a process of its own and keeps what it predicts.

    An ending that proves nothing is judged with those of the file's earlier attempts, wherever
    they ran: the claim brings them along.
    """

    stores: Stores
    predictor: Predictor
    containment: Containment
    head_starts: HeadStarts

    def __call__(self, claim: Claim, cancelled: threading.Event) -> Scored | hop.Predicted:
        try:
            self.containment.await_permission(PERMISSION_SECONDS)
        except RunnerFailed as error:
            raise MachineFault(str(error)) from error
        work = _work(self.stores, claim)
        keeping = _Keeping(self.stores, work)
        try:
            predicted = self._predicted(work, cancelled, keeping.keep)
        except NeedsTensorFlow as error:
            raise Elsewhere(pools.TENSORFLOW, str(error)) from error
        except NeverBegan as error:
            raise MachineFault(str(error)) from error
        except SupervisorDied as error:
            raise Interrupted(str(error)) from error
        except Inexplicable as error:
            raise self._concluded(claim, error.trace) from error
        return keeping.found(_with_stand_in(work.competition, predicted.receipt))

    def _concluded(self, claim: Claim, trace: Trace) -> Inferred | Inconclusive:
        earlier = [found for one in claim.endings if (found := Trace.from_stored(one))]
        most = self.predictor.most_attempts
        concluded = endings.conclude(earlier, trace, most_attempts=most)
        return concluded or Inconclusive(trace.to_stored())

    def _predicted(self, work: _Work, cancelled: threading.Event, use: UsePredictions) -> Predicted:
        submission = work.submission
        begun = self.head_starts.take(
            Key(submission.competition_id, submission.sha256, submission.preprocessing)
        )
        if begun is not None:
            return begun.predicted(cancelled, use)
        with self.stores.blobs.local(submission.sha256) as file:
            return self.predictor.run(
                file,
                work.examples,
                preprocessing=submission.preprocessing,
                cancelled=cancelled,
                use=use,
            )


class _Keeping:
    """Stores predictions as soon as they are there, and grades them where that is possible."""

    def __init__(self, stores: Stores, work: _Work) -> None:
        self._stores = stores
        self._work = work
        self._digest = ""
        self._graded: Graded | None = None

    def keep(self, parsed: ParsedPredictions) -> None:
        self._digest = self._stores.blobs.put(parsed.to_bytes())
        self._graded = self._grade(parsed)

    def found(self, receipt: dict[str, Any]) -> Scored | hop.Predicted:
        """What this hop found, once the rest of the receipt is there, too."""
        seconds = {"queue": self._work.queue_seconds, **receipt["seconds"]}
        predicted = hop.Predicted(self._digest, {**receipt, "seconds": seconds})
        if self._graded is None:
            return predicted
        return Scored(self._graded, self._digest, predicted)

    def _grade(self, stored: Predictions) -> Graded | None:
        if self._stores.grade is None:
            return None
        try:
            with metrics.stage("grade"):
                return self._stores.grade(self._work.submission, self._work.competition, stored)
        except Exception:
            # Ours, and of the labels' side: the predictions are good, and a hop of its own
            # tries the grading again.
            log.exception("grading.put_off", submission=self._work.submission.id)
            return None


def _with_stand_in(competition: Competition, receipt: dict[str, Any]) -> dict[str, Any]:
    """The receipt, with a word where the contest asks for a GPU and the CPU stood in."""
    stand_in = device_warning(competition.pool, receipt["device"], receipt["engine"])
    said = [stand_in] if stand_in else []
    return {**receipt, "warnings": list(dict.fromkeys([*said, *receipt["warnings"]]))}


def hidden_examples(datasets: DatasetStore, content_hash: str, metric: str = "") -> Examples:
    """The hidden examples' inputs and the practice data of a stored dataset.

    `metric` is the ranking one, by name: predictions that it can't be computed with are refused.
    Of an installed metric, whose code is run where grading happens only, grading says so.
    """
    info = datasets.info(content_hash)
    ranking = catalogue.shipped(metric)
    return Examples(
        inputs=datasets.test_inputs_path(content_hash),
        count=info.test_examples,
        task=info.task,
        practice_inputs=datasets.practice_inputs_path(content_hash),
        practice_answers=datasets.practice_answers_path(content_hash),
        scaling=datasets.scaling_path(content_hash),
        ids=datasets.ids(content_hash),
        needs=ranking.needs if ranking else Needs.LABELS,
        words=words(
            info.task,
            info.input_shape,
            is_images=info.is_images,
            metric=ranking.label if ranking else "",
        ),
        input_shape=info.input_shape,
        input_type=info.input_type,
    )


def practice_examples(datasets: DatasetStore, content_hash: str, metric: str = "") -> Examples:
    """The practice examples in the place of the hidden ones: for the free check."""
    count = datasets.info(content_hash).practice_examples
    inputs = datasets.practice_inputs_path(content_hash)
    hidden = hidden_examples(datasets, content_hash, metric)
    return replace(hidden, inputs=inputs, count=count, ids=None)


def _work(stores: Stores, claim: Claim) -> _Work:
    with stores.database.read() as session:
        submission = session.get_one(Submission, claim.submission_id)
        competition = session.get_one(Competition, submission.competition_id)
        waited = max(0.0, (database_now(session) - submission.queued_at).total_seconds())
    metrics.waited(waited)
    return _Work(
        submission=submission,
        competition=competition,
        examples=hidden_examples(stores.datasets, competition.dataset_hash, competition.metric),
        queue_seconds=waited,
    )
