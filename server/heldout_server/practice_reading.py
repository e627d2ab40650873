"""The practice images that a submitted model misreads: run once when somebody asks, then kept.

Practice labels are everyone's, so these images may be shown while hidden ones may not.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import numpy as np

from heldout_server.errors import ProblemError, Rejection
from heldout_server.installation import Installation
from heldout_server.models import Competition, PracticeReading, Submission
from heldout_server.prediction.handlers import PERMISSION_SECONDS, practice_examples
from heldout_server.prediction.runner import RunnerFailed
from heldout_server.scoring import Scoring

MOST_MISREAD = 100
BUSY_SECONDS = 5


@dataclass(frozen=True)
class PracticeReader:
    """Runs one model at a time over the practice images: submissions that count go first."""

    installed: Installation
    scoring: Scoring
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def read(self, submission: Submission, competition: Competition) -> PracticeReading:
        """The stored reading, or a new one.

        Raises ProblemError `unavailable` while another model is being read or where none can be
        run, and `not_found` when the file isn't kept any more.
        """
        kept = self._kept(submission)
        if kept is not None:
            return kept
        if not self._turn.acquire(blocking=False):
            raise ProblemError(
                "unavailable",
                "Another model is reading the practice images right now.",
                "Try again in a few seconds.",
                retry_after_seconds=BUSY_SECONDS,
            )
        try:
            reading = self._run(submission, competition)
        except (RunnerFailed, Rejection) as error:
            raise ProblemError(
                "unavailable", "The model could not be run again just now.", "Try again later."
            ) from error
        finally:
            self._turn.release()
        with self.installed.database.write() as session:
            return session.merge(reading)

    def _kept(self, submission: Submission) -> PracticeReading | None:
        with self.installed.database.read() as session:
            return session.get(PracticeReading, submission.id)

    def _run(self, submission: Submission, competition: Competition) -> PracticeReading:
        assert submission.id is not None
        if not self.installed.blobs.has(submission.sha256):
            raise ProblemError("not_found", "The file of this submission is not kept any more.")
        self.scoring.containment.await_permission(PERMISSION_SECONDS)
        with self.installed.blobs.local(submission.sha256) as file:
            predicted = self.scoring.predictor.run_until_decided(
                file,
                practice_examples(self.installed.datasets, competition.dataset_hash),
                preprocessing=submission.preprocessing,
                cancelled=threading.Event(),
            )
        _, labels = self.installed.datasets.practice(competition.dataset_hash)
        said = predicted.predictions.labels
        wrong = np.flatnonzero(said != labels)
        rows = [[int(at), int(labels[at]), int(said[at])] for at in wrong[:MOST_MISREAD]]
        return PracticeReading(
            submission_id=submission.id,
            examples=len(labels),
            error_count=len(wrong),
            misread=rows,
        )
