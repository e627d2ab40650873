"""How a submitted model reads the practice images: run once in a quiet moment, then kept.

Practice labels are everyone's, so all of this may be told while the contest runs, when little may
be told of hidden examples. Also found here are the practice images that a model misreads.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import structlog
from numpy.typing import NDArray
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from heldout_server.blobs import BlobMissing, StorageFailed
from heldout_server.datasets.loaded import answers_as_stored
from heldout_server.grading.grade import Grades, grade_part
from heldout_server.jobs import ledger
from heldout_server.jobs.ledger import JOBS_TOPIC
from heldout_server.kit.db import Database
from heldout_server.kit.errors import ProblemError, Rejection
from heldout_server.models import Competition, PracticeReading, State, Submission
from heldout_server.prediction.handlers import PERMISSION_SECONDS, practice_examples
from heldout_server.prediction.prediction_arrays import ParsedPredictions
from heldout_server.prediction.predictor import Examples
from heldout_server.prediction.runner import Cancelled, RunnerFailed
from heldout_server.processes.installation import Installation
from heldout_server.processes.model_scoring import Scoring
from heldout_server.runs.practice import written
from heldout_server.runs.practice_curves import CURVES, practice_curves
from heldout_server.submissions.queries import preprocessing_of
from heldout_server.tasks import catalogue
from heldout_server.tasks.kinds import Task
from heldout_server.tasks.metric import Undefined, Unsuitable
from heldout_server.tasks.predictions import Predictions, Truth

log = structlog.get_logger()

MOST_MISREAD = 100
BUSY_SECONDS = 5
# So many of each competition's newest scores are read unasked; older ones when somebody looks.
NEWEST = 200
# After the last submission; a room in which one follows the other is left alone.
QUIET_SECONDS = 3.0
UNREADABLE = (ProblemError, Rejection, RunnerFailed, BlobMissing, StorageFailed)


@dataclass(frozen=True)
class PracticeReader:
    """Runs models over the practice images: for those who ask one at a time, as scores go first."""

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
            return self.read_anew(submission, competition, cancelled=threading.Event())
        except (RunnerFailed, Rejection) as error:
            raise ProblemError(
                "unavailable", "The model could not be run again just now.", "Try again later."
            ) from error
        finally:
            self._turn.release()

    def read_anew(
        self, submission: Submission, competition: Competition, *, cancelled: threading.Event
    ) -> PracticeReading:
        """Run the model and keep what it says, whoever else reads.

        Raises ProblemError `not_found` as `read`, and what a run raises: Rejection, RunnerFailed,
        Cancelled.
        """
        reading = self._run(submission, competition, cancelled)
        try:
            with self.installed.database.write() as session:
                return session.merge(reading)
        except IntegrityError:  # another process has read it meanwhile, and says the same
            return reading

    def _kept(self, submission: Submission) -> PracticeReading | None:
        with self.installed.database.read() as session:
            found = session.get(PracticeReading, submission.id)
        return found if found is not None and found.metrics is not None else None

    def _run(
        self, submission: Submission, competition: Competition, cancelled: threading.Event
    ) -> PracticeReading:
        examples = practice_examples(
            self.installed.datasets, competition.dataset_hash, competition.metric
        )
        said = self.said(submission, examples, cancelled=cancelled)
        return self._reading(submission, competition, said)

    def said(
        self, submission: Submission, examples: Examples, *, cancelled: threading.Event
    ) -> ParsedPredictions:
        """What the model says of these examples; raises as `read_anew`."""
        if not self.installed.blobs.has(submission.sha256):
            raise ProblemError("not_found", "The file of this submission is not kept any more.")
        self.scoring.containment.await_permission(PERMISSION_SECONDS)
        with self.installed.database.read() as session:
            preprocessing = preprocessing_of(session, submission)
        with self.installed.blobs.local(submission.sha256) as file:
            return self.scoring.predictor.run_until_decided(
                file, examples, preprocessing=preprocessing, cancelled=cancelled
            ).predictions

    def _reading(
        self, submission: Submission, competition: Competition, said: ParsedPredictions
    ) -> PracticeReading:
        assert submission.id is not None
        datasets = self.installed.datasets
        task = datasets.info(competition.dataset_hash).task
        answers = answers_as_stored(task, datasets.practice_answers(competition.dataset_hash))
        grades = _grades(task, answers, said, competition)
        return PracticeReading(
            submission_id=submission.id,
            examples=grades.examples,
            error_count=grades.error_count,
            misread=_misread(answers, said.classes) if task.has_classes else [],
            said=written(said.classes) if task.has_classes else "",
            metrics={**grades.to_dict(), CURVES: practice_curves(task, answers, said)},
        )


@dataclass
class QuietReading:
    """Has scored models read the practice images while nobody submits; a `BackgroundWorker`.

    Whatever is queued ends the run under way at once, so that no score waits for it: the model is
    read again later. What can't be read is left until this process starts again. `afterwards` is
    what comes when every model has been read: a piece of work, False when there is none.
    """

    reader: PracticeReader
    database: Database
    quiet_seconds: float = QUIET_SECONDS
    afterwards: Callable[[threading.Event], bool] = lambda _: False
    _stop: threading.Event = field(default_factory=threading.Event)
    _cancelled: threading.Event = field(default_factory=threading.Event)
    _given_up: set[int] = field(default_factory=set)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self.database.listen(self._committed)
        self._thread = threading.Thread(target=self._run, name="heldout-practice", daemon=True)
        self._thread.start()

    def stop(self, timeout_seconds: float = 5.0) -> None:
        """End; a run under way is cancelled."""
        self._stop.set()
        self._cancelled.set()
        self.database.unlisten(self._committed)
        if self._thread is not None:
            self._thread.join(timeout_seconds)

    def read_next(self) -> bool:
        """Read one model, if nothing waits or runs; False when there was nothing to do."""
        with self.database.read() as session:
            found = None if is_busy(session) else _next_unread(session, self._given_up)
        if found is None:
            return False
        submission, competition = found
        try:
            self.reader.read_anew(submission, competition, cancelled=self._cancelled)
        except Cancelled:
            return False
        except UNREADABLE as error:
            log.info("practice.unread", submission=submission.public_id, reason=str(error))
            self._given_up.add(submission.id or 0)
        return True

    def _run(self) -> None:
        while not self._stop.is_set():
            quiet = not self._cancelled.wait(self.quiet_seconds)
            if self._stop.is_set():
                return
            self._cancelled.clear()
            if quiet:
                self._read_while_quiet()

    def _read_while_quiet(self) -> None:
        try:
            while not self._cancelled.is_set():
                if not self.read_next() and not self.afterwards(self._cancelled):
                    return
        except Exception:
            log.exception("practice.failed")

    def _committed(self, topics: frozenset[str]) -> None:
        if any(topic.startswith(JOBS_TOPIC) for topic in topics):
            self._cancelled.set()


def _grades(task: Task, answers: Truth, said: Predictions, competition: Competition) -> Grades:
    """By the ranking metric, or where practice examples don't allow it by the kind's own."""
    also = competition.also
    try:
        return grade_part(task, answers, said, competition.metric, also)
    except (Undefined, Unsuitable):
        return grade_part(task, answers, said, catalogue.DEFAULTS[task.kind], also)


def _misread(answers: Truth, said: NDArray[np.int64]) -> list[list[int]]:
    wrong = np.flatnonzero(said != answers)[:MOST_MISREAD]
    return [[int(at), int(answers[at]), int(said[at])] for at in wrong]


def is_busy(session: Session) -> bool:
    """Whether a submission waits or runs."""
    return any(ledger.counts(session).values())


def _next_unread(session: Session, given_up: set[int]) -> tuple[Submission, Competition] | None:
    """One of the newest scored models without a reading; any, so that workers differ."""
    newest = (
        select(col(Submission.id))
        .where(col(Submission.state) == State.SCORED, col(Submission.kind) == "model")
        .order_by(col(Submission.id).desc())
        .limit(NEWEST)
    )
    query = (
        select(Submission, Competition)
        .join(Competition, col(Competition.id) == col(Submission.competition_id))
        .outerjoin(PracticeReading, col(PracticeReading.submission_id) == col(Submission.id))
        .where(
            col(Submission.id).in_(newest),
            col(Submission.moderation).is_(None),
            col(Submission.id).not_in(given_up),
            or_(col(PracticeReading.submission_id).is_(None), col(PracticeReading.said).is_(None)),
        )
    )
    unread = session.execute(query).all()
    if not unread:
        return None
    submission, competition = secrets.choice(unread)
    return submission, competition
