"""The two first hops: a model is run, or a prediction file is read; predictions are stored."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from heldout_server import metrics
from heldout_server.blobs import BlobMissing, BlobStore
from heldout_server.datasets.store import DatasetStore
from heldout_server.db import Database, database_now
from heldout_server.jobs.embedded import Record
from heldout_server.jobs.ledger import Claim
from heldout_server.models import Competition, Submission
from heldout_server.prediction.containment import Containment
from heldout_server.prediction.predictor import Examples, Predicted, Predictor
from heldout_server.submissions import outcomes, references
from heldout_server.submissions.predictions import StoredPredictions

PERMISSION_SECONDS = 150.0


@dataclass(frozen=True)
class _Work:
    """What a hop needs to know of its submission."""

    sha256: str
    examples: Examples
    preprocessing: str
    queue_seconds: float


@dataclass(frozen=True)
class ParseHandler:
    """Reads a prediction file. No child process: nothing in it is executed."""

    database: Database
    blobs: BlobStore
    datasets: DatasetStore
    predictor: Predictor

    def __call__(self, claim: Claim, cancelled: threading.Event) -> Record:
        work = _work(self.database, self.datasets, claim)
        with self.blobs.local(work.sha256) as file:
            predicted = self.predictor.read(file, work.examples)
        return _stored(self.blobs, claim, predicted, work.queue_seconds)


@dataclass(frozen=True)
class PredictHandler:
    """Runs a model in a process of its own and keeps what it predicts."""

    database: Database
    blobs: BlobStore
    datasets: DatasetStore
    predictor: Predictor
    containment: Containment

    def __call__(self, claim: Claim, cancelled: threading.Event) -> Record:
        self.containment.await_permission(PERMISSION_SECONDS)
        work = _work(self.database, self.datasets, claim)
        with self.blobs.local(work.sha256) as file:
            predicted = self.predictor.run(
                file, work.examples, preprocessing=work.preprocessing, cancelled=cancelled
            )
        return _stored(self.blobs, claim, predicted, work.queue_seconds)


def hidden_examples(datasets: DatasetStore, content_hash: str) -> Examples:
    """The hidden test's images and the practice data of a stored dataset."""
    info = datasets.info(content_hash)
    return Examples(
        images=datasets.test_images_path(content_hash),
        count=info.test_examples,
        classes=len(info.class_names),
        practice_images=datasets.practice_images_path(content_hash),
        practice_labels=datasets.practice_labels_path(content_hash),
    )


def practice_examples(datasets: DatasetStore, content_hash: str) -> Examples:
    """The practice images in the place of the hidden ones: for the free check."""
    info = datasets.info(content_hash)
    images = datasets.practice_images_path(content_hash)
    return Examples(
        images=images,
        count=info.practice_examples,
        classes=len(info.class_names),
        practice_images=images,
        practice_labels=datasets.practice_labels_path(content_hash),
    )


def _work(database: Database, datasets: DatasetStore, claim: Claim) -> _Work:
    with database.read() as session:
        submission = session.get_one(Submission, claim.submission_id)
        competition = session.get_one(Competition, submission.competition_id)
        waited = max(0.0, (database_now(session) - submission.queued_at).total_seconds())
    metrics.waited(waited)
    return _Work(
        sha256=submission.sha256,
        examples=hidden_examples(datasets, competition.dataset_hash),
        preprocessing=submission.preprocessing,
        queue_seconds=waited,
    )


def _stored(blobs: BlobStore, claim: Claim, predicted: Predicted, queue_seconds: float) -> Record:
    parsed = predicted.predictions
    stored = StoredPredictions(parsed.labels, parsed.values, parsed.output)
    digest = blobs.put(stored.to_bytes())
    seconds = {"queue": queue_seconds, **predicted.receipt["seconds"]}
    receipt: dict[str, Any] = {**predicted.receipt, "seconds": seconds}

    def record(session: Session) -> None:
        references.hold(session)
        if not blobs.has(digest):
            raise BlobMissing("the sweep took predictions that were stored a moment ago")
        outcomes.predicted(session, claim, predictions_sha256=digest, receipt=receipt)

    return record
