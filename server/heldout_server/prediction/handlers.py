"""The two first hops: a model is run, or a prediction file is read; predictions are stored."""

from __future__ import annotations

import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session

from heldout_server.blobs import BlobMissing, BlobStore
from heldout_server.datasets.store import DatasetInfo, DatasetStore
from heldout_server.db import Database, database_now
from heldout_server.jobs.embedded import Record
from heldout_server.jobs.ledger import Claim
from heldout_server.models import Competition, Submission
from heldout_server.prediction.keras_archive import inspect, repack
from heldout_server.prediction.prediction_arrays import ParsedPredictions, predictions_from_array
from heldout_server.prediction.prediction_files import parse_predictions
from heldout_server.prediction.runner import WarmRunner
from heldout_server.submissions import outcomes
from heldout_server.submissions.predictions import StoredPredictions


@dataclass(frozen=True)
class _Work:
    """What a hop needs to know of its submission."""

    sha256: str
    dataset: DatasetInfo
    limit_bytes: int
    queue_seconds: float


@dataclass(frozen=True)
class ParseHandler:
    """Reads a prediction file. No child process: nothing in it is executed."""

    database: Database
    blobs: BlobStore
    datasets: DatasetStore

    def __call__(self, claim: Claim, cancelled: threading.Event) -> Record:
        work = _work(self.database, self.datasets, claim)
        started = time.perf_counter()
        parsed = parse_predictions(
            _file(self.blobs, work.sha256),
            examples=work.dataset.test_examples,
            classes=len(work.dataset.class_names),
            limit_bytes=work.limit_bytes,
        )
        receipt = {
            "device": None,
            "output": parsed.output,
            "warnings": list(parsed.warnings),
            "seconds": {"queue": work.queue_seconds, "load": time.perf_counter() - started},
        }
        return _stored(self.blobs, claim, parsed, receipt)


@dataclass(frozen=True)
class PredictHandler:
    """Runs a model in a process of its own and keeps what it predicts."""

    database: Database
    blobs: BlobStore
    datasets: DatasetStore
    runner: WarmRunner
    work_folder: Path

    def __call__(self, claim: Claim, cancelled: threading.Event) -> Record:
        work = _work(self.database, self.datasets, claim)
        classes = len(work.dataset.class_names)
        checked = inspect(_file(self.blobs, work.sha256))
        with tempfile.TemporaryDirectory(dir=self.work_folder) as folder:
            model = Path(folder) / "model.keras"
            repack(checked, model)
            result = self.runner.predict(
                model,
                self.datasets.test_images_path(work.dataset.content_hash),
                rows=work.dataset.test_examples,
                columns=classes,
                cancelled=cancelled,
            )
        parsed = predictions_from_array(
            result.values, examples=work.dataset.test_examples, classes=classes, format="model"
        )
        header = result.header
        receipt = {
            "device": header.device,
            "keras_version": header.keras_version,
            "tensorflow_version": header.tensorflow_version,
            "parameters": header.parameters,
            "output": parsed.output,
            "warnings": list(parsed.warnings),
            "seconds": {
                "queue": work.queue_seconds,
                "load": header.load_seconds,
                "predict": header.predict_seconds,
            },
        }
        return _stored(self.blobs, claim, parsed, receipt)


def _work(database: Database, datasets: DatasetStore, claim: Claim) -> _Work:
    with database.read() as session:
        submission = session.get_one(Submission, claim.submission_id)
        competition = session.get_one(Competition, submission.competition_id)
        waited = database_now(session) - submission.queued_at
        return _Work(
            sha256=submission.sha256,
            dataset=datasets.info(competition.dataset_hash),
            limit_bytes=competition.predictions_bytes,
            queue_seconds=max(0.0, waited.total_seconds()),
        )


def _file(blobs: BlobStore, digest: str) -> Path:
    path = blobs.path(digest)
    if not path.exists():
        raise BlobMissing(f"blob {digest[:12]}… is not in the store")
    return path


def _stored(
    blobs: BlobStore, claim: Claim, parsed: ParsedPredictions, receipt: dict[str, Any]
) -> Record:
    stored = StoredPredictions(parsed.labels, parsed.values, parsed.output)
    digest = blobs.put(stored.to_bytes())

    def record(session: Session) -> None:
        outcomes.predicted(session, claim, predictions_sha256=digest, receipt=receipt)

    return record
